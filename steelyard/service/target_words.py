"""Why a target is proposed and what closing the gap takes, in sentences of both languages."""

from decimal import Decimal

from steelyard.measures import Unit
from steelyard.scorecards.rule import Text
from steelyard.service.settings import Bound
from steelyard.service.targets import Reached, Source

_BOUNDS: dict[Bound, tuple[str, str]] = {
    "at_least": ("不低于", "at least"),
    "above": ("高于", "above"),
    "at_most": ("不超过", "at most"),
    "below": ("低于", "below"),
}
_ROWS = {
    "buyer_messages": ("条消息", "message", "messages"),
    "consumer_days": ("个买家日", "consumer's day", "consumers' days"),
    "sessions": ("个会话", "session", "sessions"),
    "judgements": ("个评价", "rating", "ratings"),
    "orders": ("个订单", "order", "orders"),
    "cases": ("个售后单", "case", "cases"),
    "served": ("起投诉", "complaint", "complaints"),
}
_UNITS: dict[Unit, tuple[str, str, str]] = {
    "seconds": ("秒（合计）", "second in all", "seconds in all"),
    "money": ("元", "yuan", "yuan"),
    "pieces": ("件", "piece", "pieces"),
    "time": ("秒", "second", "seconds"),
}


def plain(number: Decimal) -> str:
    """A number without zeros at its end."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def because(source: Source, group: str, peers: int, bound: tuple[Bound, Decimal]) -> Text:
    """Where a target that others or the past set comes from; `group` names a category, or is empty."""
    side, target = _BOUNDS[bound[0]], plain(bound[1])
    whose = {
        "industry_mean": (f"同类目（{group}）{peers} 家店的平均值", f"mean of {peers} shops of the category {group}"),
        "industry_best10": (
            f"同类目（{group}）{peers} 家店前十分之一的门槛",
            f"boundary of the best tenth of {peers} shops of the category {group}",
        ),
        "team_mean": (f"本店同岗 {peers} 名客服的平均值", f"mean of {peers} agents of the same shop and role"),
        "team_best10": (
            f"本店同岗 {peers} 名客服前十分之一的门槛",
            f"boundary of the best tenth of {peers} agents of the same shop and role",
        ),
        "past": ("自身上一个等长时段的水平", "own value in the period of the same length before"),
    }
    zh, en = whose[source]
    return Text(zh=f"{zh}，{side[0]} {target}", en=f"{en}: {side[1]} {target}")


def required(bound: tuple[Bound, Decimal], says: Text, grade: str) -> Text:
    """What a platform requires, and how well that is known."""
    side, target = _BOUNDS[bound[0]], plain(bound[1])
    return Text(
        zh=f"平台要求（{grade} 级来源）：{side[0]} {target}；{says.zh}",
        en=f"required by the platform (source of grade {grade}): {side[1]} {target}; {says.en}",
    )


NOBODY: dict[str, Text] = {
    "industry": Text(
        zh="同类目没有其他数据足够的店可比", en="no other shop of the category has enough to compare with"
    ),
    "team": Text(
        zh="本店同岗没有其他数据足够的客服可比", en="no other agent of the shop and role has enough to compare with"
    ),
    "past": Text(zh="上一个等长时段没有数据", en="there is no data for the period of the same length before"),
}
"""Why a source has no target."""
FEW = Text(zh="数量少，仅供参考", en="few rows, to be read with care")
"""The mark of a low volume."""
PAST_FEW = Text(zh="上一时段数量少", en="few rows in the period before")
"""The mark of a low volume in the past."""
NO_DATA = Text(zh="本期没有数据", en="there is no data for this period")
"""Why a gap cannot be told."""


def closing(fact: str, unit: Unit, by: Decimal | None, *, upwards: bool) -> Text:
    """What it takes to close a gap; `by` nothing where it is met, None where no row of the period could."""
    if by is None:
        return Text(zh="本期的行全部达标也不够", en="not to be reached with the rows of this period")
    if not by:
        return Text(zh="已达到", en="met")
    zh, one, many = _UNITS.get(unit) or _ROWS.get(fact, ("", "row", "rows"))
    what, count = (one if by == 1 else many), plain(by)
    if unit == "rate":
        return (
            Text(zh=f"还需多 {count} {zh}达标", en=f"{count} more good {what} needed")
            if upwards
            else Text(zh=f"还需少 {count} {zh}", en=f"{count} {what} fewer needed")
        )
    more = ("多", "more") if upwards else ("少", "fewer")
    return Text(zh=f"还需{more[0]} {count} {zh}", en=f"{count} {what} {more[1]} needed")


def gained(change: Decimal, how: Reached) -> Text:
    """What that is worth to the shop."""
    zh, en = ("最多变动", "changes by at most") if how == "at_most" else ("变动", "changes by")
    signed = f"{'+' if change > 0 else ''}{plain(change)}"
    return Text(zh=f"店铺指标{zh} {signed}", en=f"the shop's value {en} {signed}")


def joined(parts: list[Text]) -> Text:
    """Several sentences as one."""
    return Text(zh="；".join(part.zh for part in parts), en="; ".join(part.en for part in parts))
