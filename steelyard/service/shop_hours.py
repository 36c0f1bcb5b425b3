"""What staffing is counted from, read from the events of one shop."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import ibis

from steelyard.counting.tally import counted, counts_of, fact_table, inside, placed
from steelyard.errors import InputError, Problem, UsageError
from steelyard.events.damage import naming_damaged
from steelyard.facts import Past, excluded_column
from steelyard.fixed import millionths
from steelyard.measures import TOTALS, Count
from steelyard.measures.clocks import ClockedWithin
from steelyard.service.proposals import proposals
from steelyard.service.report import END, Asked, prepared, report
from steelyard.service.settings import Metric
from steelyard.service.staffing import (
    Id,
    Message,
    Row,
    Stretch,
    Wanted,
    hours,
    load,
    suspensions,
    usual_answer,
    weakest,
)
from steelyard.service.targets import Goal
from steelyard.staged import staged
from steelyard.windows import midnight

PARTS = ("hours", "load", "training", "suspended")
"""What staffing tells."""


@dataclass(frozen=True)
class Aim:
    """The clock, the share to be reached, and where that comes from: given | platform | own."""

    metric: str
    limit: int
    target: Decimal
    source: str


@dataclass(frozen=True)
class Staffing:
    """The lists asked for, see `steelyard.service.staffing`, what was aimed at, and the model's seconds per answer."""

    aim: Aim
    answer_seconds: int | None
    parts: dict[str, list[Row]]


def staffing(asked: Asked, shop: Id, aimed: tuple[str, Decimal | None], parts: Collection[str]) -> Staffing:
    """What `parts` name of the hours and agents of a shop; `aimed` is a metric of messages and its wanted value.

    Without a wanted value it is what the platform requires, else the shop's own value over the period. Raises
    UsageError for a metric that is no clock of messages, InputError for a shop that is not in `shops`.
    """
    metric, limit = _clock(asked, aimed[0])
    _refuse_unknown(asked, shop)
    messages, online, suspended = _read(asked, metric, shop)
    aim = Aim(metric.name, limit, *_target(asked, metric, shop, aimed[1]))
    wanted = Wanted(limit, aim.target, asked.settings.low_volume)
    made: dict[str, Callable[[], list[Row]]] = {
        "hours": lambda: hours(messages, online, asked.period, wanted),
        "load": lambda: load(messages, online or [], asked.period),
        "training": lambda: _training(asked, shop),
        "suspended": lambda: suspensions(suspended, asked.period, asked.settings.suspended_seconds),
    }
    return Staffing(aim, usual_answer(messages), {name: make() for name, make in made.items() if name in parts})


def _clock(asked: Asked, name: str) -> tuple[Metric, int]:
    (metric,) = asked.settings.only([name]).metrics
    params = asked.settings.params(metric)
    if metric.measure != "answered_messages" or not isinstance(params, ClockedWithin):
        fix = "name a metric whose measure is answered_messages, such as answer_rate_30s"
        raise UsageError(Problem("not-a-clock", f"--metric {name}", "no message is in time or late by it", fix))
    return metric, params.within_seconds


def _refuse_unknown(asked: Asked, shop: Id) -> None:
    shops = _table(asked, "shops")
    known = shops.filter(shops.shop_id == ibis.literal(shop, asked.events.id_type)).limit(1)
    if not asked.events.engine.arrow(known).num_rows:
        fix = "give an id as the column shop_id of shops has it"
        raise InputError(Problem("unknown-subject", str(shop), "it is not a row of shops", fix))


def _table(asked: Asked, name: str) -> Any:
    events = asked.events
    return Past(END, events.id_type, events.present, copies=events.copies).table(name)


def _read(asked: Asked, metric: Metric, shop: Id) -> tuple[list[Message], list[Stretch] | None, list[Stretch]]:
    """Messages, stretches online (None: nobody says who was), and stretches suspended."""
    events = asked.events
    only = replace(asked, settings=asked.settings.only([metric.name]), judged="agent")
    with staged(), naming_damaged(events.sources):
        messages = _messages(only, metric, shop)
        presence = _table(asked, "presence")
        rows = events.engine.arrow(presence.filter(presence.shop_id == ibis.literal(shop, events.id_type))).to_pylist()
    of = {
        state: [Stretch(row["agent_id"], row["from_at"], row["to_at"]) for row in rows if row["state"] == state]
        for state in ("online", "suspended")
    }
    return messages, of["online"] if "presence" in events.present else None, of["suspended"]


def _messages(asked: Asked, metric: Metric, shop: Id) -> list[Message]:
    found, past = prepared(asked)
    question = found[metric.name]
    fact = fact_table(past, question.measure.fact, [question])
    count = counts_of(fact, question)
    if not isinstance(count, Count):
        raise TypeError(f"{metric.name} is averaged over products")
    fact = fact.mutate(**placed("it", count), wait=count.wait, credited_id=count.agent)
    since, until = (ibis.literal(bound) for bound in (midnight(asked.period.first), midnight(asked.period.end)))
    in_period = (fact.sent_at >= since) & (fact.sent_at < until)
    fact = fact.filter(
        in_period, fact.shop_id == ibis.literal(shop, past.id_type), fact[excluded_column(question.name)].isnull()
    )
    asks = inside(past, fact, "it", question)
    rows = fact.select(
        "session_id", "sent_at", "wait", asked=asks, in_time=asks & counted(past, fact, "it"), agent_id="credited_id"
    )
    return [Message(**row) for row in asked.events.engine.arrow(rows).to_pylist()]


def _target(asked: Asked, metric: Metric, shop: Id, given: Decimal | None) -> tuple[Decimal, str]:
    if given is not None:
        return given, "given"
    rule = metric.requirement
    goal = None if rule is None else Goal(millionths(rule.value), rule.bound)
    if goal is not None and goal.upwards:
        return Decimal(goal.reached_at).scaleb(-6), "platform"
    only = replace(asked, settings=asked.settings.only([metric.name]), judged="shop")
    own = next((row["value"] for row in report(only) if row["subject_id"] == shop), None)
    return own or Decimal(0), "own"


def _training(asked: Asked, shop: Id) -> list[Row]:
    """The weakest item of every agent of the shop; totals are no skill."""
    settings = asked.settings
    skills = tuple(metric for metric in settings.metrics if settings.measure(metric).unit not in TOTALS)
    of_agents = replace(asked, settings=settings.model_copy(update={"metrics": skills}), judged="agent")
    agents = _table(asked, "agents")
    own = agents.filter(agents.shop_id == ibis.literal(shop, asked.events.id_type)).select("agent_id")
    ids = asked.events.engine.arrow(own)["agent_id"].to_pylist()
    mates = [row for row in proposals(of_agents, ["industry", "team"]) if row["shop_id"] == shop]
    return weakest(mates, ids)
