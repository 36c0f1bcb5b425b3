"""The worst products, routes, hours … behind an indicator, in words of both languages."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Literal

from steelyard.insight.breakdown import Breakdown, Slice
from steelyard.insight.diagnosis import Diagnosed
from steelyard.scorecards.rule import Text
from steelyard.scorecards.sentences import term
from steelyard.scorecards.terms import WORDS
from steelyard.scoring.wording import briefly, plain_number

ASPECT = {
    "product": Text(zh="商品", en="product"),
    "scenario": Text(zh="场景", en="scenario"),
    "reason": Text(zh="售后原因", en="reason"),
    "region": Text(zh="收货地", en="region"),
    "route": Text(zh="线路", en="route"),
    "carrier": Text(zh="快递", en="carrier"),
    "hour": Text(zh="时段", en="hour"),
    "agent": Text(zh="客服", en="agent"),
}
NOT_SAID = Text(zh="未注明", en="not said")


def key_in_words(aspect: str, key: str | None) -> Text:
    """What a slice is called."""
    if key is None:
        return NOT_SAID
    if aspect == "hour":
        return Text(zh=f"{key} 时", en=f"{int(key):02}:00–{int(key):02}:59")
    if aspect == "reason":
        return Text(zh=term(WORDS, key, "zh"), en=term(WORDS, key, "en"))
    return Text(zh=key, en=key)


def slice_lines(diagnosed: Diagnosed, lang: Literal["zh", "en"], most: int) -> Iterator[str]:
    """One line per aspect with its worst slices; aspects in which nothing stands out are left away."""
    for found in diagnosed.breakdowns:
        worst = [each for each in found.worst if each.key is not None][:most]
        if worst:
            named = ("；" if lang == "zh" else "; ").join(_slice(found, each, diagnosed, lang) for each in worst)
            colon = "：" if lang == "zh" else ": "
            yield f"{getattr(ASPECT[found.aspect], lang)}{colon}{named}"
        if found.would_win:
            text = carrier_in_words(found)
            yield getattr(text, lang)


def carrier_in_words(found: Breakdown) -> Text:
    """What it would win to give every parcel to the shop's best carrier."""
    points = plain_number(found.would_win or Decimal(0))
    return Text(
        zh=f"若全部改用 {found.best}，可多得 {points} 分",
        en=f"with every parcel given to {found.best}: {points} points more",
    )


def _slice(found: Breakdown, each: Slice, diagnosed: Diagnosed, lang: Literal["zh", "en"]) -> str:
    key = getattr(key_in_words(found.aspect, each.key), lang)
    value = getattr(briefly(each.value, diagnosed.part.unit), lang)
    share = f"{(each.share_of_misses or 0) * 100:.0f}%"
    rows = f"{each.share_of_rows * 100:.0f}%"
    if lang == "zh":
        return f"{key}（数值 {value}，占失分 {share}，占记录 {rows}）"
    return f"{key} ({value}; {share} of the misses, {rows} of the rows)"
