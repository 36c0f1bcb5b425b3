"""The tables of `steelyard score douyin/experience@2022-09-26`, computed with pandas.

`python benchmarks/frames/with_pandas.py EVENTS DATE OUT` reads the columns it needs into memory, as a
script for this one rule would: it checks nothing and needs every table and column it reads to be in the folder.
"""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from pandas_points import half_up, written
from rule import BAD_GOODS, BAD_SHIPPING, EXEMPTIONS, FAR, FAR_FROM, WINDOW, folded

if TYPE_CHECKING:
    from collections.abc import Sequence

DAY = pd.Timedelta(days=1)
INSTANT = 2_000_000
"""Twice the microseconds of a second, the unit of moments."""
KEYS = {"after_sales": "case_id", "sessions": "session_id", "reviews": "review_id", "feedback": "feedback_id",
        "complaints": "complaint_id", "products": "product_id"}  # fmt: skip


class Past:
    """The events folder as known before a day."""

    def __init__(self, events: Path, now: pd.Timestamp) -> None:
        self.events, self.now = events, now
        rows = self.rows("exclusions", "decided_at", "table", "row_id", "indicator", "reason", "revoked_at")
        self.exclusions = rows[rows.revoked_at.isna() | (rows.revoked_at >= now)]

    def table(self, name: str, *columns: str) -> pd.DataFrame:
        """All rows of a table."""
        return pd.read_parquet(self.events / f"{name}.parquet", columns=list(columns))

    def rows(self, name: str, own: str, *columns: str) -> pd.DataFrame:
        """The rows that happened and arrived before the day; `known_at` is the later of both."""
        rows = self.table(name, own, "arrived_at", *columns)
        rows = rows[(rows[own] < self.now) & (rows.arrived_at.isna() | (rows.arrived_at < self.now))]
        return rows.assign(known_at=rows[[own, "arrived_at"]].max(axis=1))

    def past(self, moments: "pd.Series[pd.Timestamp]") -> "pd.Series[pd.Timestamp]":
        """Times that had happened by then, else NULL."""
        return moments.where(moments < self.now)

    def within(self, moments: "pd.Series[pd.Timestamp]", skip: int = 0) -> "pd.Series[bool]":
        """Whether times lie in the days before the day, the last `skip` of them left out."""
        end = self.now - skip * DAY
        return (moments >= end - WINDOW * DAY) & (moments < end)

    def gone(self, table: str, indicator: str | None, *, exempt: bool = False) -> "pd.Series[int]":
        """The keys of `table` that are excluded from the indicator (None: only from all)."""
        rows = self.exclusions[self.exclusions.table == table]
        rows = rows[rows.indicator.isna() | (rows.indicator == indicator)]
        return rows.row_id if exempt else rows.row_id[~rows.reason.isin(EXEMPTIONS)]

    def standing(self, rows: pd.DataFrame, table: str, indicator: str, *, hanging: bool = True) -> pd.DataFrame:
        """`rows` without those excluded from the indicator, by themselves or with their order."""
        rows = rows[~rows[KEYS[table]].isin(self.gone(table, indicator))]
        return rows[~rows.order_id.isin(self.gone("orders", indicator))] if hanging else rows


def seconds(earlier: "pd.Series[pd.Timestamp]", later: "pd.Series[pd.Timestamp]") -> "pd.Series[int]":
    """Whole seconds between two times, both cut to the second."""
    return (later.dt.floor("s") - earlier.dt.floor("s")) // pd.Timedelta(seconds=1)


def orders_where_first(rows: pd.DataFrame, key: str, condition: "pd.Series[bool]") -> "pd.Series[int]":
    """The orders whose first row, by the time it was known and then by key, meets the condition."""
    rows = rows.assign(meets=condition)
    rows = rows[rows.order_id.isin(rows.order_id[rows.meets])].sort_values(["known_at", key])
    firsts = rows.drop_duplicates("order_id")
    return firsts.order_id[firsts.meets]


def bad_orders(past: Past) -> "pd.Series[int]":
    """The orders with any negative voice about the goods."""
    name = "negative_feedback_rate"
    reviews = past.rows(
        "reviews", "created_at", "review_id", "order_id", "stars", "follow_up", "by_default", "removed_at"
    )
    standing = (
        past.past(reviews.removed_at).isna() & ~reviews.follow_up.eq(other=True) & ~reviews.by_default.eq(other=True)
    )
    reviews = past.standing(reviews[standing], "reviews", name, hanging=False)
    cases = past.rows("after_sales", "applied_at", "case_id", "order_id", "reason_class")
    cases = past.standing(cases, "after_sales", name, hanging=False)
    tags = past.rows("feedback", "created_at", "feedback_id", "order_id", "kind")
    tags = past.standing(tags[tags.kind.isin(BAD_GOODS)], "feedback", name, hanging=False)
    return pd.concat([
        orders_where_first(reviews, "review_id", reviews.stars <= 2),
        orders_where_first(cases, "case_id", cases.reason_class == "goods_quality"),
        tags.order_id,
    ])  # fmt: skip


def complained_orders(past: Past) -> "pd.Series[int]":
    """The orders with a complaint about the shop that was not rejected."""
    rows = past.rows("complaints", "created_at", "complaint_id", "order_id", "about", "upheld")
    rows = rows[(rows.about != "agent") & ~rows.upheld.eq(other=False) & rows.order_id.notna()]
    return past.standing(rows, "complaints", "complaint_rate", hanging=False).order_id


def tagged_orders(past: Past) -> "pd.Series[pd.Timestamp]":
    """When an order was first tagged with a shipping fault of the seller."""
    rows = past.rows("feedback", "created_at", "feedback_id", "order_id", "kind")
    rows = rows[rows.kind.isin(BAD_SHIPPING)]
    rows = rows[~rows.feedback_id.isin(past.gone("feedback", "logistics_negative_rate", exempt=True))]
    return rows.groupby("order_id").created_at.min()


def counts(rows: pd.DataFrame, name: str, of: "pd.Series[bool]", n: "pd.Series[int] | pd.Series[bool]") -> pd.DataFrame:
    """Per shop: `NAME__n`, the sum of `n` where `of`, and `NAME__of`, how many rows those are."""
    found = pd.DataFrame({f"{name}__n": n[of].astype("int64"), f"{name}__of": 1, "shop_id": rows.shop_id[of]})
    return found.groupby("shop_id").sum()


def of_orders(past: Past) -> list[pd.DataFrame]:
    """The volume and the five indicators counted over orders, per shop."""
    orders = past.rows("orders", "paid_at", "order_id", "shop_id", "promised_ship_at", "collected_at", "delivered_at",
                       "cancelled_at", "presale", "distance_km", "origin_province")  # fmt: skip
    km, province = orders.distance_km, orders.origin_province
    far = km > FAR
    for over, names in FAR_FROM.items():
        far |= (km > over) & province.str.startswith(names).eq(other=True)
    near = ~(far & (km < float("inf")))
    deadline = orders.promised_ship_at + DAY
    collected, delivered, cancelled = (
        past.past(orders[f"{name}_at"]) for name in ("collected", "delivered", "cancelled")
    )
    in_time = collected <= deadline
    due = collected.where(in_time, deadline)
    paid, tagged = orders.paid_at, tagged_orders(past).reindex(orders.order_id).set_axis(orders.index)

    def stays(name: str | None, *, exempt: bool = False) -> "pd.Series[bool]":
        return ~orders.order_id.isin(past.gone("orders", name, exempt=exempt))

    may = past.within(due) & near & ~orders.presale.eq(other=True) & ~(cancelled < due)
    travelled = past.within(delivered) & (delivered >= collected) & near & stays("delivery_duration", exempt=True)
    received = past.within(delivered) & stays("negative_feedback_rate")
    shipped = past.within(paid) & near & stays("logistics_negative_rate", exempt=True)
    asked = past.within(paid, skip=14) & stays("complaint_rate")
    bad, complained = (orders.order_id.isin(found) for found in (bad_orders(past), complained_orders(past)))
    return [
        counts(orders, "volume", past.within(paid) & stays(None), paid.notna()),
        counts(orders, "negative_feedback_rate", received, bad),
        counts(orders, "collection_timeliness", may & stays("collection_timeliness", exempt=True), in_time),
        counts(orders, "delivery_duration", travelled, seconds(collected[travelled], delivered[travelled])),
        counts(orders, "logistics_negative_rate", shipped, tagged < paid + 14 * DAY),
        counts(orders, "complaint_rate", asked, complained),
    ]


def of_cases(past: Past) -> list[pd.DataFrame]:
    """The three indicators counted over after-sales cases, per shop."""
    cases = past.rows("after_sales", "applied_at", "case_id", "order_id", "shop_id", "kind", "outcome", "liability",
                      "completed_at", "platform_intervened_at")  # fmt: skip
    cases = cases[past.within(cases.completed_at)]
    intervened = past.past(cases.platform_intervened_at).notna()
    cases = cases.assign(
        lost=intervened & (cases.liability == "merchant"), taken=seconds(cases.applied_at, cases.completed_at)
    )
    decided = past.standing(cases, "after_sales", "dispute_liability_rate")
    found = [counts(decided, "dispute_liability_rate", decided.lost.notna(), decided.lost)]
    itself = (
        (cases.outcome.isna() | (cases.outcome == "refunded")) & ~intervened & (cases.completed_at >= cases.applied_at)
    )
    for kind in ("refund_only", "return_refund"):
        rows = past.standing(cases[itself & (cases.kind == kind)], "after_sales", f"{kind}_duration")
        found.append(counts(rows, f"{kind}_duration", rows.taken.notna(), rows.taken))
    return found


def of_sessions(past: Past) -> list[pd.DataFrame]:
    """What is counted over service sessions with people, per shop."""
    sessions = past.rows("sessions", "started_at", "session_id", "shop_id", "buyer_id", "agent_id", "order_id",
                         "handled_by", "rating", "rated_at")  # fmt: skip
    sessions = sessions[sessions.handled_by != "bot"]
    sessions = sessions.assign(rated_at=past.past(sessions.rated_at))
    rated = sessions[sessions.rating.notna() & sessions.rated_at.notna()]
    rated = past.standing(rated, "sessions", "im_dissatisfaction_rate").sort_values(["rated_at", "session_id"])
    before = rated.groupby(["buyer_id", "agent_id"]).rated_at.shift()
    first = past.within(rated.rated_at) & ~(rated.rated_at < before + DAY)
    asked = sessions[past.within(sessions.started_at) & sessions.started_at.dt.hour.between(8, 22)]
    talks = asked.merge(_talks(past, asked.session_id), on="session_id")
    names = {
        "im_3min_reply_rate": talks.in_time,
        "first_answer_rate_30s": talks.wait <= 30,
        "first_reply_time": talks.wait,
    }
    found = [counts(rated, "im_dissatisfaction_rate", first, rated.rating <= 3)]
    for name, n in names.items():
        rows = past.standing(talks, "sessions", name)
        found.append(counts(rows, name, n[rows.index].notna(), n[rows.index]))
    return found


def _talks(past: Past, sessions: "pd.Series[int]") -> pd.DataFrame:
    """One row per session in which the buyer wrote: was all answered in time, and the wait for the first reply."""
    said = past.rows("messages", "sent_at", "session_id", "sender", "auto")
    said = said[(said.sender == "buyer") | (said.sender == "agent") & ~said.auto.eq(other=True)]
    said = said[said.session_id.isin(sessions)]
    replies = (said.sender == "agent").astype("int64")
    said = pd.DataFrame(
        {"session_id": said.session_id, "moment": said.sent_at.astype("datetime64[us]").astype("int64") * 2 + replies}
    )
    said = said.sort_values(["session_id", "moment"], ignore_index=True)
    said["replies"] = said.moment % 2 == 1
    same = said.session_id == said.session_id.shift()
    after_reply = ~same | said.replies.shift(fill_value=True)
    said["asked"], said["answered"] = ~said.replies & after_reply, said.replies & ~after_reply
    said["waited"] = said.moment // INSTANT * (said.answered.astype("int64") - said.asked.astype("int64"))
    said["tied"] = said.replies & same & (said.moment.shift() == said.moment - 1)
    talks = said.groupby("session_id").agg(
        asked=("asked", "sum"), answered=("answered", "sum"), waited=("waited", "sum"), tied=("tied", "any")
    )
    talks["first"] = said[~said.replies].groupby("session_id").moment.min()
    later = said[said.replies & (said.moment > said.session_id.map(talks["first"]) + 1)]
    talks["reply"] = later.groupby("session_id").moment.min()
    talks = talks[talks["first"].notna()]
    _fold_again(talks, said)
    in_time = (talks.answered == talks.asked) & (talks.waited <= 180 * talks.asked)
    wait = talks.reply // INSTANT - talks["first"] // INSTANT
    return pd.DataFrame({"in_time": in_time, "wait": wait}).reset_index()


def _fold_again(talks: pd.DataFrame, said: pd.DataFrame) -> None:
    """Correct the sessions with a reply at the very instant of a message, one by one."""
    tied: Sequence[int] = talks.index[talks.tied]
    moments = said[said.session_id.isin(tied)].groupby("session_id").moment.agg(list)
    for column, values in zip(("asked", "answered", "waited"), zip(*map(folded, moments), strict=True), strict=False):
        talks.loc[moments.index, column] = values


def of_listings(past: Past) -> pd.DataFrame:
    """The sum of the products' page quality in 10⁻¹², and how many products have one, per shop."""
    checks = past.table(
        "listing_checks", "shop_id", "product_id", "checked_on", "image_passed", "attributes_passed", "arrived_at"
    )
    checks = checks[
        past.within(pd.to_datetime(checks.checked_on)) & (checks.arrived_at.isna() | (checks.arrived_at < past.now))
    ]
    products = past.table("products", "product_id", "kind")
    checks = checks[~checks.product_id.isin(products.product_id[products.kind.isin(["bundle", "lucky_bag"])])]
    checks = past.standing(checks, "products", "goods_base_score", hanging=False)
    checks = checks.astype({"image_passed": "boolean", "attributes_passed": "boolean"})
    days = checks.groupby(["shop_id", "product_id"])[["image_passed", "attributes_passed"]].agg(["count", "sum"])
    images, good_images, attributes, good_attributes = (days[column].astype("Int64") for column in days.columns)
    share = half_up(good_images * attributes + good_attributes * images, 2 * images * attributes, 10**12)
    return share.dropna().groupby("shop_id").agg(goods_base_score__n="sum", goods_base_score__of="count")


def main(events: Path, now: pd.Timestamp, out: Path) -> None:
    """Count, score and write the six tables."""
    past = Past(events, now)
    shops = past.table("shops", "shop_id", "category").set_index("shop_id")
    tallies = [*of_orders(past), *of_cases(past), *of_sessions(past), of_listings(past)]
    written(shops.join(tallies), now, out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), pd.Timestamp(sys.argv[2]), Path(sys.argv[3]))
