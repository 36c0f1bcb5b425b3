"""What peers reach: mean and best tenth of a group, counted as the scores' peers are."""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import pyarrow as pa

from steelyard.engines import connect
from steelyard.scoring.peers import standing
from steelyard.service.settings import Better


@dataclass(frozen=True)
class Taking:
    """One peer that takes part: of which metric and group, its value in millionths, and which values are better."""

    metric: str
    group: str
    value: int
    better: Better


@dataclass(frozen=True)
class Benchmark:
    """How many take part, their mean, and the boundary of the best tenth: the ⌈n ÷ 10⌉-th best value, in millionths."""

    peers: int
    mean: int
    best10: int


def benchmarks(taking: Sequence[Taking]) -> dict[tuple[str, str], Benchmark]:
    """By metric and group; a group in which nobody takes part has none."""
    if not taking:
        return {}
    columns = {
        "metric": [each.metric for each in taking],
        "group": [each.group for each in taking],
        "value": [each.value for each in taking],
        "badness": [each.value if each.better == "lower" else -each.value for each in taking],
        "takes_part": [1] * len(taking),
    }
    engine = connect("duckdb", {})
    try:
        rows = engine.backend.create_table("taking", ibis.memtable(pa.table(columns)), temp=True)
        stood = standing(rows, ["metric", "group"], "peer")
        each = stood.group_by("metric", "group").agg(
            peers=stood.peer_n.max(), mean=stood.peer_mean.max(), best10=stood.peer_best10.max()
        )
        found = engine.arrow(each).to_pylist()
    finally:
        engine.close()
    return {(row["metric"], row["group"]): Benchmark(row["peers"], row["mean"], row["best10"]) for row in found}
