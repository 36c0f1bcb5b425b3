"""Scoring: from integers to an explained score.

The steps in order:

1. `tally_FACT`   one pass over each fact: every indicator's numerator and denominator per subject (counting)
2. `tallies`      one row per subject with all of them, its peer group and its volume
3. `values`       numerator ÷ denominator to a millionth, with a status; who is scored at all (values)
4. `ranked`       where each value stands among its peers (peers)
5. `points`       the curve of each indicator, and the weights actually used (points, rollup)
6. `dimension_points`, `totals`   weighted means, the raw score (rollup)
7. `final`        gates in order, band, rank (gates, bands)
8. `scores` … `effects`           the result contract (results, effects)

Each step is an Ibis expression over the tables of earlier steps, so every engine runs it, `steelyard sql` prints it,
and an explanation reads its rows instead of reckoning again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce

import ibis
import ibis.expr.types as ir

from steelyard.counting import Question
from steelyard.counting.tally import tally
from steelyard.events.exclusions import VOLUME, Exemptions
from steelyard.facts import Past
from steelyard.measures import Measure
from steelyard.scorecards.model import Indicator, Scorecard
from steelyard.scoring import results
from steelyard.scoring.bands import banded
from steelyard.scoring.effects import effect_rows
from steelyard.scoring.gates import gated
from steelyard.scoring.peers import ranked
from steelyard.scoring.points import pointed
from steelyard.scoring.rollup import dimension_rows, total_rows, with_weights_used
from steelyard.scoring.values import How, value_rows, with_scored


@dataclass(frozen=True)
class Step:
    """A named table: what it is called and the expression, over tables of earlier steps, that makes it."""

    name: str
    expression: ir.Table

    @property
    def table(self) -> ir.Table:
        """The step's result by name, for later steps."""
        return ibis.table(self.expression.schema(), name=self.name)


def exemptions_of(scorecard: Scorecard) -> Exemptions:
    """Which reasons act on some indicators only, by the scorecard's rule."""
    return Exemptions({
        reason: frozenset(exemption.indicators) for exemption in scorecard.exemptions for reason in exemption.reasons
    })  # fmt: skip


def questions_of(scorecard: Scorecard, measures: Mapping[str, Measure]) -> list[Question]:
    """What the scorecard asks of the measures: one question per indicator, and its volume first."""
    volume = measures[scorecard.volume.measure]
    window = (scorecard.volume.window or scorecard.window).window()
    asked = [Question(VOLUME, volume, volume.params(), window)]
    return asked + [_question(scorecard, indicator, measures) for indicator in scorecard.indicators]


def _question(scorecard: Scorecard, indicator: Indicator, measures: Mapping[str, Measure]) -> Question:
    measure = measures[indicator.measure]
    values = scorecard.params_for(indicator.params, measure.params.model_fields)
    params = measure.params.model_validate(values)
    return Question(indicator.id, measure, params, (indicator.window or scorecard.window).window())


def plan(scorecard: Scorecard, past: Past, measures: Mapping[str, Measure]) -> list[Step]:
    """All steps of one day's score, in order; nothing is computed yet."""
    past = replace(past, exemptions=exemptions_of(scorecard))
    questions = questions_of(scorecard, measures)
    steps = _counting_steps(past, questions)
    hows = {question.indicator: _how(question.measure, past) for question in questions}
    return steps + _scoring_steps(scorecard, past, steps[-1].table, hows)


def _how(measure: Measure, past: Past) -> How:
    if not any(table in past.present for table in measure.evidence):
        return "no_evidence"
    return "averaged" if measure.averaged else "ratio"


def _counting_steps(past: Past, questions: Sequence[Question]) -> list[Step]:
    facts = sorted({question.measure.fact for question in questions})
    tallies = [
        Step(f"tally_{fact}", tally(past, fact, [q for q in questions if q.measure.fact == fact])) for fact in facts
    ]
    shops = past.table("shops")
    subjects = shops.select(subject_id=shops.shop_id, peer_group=shops.category)
    joined = reduce(_join_subject, (step.table for step in tallies), subjects)
    counts = joined.mutate(volume=joined[f"{VOLUME}__denominator"].fill_null(0))
    return [*tallies, Step("tallies", counts.drop(f"{VOLUME}__numerator", f"{VOLUME}__denominator"))]


def _join_subject(subjects: ir.Table, tallied: ir.Table) -> ir.Table:
    tallied = tallied.rename(tallied_id="subject_id")
    return subjects.left_join(tallied, subjects.subject_id == tallied.tallied_id).drop("tallied_id")


def _scoring_steps(scorecard: Scorecard, past: Past, tallies: ir.Table, hows: Mapping[str, How]) -> list[Step]:
    if scorecard.peers.by == "everyone":
        tallies = tallies.mutate(peer_group=ibis.null("string"))
    values = Step("values", with_scored(value_rows(tallies, scorecard, hows), scorecard))
    ranks = Step("ranked", ranked(values.table, scorecard))
    points = Step("points", with_weights_used(pointed(ranks.table, scorecard)))
    dimensions = Step("dimension_points", dimension_rows(points.table, scorecard))
    totals = total_rows(dimensions.table, scorecard)
    volumes = tallies.select(volume_of="subject_id", volume="volume")
    totals = totals.left_join(volumes, totals.subject_id == volumes.volume_of).drop("volume_of")
    raw = Step("totals", totals)
    final = raw.table.mutate(score=raw.table.raw)
    for gate in scorecard.gates:
        final = gated(final, points.table, gate)
    last = Step("final", banded(final, scorecard))
    return [
        values,
        ranks,
        points,
        dimensions,
        raw,
        last,
        *_result_steps(scorecard, past, points, dimensions, last),
    ]


def _result_steps(scorecard: Scorecard, past: Past, points: Step, dimensions: Step, final: Step) -> list[Step]:
    day = past.day
    steps = [
        Step("scores", results.scores(final.table, scorecard, day)),
        Step("dimensions", results.dimensions(dimensions.table, scorecard, day)),
        Step("indicators", results.indicators(points.table, scorecard, day)),
    ]
    adjusted = results.adjustments(final.table, scorecard, day)
    if adjusted is not None:
        steps.append(Step("adjustments", adjusted))
    effects = effect_rows(final.table, dimensions.table, points.table, scorecard, day)
    if effects is not None:
        steps.append(Step("effects", results.effects(effects, scorecard, day)))
    return steps
