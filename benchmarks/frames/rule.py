"""The numbers of douyin/experience@2022-09-26, for the scripts that compute it with data frames; millionths."""

from typing import NamedTuple

MILLION = 1_000_000
SCORECARD, VERSION = "douyin/experience", "2022-09-26"
WINDOW, LEAST_ORDERS, LEAST_PEERS = 90, 30, 5
LOW, HIGH = 3 * MILLION, 5 * MILLION
WEIGHTS = {"goods": 4250, "logistics": 2000, "service": 3750}
EXEMPTIONS = ("force_majeure", "reported_exemption")
"""Reasons that act on the three indicators of logistics only, and never on what hangs on an order."""
ACTING = {
    "negative_feedback_rate": False, "complaint_rate": False, "volume": False, "collection_timeliness": True,
    "delivery_duration": True, "logistics_negative_rate": True,
}  # fmt: skip
"""What is counted over orders, and whether those reasons act on it."""
FAR, FAR_FROM = 3000, {700: ("内蒙", "新疆", "西藏", "宁夏", "海南", "青海"), 2000: ("吉林", "甘肃", "黑龙江")}
BAD_GOODS = ("false_advertising", "not_as_described", "would_not_recommend")
BAD_SHIPPING = ("slow_shipping", "wrong_goods", "missing_goods", "empty_parcel")


class Part(NamedTuple):
    """One value of the scorecard; observed ones have no dimension."""

    dimension: str | None
    indicator: str
    higher: bool = False


PARTS = (
    Part("goods", "goods_base_score", higher=True),
    Part("goods", "negative_feedback_rate"),
    Part("logistics", "collection_timeliness", higher=True),
    Part("logistics", "delivery_duration"),
    Part("logistics", "logistics_negative_rate"),
    Part("service", "complaint_rate"),
    Part("service", "dispute_liability_rate"),
    Part("service", "im_3min_reply_rate", higher=True),
    Part("service", "refund_only_duration"),
    Part("service", "return_refund_duration"),
    Part("service", "im_dissatisfaction_rate"),
    Part(None, "first_answer_rate_30s", higher=True),
    Part(None, "first_reply_time"),
)
GATE_AT = 150_000
POOLS = ((4_900_000, 4_800_000), (4_800_000, 4_700_000))
"""A raw score from which a shop that fails the gate falls, and the low end of the pool it falls into."""
POOL_WIDTH = 100_000
EFFECTS = (
    ("ads_limited", "<", "4.8"),
    ("traffic_boost_lost", "<", "4.8"),
    ("live_ads_limited", "<", "4.6"),
    ("recommendation_limited", "<", "4.3"),
    ("activity_enrolment", "≥", None),
    ("alliance_entry", "≥", "4.2"),
    ("alliance_removal", "<", "4.0"),
    ("termination", "<", "3.2"),
    ("settlement_4_days", "≥", "4.4"),
    ("settlement_10_days", "<", "4.4"),
)
"""What follows from a score; a threshold that is not published is None."""
STANDING = ("peer_mean", "peer_best10", "peers", "not_better", "peer_scope")
COLUMNS = {
    "scores": (
        "peer_group", "status", "score", "raw_score", "band", "peers", "peer_rank", "gated_score", "volume",
        "peer_difference", "preview",
    ),
    "dimensions": ("dimension", "points", "weight"),
    "indicators": (
        "dimension", "indicator", "numerator", "denominator", "value", "points", "weight", "status", *STANDING,
        "policy", "peer_difference",
    ),
    "observed": ("indicator", "numerator", "denominator", "value", "status", *STANDING),
    "adjustments": ("rule", "before", "after", "reason"),
    "effects": ("effect", "state", "since", "condition", "value", "reason"),
}  # fmt: skip
"""The columns of each result table after `scorecard`, `version`, `as_of`, `subject_id`."""
MILLIONTHS = (
    "raw_score", "gated_score", "peer_difference", "points", "weight", "value", "peer_mean", "peer_best10", "before",
    "after",
)  # fmt: skip
PLACES = dict.fromkeys(MILLIONTHS, 6) | {"score": 2}
"""The decimals of the columns that have some."""


def folded(moments: list[int]) -> tuple[int, int, int]:
    """Questions asked and answered, and seconds waited, of one session.

    `moments` are sorted: microseconds × 2, a reply being odd and so behind the buyer's message of that instant. The
    buyer's message opens a question where none is open; a reply of a later instant closes it.
    """
    asked = answered = waited = since = 0
    for moment in moments:
        if moment % 2 == 0 and not since:
            since, asked = moment, asked + 1
        elif moment % 2 and since and moment > since + 1:
            waited += moment // 2_000_000 - since // 2_000_000
            since, answered = 0, answered + 1
    return asked, answered, waited
