"""Why a row does not count, in both languages: the conditions of measures and the reasons of exclusions."""

LEFT_OUT: dict[str, tuple[str, str]] = {
    "bot": ("机器人会话", "a bot's session"),
    "cancelled": ("应揽收前已取消", "cancelled before it was due"),
    "no_buyer_message": ("买家没有发言", "the buyer wrote nothing"),
    "no_promise": ("没有预计发货时间", "no promised shipping time"),
    "not_assessed": ("该类商品不考核", "this kind of product is not assessed"),
    "not_collected": ("没有揽收轨迹", "no collection in the trace"),
    "not_refunded": ("没有退款", "not refunded"),
    "other_kind": ("其他售后类型", "another kind of case"),
    "out_of_order": ("时间先后颠倒", "its times are out of order"),
    "outside_hours": ("不在考核时段", "outside the hours"),
    "platform_intervened": ("平台介入", "the platform stepped in"),
    "presale": ("预售订单", "presale"),
    "remote": ("偏远地区", "remote"),
    "repeat_rating": ("同一买家对同一客服重复评价", "a repeat by the same buyer of the same agent"),
    "unrated": ("没有评价", "unrated"),
    "malicious_buyer": ("恶意买家，已剔除", "excluded: malicious buyer"),
    "fake_trade": ("虚假交易，已剔除", "excluded: fake trade"),
    "fake_review": ("虚假评价，已剔除", "excluded: fake review"),
    "force_majeure": ("不可抗力豁免", "exempt: force majeure"),
    "reported_exemption": ("报备豁免", "exempt: reported and approved"),
    "appeal_upheld": ("申诉成立，已剔除", "excluded: appeal upheld"),
    "report_upheld": ("举报成立，已剔除", "excluded: report upheld"),
    "other": ("其他原因剔除", "excluded: other reason"),
}
"""Code → (Chinese, English)."""
