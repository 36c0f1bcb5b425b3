"""The tables of `steelyard score douyin/experience@2022-09-26`, computed with Spark's data frames.

`python benchmarks/frames/with_pyspark.py EVENTS DATE OUT [CORES]` is written for this one rule: it checks
nothing and needs every table and column it reads to be in the folder.
"""

import sys
from collections.abc import Sequence
from functools import reduce
from operator import or_
from pathlib import Path

from pyspark.sql import Column, DataFrame, SparkSession, Window
from pyspark.sql import functions as F  # noqa: N812 - as everybody calls it
from pyspark_points import half_up, written
from rule import ACTING, BAD_GOODS, BAD_SHIPPING, EXEMPTIONS, FAR, FAR_FROM, WINDOW

INSTANT = 2_000_000
"""Twice the microseconds of a second, the unit of moments."""
KEYS = {"after_sales": "case_id", "sessions": "session_id", "reviews": "review_id", "feedback": "feedback_id",
        "complaints": "complaint_id", "products": "product_id"}  # fmt: skip


class Past:
    """The events folder as known before a day."""

    def __init__(self, spark: SparkSession, events: Path, day: str) -> None:
        self.spark, self.events, self.now = spark, events, F.to_timestamp(F.lit(f"{day} 00:00:00"))
        rows = self.rows("exclusions", "decided_at")
        self.exclusions = rows.filter(F.col("revoked_at").isNull() | (F.col("revoked_at") >= self.now)).cache()

    def table(self, name: str) -> DataFrame:
        """All rows of a table."""
        return self.spark.read.parquet(str(self.events / f"{name}.parquet"))

    def rows(self, name: str, own: str) -> DataFrame:
        """The rows that happened and arrived before the day; `known_at` is the later of both."""
        arrived = F.col("arrived_at")
        rows = self.table(name).filter((F.col(own) < self.now) & (arrived.isNull() | (arrived < self.now)))
        return rows.withColumn("known_at", F.greatest(own, "arrived_at"))

    def past(self, column: str) -> Column:
        """A time that had happened by then, else NULL."""
        return F.when(F.col(column) < self.now, F.col(column))

    def within(self, moment: Column, skip: int = 0) -> Column:
        """Whether a time lies in the days before the day, the last `skip` of them left out."""
        start, end = (self.now - F.make_interval(days=F.lit(days)) for days in (WINDOW + skip, skip))
        return so((moment >= start) & (moment < end))

    def gone(self, table: str, indicator: str, key: str, *, exempt: bool = False) -> DataFrame:
        """The rows of `table` that are excluded from the indicator (`volume`: only from all), by `key`."""
        rows = self.exclusions.filter((F.col("table") == table) & acts(indicator, exempt=exempt))
        return rows.select(F.col("row_id").alias(key))

    def standing(self, rows: DataFrame, table: str, indicator: str, *, hanging: bool = True) -> DataFrame:
        """`rows` without those excluded from the indicator, by themselves or with their order."""
        key = KEYS[table]
        rows = rows.join(self.gone(table, indicator, key), key, "left_anti")
        return rows.join(self.gone("orders", indicator, "order_id"), "order_id", "left_anti") if hanging else rows


def acts(indicator: str, *, exempt: bool) -> Column:
    """Whether an exclusion acts on the indicator (`volume`: from all); with `exempt`, reasons of logistics too."""
    everything = F.col("indicator").isNull()
    named = everything if indicator == "volume" else so(everything | (F.col("indicator") == indicator))
    return named if exempt else named & ~F.col("reason").isin(*EXEMPTIONS)


def so(condition: Column) -> Column:
    """The condition, false where it is not known."""
    return F.coalesce(condition, F.lit(False))


def seconds(earlier: Column, later: Column) -> Column:
    """Whole seconds between two times, both cut to the second."""
    return F.unix_seconds(later) - F.unix_seconds(earlier)


def second(moment: Column) -> Column:
    """The whole second of a moment."""
    return F.call_function("div", moment, F.lit(INSTANT).cast("long"))


def number(condition: Column) -> Column:
    """How many rows meet the condition."""
    return F.count(F.when(condition, 1))


def marks(past: Past) -> DataFrame:
    """One row per order that anything bad hangs on, or that is excluded: a column per kind."""
    name = "negative_feedback_rate"
    reviews = past.rows("reviews", "created_at").filter(
        past.past("removed_at").isNull() & ~so(F.col("follow_up")) & ~so(F.col("by_default"))
    )
    reviews = past.standing(reviews, "reviews", name, hanging=False)
    cases = past.standing(past.rows("after_sales", "applied_at"), "after_sales", name, hanging=False)
    tags = past.rows("feedback", "created_at")
    goods = past.standing(tags.filter(F.col("kind").isin(*BAD_GOODS)), "feedback", name, hanging=False)
    unshipped = past.gone("feedback", "logistics_negative_rate", "feedback_id", exempt=True)
    shipping = tags.filter(F.col("kind").isin(*BAD_SHIPPING)).join(unshipped, "feedback_id", "left_anti")
    complaints = past.rows("complaints", "created_at").filter(
        (F.coalesce("about", F.lit("shop")) == "shop")
        & F.coalesce("upheld", F.lit(True))
        & F.col("order_id").isNotNull()
    )
    complaints = past.standing(complaints, "complaints", "complaint_rate", hanging=False)
    found = [
        _first_is(reviews, "review_id", F.col("stars") <= 2).withColumn("bad", F.lit(True)),
        _first_is(cases, "case_id", F.col("reason_class") == "goods_quality").withColumn("bad", F.lit(True)),
        goods.select("order_id", F.lit(True).alias("bad")),
        shipping.select("order_id", F.col("created_at").alias("tagged_at")),
        complaints.select("order_id", F.lit(True).alias("complained")),
        past.exclusions.filter(F.col("table") == "orders").select(
            F.col("row_id").alias("order_id"),
            *(acts(each, exempt=exempt).alias(f"no_{each}") for each, exempt in ACTING.items()),
        ),
    ]  # fmt: skip
    rows = reduce(lambda left, right: left.unionByName(right, allowMissingColumns=True), found)
    flags = [F.max(flag).alias(flag) for flag in ("bad", "complained", *(f"no_{each}" for each in ACTING))]
    return rows.groupBy("order_id").agg(F.min("tagged_at").alias("tagged_at"), *flags)


def _first_is(rows: DataFrame, key: str, condition: Column) -> DataFrame:
    """The orders whose first row, by the time it was known and then by key, meets the condition."""
    rows = rows.select("order_id", F.struct("known_at", key, so(condition).alias("bad")).alias("row"))
    rows = rows.join(rows.filter("row.bad").select("order_id"), "order_id", "left_semi")
    return rows.groupBy("order_id").agg(F.min("row").alias("row")).filter("row.bad").select("order_id")


def of_orders(past: Past) -> DataFrame:
    """The volume and the five indicators counted over orders, per shop."""
    km, province = F.col("distance_km"), F.col("origin_province")
    far = [km > FAR]
    far += [
        (km > over) & reduce(or_, (province.startswith(each) for each in names)) for over, names in FAR_FROM.items()
    ]
    near = ~so((km < float("inf")) & reduce(or_, map(so, far)))
    orders = past.rows("orders", "paid_at").join(marks(past), "order_id", "left")
    collected, delivered, cancelled = (past.past(f"{name}_at") for name in ("collected", "delivered", "cancelled"))
    deadline = F.col("promised_ship_at") + F.expr("INTERVAL 24 HOURS")
    in_time = so(collected <= deadline)
    due, paid = F.when(in_time, collected).otherwise(deadline), F.col("paid_at")

    def stays(name: str) -> Column:
        return ~so(F.col(f"no_{name}"))

    is_due = past.within(due) & near & ~so(F.col("presale")) & ~so(cancelled < due) & stays("collection_timeliness")
    travelled = past.within(delivered) & so(delivered >= collected) & near & stays("delivery_duration")
    received = past.within(delivered) & stays("negative_feedback_rate")
    shipped = past.within(paid) & near & stays("logistics_negative_rate")
    may = past.within(paid, skip=14) & stays("complaint_rate")
    slow = F.col("tagged_at") < paid + F.expr("INTERVAL 14 DAYS")
    return orders.groupBy("shop_id").agg(
        number(past.within(paid) & stays("volume")).alias("volume"),
        number(received & F.col("bad")).alias("negative_feedback_rate__n"),
        number(received).alias("negative_feedback_rate__of"),
        number(is_due & in_time).alias("collection_timeliness__n"), number(is_due).alias("collection_timeliness__of"),
        F.sum(F.when(travelled, seconds(collected, delivered))).alias("delivery_duration__n"),
        number(travelled).alias("delivery_duration__of"),
        number(shipped & slow).alias("logistics_negative_rate__n"),
        number(shipped).alias("logistics_negative_rate__of"),
        number(may & F.col("complained")).alias("complaint_rate__n"), number(may).alias("complaint_rate__of"),
    )  # fmt: skip


def of_cases(past: Past) -> list[DataFrame]:
    """The three indicators counted over after-sales cases, per shop."""
    cases = past.rows("after_sales", "applied_at").filter(past.within(F.col("completed_at"))).cache()
    intervened = past.past("platform_intervened_at").isNotNull()
    found = [past.standing(cases, "after_sales", "dispute_liability_rate").groupBy("shop_id").agg(
        number(intervened & (F.col("liability") == "merchant")).alias("dispute_liability_rate__n"),
        F.count("*").alias("dispute_liability_rate__of"),
    )]  # fmt: skip
    refunded = F.coalesce("outcome", F.lit("refunded")) == "refunded"
    by_itself = cases.filter(refunded & ~intervened & (F.col("completed_at") >= F.col("applied_at")))
    taken = F.sum(seconds(F.col("applied_at"), F.col("completed_at")))
    for kind in ("refund_only", "return_refund"):
        name = f"{kind}_duration"
        rows = past.standing(by_itself.filter(F.col("kind") == kind), "after_sales", name)
        found.append(rows.groupBy("shop_id").agg(taken.alias(f"{name}__n"), F.count("*").alias(f"{name}__of")))
    return found


def of_ratings(past: Past) -> DataFrame:
    """Dissatisfied ones among the rated sessions, per shop; a repeat within a day by the same buyer is left out."""
    sessions = past.rows("sessions", "started_at").withColumn("rated_at", past.past("rated_at"))
    rated = sessions.filter(
        (F.coalesce("handled_by", F.lit("human")) != "bot")
        & F.col("rating").isNotNull()
        & F.col("rated_at").isNotNull()
    )
    rated = past.standing(rated, "sessions", "im_dissatisfaction_rate")
    before = F.lag("rated_at").over(Window.partitionBy("buyer_id", "agent_id").orderBy("rated_at", "session_id"))
    rated = rated.withColumn("before", F.when(F.col("agent_id").isNotNull(), before))
    repeat = so(F.col("rated_at") < F.col("before") + F.expr("INTERVAL 24 HOURS"))
    return rated.filter(past.within(F.col("rated_at")) & ~repeat).groupBy("shop_id").agg(
        number(F.col("rating") <= 3).alias("im_dissatisfaction_rate__n"),
        F.count("*").alias("im_dissatisfaction_rate__of")
    )  # fmt: skip


def of_replies(past: Past) -> list[DataFrame]:
    """What is counted over the messages of sessions with people that began within the hours, per shop."""
    sessions = past.rows("sessions", "started_at").filter(
        (F.coalesce("handled_by", F.lit("human")) != "bot")
        & past.within(F.col("started_at"))
        & F.hour("started_at").between(8, 22)
    )
    replies = F.col("sender") == "agent"
    said = past.rows("messages", "sent_at").filter((F.col("sender") == "buyer") | replies & ~so(F.col("auto")))
    said = said.join(sessions.select("session_id"), "session_id", "left_semi")
    moment = F.unix_micros("sent_at") * 2 + replies.cast("long")
    talks = said.groupBy("session_id").agg(F.array_sort(F.collect_list(moment)).alias("moments"))
    talks = talks.withColumn("first", F.get(F.filter("moments", lambda each: each % 2 == 0), F.lit(0))).filter(
        "first IS NOT NULL"
    )
    later = F.filter("moments", lambda each: (each % 2 == 1) & (each > F.col("first") + 1))
    talks = talks.withColumns({"reply": F.get(later, F.lit(0)), "talk": _folded()})
    talks = talks.join(sessions.select("session_id", "shop_id", "order_id"), "session_id")
    talks = talks.withColumn("wait", second(F.col("reply")) - second(F.col("first"))).cache()
    counts = {
        "im_3min_reply_rate": (number(F.expr("talk.since = 0 AND talk.waited <= 180 * talk.asked")), F.count("*")),
        "first_answer_rate_30s": (number(F.col("wait") <= 30), F.count("*")),
        "first_reply_time": (F.sum("wait"), F.count("wait")),
    }
    return [
        past.standing(talks, "sessions", name).groupBy("shop_id").agg(n.alias(f"{name}__n"), of.alias(f"{name}__of"))
        for name, (n, of) in counts.items()
    ]


def _folded() -> Column:
    """The questions of a session: a buyer's message opens one where none is open, a later reply closes it."""
    zero = F.lit(0).cast("long")
    start = F.struct(zero.alias("since"), zero.alias("asked"), zero.alias("waited"))

    def merged(state: Column, moment: Column) -> Column:
        opens = (moment % 2 == 0) & (state["since"] == 0)
        closes = (moment % 2 == 1) & (state["since"] > 0) & (moment > state["since"] + 1)
        wait = second(moment) - second(state["since"])
        opened = F.struct(moment.alias("since"), (state["asked"] + 1).alias("asked"), state["waited"].alias("waited"))
        closed = F.struct(zero.alias("since"), state["asked"].alias("asked"), (state["waited"] + wait).alias("waited"))
        return F.when(opens, opened).when(closes, closed).otherwise(state)

    return F.aggregate("moments", start, merged)


def of_listings(past: Past) -> DataFrame:
    """The sum of the products' page quality in 10⁻¹², and how many products have one, per shop."""
    checks = past.table("listing_checks").filter(
        past.within(F.col("checked_on").cast("timestamp"))
        & (F.col("arrived_at").isNull() | (F.col("arrived_at") < past.now))
    )
    left_out = past.table("products").filter(F.col("kind").isin("bundle", "lucky_bag")).select("product_id")
    checks = past.standing(
        checks.join(left_out, "product_id", "left_anti"), "products", "goods_base_score", hanging=False
    )
    products = checks.groupBy("shop_id", "product_id").agg(
        F.count("image_passed").alias("images"), number(F.col("image_passed")).alias("good_images"),
        F.count("attributes_passed").alias("attributes"), number(F.col("attributes_passed")).alias("good_attributes"),
    ).filter("images > 0 AND attributes > 0")  # fmt: skip
    share = half_up("good_images * attributes + good_attributes * images", "2 * images * attributes", 10**12)
    return products.groupBy("shop_id").agg(
        F.sum(share).alias("goods_base_score__n"), F.count("*").alias("goods_base_score__of")
    )


def session(cores: int) -> SparkSession:
    """A local Spark of so many cores."""
    settings = {
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.parquet.inferTimestampNTZ.enabled": "false",
        "spark.sql.shuffle.partitions": str(4 * cores),
        "spark.sql.autoBroadcastJoinThreshold": "64m",
        "spark.driver.memory": "6g",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
    }
    builder = SparkSession.builder.master(f"local[{cores}]").appName("douyin/experience")
    return reduce(lambda made, each: made.config(*each), settings.items(), builder).getOrCreate()


def ended(spark: SparkSession) -> None:
    """Stop Spark and wait for its Java to end, so that whoever measures this process measures that one too."""
    gateway = spark.sparkContext._gateway  # noqa: SLF001 - PySpark has no other door to it
    spark.stop()
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()


def main(events: Path, day: str, out: Path, options: Sequence[str]) -> None:
    """Count, score and write the six tables."""
    spark = session(int(options[0]) if options else 2)
    spark.sparkContext.setLogLevel("ERROR")
    past = Past(spark, events, day)
    found = [of_orders(past), *of_cases(past), of_ratings(past), *of_replies(past), of_listings(past)]
    shops = past.table("shops").select("shop_id", "category")
    written(reduce(lambda left, right: left.join(right, "shop_id", "left"), found, shops), day, out)
    ended(spark)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), sys.argv[4:5])
