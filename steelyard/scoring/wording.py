"""Values, conditions and what is missing to meet them, in words of both languages; all exact."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from steelyard.scorecards.consequences import Condition, Effect
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.rule import REQUIRED, Text, Unit
from steelyard.scorecards.terms import STATES

Judged = Mapping[str, Decimal | str | None]
"""What conditions speak of (`score`, `band`, `dimension.X`, `indicator.X`, `state.X`) and what it is; None unknown."""

_COMPARED: dict[str, Text] = {
    "below": Text(zh="低于", en="below"),
    "at_most": Text(zh="不高于", en="at most"),
    "at_least": Text(zh="不低于", en="at least"),
    "above": Text(zh="高于", en="above"),
}
_OPPOSITE = {"below": "at_least", "at_most": "above", "at_least": "below", "above": "at_most"}
_THINGS = {"score": Text(zh="得分", en="score"), "band": Text(zh="等级", en="band")}
_UNKNOWN = Text(zh="未知", en="not known")
_UNSET = Text(zh="未设定", en="not set")


def plain_number(number: Decimal) -> str:
    """A number exactly, without zeros that say nothing.

    >>> plain_number(Decimal("4.620000"))
    '4.62'
    """
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def worded(value: Decimal | None, unit: Unit) -> Text:
    """A value of some unit, exactly: rates in percent, seconds also in hours or days, money in yuan."""
    if value is None:
        return Text(zh="–", en="–")
    if unit == "rate":
        return _same(f"{plain_number(value * 100)}%")
    if unit not in ("seconds", "time"):
        return _same(_points(value) if unit in ("points", "money") else plain_number(value))
    exact = plain_number(value)
    if value >= 86_400:
        return Text(zh=f"{exact} 秒（{value / 86_400:.1f} 天）", en=f"{exact} s ({value / 86_400:.1f} d)")
    if value >= 3_600:
        return Text(zh=f"{exact} 秒（{value / 3_600:.1f} 小时）", en=f"{exact} s ({value / 3_600:.1f} h)")
    return Text(zh=f"{exact} 秒", en=f"{exact} s")


def numerator_of(row: Mapping[str, Any], unit: Unit) -> Decimal | int:
    """The numerator of a result's row as people know it: money is counted in millionths."""
    counted: int = row["numerator"]
    if unit != "money":
        return counted
    amount = Decimal(counted).scaleb(-6)
    cents = amount.quantize(Decimal("0.01"))
    return cents if cents == amount else amount


def briefly(value: Decimal | None, unit: Unit) -> Text:
    """A value as people say it, rounded: for overviews whose exact figures stand elsewhere."""
    if value is None or unit in ("points", "count"):
        return worded(value, unit)
    if unit not in ("seconds", "time"):
        return _same(f"{value * 100:.2f}%" if unit == "rate" else f"{value:.2f}")
    if value >= 86_400:
        return Text(zh=f"{value / 86_400:.1f} 天", en=f"{value / 86_400:.1f} d")
    if value >= 3_600:
        return Text(zh=f"{value / 3_600:.1f} 小时", en=f"{value / 3_600:.1f} h")
    return Text(zh=f"{value:.0f} 秒", en=f"{value:.0f} s")


def apart(distance: Decimal, unit: Unit) -> Text:
    """A distance between two values: rates in percentage points."""
    if unit == "rate":
        exact = plain_number(distance * 100)
        return Text(zh=f"{exact} 个百分点", en=f"{exact} percentage points")
    return worded(distance, unit)


def thing(scorecard: Scorecard, of: str) -> Text:
    """What a condition speaks of, by its title."""
    kind, _, name = of.partition(".")
    if of in _THINGS:
        return _THINGS[of]
    parts = scorecard.dimensions if kind == "dimension" else scorecard.measured if kind == "indicator" else ()
    return next((part.title for part in parts if part.id == name), _state(name))


def unit_of(scorecard: Scorecard, of: str) -> Unit:
    """The unit of what a condition speaks of."""
    kind, _, name = of.partition(".")
    return next((part.unit for part in scorecard.measured if kind == "indicator" and part.id == name), "points")


def condition_in_words(scorecard: Scorecard, condition: Condition, judged: Judged) -> Text:
    """A condition with the value beside its bound: `score below 4.80 (is 4.62)`."""
    name, is_now = thing(scorecard, condition.of), _now(scorecard, condition, judged)
    if condition.one_of is not None:
        wanted = _choices(scorecard, condition)
        return Text(zh=f"{name.zh}为{wanted.zh}（现为 {is_now.zh}）", en=f"{name.en} is {wanted.en} (is {is_now.en})")
    compared, bound = bound_of(condition)
    said, limit = _COMPARED[compared], _limit(scorecard, condition.of, bound)
    return Text(
        zh=f"{name.zh}{said.zh} {limit.zh}（现为 {is_now.zh}）",
        en=f"{name.en} {said.en} {limit.en} (is {is_now.en})",
    )


def bound_of(condition: Condition) -> tuple[str, Decimal | None]:
    """The comparison's name and its bound, None where it is not set; the checker wants exactly one."""
    name = next(name for name in _COMPARED if getattr(condition, name) is not None)
    bound = getattr(condition, name)
    return name, None if bound == REQUIRED else bound


def met(condition: Condition, judged: Judged) -> bool | None:
    """Whether a condition is met; None where its value is unknown or its bound not set."""
    value = judged.get(condition.of)
    if value is None:
        return None
    if condition.one_of is not None:
        return value in condition.one_of
    name, bound = bound_of(condition)
    if bound is None or isinstance(value, str):
        return None
    return {"below": value < bound, "at_most": value <= bound, "at_least": value >= bound, "above": value > bound}[name]


def lifting(scorecard: Scorecard, effect: Effect, judged: Judged) -> tuple[Text, ...]:
    """What would end a restriction or advice that holds, or give a right that does not: which value by how much.

    One of them is enough to end a restriction; a right wants all of them. Empty where nothing is to be lifted or the
    values are not known.
    """
    states = [met(condition, judged) for condition in effect.when]
    if effect.kind == "right":
        lacking = [each for each, state in zip(effect.when, states, strict=True) if state is False]
        return tuple(_needed(scorecard, condition, judged, wanted=True) for condition in lacking)
    if not all(state is True for state in states):
        return ()
    return tuple(_needed(scorecard, condition, judged, wanted=False) for condition in effect.when)


def _needed(scorecard: Scorecard, condition: Condition, judged: Judged, *, wanted: bool) -> Text:
    name, is_now = thing(scorecard, condition.of), _now(scorecard, condition, judged)
    head = Text(zh=f"{name.zh}现为 {is_now.zh}", en=f"{name.en} {is_now.en}")
    if condition.one_of is not None:
        return _other_band(scorecard, condition, judged, head, wanted=wanted)
    compared, bound = bound_of(condition)
    value = judged[condition.of]
    if bound is None or not isinstance(value, Decimal):
        return head
    needed = compared if wanted else _OPPOSITE[compared]
    said, limit = _COMPARED[needed], _limit(scorecard, condition.of, bound)
    far = _distance(abs(bound - value), needed, unit_of(scorecard, condition.of))
    return Text(
        zh=f"{head.zh}，需{said.zh} {limit.zh}：{far.zh}",
        en=f"{head.en}, needs {said.en} {limit.en}: {far.en}",
    )


def _distance(gap: Decimal, needed: str, unit: Unit) -> Text:
    """How far it is to meet the comparison `needed`: strict ones need more than the gap."""
    up, strict = needed in ("at_least", "above"), needed in ("above", "below")
    more = Text(zh="提高", en="more") if up else Text(zh="降低", en="less")
    if not gap:
        return Text(zh=f"再{more.zh}一点即可", en=f"anything {more.en}")
    far = apart(gap, unit)
    if strict:
        return Text(zh=f"须{more.zh}超过 {far.zh}", en=f"over {far.en} {more.en}")
    return Text(zh=f"须{more.zh} {far.zh}", en=f"{far.en} {more.en}")


def _other_band(scorecard: Scorecard, condition: Condition, judged: Judged, head: Text, *, wanted: bool) -> Text:
    named = _choices(scorecard, condition)
    text = Text(
        zh=f"{head.zh}，需{'为' if wanted else '不为'}{named.zh}",
        en=f"{head.en}, needs {'' if wanted else 'not '}{named.en}",
    )
    score = judged.get("score")
    if condition.of != "band" or not isinstance(score, Decimal):
        return text
    others = [band for band in scorecard.bands if (band.id in (condition.one_of or ())) is wanted]
    above = [band.at_least for band in others if isinstance(band.at_least, Decimal) and band.at_least > score]
    if not above:
        return text
    limit, gap = _points(min(above)), _points(min(above) - score)
    return Text(
        zh=f"{text.zh}：得分需不低于 {limit}，须提高 {gap}",
        en=f"{text.en}: from a score of {limit} on, {gap} more",
    )


def _now(scorecard: Scorecard, condition: Condition, judged: Judged) -> Text:
    value = judged.get(condition.of)
    if value is None:
        return _UNKNOWN
    if isinstance(value, str):
        return _choice(scorecard, condition.of, value)
    return worded(value, unit_of(scorecard, condition.of))


def band_title(scorecard: Scorecard, name: str) -> Text:
    """What people call a band."""
    return next((band.title for band in scorecard.bands if band.id == name), _same(name))


def _choices(scorecard: Scorecard, condition: Condition) -> Text:
    named = [_choice(scorecard, condition.of, name) for name in condition.one_of or ()]
    return Text(zh="「" + "」或「".join(text.zh for text in named) + "」", en=" or ".join(text.en for text in named))


def _choice(scorecard: Scorecard, of: str, name: str) -> Text:
    """What people call a band, or a value of a state."""
    return band_title(scorecard, name) if of == "band" else _state(f"{of.removeprefix('state.')}.{name}", name)


def _state(code: str, name: str | None = None) -> Text:
    """What people call a state, or `NAME.VALUE` of one; the word itself where it has no other name."""
    zh, en = STATES.get(code, (name or code, name or code))
    return Text(zh=zh, en=en)


def _limit(scorecard: Scorecard, of: str, bound: Decimal | None) -> Text:
    return _UNSET if bound is None else worded(bound, unit_of(scorecard, of))


def _points(value: Decimal) -> str:
    """Points with two decimals, and with all they have where those do not suffice."""
    two = value.quantize(Decimal("0.01"))
    return f"{two:f}" if two == value else plain_number(value)


def _same(text: str) -> Text:
    return Text(zh=text, en=text)
