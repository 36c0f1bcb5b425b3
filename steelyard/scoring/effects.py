"""Effects: what a score does to its subject."""

from datetime import date
from decimal import Decimal

import ibis
import ibis.expr.types as ir

from steelyard.fixed import millionths
from steelyard.scorecards.model import Condition, Effect, Scorecard

COMPARISONS = {"below": "<", "at_most": "≤", "at_least": "≥", "above": ">"}


def effect_rows(
    totals: ir.Table, dimensions: ir.Table, points: ir.Table, scorecard: Scorecard, day: date
) -> ir.Table | None:
    """One row per subject and effect in force on `day`: `state` holds | does_not_hold | not_assessed.

    `condition` spells the conditions, `value` is the first condition's in millionths. Conditions on the score compare
    the six-place score after gates, not the shown one. None where no effect is in force.
    """
    effects = [effect for effect in scorecard.effects if in_force(effect, day)]
    if not effects:
        return None
    judged = {condition.of for effect in effects for condition in effect.when}
    subjects = _with_judged(totals, dimensions, points, judged)
    rows = [_rows(subjects, effect) for effect in effects]
    return ibis.union(rows[0], *rows[1:]) if len(rows) > 1 else rows[0]


def in_force(effect: Effect, day: date) -> bool:
    """Whether the effect exists on `day`: from `from_on`, until before `until_on`."""
    return (effect.from_on is None or effect.from_on <= day) and (effect.until_on is None or day < effect.until_on)


def spelled(condition: Condition) -> str:
    """A condition as text: `score < 4.8`."""
    name, bound = bound_of(condition)
    return f"{condition.of} {COMPARISONS[name]} {bound}"


def bound_of(condition: Condition) -> tuple[str, Decimal]:
    """The comparison's name and bound; the checker lets no condition pass without exactly one."""
    return next((name, getattr(condition, name)) for name in COMPARISONS if getattr(condition, name) is not None)


def _with_judged(totals: ir.Table, dimensions: ir.Table, points: ir.Table, judged: set[str]) -> ir.Table:
    """Subjects with one column per thing judged: `score`, `dimension.ID`, `indicator.ID`."""
    subjects = totals.select("subject_id", "scored", "score")
    for of in sorted(judged - {"score"}):
        kind, _, name = of.partition(".")
        source = dimensions if kind == "dimension" else points
        value = source.points if kind == "dimension" else source.value
        chosen = source.filter(source[kind] == name).select(**{f"{of}__id": source.subject_id, of: value})
        subjects = subjects.left_join(chosen, subjects.subject_id == chosen[f"{of}__id"]).drop(f"{of}__id")
    return subjects


def _rows(subjects: ir.Table, effect: Effect) -> ir.Table:
    holds = ibis.and_(*(_met(subjects, condition) for condition in effect.when))
    state = ibis.cases((~subjects.scored, "not_assessed"), (holds.fill_null(False), "holds"), else_="does_not_hold")
    return subjects.select(
        "subject_id",
        effect=ibis.literal(effect.id),
        state=state,
        condition=ibis.literal(" & ".join(map(spelled, effect.when))),
        value=subjects[effect.when[0].of].cast("int64"),
    )


def _met(subjects: ir.Table, condition: Condition) -> ir.BooleanValue:
    value = subjects[condition.of]
    name, bound = bound_of(condition)
    limit = millionths(bound)
    return {
        "below": value < limit,
        "at_most": value <= limit,
        "at_least": value >= limit,
        "above": value > limit,
    }[name]
