"""From tallies to the result tables of douyin/experience@2022-09-26, with pandas: a row per shop and indicator."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from rule import (
    COLUMNS,
    EFFECTS,
    GATE_AT,
    HIGH,
    LEAST_ORDERS,
    LEAST_PEERS,
    LOW,
    MILLION,
    PARTS,
    PLACES,
    POOL_WIDTH,
    POOLS,
    SCORECARD,
    VERSION,
    WEIGHTS,
)

AVERAGED = "goods_base_score"
TEXTS = ("band", "policy", "rule", "reason")


def half_up(dividend: "pd.Series[int]", divisor: "pd.Series[int]", scale: int = 1) -> "pd.Series[int]":
    """Dividend ÷ divisor × scale, rounded half up; NULL where the divisor is 0 or NULL. Both are of dtype Int64."""
    divisor = divisor.where(divisor > 0)
    whole = dividend // divisor
    return whole * scale + ((dividend - whole * divisor) * (2 * scale) + divisor) // (2 * divisor)


def written(shops: pd.DataFrame, now: pd.Timestamp, out: Path) -> None:
    """Score the shops by their tallies and write the six tables."""
    points = pointed(valued(shops))
    scored_parts, seen = points[points.dimension.notna()], points[points.dimension.isna()]
    dimensions = rolled_up(scored_parts)
    final = gated(totals(dimensions), points)
    tables = {
        "scores": scores(final),
        "dimensions": dimensions.assign(points=dimensions.points.where(dimensions.scored)),
        "indicators": scored_parts,
        "observed": seen,
        "adjustments": adjustments(final),
        "effects": pd.concat(effects(final, now)),
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        pq.write_table(_headed(rows, name, now), out / f"{name}.parquet", compression="zstd")


def valued(shops: pd.DataFrame) -> pd.DataFrame:
    """One row per shop and part: numerator `n`, denominator `of`, value; is the shop `scored`, the part `ranked`?"""
    shops = shops.reset_index(names="subject_id")
    counts = shops.drop(columns=["subject_id", "category"]).fillna(0).astype("Int64")
    rows = pd.concat([
        pd.DataFrame({
            "subject_id": shops.subject_id, "peer_group": shops.category, "volume": counts.volume__of,
            "dimension": part.dimension, "indicator": part.indicator, "sign": -1 if part.higher else 1,
            "n": counts[f"{part.indicator}__n"], "of": counts[f"{part.indicator}__of"],
        })
        for part in PARTS
    ], ignore_index=True)  # fmt: skip
    averaged = rows.indicator == AVERAGED
    rows["value"] = half_up(rows.n, rows.of * MILLION).where(averaged, half_up(rows.n, rows.of, MILLION))
    rows["badness"] = rows.value * rows.sign
    given = (rows.value.notna() & rows.dimension.notna()).groupby(rows.subject_id).transform("any")
    rows["scored"] = (rows.volume >= LEAST_ORDERS).astype(bool) & given
    rows["ranked"] = rows.scored & rows.value.notna()
    return rows


def _standing(rows: pd.DataFrame, keys: Sequence[str]) -> pd.DataFrame:
    """How many are ranked within `keys`, how many of them do better, their mean, and where the best tenth begins."""
    groups = [rows[key] for key in keys]
    ranked = rows[rows.ranked]
    better = ranked.groupby([ranked[key] for key in keys], dropna=False).badness.rank("min").astype("Int64") - 1
    place = ranked.groupby([ranked[key] for key in keys], dropna=False).badness.rank("first").astype("Int64")
    peers = rows.ranked.groupby(groups, dropna=False).transform("sum").astype("Int64")
    total = rows.value.where(rows.ranked, 0).groupby(groups, dropna=False).transform("sum")
    edge = rows.value.where((place.reindex(rows.index) == (peers + 9) // 10).fillna(value=False))
    return pd.DataFrame({
        "peers": peers, "better": better.reindex(rows.index), "peer_mean": half_up(total, peers),
        "peer_best10": edge.groupby(groups, dropna=False).transform("max"),
    })  # fmt: skip


def pointed(rows: pd.DataFrame) -> pd.DataFrame:
    """`rows` with their standing among peers, points and weights used."""
    group, everybody = _standing(rows, ["indicator", "peer_group"]), _standing(rows, ["indicator"])
    enough = (group.peers >= LEAST_PEERS).astype(bool)
    rows = rows.join(group.where(enough, everybody))
    rows["peer_scope"] = enough.map({True: "group", False: "all"})
    rows["not_better"] = (rows.peers - rows.better).where(rows.ranked)
    rows["status"] = rows.value.notna().map({True: "ok", False: "no_data"})
    rows["policy"] = rows.value.isna().map({True: "leave_out", False: None})
    rows["points"] = (half_up(rows.not_better * (HIGH - LOW), rows.peers) + LOW).where(rows.dimension.notna())
    given = rows.points.notna().astype("Int64")
    of = given.groupby([rows.subject_id, rows.dimension], dropna=False).transform("sum")
    rows["weight"] = half_up(given, of, MILLION).fillna(0).where(rows.scored)
    return rows


def rolled_up(points: pd.DataFrame) -> pd.DataFrame:
    """One row per shop and dimension: the mean of its indicators' points, and the weight used."""
    keys = ["subject_id", "peer_group", "volume", "scored", "dimension"]
    rows = points.groupby(keys, dropna=False).points.agg(["sum", "count"]).astype("Int64").reset_index()
    rows["points"] = half_up(rows["sum"], rows["count"])
    rows["used"] = rows.dimension.map(WEIGHTS).astype("Int64").where(rows.points.notna(), 0)
    of = rows.used.groupby(rows.subject_id).transform("sum")
    rows["weight"] = half_up(rows.used, of, MILLION).fillna(0).where(rows.scored)
    return rows


def totals(dimensions: pd.DataFrame) -> pd.DataFrame:
    """One row per shop: the weighted mean of its dimensions."""
    rows = dimensions.assign(gained=(dimensions.used * dimensions.points).fillna(0))
    keys = ["subject_id", "peer_group", "volume", "scored"]
    rows = rows.groupby(keys, dropna=False)[["gained", "used"]].sum().reset_index()
    return rows.assign(raw=half_up(rows.gained, rows.used))


def gated(rows: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """`rows` after the gate: shops that fail it join a lower pool, which is then spread evenly over its band."""
    failing = points[(points.indicator == "im_dissatisfaction_rate") & (points.value >= GATE_AT).fillna(value=False)]
    fails, raw = rows.subject_id.isin(failing.subject_id), rows.raw.fillna(0)
    rows = rows.assign(target=pd.array([None] * len(rows), "Int64"), pool=pd.array([None] * len(rows), "Int64"))
    for start, low in reversed(POOLS):
        rows.loc[fails & (raw >= start), "target"] = low
        rows.loc[(raw >= low) & (raw < low + POOL_WIDTH), "pool"] = low
    rows["pool"] = rows.target.fillna(rows.pool)
    rows["demoted"] = rows.target.notna()
    rows = rows.sort_values(["raw", "subject_id"], ignore_index=True)
    pools = rows.groupby(["peer_group", "pool"], dropna=False)
    rows["moved"] = rows.pool.notna() & pools.demoted.transform("any")
    place, size = pools.cumcount().astype("Int64"), pools.subject_id.transform("size").astype("Int64")
    rows["score"] = (rows.pool + half_up(place * POOL_WIDTH, size)).where(rows.moved, rows.raw)
    return rows


def scores(final: pd.DataFrame) -> pd.DataFrame:
    """What is shown of each shop."""
    group = final.peer_group
    rank = final.score.groupby([group, final.scored], dropna=False).rank("min", ascending=False)
    hundred = pd.Series(10_000, final.index, dtype="Int64")
    return final.assign(
        status=final.scored.map({True: "scored", False: "insufficient"}), raw_score=final.raw, gated_score=final.score,
        score=half_up(final.score, hundred), band=None, peer_difference=None, preview=False,
        peers=final.scored.groupby(group, dropna=False).transform("sum"),
        peer_rank=rank.where(final.scored).astype("Int64"),
    )  # fmt: skip


def adjustments(final: pd.DataFrame) -> pd.DataFrame:
    """The shops that the gate moved."""
    rows = final[final.moved]
    reason = rows.demoted.map({True: "demoted", False: "reranked"})
    return rows.assign(rule="im_gate", before=rows.raw, after=rows.score, reason=reason)


def effects(final: pd.DataFrame, now: pd.Timestamp) -> list[pd.DataFrame]:
    """What follows from the scores, a table per effect."""
    found = []
    for effect, sign, bound in EFFECTS:
        rows = final.assign(
            effect=effect, since=now.date(), condition=f"score {sign} {bound or 'required'}", value=final.score
        )
        rows["state"], rows["reason"] = "not_set", "threshold_not_set"
        if bound is not None:
            limit = int(bound.replace(".", "")) * MILLION // 10
            holds = (final.score < limit) if sign == "<" else (final.score >= limit)
            rows["state"] = holds.map({True: "holds", False: "does_not_hold"}).where(final.scored, "not_assessed")
            rows["reason"] = final.scored.map({True: "score", False: "insufficient"})
        found.append(rows)
    return found


def _headed(rows: pd.DataFrame, name: str, now: pd.Timestamp) -> pa.Table:
    """The table of the result contract: its columns in order, millionths as exact decimals."""
    rows = rows.assign(scorecard=SCORECARD, version=VERSION, as_of=now.date())
    if name in ("indicators", "observed"):
        plain = rows.indicator != AVERAGED
        rows = rows.assign(numerator=rows.n.where(plain), denominator=rows.of.where(plain), peer_difference=None)
    types = dict.fromkeys(("as_of", "since"), pa.date32()) | dict.fromkeys(TEXTS, pa.string())
    types["peer_difference"] = pa.decimal128(20, 6)
    arrays = {}
    for column in ("scorecard", "version", "as_of", "subject_id", *COLUMNS[name]):
        places = PLACES.get(column)
        if places is None or column in types:
            arrays[column] = pa.array(rows[column], types.get(column), from_pandas=True)
        else:
            numbers = [None if pd.isna(value) else Decimal(int(value)).scaleb(-places) for value in rows[column]]
            arrays[column] = pa.array(numbers, pa.decimal128(20, places))
    return pa.table(arrays)
