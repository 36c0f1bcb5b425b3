"""What a score would be with other counts: the scoring steps themselves, over changed tallies."""

from collections.abc import Mapping
from typing import Any

import ibis

from steelyard.measures.catalogue import CATALOGUE
from steelyard.scoring import asked, hows_of, scoring_steps
from steelyard.scoring.running import Result
from steelyard.staged import staged

UNDER = "what_if_"
"""Begins the names of the steps that an assumption is computed in, so that the result itself stays."""


def rescored(result: Result, subject: str | int, changes: Mapping[str, tuple[int, int]]) -> Mapping[str, Any]:
    """The row of `scores` that `subject` would have, were its counts of some indicators these; all others' stay.

    `changes` gives (numerator, denominator) by indicator. Values averaged over products take the sum of the shares
    in 10⁻¹² and the number of products.
    """
    engine, past = result.engine, result.past
    (wanted,) = asked([result.scorecard], CATALOGUE)
    tallies = result.tables["tallies"]
    its = tallies.subject_id == ibis.literal(subject, past.id_type)
    counts = {
        f"{indicator}__{kind}": its.ifelse(number, tallies[f"{indicator}__{kind}"]).cast("int64")
        for indicator, pair in changes.items()
        for kind, number in zip(("numerator", "denominator"), pair, strict=True)
    }
    steps = scoring_steps(result.scorecard, past, tallies.mutate(**counts), hows_of(wanted, past), UNDER)
    with staged():
        for step in steps:
            scores = engine.store(step.name, step.expression)
            if step.name == f"{UNDER}scores":
                break
    row = scores.filter(scores.subject_id == ibis.literal(subject, past.id_type))
    found: list[dict[str, Any]] = engine.arrow(row).to_pylist()
    return found[0]
