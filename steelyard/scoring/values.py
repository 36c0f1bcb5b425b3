"""Values: from integers to a value with a status, per subject and indicator; and who is scored at all."""

from collections.abc import Mapping
from functools import reduce
from operator import or_
from typing import Literal

import ibis
import ibis.expr.types as ir

from steelyard.fixed import MILLION, half_up
from steelyard.scorecards.curves import CountInstead, FewFixed, FixedPoints, LongerWindow, LowVolume
from steelyard.scorecards.model import Indicator, Observed, Scorecard
from steelyard.scorecards.unset import settled

IN_ROLE = "in_role"
"""Whether the scorecard judges the role of a subject; where it judges all, there is no such column."""

How = Literal["ratio", "averaged", "no_evidence"]
"""How an indicator's value comes about: numerator ÷ denominator, the mean over products, or not at all."""


def value_rows(tallies: ir.Table, scorecard: Scorecard, hows: Mapping[str, How]) -> ir.Table:
    """One row per day, subject and measured thing: its counts, `value` in millionths, status, policy, weight.

    `tallies` has one row per day `as_of` and subject with `peer_group`, `volume` and the counts of every question;
    `hows` says of each indicator how its value comes about. Without evidence in the folder there is no data for
    anybody. Observed things have no dimension and weigh nothing. `policy` names what stood in for missing or few data.
    """
    rows = [
        _rows(tallies, indicator, hows[indicator.id], dimension.id)
        for dimension in scorecard.dimensions
        for indicator in dimension.indicators
    ] + [_rows(tallies, part, hows[part.id], None) for part in scorecard.observed]
    return ibis.union(rows[0], *rows[1:]) if len(rows) > 1 else rows[0]


def _rows(tallies: ir.Table, part: Indicator | Observed, how: How, dimension: str | None) -> ir.Table:
    nothing = ibis.null("int64")
    numerator, denominator = (nothing, nothing) if how == "no_evidence" else _counts(tallies, part)
    # An averaged numerator is a sum of shares in 10⁻¹²: their mean has a million times too many parts.
    value = half_up(numerator, denominator * MILLION) if how == "averaged" else half_up(numerator, denominator, MILLION)
    status = _status(denominator, part)
    return tallies.select(
        "as_of",
        "subject_id",
        "peer_group",
        "volume",
        *([IN_ROLE] if IN_ROLE in tallies.columns else []),
        dimension=ibis.null("string") if dimension is None else ibis.literal(dimension),
        indicator=ibis.literal(part.id),
        numerator=nothing if how == "averaged" else numerator,
        denominator=nothing if how == "averaged" else denominator,
        value=value.cast("int64"),
        status=status,
        policy=ibis.null("string") if isinstance(part, Observed) else _policy(tallies, part, status, denominator),
        weight=ibis.literal(_weight(part), "int64"),
    )


def _weight(part: Indicator | Observed) -> int:
    if isinstance(part, Observed):
        return 0
    return 1 if part.weight == "equal" else part.weight


def _counts(tallies: ir.Table, part: Indicator | Observed) -> tuple[ir.IntegerValue, ir.IntegerValue]:
    """Numerator and denominator; those of the longer window where the indicator has one and few rows."""
    numerator, denominator = (tallies[f"{part.id}__{kind}"].fill_null(0) for kind in ("numerator", "denominator"))
    policy = policy_of(part)
    if not isinstance(policy, LongerWindow):
        return numerator, denominator
    few = denominator < below(policy)
    longer = longer_name(part.id)
    return (
        few.ifelse(tallies[f"{longer}__numerator"].fill_null(0), numerator),
        few.ifelse(tallies[f"{longer}__denominator"].fill_null(0), denominator),
    )


def _status(denominator: ir.IntegerValue, part: Indicator | Observed) -> ir.StringValue:
    branches = [(denominator.fill_null(0) == 0, "no_data")]
    policy = policy_of(part)
    if policy is not None and not isinstance(policy, CountInstead):
        branches.append((denominator < below(policy), "below_minimum"))
    return ibis.cases(*branches, else_="ok")


def _policy(
    tallies: ir.Table, indicator: Indicator, status: ir.StringValue, denominator: ir.IntegerValue
) -> ir.StringValue:
    policy = indicator.low_volume
    missing = indicator.when_missing if isinstance(indicator.when_missing, str) else "fixed_points"
    branches = []
    if isinstance(policy, LongerWindow):
        own = tallies[f"{indicator.id}__denominator"].fill_null(0)
        branches.append(((status == "ok") & (own < below(policy)), "longer_window"))
    if isinstance(policy, CountInstead):
        branches.append(((status == "ok") & (denominator < below(policy)), "count"))
    if isinstance(policy, FewFixed):
        branches.append((status == "below_minimum", "fixed_points"))
    return ibis.cases(*branches, (status != "ok", missing), else_=ibis.null("string"))


def with_scored(values: ir.Table, scorecard: Scorecard) -> ir.Table:
    """`values` with `scored`: enough volume, some indicator with points, and none missing that must be there."""
    ok = values.dimension.notnull() & (values.status == "ok")
    given = reduce(or_, [ok, *(_replaced(values, i) for i in scorecard.indicators)])
    per_subject = ibis.window(group_by=[values.as_of, values.subject_id])
    enough = values.volume >= scorecard.volume.minimum
    if IN_ROLE in values.columns:
        enough &= values[IN_ROLE]
    scored = enough & (given.ifelse(1, 0).max().over(per_subject) == 1)
    for indicator in scorecard.indicators:
        if indicator.when_missing == "insufficient":
            missing = (values.indicator == indicator.id) & (values.status != "ok")
            scored &= missing.ifelse(1, 0).max().over(per_subject) == 0
    if scorecard.peers.needed and scorecard.peers.by != "everyone":
        scored &= values.peer_group.notnull()
    for dimension in scorecard.dimensions:
        if dimension.when_missing == "insufficient":
            there = (values.dimension == dimension.id) & given
            scored &= there.ifelse(1, 0).max().over(per_subject) == 1
    return values.mutate(scored=scored)


def _replaced(values: ir.Table, indicator: Indicator) -> ir.BooleanValue:
    """Whether points stand in for the value, rows with a value included."""
    its = values.indicator == indicator.id
    if indicator.when_missing == "zero" or isinstance(indicator.when_missing, FixedPoints):
        return its
    if isinstance(indicator.low_volume, FewFixed):
        return its & (values.status == "below_minimum")
    return ibis.literal(False)


def policy_of(part: Indicator | Observed) -> LowVolume | None:
    """What is declared for few rows."""
    return part.low_volume


def below(policy: LowVolume) -> int:
    """The number of rows below which the policy applies."""
    return int(settled(policy.below))


def longer_name(indicator: str) -> str:
    """The name of the question that counts an indicator over its longer window."""
    return f"{indicator}__longer"
