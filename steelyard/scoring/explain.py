"""The derivation of one score as a tree, read from the tables of its steps; nothing is reckoned again.

total → gates → dimensions → indicators → counts → peers → the clause, with what each indicator costs in points.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import ibis

from steelyard.errors import InputError, Problem
from steelyard.fixed import MILLION
from steelyard.scorecards.covers import cover_of
from steelyard.scorecards.curves import Deduction, Linear, PeerShare, Steps
from steelyard.scorecards.model import Assumption, Dimension, Indicator, Scorecard, Source
from steelyard.scorecards.rule import Text
from steelyard.scorecards.unset import settled
from steelyard.scoring.running import Result

Row = Mapping[str, Any]

_CLAUSES = {"params": "params.**", "points": "points.**", "weight": "weight"}
"""What of an indicator has a clause behind it: the numbers below it in the scorecard."""


@dataclass(frozen=True)
class IndicatorPart:
    """One indicator of one subject: its row of the result contract, and what it costs of the raw score."""

    indicator: Indicator
    row: Row
    window: tuple[date, date]
    """First and last day whose events count."""
    cost: Decimal | None
    """Points of the raw score lost against the best possible, in six places; NULL without a score."""
    clauses: tuple[tuple[str, Source | Assumption | None], ...]
    """What stands behind its definition, its curve, its weight."""


@dataclass(frozen=True)
class DimensionPart:
    """One dimension of one subject."""

    dimension: Dimension
    row: Row
    indicators: tuple[IndicatorPart, ...]


@dataclass(frozen=True)
class Explanation:
    """Everything behind one score."""

    scorecard: Scorecard
    day: date
    row: Row
    dimensions: tuple[DimensionPart, ...]
    observed: tuple[Row, ...]
    adjustments: tuple[Row, ...]
    effects: tuple[Row, ...]

    def records(self) -> Iterator[dict[str, Any]]:
        """The tree as flat rows for JSON and CSV: one per score, dimension, indicator, adjustment and effect."""
        yield {"level": "score", **self.row}
        for part in self.dimensions:
            yield {"level": "dimension", **part.row}
            for leaf in part.indicators:
                yield {
                    "level": "indicator",
                    **leaf.row,
                    "cost": leaf.cost,
                    "from": leaf.window[0],
                    "to": leaf.window[1],
                }
        levels = (("observed", self.observed), ("adjustment", self.adjustments), ("effect", self.effects))
        for level, rows in levels:
            yield from ({"level": level, **row} for row in rows)


def explain(result: Result, subject: str | int) -> Explanation:
    """The derivation of `subject`'s score. Raises InputError where the subject is not among those scored."""
    rows = {
        table: _rows_of(result, table, subject)
        for table in ("scores", "dimensions", "indicators", "observed", "adjustments", "effects")
    }
    if not rows["scores"]:
        table = f"{result.scorecard.subject}s"
        message, fix = f"{subject!r} is not a row of {table}", f"check the id; quarantined {table} are not scored"
        raise InputError(Problem("unknown-subject", result.scorecard.name, message, fix))
    rules = [part.id for part in result.scorecard.adjustments] + [gate.id for gate in result.scorecard.gates]
    observed = [part.id for part in result.scorecard.observed]
    effects = [effect.id for effect in result.scorecard.effects]
    dimensions = {row["dimension"]: row for row in rows["dimensions"]}
    indicators = {row["indicator"]: row for row in rows["indicators"]}
    return Explanation(
        result.scorecard,
        result.day,
        rows["scores"][0],
        tuple(
            DimensionPart(dimension, dimensions[dimension.id], tuple(_parts(result, dimension, dimensions, indicators)))
            for dimension in result.scorecard.dimensions
        ),
        tuple(sorted(rows["observed"], key=lambda row: observed.index(row["indicator"]))),
        tuple(sorted(rows["adjustments"], key=lambda row: (rules.index(row["rule"].partition(".")[0]), row["rule"]))),
        tuple(sorted(rows["effects"], key=lambda row: effects.index(row["effect"]))),
    )


def _rows_of(result: Result, table: str, subject: str | int) -> list[Row]:
    rows = result.tables[table]
    return list(
        result.engine.arrow(rows.filter(rows.subject_id == ibis.literal(subject, rows.subject_id.type()))).to_pylist()
    )


def _parts(
    result: Result, dimension: Dimension, dimensions: Mapping[str, Row], indicators: Mapping[str, Row]
) -> Iterator[IndicatorPart]:
    scorecard = result.scorecard
    for indicator in dimension.indicators:
        start, end = (indicator.window or scorecard.window).window().on(result.day)
        row = indicators[indicator.id]
        path = f"dimensions.{dimension.id}.indicators.{indicator.id}"
        yield IndicatorPart(
            indicator,
            row,
            (start.date(), end.date() - timedelta(days=1)),
            cost(scorecard, dimension, indicator, dimensions, indicators),
            tuple((what, cover_of(scorecard, f"{path}.{pattern}")) for what, pattern in _CLAUSES.items()),
        )


def cost(
    scorecard: Scorecard,
    dimension: Dimension,
    indicator: Indicator,
    dimensions: Mapping[str, Row],
    indicators: Mapping[str, Row],
) -> Decimal | None:
    """Points of the raw score this indicator loses against its best: its shortfall × the weights actually used."""
    points = indicators[indicator.id]["points"]
    if points is None:
        return None
    within = {i.id: _weight(i) for i in dimension.indicators if indicators[i.id]["points"] is not None}
    lost = (best_points(indicator) - Fraction(points)) * Fraction(within[indicator.id], sum(within.values()))
    if scorecard.total == "weighted_mean":
        used = {d.id: _weight(d) for d in scorecard.dimensions if dimensions[d.id]["points"] is not None}
        lost *= Fraction(used[dimension.id], sum(used.values()))
    return Decimal((2 * lost * MILLION + 1).__floor__() // 2).scaleb(-6)


def _weight(part: Dimension | Indicator) -> int:
    return 1 if part.weight == "equal" else part.weight


def best_points(indicator: Indicator) -> Fraction:
    """The most points an indicator can earn."""
    curve = indicator.points
    if isinstance(curve, PeerShare):
        return Fraction(curve.max)
    if isinstance(curve, Deduction):
        return Fraction(curve.full)
    given = [curve.worst.points, curve.best.points] if isinstance(curve, Linear) else [curve.otherwise]
    steps = [step.points for step in curve.steps] if isinstance(curve, Steps) else []
    return max(Fraction(settled(points)) for points in [*given, *steps])


POLICIES = {
    "leave_out": Text(zh="不参与计分，权重分给其他指标", en="left out, its weight goes to the others"),
    "zero": Text(zh="按零分计", en="no points"),
    "insufficient": Text(zh="不出总分", en="no score at all"),
    "fixed_points": Text(zh="按规则给固定分", en="the rule's fixed points stand in"),
    "missing": Text(zh="不参与计分", en="left out"),
    "longer_window": Text(zh="数据量少，改看更长的窗口", en="few rows, so the longer window is counted"),
    "count": Text(
        zh="数据量少，按条数扣分而不按比率", en="few rows, so each one that missed is deducted instead of the rate"
    ),
}
"""What stood in for missing or few data, by the column `policy` of the results."""


def left_out_because(row: Row) -> Text | None:
    """Why an indicator has no value of its own to be judged, in both languages; None where it has."""
    why = {"no_data": Text(zh="没有数据", en="no data"), "below_minimum": Text(zh="数据量不足", en="below the minimum")}
    reason = why.get(row["status"])
    policy = POLICIES.get(row["policy"] or "")
    if reason is None:
        return None
    if policy is None:
        return reason
    return Text(zh=f"{reason.zh}，{policy.zh}", en=f"{reason.en}, {policy.en}")
