"""A rule in words of both languages: windows, peers, curves, what happens without data."""

from decimal import Decimal

from steelyard.scorecards.curves import (
    Deduction,
    FewFixed,
    FixedPoints,
    Linear,
    LongerWindow,
    PeerShare,
    Steps,
)
from steelyard.scorecards.model import Indicator, Scorecard
from steelyard.scorecards.rule import DaysWindow, Open, Text, Unit, WindowRule
from steelyard.scorecards.terms import VOLUMES
from steelyard.scorecards.unset import settled
from steelyard.scoring.wording import plain_number, worded

PEERS = {
    "category": Text(zh="同类目的店铺", en="the shops of the same category"),
    "main_category": Text(zh="主营类目相同的店铺", en="the shops with the same main category"),
    "everyone": Text(zh="全部店铺", en="all shops"),
}
AGENTS = {
    "category": Text(zh="同类目店铺的客服", en="the agents of shops of the same category"),
    "team": Text(zh="同店同岗位的客服", en="the agents of the same shop and role"),
    "shop": Text(zh="同店的客服", en="the agents of the same shop"),
    "everyone": Text(zh="全部客服", en="all agents"),
}
_TOTAL = {
    "weighted_mean": Text(zh="各维度得分按权重加权平均", en="the weighted mean of the dimensions"),
    "sum": Text(zh="各维度得分相加", en="the sum of the dimensions"),
}
_MISSING = {
    "leave_out": Text(
        zh="没有数据时不计入，权重由其余指标分担", en="without data it is left out, its weight goes to the others"
    ),
    "zero": Text(zh="没有数据时按 0 分计", en="without data it earns 0 points"),
    "insufficient": Text(zh="没有数据时整体不计分", en="without data there is no score at all"),
}
STATUS = {
    "ok": Text(zh="有值", en="has a value"),
    "no_data": Text(zh="没有数据", en="no data"),
    "below_minimum": Text(zh="数据量不足", en="too few rows"),
}
POLICY = {
    "longer_window": Text(zh="数据量少，改用更长的统计窗口", en="few rows, so a longer window is counted"),
    "count": Text(zh="数据量少，按件数扣分", en="few rows, so each one that missed costs points"),
    "fixed_points": Text(zh="按固定分计", en="fixed points stand in"),
    "leave_out": Text(zh="不计入，权重由其余指标分担", en="left out, its weight goes to the others"),
    "zero": Text(zh="按 0 分计", en="earns 0 points"),
    "insufficient": Text(zh="缺少它整体不计分", en="without it there is no score"),
}
BETTER = {
    "higher": Text(zh="越高越好", en="higher is better"),
    "lower": Text(zh="越低越好", en="lower is better"),
}


def window_in_words(rule: WindowRule) -> Text:
    """Which days are looked at."""
    if not isinstance(rule, DaysWindow):
        return Text(zh="评分日前一日所在的自然月，截至评分日", en="the calendar month of the day before, up to the day")
    if not rule.skip:
        return Text(zh=f"评分日之前的 {rule.days} 天", en=f"the {rule.days} days before the day")
    first, last = rule.skip + 1, rule.skip + rule.days
    return Text(zh=f"评分日之前第 {first} 至第 {last} 天", en=f"days {first} to {last} before the day")


def peers_in_words(card: Scorecard) -> Text:
    """Who is compared with whom."""
    agents = card.subject == "agent"
    who = (AGENTS if agents else PEERS)[card.peers.by]
    if card.peers.by == "everyone":
        return who
    few = card.peers.min_peers
    if agents:
        return Text(
            zh=f"{who.zh}；不足 {few} 人时与全部客服比较",
            en=f"{who.en}; where there are fewer than {few}, all agents",
        )
    return Text(
        zh=f"{who.zh}；不足 {few} 家时与全部店铺比较",
        en=f"{who.en}; where there are fewer than {few}, all shops",
    )


def total_in_words(card: Scorecard) -> Text:
    """How dimensions become the score."""
    return _TOTAL[card.total]


def volume_in_words(card: Scorecard) -> Text:
    """What is needed to be scored at all."""
    window, minimum = window_in_words(card.volume.window or card.window), card.volume.minimum
    zh, en = VOLUMES.get(card.volume.measure, ("条记录", "rows"))
    return Text(zh=f"{window.zh}内至少 {minimum} {zh}", en=f"at least {minimum} {en} in {window.en}")


def weight_in_words(weight: object) -> Text:
    """A weight: basis points as percent, or equal."""
    if weight == "equal":
        return Text(zh="等权", en="equal")
    percent = f"{plain_number(Decimal(str(weight)) / 100)}%"
    return Text(zh=percent, en=percent)


def curve_in_words(indicator: Indicator) -> Text:
    """How a value becomes points."""
    curve, unit = indicator.points, indicator.unit
    if isinstance(curve, PeerShare):
        low, high = plain_number(curve.min), plain_number(curve.max)
        if not curve.min:
            return Text(zh=f"{high} × 同行中不优于自己的比例", en=f"{high} × the share of peers that do no better")
        return Text(
            zh=f"{low} +（{high} − {low}）× 同行中不优于自己的比例",
            en=f"{low} + ({high} − {low}) × the share of peers that do no better",
        )
    if isinstance(curve, Steps):
        return _steps(curve, indicator)
    if isinstance(curve, Linear):
        worst, best = (_at(end.bound, unit) for end in (curve.worst, curve.best))
        low, high = (_number(end.points) for end in (curve.worst, curve.best))
        return Text(
            zh=f"{_spaced(worst.zh)}为 {low} 分，{_spaced(best.zh)}为 {high} 分，其间按比例，其外不变",
            en=f"{low} at {worst.en}, {high} at {best.en}, in proportion between, flat outside",
        )
    return _deduction(curve, indicator)


def _steps(curve: Steps, indicator: Indicator) -> Text:
    sign = "≥" if indicator.better == "higher" else "≤"
    parts = [(_at(step.bound, indicator.unit), _number(step.points)) for step in curve.steps]
    rest = _number(curve.otherwise)
    return Text(
        zh="；".join([*(f"{sign} {bound.zh}：{points} 分" for bound, points in parts), f"其余：{rest} 分"]),
        en="; ".join([*(f"{sign} {bound.en}: {points}" for bound, points in parts), f"otherwise: {rest}"]),
    )


def _deduction(curve: Deduction, indicator: Indicator) -> Text:
    target, step = _at(curve.target, indicator.unit), _at(curve.unit, indicator.unit)
    full, lost, floor = (_number(number) for number in (curve.full, curve.per_unit, curve.floor))
    beyond = Text(zh="低于", en="under") if indicator.better == "higher" else Text(zh="高于", en="over")
    reached, each = _spaced(target.zh), _spaced(step.zh)
    return Text(
        zh=f"达到 {reached}得 {full} 分，每{beyond.zh} {each}扣 {lost} 分，按比例，最低 {floor} 分",
        en=f"{full} at {target.en}, less {lost} for every {step.en} {beyond.en} it, in proportion, never under {floor}",
    )


def missing_in_words(indicator: Indicator) -> Text:
    """What happens without a value."""
    missing = indicator.when_missing
    if isinstance(missing, FixedPoints):
        points = plain_number(missing.points)
        return Text(zh=f"没有数据时按 {points} 分计", en=f"without data it earns {points} points")
    return _MISSING[missing]


def few_in_words(indicator: Indicator) -> Text | None:
    """What happens with few rows; None where nothing does."""
    few = indicator.low_volume
    if few is None:
        return None
    if few.policy == "missing":
        return Text(zh=f"少于 {few.below} 条视同没有数据", en=f"fewer than {few.below} rows are none")
    if isinstance(few, FewFixed):
        points = _number(few.points)
        then = Text(zh=f"按 {points} 分计", en=f"it earns {points} points")
    elif isinstance(few, LongerWindow):
        window = window_in_words(few.window)
        then = Text(zh=f"改为统计{window.zh}", en=f"{window.en} are counted instead")
    else:
        lost = _number(few.per_row)
        then = Text(zh=f"每条未达标扣 {lost} 分", en=f"each one that missed costs {lost} points")
    return Text(zh=f"少于 {few.below} 条时{then.zh}", en=f"with fewer than {few.below} rows {then.en}")


def _at(bound: Open, unit: Unit) -> Text:
    return bound_in_words(settled(bound), unit)


def _spaced(text: str) -> str:
    """A number with the space before the next Chinese word; none after a unit that is Chinese itself."""
    return f"{text} " if text.isascii() else text


def bound_in_words(bound: Decimal, unit: Unit) -> Text:
    """A bound of a rule, exactly; whole days, hours and minutes as such."""
    if unit in ("seconds", "time"):
        for seconds, zh, en in ((86_400, "天", "d"), (3_600, "小时", "h"), (60, "分钟", "min")):
            if bound and not bound % seconds:
                count = plain_number(bound / seconds)
                return Text(zh=f"{count} {zh}", en=f"{count} {en}")
    return worded(bound, unit)


def _number(number: Open) -> str:
    return plain_number(settled(number))
