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
from steelyard.measures.catalogue import CATALOGUE
from steelyard.scorecards.covers import cover_of
from steelyard.scorecards.model import (
    Assumption,
    Dimension,
    Indicator,
    PeerShare,
    Scorecard,
    Source,
    Text,
)
from steelyard.scoring.run import Result

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

    @property
    def doc(self) -> str:
        """The measure's own description."""
        return CATALOGUE[self.indicator.measure].doc


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
        for level, rows in (("adjustment", self.adjustments), ("effect", self.effects)):
            yield from ({"level": level, **row} for row in rows)


def explain(result: Result, subject: str | int) -> Explanation:
    """The derivation of `subject`'s score. Raises InputError where the subject is not among those scored."""
    rows = {
        table: _rows_of(result, table, subject)
        for table in ("scores", "dimensions", "indicators", "adjustments", "effects")
    }
    if not rows["scores"]:
        message, fix = f"{subject!r} is not a row of shops", "check the id; quarantined shops are not scored"
        raise InputError(Problem("unknown-subject", result.scorecard.name, message, fix))
    gates = [gate.id for gate in result.scorecard.gates]
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
        tuple(sorted(rows["adjustments"], key=lambda row: gates.index(row["rule"]))),
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
    earned = [getattr(curve, name, None) for name in ("full", "otherwise")]
    steps = [step.points for step in getattr(curve, "steps", ())]
    ends = [end.points for end in (getattr(curve, "worst", None), getattr(curve, "best", None)) if end is not None]
    return max(Fraction(points) for points in [*earned, *steps, *ends] if points is not None)


def left_out_because(row: Row) -> Text | None:
    """Why an indicator earned no points of its own, in both languages; None where it did."""
    return {
        "no_data": Text(zh="没有数据，不参与计分", en="no data, left out"),
        "below_minimum": Text(zh="数据量不足", en="below the minimum"),
    }.get(row["status"])
