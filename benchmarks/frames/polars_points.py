"""From tallies to the result tables of douyin/experience@2022-09-26, with Polars: a row per shop and indicator."""

from datetime import datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
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
HEAD = ("scorecard", "version", "as_of", "subject_id")


def half_up(dividend: pl.Expr, divisor: pl.Expr, scale: int = 1) -> pl.Expr:
    """Dividend ÷ divisor × scale, rounded half up; NULL where the divisor is 0 or NULL."""
    whole = dividend // divisor
    rest = dividend - whole * divisor
    return pl.when(divisor > 0).then(whole * scale + (rest * (2 * scale) + divisor) // (2 * divisor))


def written(shops: pl.DataFrame, day: datetime, out: Path) -> None:
    """Score the shops by their tallies and write the six tables."""
    points = pointed(valued(shops))
    dimensions = rolled_up(points)
    final = gated(totals(dimensions), points)
    tables = {
        "scores": scores(final),
        "dimensions": dimensions.with_columns(points=pl.when("scored").then("points")),
        "indicators": points.filter(pl.col("dimension").is_not_null()),
        "observed": points.filter(pl.col("dimension").is_null()),
        "adjustments": adjustments(final),
        "effects": effects(final, day),
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        headed(rows, name, day).write_parquet(out / f"{name}.parquet")


def valued(shops: pl.DataFrame) -> pl.DataFrame:
    """One row per shop and part: numerator `n`, denominator `of`, value; is the shop `scored`, the part `ranked`?"""
    volume = pl.col("volume").fill_null(0).cast(pl.Int64)
    rows = pl.concat(
        shops.select(
            subject_id="shop_id", peer_group="category", volume=volume, dimension=pl.lit(part.dimension, pl.String),
            indicator=pl.lit(part.indicator), sign=pl.lit(-1 if part.higher else 1),
            n=pl.col(f"{part.indicator}__n").fill_null(0).cast(pl.Int64),
            of=pl.col(f"{part.indicator}__of").fill_null(0).cast(pl.Int64),
        )
        for part in PARTS
    )  # fmt: skip
    averaged = pl.col("indicator") == AVERAGED
    value = (
        pl.when(averaged)
        .then(half_up(pl.col("n"), pl.col("of") * MILLION))
        .otherwise(half_up(pl.col("n"), pl.col("of"), MILLION))
    )
    rows = rows.with_columns(value=value).with_columns(badness=pl.col("value") * pl.col("sign"))
    some = (pl.col("value").is_not_null() & pl.col("dimension").is_not_null()).any().over("subject_id")
    rows = rows.with_columns(scored=(pl.col("volume") >= LEAST_ORDERS) & some)
    return rows.with_columns(ranked=pl.col("scored") & pl.col("value").is_not_null())


def _standing(rows: pl.DataFrame, keys: list[str], prefix: str) -> pl.DataFrame:
    """How many are ranked within `keys`, how many of them do better, their mean, and where the best tenth begins."""
    ranked = pl.col("ranked")
    number, place = ranked.sum().over(keys).cast(pl.Int64), pl.col("badness").rank("ordinal").over([*keys, "ranked"])
    edge = ranked & (place.cast(pl.Int64) == (number + 9) // 10)
    total = pl.col("value").filter(ranked).sum().over(keys)
    return rows.with_columns(
        (pl.col("badness").rank("min").over([*keys, "ranked"]).cast(pl.Int64) - 1).alias(f"{prefix}_better"),
        number.alias(f"{prefix}_peers"),
        half_up(total, number).alias(f"{prefix}_mean"),
        pl.when(edge).then("value").max().over(keys).alias(f"{prefix}_best10"),
    )


def pointed(rows: pl.DataFrame) -> pl.DataFrame:
    """`rows` with their standing among peers, points and weights used."""
    rows = _standing(_standing(rows, ["indicator", "peer_group"], "group"), ["indicator"], "all")
    enough = pl.col("group_peers") >= LEAST_PEERS
    rows = rows.with_columns(
        pl.when(enough).then(f"group_{name}").otherwise(f"all_{name}").alias(alias)
        for name, alias in (("peers", "peers"), ("better", "better"), ("mean", "peer_mean"), ("best10", "peer_best10"))
    )
    rows = rows.with_columns(
        not_better=pl.when("ranked").then(pl.col("peers") - pl.col("better")),
        peer_scope=pl.when(enough).then(pl.lit("group")).otherwise(pl.lit("all")),
        status=pl.when(pl.col("value").is_null()).then(pl.lit("no_data")).otherwise(pl.lit("ok")),
    )
    points = half_up(pl.col("not_better") * (HIGH - LOW), pl.col("peers")) + LOW
    rows = rows.with_columns(points=pl.when(pl.col("dimension").is_not_null()).then(points))
    given = pl.col("points").is_not_null()
    share = half_up(
        given.cast(pl.Int64), given.sum().over("subject_id", "dimension").cast(pl.Int64), MILLION
    ).fill_null(0)
    return rows.with_columns(
        weight=pl.when("scored").then(share), policy=pl.when(pl.col("status") == "no_data").then(pl.lit("leave_out"))
    )


def rolled_up(points: pl.DataFrame) -> pl.DataFrame:
    """One row per shop and dimension: the mean of its indicators' points, and the weight used."""
    keys = ["subject_id", "peer_group", "volume", "scored", "dimension"]
    rows = points.filter(pl.col("dimension").is_not_null()).group_by(keys).agg(
        points=half_up(pl.col("points").sum(), pl.col("points").count().cast(pl.Int64)),
        of_rule=pl.col("dimension").first().replace_strict(WEIGHTS, return_dtype=pl.Int64),
    )  # fmt: skip
    rows = rows.with_columns(used=pl.when(pl.col("points").is_not_null()).then("of_rule").otherwise(0))
    share = half_up(pl.col("used"), pl.col("used").sum().over("subject_id"), MILLION).fill_null(0)
    return rows.with_columns(weight=pl.when("scored").then(share))


def totals(dimensions: pl.DataFrame) -> pl.DataFrame:
    """One row per shop: the weighted mean of its dimensions."""
    raw = half_up((pl.col("used") * pl.col("points")).sum(), pl.col("used").sum())
    return dimensions.group_by("subject_id", "peer_group", "volume", "scored").agg(raw=raw)


def gated(rows: pl.DataFrame, points: pl.DataFrame) -> pl.DataFrame:
    """`rows` after the gate: shops that fail it join a lower pool, which is then spread evenly over its band."""
    failing = points.filter(pl.col("indicator") == "im_dissatisfaction_rate", pl.col("value") >= GATE_AT)
    fails, raw = pl.col("subject_id").is_in(failing["subject_id"].to_list()), pl.col("raw")
    target, pool = pl.lit(None, pl.Int64), pl.lit(None, pl.Int64)
    for start, low in reversed(POOLS):
        target = pl.when(fails & (raw >= start)).then(low).otherwise(target)
        pool = pl.when((raw >= low) & (raw < low + POOL_WIDTH)).then(low).otherwise(pool)
    rows = rows.with_columns(demoted=target.is_not_null(), pool=pl.coalesce(target, pool)).sort("raw", "subject_id")
    keys = ["peer_group", "pool"]
    moved = pl.col("pool").is_not_null() & pl.col("demoted").any().over(keys)
    place = pl.int_range(pl.len(), dtype=pl.Int64).over(keys)
    spread = pl.col("pool") + half_up(place * POOL_WIDTH, pl.len().over(keys).cast(pl.Int64))
    return rows.with_columns(moved=moved, score=pl.when(moved).then(spread).otherwise(raw))


def scores(final: pl.DataFrame) -> pl.DataFrame:
    """What is shown of each shop."""
    rank = pl.col("score").rank("min", descending=True).over("peer_group", "scored").cast(pl.Int64)
    return final.with_columns(
        status=pl.when("scored").then(pl.lit("scored")).otherwise(pl.lit("insufficient")),
        raw_score="raw",
        gated_score="score",
        score=half_up(pl.col("score"), pl.lit(10_000)),
        band=pl.lit(None, pl.String),
        peers=pl.col("scored").sum().over("peer_group").cast(pl.Int64),
        peer_rank=pl.when("scored").then(rank),
        peer_difference=pl.lit(None, pl.Int64),
        preview=pl.lit(value=False),
    )


def adjustments(final: pl.DataFrame) -> pl.DataFrame:
    """The shops that the gate moved."""
    reason = pl.when("demoted").then(pl.lit("demoted")).otherwise(pl.lit("reranked"))
    return final.filter("moved").select(
        "subject_id", rule=pl.lit("im_gate"), before="raw", after="score", reason=reason
    )


def effects(final: pl.DataFrame, day: datetime) -> pl.DataFrame:
    """What follows from the scores."""
    rows = []
    for effect, sign, bound in EFFECTS:
        limit = int((bound or "0").replace(".", "")) * MILLION // 10
        holds = (pl.col("score") < limit) if sign == "<" else (pl.col("score") >= limit)
        state = pl.when("scored").then(pl.when(holds).then(pl.lit("holds")).otherwise(pl.lit("does_not_hold")))
        state = pl.lit("not_set") if bound is None else state.otherwise(pl.lit("not_assessed"))
        reason = pl.when("scored").then(pl.lit("score")).otherwise(pl.lit("insufficient"))
        rows.append(final.select(
            "subject_id", effect=pl.lit(effect), state=state, since=pl.lit(day.date()),
            condition=pl.lit(f"score {sign} {bound or 'required'}"), value="score",
            reason=pl.lit("threshold_not_set") if bound is None else reason,
        ))  # fmt: skip
    return pl.concat(rows)


def headed(rows: pl.DataFrame, name: str, day: datetime) -> pl.DataFrame:
    """The table of the result contract: its columns in order, millionths as decimals."""
    if name in ("indicators", "observed"):
        plain = pl.col("indicator") != AVERAGED
        rows = rows.with_columns(
            numerator=pl.when(plain).then("n"),
            denominator=pl.when(plain).then("of"),
            peer_difference=pl.lit(None, pl.Int64),
        )
    decimals = {column: _decimal(column, PLACES[column]) for column in COLUMNS[name] if column in PLACES}
    return rows.with_columns(
        scorecard=pl.lit(SCORECARD), version=pl.lit(VERSION), as_of=pl.lit(day.date()), **decimals
    ).select(*HEAD, *COLUMNS[name])


def _decimal(column: str, places: int) -> pl.Expr:
    """Whole units of 10⁻ᵖˡᵃᶜᵉˢ as an exact decimal."""
    unit = pl.lit(Decimal(1).scaleb(-places))
    return (pl.col(column).cast(pl.Decimal(38, places)) * unit).cast(pl.Decimal(20, places))
