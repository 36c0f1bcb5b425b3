"""Core problems: what buyers called for help about, per module, and what the end of each would win."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from typing import Any, cast

import ibis
import ibis.expr.types as ir

from steelyard.counting import Question
from steelyard.counting.tally import counts_of, fact_table, inside, placed
from steelyard.errors import InputError, Problem, UsageError
from steelyard.events.check import Events
from steelyard.events.damage import naming_damaged
from steelyard.facts import Past
from steelyard.facts.help import HelpRequests, adrift, help_requests
from steelyard.insight.breakdown import half_up
from steelyard.measures import Count, Params
from steelyard.measures.catalogue import CATALOGUE
from steelyard.scorecards.model import Scorecard
from steelyard.scoring import questions_of
from steelyard.scoring.run import past_of
from steelyard.scoring.running import Result
from steelyard.scoring.what_if import rescored
from steelyard.staged import staged

MODULES = ("goods", "shipping", "logistics", "basic_service", None)
"""The order of the panel; what belongs to no module comes last."""

COLUMNS = ("module", "scenario", "orders", "of", "share", "rate", "before", "before_of", "change", "wins")
"""What a record of a problem says."""
NO_ORDER = "no_order"
"""Why a call for help counts for nothing: it hangs on no order."""

Subject = str | int
About = tuple[str | None, str | None]
"""A module and a scenario, either NULL where it is not known."""


@dataclass(frozen=True)
class CoreProblem:
    """One scenario that made buyers of one subject call for help."""

    module: str | None
    scenario: str | None
    orders: int
    """Orders of the window with such a call; an order counts once."""
    of: int
    """Orders of the window."""
    share: Decimal
    """Of the module's orders with any call, in six places."""
    before: int
    """As `orders`, for the window before, as it was known at its end."""
    before_of: int
    """As `of`, for the window before."""
    wins: Decimal | None
    """Points the score would rise, were none of these calls made and the peers as they are; None without a score."""

    @property
    def rate(self) -> Decimal:
        """Share of the window's orders, in six places."""
        return half_up(Fraction(self.orders, self.of))

    @property
    def change(self) -> Decimal | None:
        """`rate` less that of the window before, None where that had no orders."""
        return self.rate - half_up(Fraction(self.before, self.before_of)) if self.before_of else None

    def record(self) -> dict[str, Any]:
        """The problem as a flat row."""
        return {column: getattr(self, column) for column in COLUMNS}


@dataclass(frozen=True)
class _Calls:
    """Calls for help of one subject in one window: per question, what each order was called about."""

    orders: int
    about: Mapping[str, Mapping[Subject, frozenset[About]]]

    def of_any(self) -> dict[About, set[Subject]]:
        """The orders per module and scenario, whichever question counts them."""
        found: dict[About, set[Subject]] = {}
        for calls in self.about.values():
            for order, every in calls.items():
                for about in every:
                    found.setdefault(about, set()).add(order)
        return found


def core_problems(events: Events, result: Result, subject: Subject, most: int = 5) -> list[CoreProblem]:
    """The `most` frequent scenarios of each module for one subject of a score, the most frequent first.

    Raises UsageError for a scorecard that asks of no calls for help, InputError for a subject that is not scored.
    """
    asked = _questions(result.scorecard)
    standing = _Standing.of(result, subject)
    with naming_damaged(events.sources):
        now = _calls(events, result.past, asked, subject)
        start, end = next(iter(asked.values()))[0].window.on(result.day)
        day_before = result.day - timedelta(days=(end - start).days)
        before = _calls(events, past_of(events, day_before), asked, subject)
        return list(_problems(standing, now, before, most))


def without_order(events: Events, result: Result, subject: Subject) -> int:
    """How many calls for help of the window one subject of a score had that hang on no order, and so count for none.

    Raises UsageError for a scorecard that asks of no calls for help.
    """
    asked = _questions(result.scorecard)
    (question, need) = max(asked.values(), key=lambda both: (both[1].module is None, len(both[1].channels)))
    start, end = question.window.on(result.day)
    with naming_damaged(events.sources), staged():
        calls = adrift(result.past, need, question.acting)
        calls = calls.filter(
            calls.shop_id == ibis.literal(subject, result.past.id_type),
            calls.asked_at >= ibis.literal(start),
            calls.asked_at < ibis.literal(end),
        )
        ((found,),) = [row.values() for row in events.engine.arrow(calls.agg(found=calls.count())).to_pylist()]
    return int(found)


def _questions(scorecard: Scorecard) -> dict[str, tuple[Question, HelpRequests]]:
    own = {part.id for part in scorecard.measured}
    found = {
        question.name: (question, need)
        for question in questions_of(scorecard, CATALOGUE)
        for need in question.measure.needs(question.params).values()
        if isinstance(need, HelpRequests) and question.name in own
    }
    if not found:
        message, fix = "it asks of no calls for help", "use pdd/experience"
        raise UsageError(Problem("no-calls-for-help", scorecard.name, message, fix))
    return found


def _calls(events: Events, past: Past, asked: Mapping[str, tuple[Question, HelpRequests]], subject: Subject) -> _Calls:
    engine = events.engine
    with staged():
        within = {name: _inside(past, question, subject) for name, (question, _) in asked.items()}
        called = [_about(past, within[name], name, *both) for name, both in asked.items()]
        rows = engine.arrow(reduce(ir.Table.union, called)).to_pylist()
        every = reduce(ir.Table.union, within.values()).distinct()
        ((orders,),) = [row.values() for row in engine.arrow(every.agg(orders=every.count())).to_pylist()]
    about: dict[str, dict[Subject, frozenset[About]]] = {name: {} for name in asked}
    for row in rows:
        calls = about[row["question"]]
        order = row["order_id"]
        calls[order] = calls.get(order, frozenset()) | {(row["module"], row["scenario"])}
    return _Calls(int(orders), about)


def _inside(past: Past, question: Question, subject: Subject) -> ir.Table:
    """The orders in the question's denominator."""
    # The calls decide nothing here, and finding them would take most of the time.
    plain = replace(question, measure=CATALOGUE["grouped_orders"], params=Params())
    fact = fact_table(past, plain.measure.fact, [plain])
    fact = fact.filter(fact.subject_id == ibis.literal(subject, past.id_type))
    fact = fact.mutate(**placed("it", cast("Count", counts_of(fact, plain))))
    return fact.filter(inside(past, fact, "it", plain)).select(of_order="row_id")


def _about(past: Past, orders: ir.Table, name: str, question: Question, need: HelpRequests) -> ir.Table:
    """One row per order and what it was called about, among `orders`."""
    requests = help_requests(past, need, question.acting)
    of_those = requests.inner_join(orders, requests.order_id == orders.of_order)
    return of_those.select("order_id", "module", "scenario", question=ibis.literal(name)).distinct()


def _problems(standing: "_Standing", now: _Calls, before: _Calls, most: int) -> Iterator[CoreProblem]:
    orders, earlier = now.of_any(), before.of_any()
    for module in MODULES:
        own = {about: those for about, those in orders.items() if about[0] == module}
        in_module = len(set().union(*own.values()))
        frequent = sorted(own, key=lambda about: (-len(own[about]), about[1] or ""))
        for about in frequent[:most]:
            yield CoreProblem(
                module,
                about[1],
                len(own[about]),
                now.orders,
                half_up(Fraction(len(own[about]), in_module)),
                len(earlier.get(about, ())),
                before.orders,
                standing.without(now, about),
            )


@dataclass(frozen=True)
class _Standing:
    """Where one subject of a score stands."""

    result: Result
    subject: Subject
    score: Decimal | None
    counts: Mapping[str, int]

    @classmethod
    def of(cls, result: Result, subject: Subject) -> "_Standing":
        """The subject's score after the gates, in six places, and its counts."""
        wanted = ibis.literal(subject, result.past.id_type)
        scores, tallies = result.tables["scores"], result.tables["tallies"]
        rows = result.engine.arrow(scores.filter(scores.subject_id == wanted)).to_pylist()
        if not rows:
            kind = result.scorecard.subject
            fix = f"give an id as the column {kind}_id of {kind}s has it"
            raise InputError(Problem("unknown-subject", str(subject), f"it is not a row of {kind}s", fix))
        (counts,) = result.engine.arrow(tallies.filter(tallies.subject_id == wanted)).to_pylist()
        return cls(result, subject, rows[0]["gated_score"], counts)

    def without(self, calls: _Calls, about: About) -> Decimal | None:
        """What the score gains where nobody called about this; None without a score."""
        if self.score is None:
            return None
        changes = {}
        for indicator in self.result.scorecard.indicators:
            those = calls.about.get(indicator.id, {})
            left = sum(every != {about} for every in those.values())
            if left < len(those):
                changes[indicator.id] = (left, self.counts[f"{indicator.id}__denominator"])
        after: Decimal = rescored(self.result, self.subject, changes)["gated_score"] if changes else self.score
        return after - self.score
