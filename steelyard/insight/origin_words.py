"""The numbers of a rule in words: what each is, its value, and whose it is; equal ones of several parts as one."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from steelyard.insight.rule_words import bound_in_words, weight_in_words
from steelyard.scorecards.covers import Leaf
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.rule import Text, Unit
from steelyard.scorecards.sentences import Language, both, listed, parameter, term, volume
from steelyard.scorecards.terms import AMOUNTS, PARAMS
from steelyard.scoring.wording import plain_number

_WHOLE = ""
"""Whose a number is that belongs to no part."""
_PLACES: dict[str, tuple[str, str]] = {
    "at_least": ("得分不低于 {} 分", "a score of {} or more"),
    "demotions.from_raw": ("原始分 {} 起降级", "demotes from a raw score of {}"),
    "demotions.high": ("降级区间止于 {}", "demotes to under {}"),
    "demotions.low": ("降级区间始于 {}", "demotes to {} or more"),
    "dimensions_at_least": ("各维度不低于 {} 分", "{} or more in every dimension"),
    "low_volume.below": ("少于 {} 条算数据少", "few rows are fewer than {}"),
    "low_volume.per_row": ("数据少时每条扣 {} 分", "with few rows each takes {} off"),
    "low_volume.points": ("数据少时得 {} 分", "{} points with few rows"),
    "low_volume.window.days": ("数据少时改看 {} 天", "{} days with few rows"),
    "low_volume.window.skip": ("数据少时略去最近 {} 天", "the last {} days skipped with few rows"),
    "peers.min_peers": ("同组至少 {} 家", "at least {} in a peer group"),
    "points.floor": ("最低 {} 分", "at least {} points"),
    "points.full": ("满分 {} 分", "{} points in full"),
    "points.max": ("最高 {} 分", "at most {} points"),
    "points.min": ("最低 {} 分", "at least {} points"),
    "points.otherwise": ("其余得 {} 分", "otherwise {} points"),
    "points.per_unit": ("每档扣 {} 分", "{} off for each unit"),
    "points.best.points": ("最好时得 {} 分", "{} points at best"),
    "points.worst.points": ("最差时得 {} 分", "{} points at worst"),
    "points.steps.points": ("分档得 {} 分", "a step of {} points"),
    "degrees.cap": ("最高 {} 分", "at most {} points"),
    "degrees.points": ("减 {} 分", "{} off"),
    "scale.decimals": ("显示 {} 位小数", "shown with {} decimals"),
    "scale.max": ("分值最高 {}", "scores up to {}"),
    "scale.min": ("分值最低 {}", "scores from {}"),
    "volume.window.days": ("出分条件看 {} 天", "{} days for what is needed to be scored"),
    "volume.window.skip": ("出分条件略去最近 {} 天", "the last {} days skipped for what is needed to be scored"),
    "when_missing.points": ("没有数据时得 {} 分", "{} points without data"),
    "window.days": ("统计 {} 天", "{} days looked at"),
    "window.skip": ("略去最近 {} 天", "the last {} days skipped"),
}
_BOUNDS: dict[str, tuple[str, str]] = {
    "degrees.reaches": ("达到 {}", "from {} on"),
    "points.best.bound": ("最好为 {}", "best at {}"),
    "points.worst.bound": ("最差为 {}", "worst at {}"),
    "points.steps.bound": ("分档界线 {}", "a step at {}"),
    "points.target": ("目标 {}", "target {}"),
    "points.unit": ("每档 {}", "a unit of {}"),
    "value_at_least": ("门槛 {}", "threshold {}"),
    "when.above": ("高于 {}", "above {}"),
    "when.at_least": ("不低于 {}", "at least {}"),
    "when.at_most": ("不高于 {}", "at most {}"),
    "when.below": ("低于 {}", "below {}"),
}
"""Places of values that have the unit of what they are compared with."""


def numbers_in_words(card: Scorecard, leaves: Iterable[Leaf], lang: Language) -> list[str]:
    """The leaves, each said once: phrases of the same parts together, with the titles of those parts."""
    owners: dict[str, list[str]] = {}
    for leaf in leaves:
        owner, phrase = _said(card, leaf, lang)
        owners.setdefault(phrase, []).append(owner)
    phrases: dict[tuple[str, ...], list[str]] = {}
    for phrase, whose in owners.items():
        phrases.setdefault(tuple(dict.fromkeys(whose)), []).append(phrase)
    return [_together(card, whose, said, lang) for whose, said in phrases.items()]


def _together(card: Scorecard, whose: Sequence[str], said: Sequence[str], lang: Language) -> str:
    what = listed(said, lang)
    if whose == (_WHOLE,):
        return what
    every = {getattr(each.title, lang) for each in card.indicators}
    names = both(lang, "各指标", "every indicator") if set(whose) == every and len(every) > 1 else listed(whose, lang)
    return both(lang, f"{names}：{what}", f"{names}: {what}")


def _said(card: Scorecard, leaf: Leaf, lang: Language) -> tuple[str, str]:
    """Whose a number is, and what it says."""
    path = [segment[0] for segment in leaf.path]
    owner = _WHOLE
    unit: Unit = "points"
    if path[0] == "dimensions" and path[2] == "indicators":
        part = card.indicator(path[3])
        owner, unit, path = _title(part.title, lang), part.unit, path[4:]
    elif path[0] in {"dimensions", "observed", "adjustments", "gates", "bands", "effects"}:
        found = next(each for each in getattr(card, path[0]) if each.id == path[1])
        owner, unit, path = _title(found.title, lang), _unit(card, path, found), path[2:]
        if path[0] == "degrees":
            degree = next(each for each in found.degrees if each.id == path[1])
            owner, path = f"{owner} · {_title(degree.title, lang)}", ["degrees", *path[2:]]
    if path == ["volume", "minimum"]:
        return owner, volume(card.volume.model_copy(update={"window": None}), lang)
    return owner, _phrase([name for name in path if not name.isdigit()], leaf.value, unit, lang)


def _title(title: Text, lang: Language) -> str:
    return str(getattr(title, lang))


def _unit(card: Scorecard, path: Sequence[str], found: object) -> Unit:
    """The unit of what a bound is compared with."""
    units = {part.id: part.unit for part in card.measured}
    if path[0] == "effects":
        of: str = card.effects[[each.id for each in card.effects].index(path[1])].when[int(path[3])].of
        return units.get(of.removeprefix("indicator."), "points")
    if path[0] == "observed":
        return units[path[1]]
    return units.get(getattr(found, "indicator", ""), "points")


def _phrase(path: Sequence[str], value: object, unit: Unit, lang: Language) -> str:
    name = ".".join(path)
    if value == "equal":
        return both(lang, "等权", "equal weights")
    if path[-1] == "weight":
        return both(lang, "权重 ", "weight ") + _title(weight_in_words(value), lang)
    if path[0] == "params":
        return _param(path[1:], value, lang)
    exact = Decimal(str(value))
    if name in _BOUNDS:
        return term(_BOUNDS, name, lang).format(_title(bound_in_words(exact, unit), lang))
    if name in _PLACES:
        return term(_PLACES, name, lang).format(plain_number(exact))
    return f"{name} = {plain_number(exact)}"


def _param(path: Sequence[str], value: object, lang: Language) -> str:
    if path[-1] == "over_km":
        return both(lang, f"超过 {value} 公里算偏远", f"remote over {value} km")
    if path[-1] in AMOUNTS:
        return term(AMOUNTS, path[-1], lang).format(value)
    if path[-1] in {"opens", "closes"}:
        until = "24:00" if (path[-1], value) == ("closes", "00:00") else value
        return f"{term(PARAMS, path[-1], lang)} {until}"
    said = parameter(path[-1], value, lang)
    return f"{term(PARAMS, path[-1], lang)} {said}"
