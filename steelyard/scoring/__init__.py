"""Scoring: from integers to an explained score.

The steps in order:

1. `tally_FACT`   one pass over each fact: every question's numerator and denominator per subject (counting)
2. `tallies`      one row per subject with all of them, its peer group and its volume (asked)
3. `values`       numerator ÷ denominator to a millionth, with a status; who is scored at all (values)
4. `ranked`       where each value stands among its peers (peers)
5. `points`       the curve of each indicator, and the weights actually used (points, rollup)
6. `dimension_points`, `totals`   weighted means, adjustments, the raw score (rollup, adjustments)
7. `final`        gates in order, band, rank (gates, bands)
8. `scores` … `effects`           the result contract (results, effects)

Each step is an Ibis expression over the tables of earlier steps, so every engine runs it, `steelyard sql` prints it,
and an explanation reads its rows instead of reckoning again. Step 1 may be shared by several scorecards.
"""

from collections.abc import Mapping, Sequence

import ibis
import ibis.expr.types as ir

from steelyard.facts import Past
from steelyard.measures import Measure
from steelyard.scorecards.model import Scorecard
from steelyard.scoring import results
from steelyard.scoring.adjustments import adjusted
from steelyard.scoring.asked import (
    Asked,
    asked,
    category_steps,
    counting_steps,
    questions_of,
    tallies_step,
)
from steelyard.scoring.bands import banded
from steelyard.scoring.effects import effect_rows
from steelyard.scoring.gates import gated
from steelyard.scoring.peers import ranked
from steelyard.scoring.points import pointed
from steelyard.scoring.rollup import dimension_rows, total_rows, with_dimension_weights, with_weights_used
from steelyard.scoring.steps import Step
from steelyard.scoring.subjects import subjects
from steelyard.scoring.values import How, value_rows, with_scored


def plan(scorecard: Scorecard, past: Past, measures: Mapping[str, Measure]) -> list[Step]:
    """All steps of one day's score, in order; nothing is computed yet."""
    (only,) = asked([scorecard], measures)
    counting = counting_steps(past, list(only.questions.values()))
    return [*counting, *card_steps(only, past, counting)]


def card_steps(wanted: Asked, past: Past, counting: Sequence[Step]) -> list[Step]:
    """The steps of one scorecard after those of the counting, which it may share with others."""
    judged = subjects(past, wanted.scorecard).mutate(as_of=ibis.literal(past.day))
    categories = category_steps(wanted, past)
    tallies = tallies_step(wanted, judged, counting, categories)
    return [*categories, tallies, *scoring_steps(wanted.scorecard, past, tallies.table, hows_of(wanted, past))]


def hows_of(wanted: Asked, past: Past) -> dict[str, How]:
    """How each value of the scorecard comes about, by what is in the folder."""
    return {name: _how(question.measure, past) for name, question in wanted.questions.items()}


def _how(measure: Measure, past: Past) -> How:
    if not any(table in past.present for table in measure.evidence):
        return "no_evidence"
    return "averaged" if measure.averaged else "ratio"


def scoring_steps(
    scorecard: Scorecard, past: Past, tallies: ir.Table, hows: Mapping[str, How], under: str = ""
) -> list[Step]:
    """From `tallies`, counts per day and subject, to the tables of results; `under` begins the steps' names."""
    if scorecard.peers.by == "everyone":
        tallies = tallies.mutate(peer_group=ibis.null("string"))
    values = Step(f"{under}values", with_scored(value_rows(tallies, scorecard, hows), scorecard))
    ranks = Step(f"{under}ranked", ranked(values.table, scorecard))
    points = Step(f"{under}points", with_weights_used(pointed(ranks.table, scorecard)))
    rows = adjusted(dimension_rows(points.table, scorecard), points.table, scorecard)
    dimensions = Step(f"{under}dimension_points", with_dimension_weights(rows))
    totals = total_rows(dimensions.table, scorecard)
    volumes = tallies.select(volume_on="as_of", volume_of="subject_id", volume="volume")
    same = [totals.as_of == volumes.volume_on, totals.subject_id == volumes.volume_of]
    totals = totals.left_join(volumes, same).drop("volume_on", "volume_of")
    raw = Step(f"{under}totals", totals)
    final = raw.table.mutate(score=raw.table.raw)
    for gate in scorecard.gates:
        final = gated(final, points.table, gate, past)
    last = Step(f"{under}final", banded(final, scorecard))
    steps = [values, ranks, points, dimensions, raw, last]
    return [*steps, *_result_steps(scorecard, past, (points.table, dimensions.table, last.table), under)]


def _result_steps(
    scorecard: Scorecard, past: Past, tables: tuple[ir.Table, ir.Table, ir.Table], under: str
) -> list[Step]:
    points, dimensions, final = tables
    steps = [
        Step(f"{under}scores", results.scores(final, scorecard)),
        Step(f"{under}dimensions", results.dimensions(dimensions, scorecard)),
        Step(f"{under}indicators", results.indicators(points, scorecard)),
    ]
    if scorecard.observed:
        steps.append(Step(f"{under}observed", results.observed(points, scorecard)))
    moved = results.adjustments(final, dimensions, scorecard)
    if moved is not None:
        steps.append(Step(f"{under}adjustments", moved))
    effects = effect_rows(final, dimensions, points, scorecard, past)
    if effects is not None:
        steps.append(Step(f"{under}effects", results.effects(effects, scorecard)))
    return steps


__all__ = ["Asked", "Step", "asked", "card_steps", "counting_steps", "hows_of", "plan", "questions_of", "scoring_steps"]
