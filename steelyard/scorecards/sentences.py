"""The parts of a scorecard in words a merchant understands, in one of both languages."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Literal

from steelyard.scorecards.consequences import Adjustment, Condition, Degree, Demotion
from steelyard.scorecards.curves import (
    CountInstead,
    Curve,
    Deduction,
    FewFixed,
    FixedPoints,
    Linear,
    LongerWindow,
    LowVolume,
    PeerShare,
    Steps,
    Weight,
    WhenMissing,
)
from steelyard.scorecards.model import Exemption, Peers, Scale, Scorecard, Volume
from steelyard.scorecards.rule import REQUIRED, CalendarWindow, Open, Text, Unit, WindowRule
from steelyard.scorecards.terms import AGENT_PEERS, AMOUNTS, PARAMS, REASONS, STATES, VOLUMES, WORDS

Language = Literal["zh", "en"]
Names = Mapping[str, Text]
"""Titles by what conditions call things: `dimension.goods`, `indicator.x`, `band.five`."""

_COMPARED = {"below": ("低于", "below"), "at_most": ("不高于", "at most"), "at_least": ("不低于", "at least"),
             "above": ("高于", "above")}  # fmt: skip
_UNITS: dict[str, tuple[str, str]] = {
    "seconds": ("秒", "s"), "stars": ("星", "stars"), "points": ("分", "points"), "money": ("元", "yuan"),
    "pieces": ("件", "items"), "count": ("个", "rows"), "time": ("秒", "s"),
}  # fmt: skip


def names_in(scorecard: Scorecard) -> dict[str, Text]:
    """The titles of everything a condition may speak of."""
    return {
        **{f"dimension.{part.id}": part.title for part in scorecard.dimensions},
        **{f"indicator.{part.id}": part.title for part in scorecard.measured},
        **{f"band.{part.id}": part.title for part in scorecard.bands},
    }


def both(language: Language, zh: str, en: str) -> str:
    """The one of two texts that is in the language."""
    return zh if language == "zh" else en


def term(words: Mapping[str, tuple[str, str]], code: str, language: Language) -> str:
    """What a code word is called; the word itself where it has no other name."""
    return words[code][language == "en"] if code in words else code.replace("_", " ")


def listed(parts: Sequence[str], language: Language) -> str:
    """A list of words."""
    return both(language, "、", ", ").join(parts)


def number(value: Open | int, language: Language) -> str:
    """A number without zeros that say nothing, or that it has to be set."""
    if value == REQUIRED:
        return both(language, "（待设定）", "(to be set)")
    return f"{Decimal(value).normalize():f}"


def measured(value: Open | int, unit: Unit, language: Language) -> str:
    """A value with its unit; rates in percent."""
    if value == REQUIRED:
        return number(value, language)
    if unit == "rate":
        return f"{number(Decimal(value) * 100, language)} %"
    return f"{number(value, language)} {both(language, *_UNITS[unit])}"


def weight(value: Weight, language: Language) -> str:
    """A weight in percent, or that all weigh the same."""
    return both(language, "等权", "equal") if value == "equal" else f"{number(Decimal(value) / 100, language)} %"


def window(rule: WindowRule, language: Language) -> str:
    """The days looked at."""
    if isinstance(rule, CalendarWindow):
        return both(language, "自然月", "the calendar month")
    if rule.skip:
        first, last = rule.skip + 1, rule.skip + rule.days
        return both(language, f"前 {first} 至 {last} 天", f"days {first} to {last} back")
    return both(language, f"近 {rule.days} 天", f"last {rule.days} days")


def scale(rule: Scale, language: Language) -> str:
    """The range of the score."""
    low, high = number(rule.min, language), number(rule.max, language)
    return both(language, f"{low} 至 {high} 分，{rule.decimals} 位小数", f"{low} to {high}, {rule.decimals} decimals")


def peers(rule: Peers, subject: str, language: Language) -> str:
    """Who is compared with whom."""
    agents = subject == "agent"
    said = [term(AGENT_PEERS if agents else WORDS, rule.by, language)]
    if rule.by != "everyone":
        fewer = rule.min_peers
        whole = f"不足 {fewer} 人时为全部客服" if agents else f"不足 {fewer} 家时为全部商家"
        said.append(both(language, whole, f"with fewer than {fewer}, everyone"))
    if rule.needed:
        said.append(both(language, "没有类目不出分", "no score without a group"))
    if rule.difference:
        said.append(both(language, "展示与均值的差距", "the distance from the mean is shown"))
    return both(language, "，", ", ").join(said)


def volume(rule: Volume, language: Language) -> str:
    """How much is needed to be scored."""
    zh, en = VOLUMES.get(rule.measure, ("条数据", "rows"))
    what = both(language, zh, en)
    said = both(language, f"至少 {rule.minimum} {what}", f"at least {rule.minimum} {what}")
    return said if rule.window is None else f"{said}{both(language, '，', ', ')}{window(rule.window, language)}"


def curve(rule: Curve, unit: Unit, language: Language) -> str:
    """How a value becomes points."""
    if isinstance(rule, PeerShare):
        low, high = number(rule.min, language), number(rule.max, language)
        return both(language, f"按同行排名得 {low} 至 {high} 分", f"{low} to {high} points by rank among peers")
    if isinstance(rule, Steps):
        steps = [_earns(step.bound, step.points, unit, language) for step in rule.steps]
        rest = number(rule.otherwise, language)
        return both(language, "；", "; ").join([*steps, both(language, f"其余 {rest} 分", f"otherwise {rest} points")])
    if isinstance(rule, Linear):
        ends = [_earns(end.bound, end.points, unit, language) for end in (rule.worst, rule.best)]
        return both(language, "；", "; ").join([*ends, both(language, "之间按比例", "in proportion between")])
    return _deduction(rule, unit, language)


def _earns(bound: Open, points: Open, unit: Unit, language: Language) -> str:
    value, earned = measured(bound, unit, language), number(points, language)
    return both(language, f"{value}得 {earned} 分", f"{earned} points at {value}")


def _deduction(rule: Deduction, unit: Unit, language: Language) -> str:
    full, target = number(rule.full, language), measured(rule.target, unit, language)
    lost, step = number(rule.per_unit, language), measured(rule.unit, unit, language)
    floor = number(rule.floor, language)
    return both(
        language,
        f"达到 {target}得 {full} 分，每差 {step}扣 {lost} 分，最低 {floor} 分",
        f"{full} points at {target}, {lost} less for each {step} short, at least {floor}",
    )


def missing(rule: WhenMissing, language: Language) -> str:
    """What stands in for a value that is not there."""
    if not isinstance(rule, FixedPoints):
        return term(WORDS, rule, language)
    points = number(rule.points, language)
    return both(language, f"按 {points} 分计", f"{points} points")


def low_volume(rule: LowVolume, language: Language) -> str:
    """What happens with few rows."""
    below = number(rule.below, language)
    head = both(language, f"少于 {below} 条时", f"below {below} rows ")
    if isinstance(rule, FewFixed):
        points = number(rule.points, language)
        return head + both(language, f"按 {points} 分计", f"{points} points")
    if isinstance(rule, LongerWindow):
        longer = window(rule.window, language)
        return head + both(language, f"改看{longer}", f"the {longer} instead")
    if isinstance(rule, CountInstead):
        lost = number(rule.per_row, language)
        return head + both(language, f"每条未达标扣 {lost} 分", f"{lost} points less for each row that missed")
    return head + both(language, "视为没有数据", "it counts as no data")


def conditions(rules: Sequence[Condition], names: Names, units: Mapping[str, Unit], language: Language) -> str:
    """What must hold, all of it."""
    return both(language, "，且", " and ").join(_condition(rule, names, units, language) for rule in rules)


def _condition(rule: Condition, names: Names, units: Mapping[str, Unit], language: Language) -> str:
    what = _thing(rule.of, names, language)
    if rule.one_of is not None:
        values = [_choice(rule.of, name, names, language) for name in rule.one_of]
        return both(language, f"{what}为{'或'.join(values)}", f"{what} is {' or '.join(values)}")
    compared = next(name for name in _COMPARED if getattr(rule, name) is not None)
    bound = measured(getattr(rule, compared), units.get(rule.of, "points"), language)
    return f"{what}{both(language, '', ' ')}{term(_COMPARED, compared, language)} {bound}"


def _thing(of: str, names: Names, language: Language) -> str:
    if of in names:
        return both(language, f"「{names[of].zh}」", names[of].en)
    known = {"score": ("分数", "score"), "band": ("分档", "band")}
    return term(known | STATES, of.removeprefix("state."), language)


def _choice(of: str, value: str, names: Names, language: Language) -> str:
    """A band or a state."""
    title = names.get(f"{of}.{value}")
    code = f"{of.removeprefix('state.')}.{value}"
    return getattr(title, language) if title else term(STATES, code, language) if code in STATES else value


def demotions(rules: Sequence[Demotion], language: Language) -> str:
    """Where a score goes that fails a gate."""
    said = []
    for rule in rules:
        start, low, high = (number(value, language) for value in (rule.from_raw, rule.low, rule.high))
        said.append(both(language, f"{start} 分及以上降入 {low} 至 {high}", f"from {start} on into {low} to {high}"))
    return both(language, "；", "; ").join(said)


def degrees(rule: Adjustment, unit: Unit, language: Language) -> str:
    """What each degree takes away."""
    return both(language, "；", "; ").join(_degree(degree, unit, language) for degree in rule.degrees)


def _degree(rule: Degree, unit: Unit, language: Language) -> str:
    from_on, title = measured(rule.reaches, unit, language), getattr(rule.title, language)
    said = both(language, f"{title}（{from_on} 起）", f"{title} (from {from_on})")
    if rule.points is not None:
        lost = number(rule.points, language)
        return said + both(language, f"扣 {lost} 分", f" {lost} points less")
    if rule.cap is not None:
        most = number(rule.cap, language)
        return said + both(language, f"最高 {most} 分", f" at most {most} points")
    return said


def exemption(rule: Exemption, names: Names, language: Language) -> str:
    """Which exclusions act on which indicators only."""
    reasons = listed([term(REASONS, reason, language) for reason in rule.reasons], language)
    titles = [names.get(f"indicator.{name}") for name in rule.indicators]
    parts = [getattr(t, language) if t else name for t, name in zip(titles, rule.indicators, strict=True)]
    return both(
        language, f"{reasons}只退出{listed(parts, language)}", f"{reasons}: out of {listed(parts, language)} only"
    )


def parameters(params: Mapping[str, Any], language: Language) -> list[str]:
    """The parameters of a measure, each as a phrase with its value; the hours of a day as one."""
    rest = dict(params)
    if "opens" in rest and "closes" in rest:
        opens, closes = rest.pop("opens"), rest.pop("closes")
        until = "24:00" if closes == "00:00" else closes
        hours = [both(language, f"每天 {opens} 至 {until}", f"from {opens} to {until} daily")]
    else:
        hours = []
    return [*(_phrase(key, value, language) for key, value in rest.items()), *hours]


def _phrase(key: str, value: Any, language: Language) -> str:
    if key in AMOUNTS and value is not None:
        return term(AMOUNTS, key, language).format(number(value, language))
    said = both(language, "不限", "any") if value is None else parameter(key, value, language)
    return f"{term(PARAMS, key, language)}{both(language, '：', ': ')}{said}"


def parameter(key: str, value: Any, language: Language) -> str:
    """The value of a measure's parameter."""
    if value is None or value in ((), []):
        return both(language, "无", "none")
    if key == "remote":
        return both(language, "；", "; ").join(_remote(rule, language) for rule in value)
    if isinstance(value, bool):
        return both(language, "是" if value else "否", "yes" if value else "no")
    if isinstance(value, Mapping):
        return listed([f"{name} {parameter(name, inner, language)}" for name, inner in value.items()], language)
    if isinstance(value, list | tuple):
        return listed(list(dict.fromkeys(parameter(key, inner, language) for inner in value)), language)
    return term(WORDS, value, language) if isinstance(value, str) else number(value, language)


def _remote(rule: Mapping[str, Any], language: Language) -> str:
    far = both(language, f"超过 {rule['over_km']} 公里", f"over {rule['over_km']} km")
    origins = rule.get("origins")
    if not origins:
        return far
    return both(language, f"从{'、'.join(origins)}发出且{far}", f"{far} from {', '.join(origins)}")
