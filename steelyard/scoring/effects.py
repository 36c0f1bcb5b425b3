"""Effects: what a score does to its subject."""

from datetime import date
from decimal import Decimal

import ibis
import ibis.expr.types as ir

from steelyard.facts import Past
from steelyard.fixed import millionths
from steelyard.scorecards.consequences import Condition, Effect
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.rule import Open
from steelyard.scorecards.unset import settled

COMPARISONS = {"below": "<", "at_most": "≤", "at_least": "≥", "above": ">"}
NOT_SET = "threshold_not_set"
"""The reason of an effect whose threshold nobody has given."""


def effect_rows(
    totals: ir.Table, dimensions: ir.Table, points: ir.Table, scorecard: Scorecard, past: Past
) -> ir.Table | None:
    """One row per day, subject and effect that exists on that day.

    `state` holds | does_not_hold | not_assessed (no score, or a state that is not known) | not_set (its threshold is
    not published and not given) · `condition` spells the conditions · `value` the first condition's in millionths ·
    `reason` what decides: the thing compared by the first condition that fails, or by the first one where all hold,
    `insufficient`, `state_unknown`, or `threshold_not_set`. Conditions on the score compare the six-place score after
    gates, not the shown one. No rows on days before the version is in force; None where the scorecard has no effects.
    """
    if not scorecard.effects:
        return None
    if scorecard.effective_from is not None:
        totals = totals.filter(totals.as_of >= ibis.literal(scorecard.effective_from))
    judged = {condition.of for effect in scorecard.effects for condition in effect.when}
    subjects = _with_judged(totals, dimensions, points, judged, past)
    rows = [_rows(_on_its_days(subjects, effect), effect) for effect in scorecard.effects]
    return ibis.union(rows[0], *rows[1:]) if len(rows) > 1 else rows[0]


def _on_its_days(subjects: ir.Table, effect: Effect) -> ir.Table:
    """`subjects` on the days on which the effect exists, as `in_force` says of one day."""
    if effect.from_on is not None:
        subjects = subjects.filter(subjects.as_of >= ibis.literal(effect.from_on))
    if effect.until_on is not None:
        subjects = subjects.filter(subjects.as_of < ibis.literal(effect.until_on))
    return subjects


def in_force(effect: Effect, day: date) -> bool:
    """Whether the effect exists on `day`: from `from_on`, until before `until_on`."""
    return (effect.from_on is None or effect.from_on <= day) and (effect.until_on is None or day < effect.until_on)


def spelled(condition: Condition) -> str:
    """A condition as text: `score < 4.8`, `band = five | four`."""
    if condition.one_of is not None:
        return f"{condition.of} = {' | '.join(condition.one_of)}"
    name, bound = bound_of(condition)
    return f"{condition.of} {COMPARISONS[name]} {bound}"


def bound_of(condition: Condition) -> tuple[str, Open]:
    """The comparison's name and bound; the checker lets no condition with a number pass without exactly one."""
    return next((name, getattr(condition, name)) for name in COMPARISONS if getattr(condition, name) is not None)


def is_set(effect: Effect) -> bool:
    """Whether all its bounds are given."""
    return all(c.one_of is not None or isinstance(bound_of(c)[1], Decimal) for c in effect.when)


def _with_judged(totals: ir.Table, dimensions: ir.Table, points: ir.Table, judged: set[str], past: Past) -> ir.Table:
    """Subjects with one column per thing judged: `score`, `band`, `dimension.ID`, `indicator.ID`, `state.NAME`."""
    subjects = totals.select("as_of", "subject_id", "scored", "score", "band")
    for of in sorted(judged - {"score", "band"}):
        kind, _, name = of.partition(".")
        if kind == "state":
            subjects = _with_state(subjects, of, past)
            continue
        source = dimensions if kind == "dimension" else points.filter(points.status == "ok")
        value = source.points if kind == "dimension" else source.value
        column = source.dimension if kind == "dimension" else source.indicator
        chosen = source.filter(column == name)
        chosen = chosen.select(**{f"{of}__on": source.as_of, f"{of}__id": source.subject_id, of: value})
        same = [subjects.as_of == chosen[f"{of}__on"], subjects.subject_id == chosen[f"{of}__id"]]
        subjects = subjects.left_join(chosen, same).drop(f"{of}__on", f"{of}__id")
    return subjects


def _with_state(subjects: ir.Table, of: str, past: Past) -> ir.Table:
    """`subjects` with the state that stands on the day, NULL where no states were given."""
    if not past.has_states:
        return subjects.mutate(**{of: ibis.null("string")})
    days = subjects.select(stands_on="as_of").distinct()
    states = past.states(of.partition(".")[2], days)
    states = states.select(**{f"{of}__on": states.stands_on, f"{of}__id": states.subject_id, of: states.value})
    same = [subjects.as_of == states[f"{of}__on"], subjects.subject_id == states[f"{of}__id"]]
    return subjects.left_join(states, same).drop(f"{of}__on", f"{of}__id")


def _rows(subjects: ir.Table, effect: Effect) -> ir.Table:
    unknown = ibis.literal(False)
    if not is_set(effect):
        state, reason = ibis.literal("not_set"), ibis.literal(NOT_SET)
    else:
        met = {condition: _met(subjects, condition).fill_null(False) for condition in effect.when}
        for condition in effect.when:
            if condition.of.startswith("state."):
                unknown |= subjects[condition.of].isnull()
        state = ibis.cases(
            (~subjects.scored | unknown, "not_assessed"), (ibis.and_(*met.values()), "holds"), else_="does_not_hold"
        )
        failing = [(~holds, condition.of) for condition, holds in met.items()]
        reason = ibis.cases(
            (~subjects.scored, "insufficient"), (unknown, "state_unknown"), *failing, else_=effect.when[0].of
        )
    first = effect.when[0]
    return subjects.select(
        "as_of",
        "subject_id",
        effect=ibis.literal(effect.id),
        state=state,
        condition=ibis.literal(" & ".join(map(spelled, effect.when))),
        value=ibis.null("int64") if first.one_of is not None else subjects[first.of].cast("int64"),
        reason=reason,
    )


def _met(subjects: ir.Table, condition: Condition) -> ir.BooleanValue:
    value = subjects[condition.of]
    if condition.one_of is not None:
        return value.isin(condition.one_of)
    name, bound = bound_of(condition)
    limit = millionths(settled(bound))
    return {
        "below": value < limit,
        "at_most": value <= limit,
        "at_least": value >= limit,
        "above": value > limit,
    }[name]
