"""From tallies to the result tables of douyin/experience@2022-09-26, with Spark: a row per shop and indicator."""

from pathlib import Path

import pyarrow.parquet as pq
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 - as everybody calls it
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
TEXTS = ("band", "policy")


def half_up(dividend: str, divisor: str, scale: int = 1) -> Column:
    """Dividend ÷ divisor × scale, rounded half up, of SQL expressions; NULL where the divisor is 0 or NULL."""
    return F.expr(f"(({dividend}) * {2 * scale}L + ({divisor})) div nullif(2 * ({divisor}), 0)")


def written(shops: DataFrame, day: str, out: Path) -> None:
    """Score the shops by their tallies and write the six tables."""
    points = pointed(valued(shops.coalesce(1).cache())).cache()  # so few rows: nothing need be shuffled any more
    dimensions = rolled_up(points).cache()
    final = gated(totals(dimensions), points).cache()
    tables = {
        "scores": scores(final),
        "dimensions": dimensions.withColumn("points", F.when(F.col("scored"), F.col("points"))),
        "indicators": points.filter("dimension IS NOT NULL"),
        "observed": points.filter("dimension IS NULL"),
        "adjustments": adjustments(final),
        "effects": effects(final, day),
    }
    out.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        pq.write_table(headed(rows, name, day).toArrow(), out / f"{name}.parquet", compression="zstd")


def valued(shops: DataFrame) -> DataFrame:
    """One row per shop and part: numerator `n`, denominator `of`, value; is the shop `scored`, the part `ranked`?"""
    parts = F.array(*(
        F.struct(
            F.lit(part.dimension).cast("string").alias("dimension"), F.lit(part.indicator).alias("indicator"),
            F.lit(-1 if part.higher else 1).alias("sign"),
            F.coalesce(f"{part.indicator}__n", F.lit(0)).cast("long").alias("n"),
            F.coalesce(f"{part.indicator}__of", F.lit(0)).cast("long").alias("of"),
        )
        for part in PARTS
    ))  # fmt: skip
    rows = shops.select(
        F.col("shop_id").alias("subject_id"), F.col("category").alias("peer_group"),
        F.coalesce("volume", F.lit(0)).cast("long").alias("volume"), F.explode(parts).alias("part"),
    ).select("subject_id", "peer_group", "volume", "part.*")  # fmt: skip
    averaged = half_up("n", f"of * {MILLION}L")
    rows = rows.withColumn(
        "value", F.when(F.col("indicator") == AVERAGED, averaged).otherwise(half_up("n", "of", MILLION))
    )
    given = F.count(F.when(F.col("dimension").isNotNull(), F.col("value"))).over(Window.partitionBy("subject_id"))
    rows = rows.withColumns(
        {"badness": F.expr("value * sign"), "scored": (F.col("volume") >= LEAST_ORDERS) & (given > 0)}
    )
    return rows.withColumn("ranked", F.expr("scored AND value IS NOT NULL"))


def _standing(rows: DataFrame, keys: list[str], prefix: str) -> DataFrame:
    """How many are ranked within `keys`, how many of them do better, their mean, and where the best tenth begins."""
    everyone, best_first = Window.partitionBy(*keys), Window.partitionBy(*keys, "ranked").orderBy("badness")
    ranked = F.col("ranked")
    rows = rows.withColumns({
        f"{prefix}_peers": F.count(F.when(ranked, 1)).over(everyone),
        f"{prefix}_better": F.rank().over(best_first).cast("long") - 1,
        f"{prefix}_place": F.row_number().over(best_first),
        f"{prefix}_sum": F.sum(F.when(ranked, F.col("value"))).over(everyone),
    })  # fmt: skip
    edge = ranked & F.expr(f"{prefix}_place = ({prefix}_peers + 9) div 10")
    return rows.withColumns({
        f"{prefix}_mean": half_up(f"{prefix}_sum", f"{prefix}_peers"),
        f"{prefix}_best10": F.max(F.when(edge, F.col("value"))).over(everyone),
    })  # fmt: skip


def pointed(rows: DataFrame) -> DataFrame:
    """`rows` with their standing among peers, points and weights used."""
    rows = _standing(_standing(rows, ["indicator", "peer_group"], "group"), ["indicator"], "all")
    enough = F.col("group_peers") >= LEAST_PEERS
    named = {"peers": "peers", "better": "better", "mean": "peer_mean", "best10": "peer_best10"}
    rows = rows.withColumns({
        alias: F.when(enough, F.col(f"group_{name}")).otherwise(F.col(f"all_{name}")) for name, alias in named.items()
    })  # fmt: skip
    rows = rows.withColumns({
        "not_better": F.when(F.col("ranked"), F.expr("peers - better")),
        "peer_scope": F.when(enough, "group").otherwise("all"),
        "status": F.when(F.col("value").isNull(), "no_data").otherwise("ok"),
        "policy": F.when(F.col("value").isNull(), "leave_out"),
    })  # fmt: skip
    points = half_up(f"not_better * {HIGH - LOW}L", "peers") + LOW
    rows = rows.withColumn("points", F.when(F.col("dimension").isNotNull(), points))
    rows = rows.withColumns({
        "given": F.col("points").isNotNull().cast("long"),
        "all_given": F.count("points").over(Window.partitionBy("subject_id", "dimension")),
    })  # fmt: skip
    return rows.withColumn(
        "weight", F.when(F.col("scored"), F.coalesce(half_up("given", "all_given", MILLION), F.lit(0)))
    )


def rolled_up(points: DataFrame) -> DataFrame:
    """One row per shop and dimension: the mean of its indicators' points, and the weight used."""
    keys = ["subject_id", "peer_group", "volume", "scored", "dimension"]
    rows = (
        points.filter("dimension IS NOT NULL")
        .groupBy(*keys)
        .agg(half_up("sum(points)", "count(points)").alias("points"))
    )
    weights = F.create_map(*(F.lit(each) for pair in WEIGHTS.items() for each in pair))
    rows = rows.withColumn(
        "used", F.when(F.col("points").isNotNull(), weights[F.col("dimension")].cast("long")).otherwise(0)
    )
    rows = rows.withColumn("all_used", F.sum("used").over(Window.partitionBy("subject_id")))
    return rows.withColumn(
        "weight", F.when(F.col("scored"), F.coalesce(half_up("used", "all_used", MILLION), F.lit(0)))
    )


def totals(dimensions: DataFrame) -> DataFrame:
    """One row per shop: the weighted mean of its dimensions."""
    rows = dimensions.groupBy("subject_id", "peer_group", "volume", "scored")
    return rows.agg(half_up("sum(used * points)", "sum(used)").alias("raw"))


def gated(rows: DataFrame, points: DataFrame) -> DataFrame:
    """`rows` after the gate: shops that fail it join a lower pool, which is then spread evenly over its band."""
    failing = points.filter((F.col("indicator") == "im_dissatisfaction_rate") & (F.col("value") >= GATE_AT))
    rows = rows.join(failing.select("subject_id", F.lit(1).alias("fails")), "subject_id", "left")
    raw, none = F.col("raw"), F.lit(None).cast("long")
    targets = [F.when(F.col("fails").isNotNull() & (raw >= start), F.lit(low)) for start, low in POOLS]
    pools = [F.when((raw >= low) & (raw < low + POOL_WIDTH), F.lit(low)) for _, low in POOLS]
    rows = rows.withColumns(
        {"target": F.coalesce(*targets, none), "pool": F.coalesce(*targets, *pools, none).cast("long")}
    )
    window = Window.partitionBy("peer_group", "pool")
    rows = rows.withColumns({
        "demoted": F.col("target").isNotNull(),
        "joined": F.count("target").over(window),
        "place": F.row_number().over(window.orderBy("raw", "subject_id")).cast("long") - 1,
        "size": F.count("*").over(window),
    })  # fmt: skip
    moved = F.col("pool").isNotNull() & (F.col("joined") > 0)
    spread = F.col("pool") + half_up(f"place * {POOL_WIDTH}L", "size")
    return rows.withColumns({"moved": moved, "score": F.when(moved, spread).otherwise(raw)})


def scores(final: DataFrame) -> DataFrame:
    """What is shown of each shop."""
    group = Window.partitionBy("peer_group")
    best_first = Window.partitionBy("peer_group", "scored").orderBy(F.col("score").desc())
    rows = final.withColumns({
        "status": F.when(F.col("scored"), "scored").otherwise("insufficient"), "raw_score": F.col("raw"),
        "peers": F.count(F.when(F.col("scored"), 1)).over(group), "gated_score": F.col("score"),
        "preview": F.lit(False),
        "peer_rank": F.when(F.col("scored"), F.rank().over(best_first).cast("long")),
    })  # fmt: skip
    return rows.withColumn("score", half_up("score", "10000L"))


def adjustments(final: DataFrame) -> DataFrame:
    """The shops that the gate moved."""
    return final.filter("moved").select(
        "subject_id", F.lit("im_gate").alias("rule"), F.col("raw").alias("before"), F.col("score").alias("after"),
        F.when(F.col("demoted"), "demoted").otherwise("reranked").alias("reason"),
    )  # fmt: skip


def effects(final: DataFrame, day: str) -> DataFrame:
    """What follows from the scores."""
    rows = []
    for effect, sign, bound in EFFECTS:
        state, reason = F.lit("not_set"), F.lit("threshold_not_set")
        if bound is not None:
            limit = int(bound.replace(".", "")) * MILLION // 10
            holds = (F.col("score") < limit) if sign == "<" else (F.col("score") >= limit)
            state = F.when(~F.col("scored"), "not_assessed").when(holds, "holds").otherwise("does_not_hold")
            reason = F.when(F.col("scored"), "score").otherwise("insufficient")
        condition = F.lit(f"score {sign} {bound or 'required'}")
        rows.append(F.struct(
            F.lit(effect).alias("effect"), state.alias("state"), F.lit(day).cast("date").alias("since"),
            condition.alias("condition"), F.col("score").alias("value"), reason.alias("reason"),
        ))  # fmt: skip
    return final.select("subject_id", F.explode(F.array(*rows)).alias("row")).select("subject_id", "row.*")


def headed(rows: DataFrame, name: str, day: str) -> DataFrame:
    """The table of the result contract: its columns in order, millionths as exact decimals."""
    plain = F.col("indicator") != AVERAGED
    own = {"scorecard": F.lit(SCORECARD), "version": F.lit(VERSION), "as_of": F.lit(day).cast("date")}
    if name in ("indicators", "observed"):
        own |= {"numerator": F.when(plain, F.col("n")), "denominator": F.when(plain, F.col("of"))}
    columns = []
    for column in COLUMNS[name]:
        value = own.get(column, F.col(column) if column in rows.columns else F.lit(None))
        if column in PLACES:
            unit = F.lit(f"1e-{PLACES[column]}").cast(f"decimal(7, {PLACES[column]})")
            value = (value.cast("decimal(20, 0)") * unit).cast(f"decimal(20, {PLACES[column]})")
        columns.append((value.cast("string") if column in TEXTS else value).alias(column))
    head = [own[column].alias(column) for column in ("scorecard", "version", "as_of")]
    return rows.select(*head, "subject_id", *columns)
