"""How a score may be contested: which route is open for which indicator, from which day, and what it takes out.

Sources: the change of 2022-09-26 on Douyin (source 004), the answers on Pinduoduo's score (source 000), the formula of
JD's dispute rate (facts A, section 3b-1); elsewhere what the engine itself does with a decided case.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.rule import Text

DOUYIN_CHANGE = date(2022, 9, 26)
"""From this day on appeals are closed for some indicators."""


@dataclass(frozen=True)
class Route:
    """One way to contest what stands behind some indicators."""

    indicators: tuple[str, ...]
    title: Text
    upheld: Text
    """What happens where it is upheld."""
    from_on: date | None = None
    until_on: date | None = None
    """First day on which it is closed."""

    def open_on(self, day: date) -> bool:
        """Whether it is open on `day`."""
        return (self.from_on is None or self.from_on <= day) and (self.until_on is None or day < self.until_on)


_DOUYIN = (
    Route(
        ("negative_feedback_rate",),
        Text(zh="举报（恶意评价、恶意买家）", en="report of a malicious review or buyer"),
        Text(
            zh="举报成立后，该订单的评价、负反馈和品质售后不再计入，订单本身保留",
            en="the order's reviews, feedback and quality cases no longer count; the order itself stays",
        ),
    ),
    Route(
        ("complaint_rate",),
        Text(zh="举报", en="report"),
        Text(zh="举报成立后，该投诉不再计入", en="the complaint no longer counts"),
    ),
    Route(
        ("dispute_liability_rate",),
        Text(zh="仲裁申诉", en="appeal by arbitration"),
        Text(zh="仲裁成立后，该售后单从分子和分母中移除", en="the case leaves numerator and denominator"),
    ),
    Route(
        ("im_dissatisfaction_rate",),
        Text(zh="举报（不可申诉）", en="report; there is no appeal"),
        Text(zh="举报成立后，该评价不再计入，会话视为未评价", en="the rating goes, and the session counts as unrated"),
    ),
    Route(
        ("quality_return_rate", "complaint_rate"),
        Text(zh="申诉中心申诉", en="appeal in the appeal centre"),
        Text(zh="申诉成立后，该记录不再计入", en="the row no longer counts"),
        until_on=DOUYIN_CHANGE,
    ),
    Route(
        ("collection_timeliness", "delivery_duration", "logistics_negative_rate"),
        Text(zh="豁免报备（不可抗力等）", en="filing of an exemption, such as force majeure"),
        Text(zh="报备通过后，该订单只从物流指标中移除", en="the order leaves the logistics indicators only"),
    ),
)  # fmt: skip
_HELP = ("goods_help_rate", "shipping_help_rate", "logistics_help_rate", "platform_help_rate")
_PDD = (
    Route(
        _HELP,
        Text(zh="举报恶意买家", en="report of a malicious buyer"),
        Text(
            zh="举报成立后，该买家的求助不再计入，订单本身保留",
            en="the buyer's requests no longer count; the orders stay",
        ),
    ),
    Route(
        _HELP,
        Text(
            zh="场景问题反馈（反馈模块须选“服务数据-消费者体验指标”，否则不会被处理）",
            en="feedback on a scenario (its module must be 服务数据-消费者体验指标, or nobody deals with it)",
        ),
        Text(
            zh="采纳后成为场景目录的新版本，从其日期起按新的归类计入",
            en="an accepted one becomes a new version of the catalogue of scenarios, in force from its date on",
        ),
    ),
)
_JD_RATING = (
    Route(
        ("dispute_rate",),
        Text(zh="交易纠纷申诉", en="appeal against a dispute"),
        Text(
            zh="申诉成功后，该纠纷从分子中减去，订单仍在分母",
            en="the dispute leaves the numerator; its order stays in the denominator",
        ),
    ),
)
_ROUTES = {"douyin/experience": _DOUYIN, "pdd/experience": _PDD, "jd/shop_rating": _JD_RATING}
"""Scorecard id → its routes; a scorecard that is not here has the general way only."""

GENERAL = Text(
    zh=(
        "向平台指出具体的记录（订单号、售后单号、会话号等）并附凭证。复核成立的记录作为剔除写入数据，"
        "之后的评分不再计入；剔除前后的得分都可以重新计算并对比。"
    ),
    en=(
        "Name the rows in question (order, case, session) to the platform and give proof. A row whose contest is upheld"
        " is entered as an exclusion and counts no longer; the score before and after it can both be computed again."
    ),
)


def routes(card: Scorecard, day: date) -> Iterator[Route]:
    """The routes of the scorecard's own indicators, open ones and those that were open before `day`."""
    own = {part.id for part in card.measured}
    for route in _ROUTES.get(card.id, ()):
        named = tuple(name for name in route.indicators if name in own)
        if named and (route.from_on is None or route.from_on <= day):
            yield Route(named, route.title, route.upheld, route.from_on, route.until_on)
