"""Calls for help that hang on an order: chats, after-sales cases, interventions, contacts and complaints.

A request counts when its scenario is no ordinary enquiry, nothing excludes it, and its buyer was not flagged as
malicious at that moment. A chat without an order belongs to the buyer's latest grouped order in the shop.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal

import ibis
import ibis.expr.types as ir

from steelyard.events.exclusions import Acting
from steelyard.events.scenarios import is_routine, module_of
from steelyard.facts import Past

Channel = Literal["chat", "after_sales", "intervention", "platform_service", "complaint"]
Module = Literal["goods", "shipping", "logistics", "basic_service"]

PLATFORM: tuple[Channel, ...] = ("intervention", "platform_service", "complaint")
"""The channels by which a buyer turns to the platform."""

SERVICE = ("online", "hotline")
"""Contacts of the platform's own service."""


@dataclass(frozen=True)
class HelpRequests:
    """The order's earliest known call for help: `at` and its `scenario`; of one module, or of any.

    `routine_reasons` are reasons of after-sales cases that call for no help; a chat without an order belongs to one
    grouped at most `chat_order_days` before, or to none where that is None.
    """

    channels: tuple[Channel, ...]
    module: Module | None
    routine_reasons: tuple[str, ...]
    chat_order_days: int | None

    @property
    def across(self) -> tuple[str, ...]:
        """A chat without an order looks for one among all of the buyer's in the shop."""
        return ("shop_id", "buyer_id") if "chat" in self.channels and self.chat_order_days is not None else ()

    def rows(self, past: Past, acting: Acting) -> ir.Table:
        """One row per order with such a request, keyed by `order_id`."""
        found = help_requests(past, self, acting)
        call = ibis.struct({"at": found.known_at, "scenario": found.scenario.fill_null("")})
        first = found.group_by("order_id").agg(first=call.min())
        return first.select("order_id", at=first["first"]["at"], scenario=first["first"]["scenario"].nullif(""))


@dataclass(frozen=True)
class DisputedRefund:
    """The order's first refund that the platform decided against one of `liable`: `at` when all of it was known."""

    liable: tuple[str, ...]

    def rows(self, past: Past, acting: Acting) -> ir.Table:
        """One row per order with such a refund, keyed by `order_id`."""
        cases = past.rows("after_sales")
        lost = cases.filter(
            cases.platform_intervened_at.notnull(),
            cases.completed_at.notnull(),
            cases.liability.isin(self.liable),
            cases.outcome == "refunded",
        )
        standing = _hanging(past, past.standing(lost, "after_sales", acting), acting)
        at = ibis.greatest(standing.known_at, standing.platform_intervened_at, standing.completed_at)
        standing = standing.mutate(at=at)
        return standing.group_by("order_id").agg(at=standing.at.min())


def help_requests(past: Past, wanted: HelpRequests, acting: Acting) -> ir.Table:
    """One row per request that counts and hangs on an order.

    `shop_id` · `order_id` · `buyer_id` · `scenario` · `in_catalogue`, whether anybody knows the scenario · `module`
    (NULL: none) · `channel` · `asked_at` · `known_at`.
    """
    requests = _of_channels(past, replace(wanted, module=None), acting)
    hanging = _without_malicious(past, _hanging(past, requests.filter(requests.order_id.notnull()), acting))
    return _of_module(hanging, wanted)


def adrift(past: Past, wanted: HelpRequests, acting: Acting) -> ir.Table:
    """One row per request that would count, did it hang on an order; columns as `help_requests`, `order_id` NULL.

    Where chats without an order are not looked at, they are not told either.
    """
    requests = _of_channels(past, replace(wanted, module=None), acting)
    return _of_module(_without_malicious(past, requests.filter(requests.order_id.isnull())), wanted)


def _of_module(requests: ir.Table, wanted: HelpRequests) -> ir.Table:
    """The requests of the wanted module, last of all: so those of all modules are looked for but once."""
    return requests if wanted.module is None else requests.filter(requests.module == wanted.module)


def _of_channels(past: Past, wanted: HelpRequests, acting: Acting) -> ir.Table:
    parts = [_CHANNELS[channel](past, wanted, acting) for channel in dict.fromkeys(wanted.channels)]
    return ibis.union(*parts) if len(parts) > 1 else parts[0]


def _chats(past: Past, wanted: HelpRequests, acting: Acting) -> ir.Table:
    sessions = _calls(past, past.standing(past.rows("sessions"), "sessions", acting))
    sessions = sessions.mutate(asked_at=sessions.started_at)
    named, unnamed = sessions.filter(sessions.order_id.notnull()), sessions.filter(sessions.order_id.isnull())
    if wanted.chat_order_days is None:
        return _plain(named, "chat")
    return _plain(named, "chat").union(_plain(_placed(past, unnamed, wanted.chat_order_days, acting), "chat"))


def _placed(past: Past, sessions: ir.Table, days: int, acting: Acting) -> ir.Table:
    """Sessions without an order, on the buyer's latest order of the shop grouped before within so many days, if any.

    An excluded order is as if it had never been: it takes no chat away from the one before.
    """
    near = _not_excluded(past, _near(past, days), acting)
    latest = ibis.struct({"at": near.grouped_at, "id": near.of_order})
    found = near.group_by("placed_id").agg(last=latest.max())
    found = found.select("placed_id", placed_on=found["last"]["id"])
    placed = sessions.left_join(found, sessions.session_id == found.placed_id)
    return placed.mutate(order_id=placed.placed_on)


def _near(past: Past, days: int) -> ir.Table:
    """Every session without an order, with each order it may belong to: `placed_id`, `of_order`, `grouped_at`."""
    sessions = past.rows("sessions", "session_id", "shop_id", "buyer_id", "order_id")
    sessions = sessions.filter(sessions.order_id.isnull())
    orders = past.rows("orders", "order_id", "shop_id", "buyer_id", "grouped_at")
    orders = orders.filter(orders.grouped_at.notnull(), orders.buyer_id.notnull()).select(
        of_order="order_id", of_shop="shop_id", of_buyer="buyer_id", grouped_at="grouped_at"
    )
    pairs = sessions.inner_join(
        orders,
        [
            sessions.shop_id == orders.of_shop,
            sessions.buyer_id == orders.of_buyer,
            orders.grouped_at <= sessions.started_at,
            sessions.started_at <= orders.grouped_at + ibis.interval(days=days),
        ],
    )
    return pairs.select("of_order", "grouped_at", placed_id="session_id")


def _not_excluded(past: Past, near: ir.Table, acting: Acting) -> ir.Table:
    if "exclusions" not in past.present:
        return near
    active = past.in_force()
    gone = active.filter(active.table == "orders", acting.on_row(active))
    return near.anti_join(gone, near.of_order == gone.row_id)


def _cases(past: Past, wanted: HelpRequests, acting: Acting) -> ir.Table:
    cases = _calls(past, past.standing(past.rows("after_sales"), "after_sales", acting))
    if wanted.routine_reasons:
        cases = cases.filter(~cases.reason.isin(wanted.routine_reasons).fill_null(False))
    return cases


def _after_sales(past: Past, wanted: HelpRequests, acting: Acting) -> ir.Table:
    cases = _cases(past, wanted, acting)
    return _plain(cases.mutate(asked_at=cases.applied_at), "after_sales")


def _interventions(past: Past, wanted: HelpRequests, acting: Acting) -> ir.Table:
    cases = _cases(past, wanted, acting)
    cases = cases.filter(cases.platform_intervened_at.notnull())
    cases = cases.mutate(
        asked_at=cases.platform_intervened_at, known_at=ibis.greatest(cases.known_at, cases.platform_intervened_at)
    )
    return _plain(cases, "intervention").union(_contacts(past, acting, ("intervention",), "intervention"))


def _platform_service(past: Past, _wanted: HelpRequests, acting: Acting) -> ir.Table:
    return _contacts(past, acting, SERVICE, "platform_service")


def _complaints(past: Past, _wanted: HelpRequests, acting: Acting) -> ir.Table:
    rows = _calls(past, past.standing(past.rows("complaints"), "complaints", acting))
    own = _plain(rows.mutate(asked_at=rows.created_at), "complaint")
    return own.union(_contacts(past, acting, ("complaint",), "complaint"))


def _contacts(past: Past, acting: Acting, kinds: tuple[str, ...], channel: Channel) -> ir.Table:
    rows = past.standing(past.rows("platform_contacts"), "platform_contacts", acting)
    rows = _calls(past, rows.filter(rows.channel.isin(kinds)))
    return _plain(rows.mutate(asked_at=rows.created_at), channel)


_CHANNELS: dict[Channel, Callable[[Past, HelpRequests, Acting], ir.Table]] = {
    "chat": _chats,
    "after_sales": _after_sales,
    "intervention": _interventions,
    "platform_service": _platform_service,
    "complaint": _complaints,
}


def _plain(rows: ir.Table, channel: Channel) -> ir.Table:
    return rows.select(
        "shop_id", "order_id", "buyer_id", "scenario", "in_catalogue", "module", "asked_at", "known_at",
        channel=ibis.literal(channel),
    )  # fmt: skip


def _calls(past: Past, rows: ir.Table) -> ir.Table:
    """`rows` with their module and whether their scenario is known; ordinary enquiries are out."""
    if "scenarios" in past.present:
        known = past.table("scenarios").select(of_scenario="scenario", module="module", routine="routine")
        rows = rows.left_join(known, rows.scenario == known.of_scenario)
        rows = rows.mutate(in_catalogue=rows.of_scenario.notnull()).drop("of_scenario")
    else:
        module, routine = module_of(rows.scenario, past.catalogue_on), is_routine(rows.scenario, past.catalogue_on)
        rows = rows.mutate(module=module, in_catalogue=module.notnull(), routine=routine)
    return rows.filter(~rows.routine.fill_null(False))


def _hanging(past: Past, rows: ir.Table, acting: Acting) -> ir.Table:
    """`rows` without those whose order an exclusion takes along."""
    if "exclusions" not in past.present:
        return rows
    active = past.in_force()
    taking = active.filter(active.table == "orders", acting.on_what_hangs(active))
    return rows.anti_join(taking, rows.order_id == taking.row_id)


def _without_malicious(past: Past, requests: ir.Table) -> ir.Table:
    """`requests` without those of a buyer flagged at that moment; a request that names no buyer is its order's."""
    if "buyers" not in past.present:
        return requests
    buyers = past.table("buyers")
    flags = buyers.filter(buyers.risk == "malicious").select(flagged="buyer_id", from_at="from_at", to_at="to_at")
    orders = past.table("orders").select(of_order="order_id", of_buyer="buyer_id")
    theirs = orders.semi_join(flags, orders.of_buyer == flags.flagged)
    asked = requests.left_join(theirs, requests.order_id == theirs.of_order).drop("of_order")
    asked = asked.mutate(buyer_id=ibis.coalesce(asked.buyer_id, asked.of_buyer)).drop("of_buyer")
    return asked.anti_join(
        flags,
        [
            asked.buyer_id == flags.flagged,
            flags.from_at.isnull() | (flags.from_at <= asked.asked_at),
            flags.to_at.isnull() | (asked.asked_at < flags.to_at),
        ],
    )
