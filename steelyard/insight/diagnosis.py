"""What each indicator of one subject says, costs and asks for; and what is still missing where there is no score."""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import ibis
import pyarrow as pa

from steelyard.counting import Question
from steelyard.counting.tally import SHARE_SCALE, tally
from steelyard.events.check import Events
from steelyard.events.damage import naming_damaged
from steelyard.events.exclusions import VOLUME
from steelyard.fixed import MILLION
from steelyard.insight.breakdown import Breakdown, Counted, breakdowns, half_up, with_best_carrier
from steelyard.measures import TOTALS
from steelyard.measures.catalogue import CATALOGUE
from steelyard.scorecards.curves import FixedPoints
from steelyard.scorecards.model import Indicator, Observed, Scorecard
from steelyard.scoring import questions_of
from steelyard.scoring.explain import Explanation, explain
from steelyard.scoring.rows import rows_with_aspects
from steelyard.scoring.running import Result
from steelyard.scoring.values import longer_name
from steelyard.scoring.what_if import rescored
from steelyard.staged import staged
from steelyard.windows import Window

Row = Mapping[str, Any]

VIEWS = (30, 90)
"""Days of the views beside the official window."""


@dataclass(frozen=True)
class View:
    """An indicator's measure over other days than the official ones; no points, no peers."""

    days: int
    numerator: int | None
    denominator: int | None
    value: Decimal | None


@dataclass(frozen=True)
class Diagnosed:
    """One measured thing of one subject."""

    part: Indicator | Observed
    row: Row
    """Its row of the results `indicators` or `observed`."""
    window: tuple[date, date]
    """First and last day whose events count."""
    cost: Decimal | None
    """Points of the raw score lost against the best possible; None for what is only observed, or without points."""
    views: tuple[View, ...]
    left_out: Mapping[str, int]
    """How many rows of the window do not count, per reason."""
    breakdowns: tuple[Breakdown, ...]
    """Empty unless they were asked for."""

    @property
    def under_mean(self) -> bool | None:
        """Whether the value is worse than the peers' mean; None where one of them is unknown."""
        value, mean = self.row["value"], self.row["peer_mean"]
        if value is None or mean is None or self.row["status"] != "ok":
            return None
        return bool(value < mean if self.part.better == "higher" else value > mean)

    @property
    def needs_advice(self) -> bool:
        """Whether it costs points or is worse than the peers' mean."""
        return bool(self.cost) or bool(self.under_mean)


@dataclass(frozen=True)
class Opening:
    """How far a subject without a score is from one."""

    volume: int
    needed: int
    expected_on: date | None
    """The first day with enough rows if they go on coming at the pace so far; None where they would never be enough."""
    missing: tuple[str, ...]
    """Indicators and dimensions that the score needs and that have no data."""
    without_group: bool
    """Whether it has no peer group and the score needs one."""
    with_data: tuple[str, ...]
    """Indicators that already have data."""


@dataclass(frozen=True)
class Diagnosis:
    """Everything about one subject's score on one day."""

    explanation: Explanation
    parts: tuple[Diagnosed, ...]
    """The indicators, then what is only observed."""
    opening: Opening | None
    """Set where there is no score."""

    @property
    def scorecard(self) -> Scorecard:
        """The version it is judged by."""
        return self.explanation.scorecard

    def part(self, name: str) -> Diagnosed:
        """The indicator or observed value of that id; KeyError if there is none."""
        return next(each for each in self.parts if each.part.id == name)


@dataclass(frozen=True)
class _Judged:
    """One subject under one score: what every step below looks at."""

    result: Result
    explanation: Explanation
    questions: Mapping[str, Question]

    @property
    def subject(self) -> str | int:
        """Its id."""
        found: str | int = self.explanation.row["subject_id"]
        return found


def diagnose(result: Result, events: Events, subject: str | int, broken_down: Collection[str] | None = ()) -> Diagnosis:
    """The diagnosis of `subject` by the score at hand, whose tables still stand on the engine.

    `broken_down` names the indicators whose rows are sorted by product, route, hour …; None: those that need advice.
    Raises InputError where the subject is not among those scored.
    """
    explanation = explain(result, subject)
    questions = {question.name: question for question in questions_of(result.scorecard, CATALOGUE)}
    judged = _Judged(result, explanation, questions)
    with staged(), naming_damaged(events.sources):
        parts = []
        for bare in _bare(judged):
            wanted = bare.needs_advice if broken_down is None else bare.part.id in broken_down
            parts.append(_with_rows(judged, bare) if wanted else bare)
        opening = None if explanation.row["score"] is not None else _opening(judged)
    return Diagnosis(explanation, tuple(parts), opening)


def _bare(judged: _Judged) -> Iterator[Diagnosed]:
    """Every indicator and observed value, not yet broken down."""
    views = _views(judged)
    for dimension in judged.explanation.dimensions:
        for leaf in dimension.indicators:
            part, row = leaf.indicator, leaf.row
            yield Diagnosed(part, row, _window(judged, part, row), leaf.cost, views[part.id], {}, ())
    for seen, row in _observed(judged):
        yield Diagnosed(seen, row, _window(judged, seen, row), None, views[seen.id], {}, ())


def _observed(judged: _Judged) -> Iterator[tuple[Observed, Row]]:
    table = judged.result.tables["observed"]
    its = table.filter(table.subject_id == ibis.literal(judged.subject, table.subject_id.type()))
    rows = {row["indicator"]: row for row in judged.result.engine.arrow(its).to_pylist()}
    for part in judged.result.scorecard.observed:
        yield part, rows[part.id]


def _question_used(judged: _Judged, part: Indicator | Observed, row: Row) -> Question:
    """The question behind the row: that of the longer window where the policy chose it."""
    return judged.questions[longer_name(part.id) if row.get("policy") == "longer_window" else part.id]


def _window(judged: _Judged, part: Indicator | Observed, row: Row) -> tuple[date, date]:
    start, end = _question_used(judged, part, row).window.on(judged.result.day)
    return start.date(), end.date() - timedelta(days=1)


def _with_rows(judged: _Judged, bare: Diagnosed) -> Diagnosed:
    question = _question_used(judged, bare.part, bare.row)
    rows = judged.result.engine.arrow(rows_with_aspects(judged.result.past, question, judged.subject))
    left_out = Counter(reason for reason in rows["reason"].to_pylist() if reason is not None)
    found = breakdowns(rows, bare.part)
    if bare.cost and not question.measure.averaged:
        found = tuple(
            _with_carriers(judged, each, question, bare.part) if each.aspect == "carrier" else each for each in found
        )
    return replace(bare, left_out=dict(left_out), breakdowns=found)


def _with_carriers(judged: _Judged, found: Breakdown, question: Question, part: Indicator | Observed) -> Breakdown:
    """What moving to the best carrier would win, exactly, peers as they are."""

    def score_with(counted: Counted) -> Decimal | None:
        score: Decimal | None = rescored(judged.result, judged.subject, {question.name: counted})["gated_score"]
        return score

    return with_best_carrier(found, judged.explanation.row["gated_score"], score_with, part)


def _views(judged: _Judged) -> dict[str, tuple[View, ...]]:
    """Per measured thing the same measure over `VIEWS` days: one pass over each fact."""
    result, past = judged.result, judged.result.past
    asked = {
        (part.id, days): replace(judged.questions[part.id], name=f"{part.id}__{days}", window=Window(days))
        for part in result.scorecard.measured
        for days in VIEWS
    }
    answerable = [q for q in asked.values() if any(table in past.present for table in q.measure.evidence)]
    counts: dict[str, Any] = {}
    for group in _countable_together(answerable):
        table = tally(past, group[0].measure.fact, group)
        its = table.filter(table.subject_id == ibis.literal(judged.subject, past.id_type))
        for row in result.engine.arrow(its).to_pylist():
            counts |= row
    return {
        part.id: tuple(
            _view(asked[part.id, days], days, counts, answerable=asked[part.id, days] in answerable) for days in VIEWS
        )
        for part in result.scorecard.measured
    }


def _countable_together(questions: Sequence[Question]) -> list[list[Question]]:
    """Questions of one fact together, but each that is averaged alone."""
    plain: dict[str, list[Question]] = {}
    for question in questions:
        if not question.measure.averaged:
            plain.setdefault(question.measure.fact, []).append(question)
    return [*plain.values(), *([question] for question in questions if question.measure.averaged)]


def _view(question: Question, days: int, counts: Mapping[str, Any], *, answerable: bool) -> View:
    numerator: int = counts.get(f"{question.name}__numerator") or 0
    denominator: int = counts.get(f"{question.name}__denominator") or 0
    if question.measure.unit in TOTALS:
        denominator = 1 if answerable else 0
    if not denominator:
        return View(days, None, None, None)
    if question.measure.averaged:
        return View(days, None, None, half_up(Fraction(numerator, denominator * SHARE_SCALE)))
    cut = MILLION if question.measure.unit == "money" else 1
    return View(days, numerator, denominator, half_up(Fraction(numerator, denominator * cut)))


def _opening(judged: _Judged) -> Opening:
    card, row, question = judged.result.scorecard, judged.explanation.row, judged.questions[VOLUME]
    volume, needed = row["volume"], card.volume.minimum
    expected = None
    if 0 < volume < needed:
        rows = judged.result.engine.arrow(rows_with_aspects(judged.result.past, question, judged.subject))
        expected = expected_on(rows, question, needed, judged.result.day)
    leaves = [leaf for part in judged.explanation.dimensions for leaf in part.indicators]
    given = {leaf.indicator.id for leaf in leaves if _given(leaf.indicator, leaf.row)}
    missing = [i.id for i in card.indicators if i.when_missing == "insufficient" and i.id not in given]
    missing += [
        dimension.id
        for dimension in card.dimensions
        if dimension.when_missing == "insufficient" and not given & {i.id for i in dimension.indicators}
    ]
    without_group = card.peers.needed and row["peer_group"] is None
    with_data = tuple(leaf.indicator.id for leaf in leaves if leaf.row["status"] == "ok")
    return Opening(volume, needed, expected, tuple(missing), without_group, with_data)


def _given(indicator: Indicator, row: Row) -> bool:
    """Whether the indicator would earn points: by its value, or by what stands in for it."""
    instead = indicator.when_missing == "zero" or isinstance(indicator.when_missing, FixedPoints)
    return row["status"] == "ok" or instead or row.get("policy") == "fixed_points"


def expected_on(rows: pa.Table, question: Question, needed: int, day: date) -> date | None:
    """The first day whose window holds `needed`, if rows go on coming as since the first one in the window.

    `rows` as `rows_with_aspects` gives them for the question of the volume. A window that moves along loses its oldest
    rows: where so many would take longer than it is wide, there will never be enough, and None is returned.
    """
    counted = [row for row in rows.select(["anchor", "denominator"]).to_pylist() if row["denominator"]]
    if not counted:
        return None
    volume = sum(row["denominator"] for row in counted)
    start, end = (bound.date() for bound in question.window.on(day))
    first = min(row["anchor"] for row in counted).date()
    days = -(-needed * (end - first).days // volume)
    if isinstance(question.window, Window):
        return first + timedelta(days=days + (day - end).days) if days <= (end - start).days else None
    reached = first + timedelta(days=days)
    following = (start.replace(day=1) + timedelta(days=32)).replace(day=1)
    return reached if reached <= following else None
