"""The tables of `steelyard score douyin/experience@2022-09-26`, computed with Polars.

`python benchmarks/frames/with_polars.py EVENTS DATE OUT` counts lazily with the streaming engine, as a script for this
one rule would: it checks nothing and needs every table and column it reads to be in the folder.
"""

import sys
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl
from polars_points import half_up, written
from rule import ACTING, BAD_GOODS, BAD_SHIPPING, EXEMPTIONS, FAR, FAR_FROM, WINDOW, folded

FLAGS = ["bad", "complained", *(f"no_{name}" for name in ACTING)]
"""What may be said of an order beside the time it was tagged."""
INSTANT = 2_000_000
"""Twice the microseconds of a second, the unit of moments."""


class Past:
    """The events folder as known before a day."""

    def __init__(self, events: Path, day: datetime) -> None:
        self.events, self.now = events, day

    def table(self, name: str) -> pl.LazyFrame:
        """All rows of a table."""
        return pl.scan_parquet(self.events / f"{name}.parquet")

    def rows(self, name: str, own: str) -> pl.LazyFrame:
        """The rows that happened and arrived before the day; `known_at` is the later of both."""
        arrived = pl.col("arrived_at")
        known = (pl.col(own) < self.now) & (arrived.is_null() | (arrived < self.now))
        return self.table(name).filter(known).with_columns(known_at=pl.max_horizontal(own, "arrived_at"))

    def past(self, column: str) -> pl.Expr:
        """A time that had happened by then, else NULL."""
        return pl.when(pl.col(column) < self.now).then(pl.col(column))

    def within(self, moment: pl.Expr, days: int = WINDOW, skip: int = 0) -> pl.Expr:
        """Whether a time lies in the days before the day, the last `skip` of them left out."""
        start, end = self.now - timedelta(days=days + skip), self.now - timedelta(days=skip)
        return ((moment >= start) & (moment < end)).fill_null(value=False)

    def gone(self, table: str, indicator: str, key: str, *, exempt: bool = False) -> pl.LazyFrame:
        """The rows of `table` that are excluded from the indicator (`volume`: only from all), by `key`."""
        named = pl.lit(value=False) if indicator == "volume" else pl.col("indicator") == indicator
        rows = self.rows("exclusions", "decided_at").filter(
            pl.col("table") == table,
            pl.col("revoked_at").is_null() | (pl.col("revoked_at") >= self.now),
            pl.col("indicator").is_null() | named,
        )
        if not exempt:
            rows = rows.filter(~pl.col("reason").is_in(EXEMPTIONS))
        return rows.select(pl.col("row_id").alias(key)).unique()

    def standing(self, rows: pl.LazyFrame, table: str, indicator: str, *, hanging: bool = True) -> pl.LazyFrame:
        """`rows` without those excluded from the indicator, by themselves or with their order."""
        key = {"after_sales": "case_id", "sessions": "session_id", "reviews": "review_id", "feedback": "feedback_id",
               "complaints": "complaint_id", "products": "product_id"}[table]  # fmt: skip
        rows = rows.join(self.gone(table, indicator, key), on=key, how="anti")
        return rows.join(self.gone("orders", indicator, "order_id"), on="order_id", how="anti") if hanging else rows


def seconds(earlier: pl.Expr, later: pl.Expr) -> pl.Expr:
    """Whole seconds between two times, both cut to the second."""
    return later.dt.epoch("s") - earlier.dt.epoch("s")


def marks(past: Past) -> pl.LazyFrame:
    """One row per order that anything bad hangs on, or that is excluded: a column per kind."""
    reviews = past.rows("reviews", "created_at").filter(
        past.past("removed_at").is_null(),
        pl.col("follow_up").ne_missing(other=True),
        pl.col("by_default").ne_missing(other=True),
    )
    reviews = past.standing(reviews, "reviews", "negative_feedback_rate", hanging=False)
    cases = past.standing(
        past.rows("after_sales", "applied_at"), "after_sales", "negative_feedback_rate", hanging=False
    )
    tags = past.rows("feedback", "created_at")
    of_goods = past.standing(
        tags.filter(pl.col("kind").is_in(BAD_GOODS)), "feedback", "negative_feedback_rate", hanging=False
    )
    of_shipping = tags.filter(pl.col("kind").is_in(BAD_SHIPPING)).join(
        past.gone("feedback", "logistics_negative_rate", "feedback_id", exempt=True), on="feedback_id", how="anti"
    )
    complaints = past.rows("complaints", "created_at").filter(
        pl.col("about").ne_missing("agent"), pl.col("upheld").ne_missing(other=False), pl.col("order_id").is_not_null()
    )
    complaints = past.standing(complaints, "complaints", "complaint_rate", hanging=False)
    found = [
        _first_is(reviews, "review_id", pl.col("stars") <= 2),
        _first_is(cases, "case_id", pl.col("reason_class") == "goods_quality"),
        of_goods.select("order_id", bad=True),
        of_shipping.select("order_id", tagged_at="created_at"),
        complaints.select("order_id", complained=True),
        *(
            past.gone("orders", name, "order_id", exempt=exempt).with_columns(pl.lit(value=True).alias(f"no_{name}"))
            for name, exempt in ACTING.items()
        ),
    ]
    rows = pl.concat(found, how="diagonal").group_by("order_id")
    return rows.agg(pl.col(FLAGS).any(), pl.col("tagged_at").min())


def _first_is(rows: pl.LazyFrame, key: str, condition: pl.Expr) -> pl.LazyFrame:
    """The orders whose first row, by the time it was known and then by key, meets the condition."""
    rows = rows.select("order_id", "known_at", key, bad=condition.fill_null(value=False))
    rows = rows.join(rows.filter("bad").select("order_id"), on="order_id", how="semi")
    return rows.group_by("order_id").agg(pl.col("bad").sort_by("known_at", key).first()).filter("bad")


def remote() -> pl.Expr:
    """Whether an order is known to go too far to be judged."""
    km, province = pl.col("distance_km"), pl.col("origin_province")
    far = [km > FAR]
    far += [(km > over) & pl.any_horizontal(*map(province.str.starts_with, names)) for over, names in FAR_FROM.items()]
    return (km.is_finite() & pl.any_horizontal(far)).fill_null(value=False)


def of_orders(past: Past) -> pl.LazyFrame:
    """The volume and the five indicators counted over orders, per shop."""
    deadline = pl.col("promised_ship_at") + timedelta(hours=24)
    orders = past.rows("orders", "paid_at").join(marks(past), on="order_id", how="left").select(
        "shop_id", "paid_at", "tagged_at", pl.col(FLAGS).fill_null(value=False), deadline=deadline, near=~remote(),
        presale=pl.col("presale").fill_null(value=False), collected_at=past.past("collected_at"),
        delivered_at=past.past("delivered_at"), cancelled_at=past.past("cancelled_at"),
    )  # fmt: skip
    orders = orders.with_columns(in_time=(pl.col("collected_at") <= pl.col("deadline")).fill_null(value=False))
    due = pl.when("in_time").then(pl.col("collected_at")).otherwise(pl.col("deadline"))
    paid, delivered = past.within(pl.col("paid_at")), past.within(pl.col("delivered_at"))
    cancelled = (pl.col("cancelled_at") < due).fill_null(value=False)
    travelled = (pl.col("delivered_at") >= pl.col("collected_at")).fill_null(value=False)
    orders = orders.with_columns(
        volume=paid & ~pl.col("no_volume"),
        received=delivered & ~pl.col("no_negative_feedback_rate"),
        due=past.within(due) & pl.col("near") & ~pl.col("no_collection_timeliness") & ~pl.col("presale") & ~cancelled,
        travelled=delivered & travelled & pl.col("near") & ~pl.col("no_delivery_duration"),
        shipped=paid & pl.col("near") & ~pl.col("no_logistics_negative_rate"),
        may=past.within(pl.col("paid_at"), skip=14) & ~pl.col("no_complaint_rate"),
    )
    slow = (pl.col("tagged_at") < pl.col("paid_at") + timedelta(days=14)).fill_null(value=False)
    travel = pl.when("travelled").then(seconds(pl.col("collected_at"), pl.col("delivered_at"))).otherwise(0)
    return orders.group_by("shop_id").agg(
        volume=pl.col("volume").sum(),
        negative_feedback_rate__n=(pl.col("received") & pl.col("bad")).sum(),
        negative_feedback_rate__of=pl.col("received").sum(),
        collection_timeliness__n=(pl.col("due") & pl.col("in_time")).sum(),
        collection_timeliness__of=pl.col("due").sum(),
        delivery_duration__n=travel.sum(), delivery_duration__of=pl.col("travelled").sum(),
        logistics_negative_rate__n=(pl.col("shipped") & slow).sum(),
        logistics_negative_rate__of=pl.col("shipped").sum(),
        complaint_rate__n=(pl.col("may") & pl.col("complained")).sum(), complaint_rate__of=pl.col("may").sum(),
    )  # fmt: skip


def of_cases(past: Past) -> list[pl.LazyFrame]:
    """The three indicators counted over after-sales cases, per shop."""
    cases = past.rows("after_sales", "applied_at").with_columns(
        completed_at=past.past("completed_at"), intervened=past.past("platform_intervened_at").is_not_null()
    )
    cases = cases.filter(past.within(pl.col("completed_at")))
    lost = past.standing(cases, "after_sales", "dispute_liability_rate").group_by("shop_id").agg(
        dispute_liability_rate__n=(pl.col("intervened") & (pl.col("liability") == "merchant")).sum(),
        dispute_liability_rate__of=pl.len(),
    )  # fmt: skip
    by_itself = cases.filter(
        pl.col("outcome").fill_null("refunded") == "refunded",
        ~pl.col("intervened"),
        pl.col("completed_at") >= pl.col("applied_at"),
    )
    found = [lost]
    for kind, name in (("refund_only", "refund_only_duration"), ("return_refund", "return_refund_duration")):
        rows = past.standing(by_itself.filter(pl.col("kind") == kind), "after_sales", name)
        taken = seconds(pl.col("applied_at"), pl.col("completed_at"))
        found.append(rows.group_by("shop_id").agg(taken.sum().alias(f"{name}__n"), pl.len().alias(f"{name}__of")))
    return found


def of_ratings(past: Past) -> pl.LazyFrame:
    """Dissatisfied ones among the rated sessions, per shop; a repeat within a day by the same buyer is left out."""
    sessions = past.rows("sessions", "started_at").with_columns(rated_at=past.past("rated_at"))
    rated = sessions.filter(
        pl.col("handled_by").ne_missing("bot"), pl.col("rating").is_not_null(), pl.col("rated_at").is_not_null()
    )
    rated = past.standing(rated, "sessions", "im_dissatisfaction_rate").sort("rated_at", "session_id")
    before = pl.when(pl.col("agent_id").is_not_null()).then(pl.col("rated_at").shift().over("buyer_id", "agent_id"))
    rated = rated.with_columns(before=before).filter(
        past.within(pl.col("rated_at")),
        pl.col("before").is_null() | (pl.col("rated_at") >= pl.col("before") + timedelta(hours=24)),
    )
    return rated.group_by("shop_id").agg(
        im_dissatisfaction_rate__n=(pl.col("rating") <= 3).sum(), im_dissatisfaction_rate__of=pl.len()
    )


def of_replies(past: Past) -> list[pl.LazyFrame]:
    """What is counted over the messages of sessions with people that began within the hours, per shop."""
    sessions = past.rows("sessions", "started_at").filter(
        pl.col("handled_by").ne_missing("bot"),
        past.within(pl.col("started_at")),
        pl.col("started_at").dt.hour().is_between(8, 22),
    )
    human = (pl.col("sender") == "agent") & pl.col("auto").ne_missing(other=True)
    said = past.rows("messages", "sent_at").filter((pl.col("sender") == "buyer") | human)
    said = said.join(sessions.select("session_id"), on="session_id", how="semi").select(
        "session_id", moment=pl.col("sent_at").dt.epoch("us") * 2 + (pl.col("sender") == "agent").cast(pl.Int64)
    )
    said = said.sort("session_id", "moment").collect(engine="streaming")
    talks = _talks(said).lazy().join(sessions.select("session_id", "shop_id", "order_id"), on="session_id")
    talks = talks.with_columns(wait=pl.col("reply") // INSTANT - pl.col("first") // INSTANT)
    in_time = (pl.col("answered") == pl.col("asked")) & (pl.col("waited") <= 180 * pl.col("asked"))
    counts = {
        "im_3min_reply_rate": (in_time.sum(), pl.len()),
        "first_answer_rate_30s": ((pl.col("wait") <= 30).sum(), pl.len()),
        "first_reply_time": (pl.col("wait").sum(), pl.col("wait").count()),
    }
    return [
        past.standing(talks, "sessions", name).group_by("shop_id").agg(n.alias(f"{name}__n"), of.alias(f"{name}__of"))
        for name, (n, of) in counts.items()
    ]


def _talks(said: pl.DataFrame) -> pl.DataFrame:
    """One row per session in which the buyer wrote: questions asked, answered, waited for, the first and its reply.

    `said` is sorted by session and moment, so a buyer's message after a reply opens a question, and a reply after a
    buyer's message closes it; sessions with a reply at the very instant of a message are folded one by one.
    """
    same = pl.col("session_id") == pl.col("session_id").shift()
    said = said.with_columns(replies=pl.col("moment") % 2 == 1, before=pl.when(same).then(pl.col("moment").shift()))
    after_reply = (pl.col("before") % 2 == 1).fill_null(value=True)
    said = said.with_columns(
        opened=~pl.col("replies") & after_reply,
        closed=pl.col("replies") & ~after_reply,
        tied=pl.col("replies") & (pl.col("before") == pl.col("moment") - 1),
        second=pl.col("moment") // INSTANT,
    )
    first = pl.col("moment").filter(~pl.col("replies")).min()
    talks = said.lazy().group_by("session_id").agg(
        first=first, reply=pl.col("moment").filter(pl.col("replies") & (pl.col("moment") > first + 1)).min(),
        asked=pl.col("opened").sum().cast(pl.Int64), answered=pl.col("closed").sum().cast(pl.Int64),
        waited=pl.col("second").filter("closed").sum() - pl.col("second").filter("opened").sum(),
        tied=pl.col("tied").any(),
    ).filter(pl.col("first").is_not_null()).collect(engine="streaming")  # fmt: skip
    tied = said.join(talks.filter("tied"), on="session_id", how="semi").group_by("session_id").agg("moment")
    again = [(key, *folded(moments)) for key, moments in tied.iter_rows()]
    schema = {"session_id": said.schema["session_id"], "asked": pl.Int64, "answered": pl.Int64, "waited": pl.Int64}
    return talks.update(pl.DataFrame(again, schema=schema, orient="row"), on="session_id")


def of_listings(past: Past) -> pl.LazyFrame:
    """The sum of the products' page quality in 10⁻¹², and how many products have one, per shop."""
    checks = past.table("listing_checks").filter(
        past.within(pl.col("checked_on").cast(pl.Datetime("us"))),
        pl.col("arrived_at").is_null() | (pl.col("arrived_at") < past.now),
    )
    left_out = past.table("products").filter(pl.col("kind").is_in(["bundle", "lucky_bag"])).select("product_id")
    checks = past.standing(
        checks.join(left_out, on="product_id", how="anti"), "products", "goods_base_score", hanging=False
    )
    products = checks.group_by("shop_id", "product_id").agg(
        images=pl.col("image_passed").count().cast(pl.Int64), good_images=pl.col("image_passed").sum().cast(pl.Int64),
        attributes=pl.col("attributes_passed").count().cast(pl.Int64),
        good_attributes=pl.col("attributes_passed").sum().cast(pl.Int64),
    ).filter(pl.col("images") > 0, pl.col("attributes") > 0)  # fmt: skip
    good = pl.col("good_images") * pl.col("attributes") + pl.col("good_attributes") * pl.col("images")
    share = half_up(good, 2 * pl.col("images") * pl.col("attributes"), 10**12)
    return products.group_by("shop_id").agg(goods_base_score__n=share.sum(), goods_base_score__of=pl.len())


def main(events: Path, day: datetime, out: Path) -> None:
    """Count, score and write the six tables."""
    past = Past(events, day)
    found = [of_orders(past), *of_cases(past), of_ratings(past), *of_replies(past), of_listings(past)]
    shops = past.table("shops").select("shop_id", "category").collect()
    for tally in pl.collect_all(found, engine="streaming"):
        shops = shops.join(tally, on="shop_id", how="left")
    written(shops, day, out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), datetime.fromisoformat(sys.argv[2]), Path(sys.argv[3]))
