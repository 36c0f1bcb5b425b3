"""Two versions of a scorecard, in words a merchant understands."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from steelyard.scorecards.model import Band, Dimension, Effect, Gate, Indicator, Rule, Scorecard, Text

Part = Dimension | Indicator | Gate | Band | Effect


@dataclass(frozen=True)
class Change:
    """One difference: `what` came, went or changed at `path`, said in both languages."""

    what: Literal["came", "went", "changed"]
    path: str
    said: Text


LABELS: dict[str, tuple[str, str]] = {
    "at_least": ("分数线", "lowest score"),
    "better": ("方向", "better direction"),
    "demotions": ("降级区间", "bands of the demotion"),
    "dimension": ("所属维度", "dimension"),
    "effective_from": ("生效日", "in force from"),
    "exemptions": ("免责范围", "exemptions"),
    "from_on": ("开始日", "begins on"),
    "indicator": ("所看指标", "indicator looked at"),
    "kind": ("类型", "kind"),
    "measure": ("统计口径", "measure"),
    "minimum": ("最少数据量", "least data"),
    "params": ("口径参数", "definition"),
    "peers": ("对比人群", "peers"),
    "points": ("计分方式", "points"),
    "published_on": ("发布日", "published on"),
    "restates_history": ("重算历史", "restates history"),
    "scale": ("分制", "scale"),
    "subject": ("对象", "subject"),
    "total": ("总分算法", "total"),
    "unit": ("单位", "unit"),
    "until_on": ("结束日", "ends on"),
    "value_at_least": ("门槛", "threshold"),
    "volume": ("出分条件", "volume needed"),
    "weight": ("权重", "weight"),
    "when": ("条件", "condition"),
    "when_missing": ("缺数据时", "when data is missing"),
    "window": ("统计窗口", "window"),
}
"""What a field is called in a comparison."""

_PLURALS: dict[str, tuple[str, str]] = {
    "dimensions": ("维度", "dimension"),
    "indicators": ("指标", "indicator"),
    "gates": ("门槛规则", "gate"),
    "bands": ("分档", "band"),
    "effects": ("影响", "effect"),
}
_TOP = (
    "published_on",
    "effective_from",
    "restates_history",
    "subject",
    "scale",
    "window",
    "peers",
    "volume",
    "total",
    "params",
    "exemptions",
)
_SILENT = {"id", "title", "advice", "indicators"}


def diff(old: Scorecard, new: Scorecard) -> list[Change]:
    """What came and went, and each weight, window, definition and threshold changed from `old` to `new`."""
    changes = list(_fields(old, new, "", Text(zh="总则", en="the whole score"), _TOP))
    for kind in _PLURALS:
        changes += _parts(kind, _named(old, kind), _named(new, kind))
    return changes


def _named(scorecard: Scorecard, kind: str) -> dict[str, Part]:
    parts: Sequence[Part] = getattr(scorecard, kind)
    return {part.id: part for part in parts}


def _parts(kind: str, old: Mapping[str, Part], new: Mapping[str, Part]) -> Iterator[Change]:
    zh, en = _PLURALS[kind]
    for name, part in new.items():
        if name not in old:
            said = Text(zh=f"新增{zh}「{part.title.zh}」", en=f"new {en}: {part.title.en}")
            yield Change("came", f"{kind}.{name}", said)
    for name, part in old.items():
        if name not in new:
            said = Text(zh=f"取消{zh}「{part.title.zh}」", en=f"{en} dropped: {part.title.en}")
            yield Change("went", f"{kind}.{name}", said)
        else:
            fields = [field for field in type(part).model_fields if field not in _SILENT]
            yield from _fields(part, new[name], f"{kind}.{name}.", new[name].title, fields)


def _fields(old: Rule, new: Rule, path: str, title: Text, fields: Sequence[str]) -> Iterator[Change]:
    for field in fields:
        before, after = _plain(getattr(old, field)), _plain(getattr(new, field))
        if before == after:
            continue
        zh, en = LABELS[field]
        yield Change(
            "changed",
            path + field,
            Text(
                zh=f"「{title.zh}」{zh}:{_said(field, before, 'zh')} → {_said(field, after, 'zh')}",
                en=f"{title.en}: {en} {_said(field, before, 'en')} → {_said(field, after, 'en')}",
            ),
        )


def _plain(value: Any) -> Any:
    if isinstance(value, Rule):
        return {key: inner for key, inner in value.model_dump().items() if inner is not None}
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    return value


def _said(field: str, value: Any, language: Literal["zh", "en"]) -> str:
    if value is None or value in ({}, []):
        return {"zh": "无", "en": "none"}[language]
    if field == "weight":
        return {"zh": "等权", "en": "equal"}[language] if value == "equal" else _percent(value)
    if field == "window":
        return _window(value["days"], value.get("skip", 0), language)
    return _words(value)


def _percent(basis_points: int) -> str:
    return f"{(Decimal(basis_points) / 100).normalize():f} %"


def _window(days: int, skip: int, language: Literal["zh", "en"]) -> str:
    if skip:
        return {"zh": f"前 {skip + 1} 至 {skip + days} 天", "en": f"days {skip + 1} to {skip + days} back"}[language]
    return {"zh": f"近 {days} 天", "en": f"last {days} days"}[language]


def _words(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_words(inner)}" for key, inner in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(_words(inner) for inner in value)
    return str(value)
