"""Two versions compared in words a merchant understands: what came, went, moved, was renamed or changed."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal

from steelyard.scorecards import sentences as say
from steelyard.scorecards.consequences import Adjustment, Band, Effect, Gate
from steelyard.scorecards.model import Dimension, Indicator, Observed, Scorecard
from steelyard.scorecards.rule import Rule, Text, Unit
from steelyard.scorecards.sentences import Language
from steelyard.scorecards.terms import FIELDS, KINDS, PARAMS, REASONS, WORDS

Part = Dimension | Indicator | Observed | Adjustment | Gate | Band | Effect
What = Literal["came", "went", "changed", "moved", "renamed"]


@dataclass(frozen=True)
class Change:
    """One difference: `what` happened at `path`, said in both languages."""

    what: What
    path: str
    said: Text


TOP = (
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
    "evidence_only",
)
"""The fields of a scorecard that are compared; its parts come after them."""

SILENT = frozenset({"id", "title", "matters", "advice", "indicators"})
"""Fields of a part that are not compared: names, reasons and advice, and what is a kind of its own."""


@dataclass(frozen=True)
class _Version:
    """One side of the comparison, with what its parts are called."""

    card: Scorecard

    def parts(self, kind: str) -> dict[str, Part]:
        found: tuple[Part, ...] = getattr(self.card, kind)
        return {part.id: part for part in found}

    def home(self, part: Part) -> Dimension | None:
        """The dimension of an indicator."""
        return next((each for each in self.card.dimensions if part in each.indicators), None)

    def said(self, part: Rule, field: str, language: Language) -> str:
        """The value of a field in words."""
        value = getattr(part, field)
        if field == "window" and value is None:
            return say.both(language, "与总分相同", "that of the whole score")
        if value is None or value == ():
            open_day = field in {"published_on", "effective_from"}
            return say.both(language, *(("未定", "open") if open_day else ("无", "none")))
        if field in _SAID:
            return _SAID[field](self, part, language)
        return say.term(WORDS, value, language) if isinstance(value, str) else str(value)

    def unit(self, of: str) -> Unit:
        """The unit of an indicator or observed value."""
        return next((part.unit for part in self.card.measured if part.id == of), "points")


def diff(old: Scorecard, new: Scorecard) -> list[Change]:
    """What came and went, and each weight, window, definition and threshold changed from `old` to `new`."""
    before, after = _Version(old), _Version(new)
    whole = Text(zh="总则", en="the whole score")
    changes = [change for field in TOP for change in _field(field, whole, "", (before, old), (after, new))]
    for kind in KINDS:
        changes += _parts(kind, before, after)
    return changes


def _parts(kind: str, before: _Version, after: _Version) -> Iterator[Change]:
    old, new = before.parts(kind), after.parts(kind)
    renamed = _renamed(old, new)
    for name, part in new.items():
        if name not in old and name not in renamed.values():
            yield Change("came", f"{kind}.{name}", _came(kind, part, after))
    zh, en = KINDS[kind]
    for name, part in old.items():
        now = new.get(renamed.get(name, name))
        if now is None:
            said = Text(zh=f"取消{zh}「{part.title.zh}」", en=f"{en} dropped: {part.title.en}")
            yield Change("went", f"{kind}.{name}", said)
            continue
        path = f"{kind}.{now.id}"
        if part.title != now.title:
            said = Text(
                zh=f"{zh}改名：「{part.title.zh}」→「{now.title.zh}」",
                en=f"{en} renamed: {part.title.en} → {now.title.en}",
            )
            yield Change("renamed", path, said)
        yield from _moved(part, now, path, (before, after))
        for field in type(part).model_fields:
            if field not in SILENT:
                yield from _field(field, now.title, f"{path}.", (before, part), (after, now))


def _renamed(old: Mapping[str, Part], new: Mapping[str, Part]) -> dict[str, str]:
    """Ids that went, with the id that came in their place: the one part that asks the same."""
    went = [part for name, part in old.items() if name not in new]
    came = [part for name, part in new.items() if name not in old]
    pairs: dict[str, str] = {}
    for part in went:
        same = [other.id for other in came if _asks(other) == _asks(part)]
        if len(same) == 1 and [each.id for each in went if _asks(each) == _asks(part)] == [part.id]:
            pairs[part.id] = same[0]
    return pairs


def _asks(part: Part) -> Any:
    """What makes a part the same under another name: what it measures, else everything but its name.

    Effects of one condition are still different effects.
    """
    if isinstance(part, Indicator | Observed):
        return part.measure, part.params, part.window, part.unit
    if isinstance(part, Effect):
        return part.id
    return part.model_dump(exclude={"id", "title", "weight"})


def _moved(old: Part, new: Part, path: str, versions: tuple[_Version, _Version]) -> Iterator[Change]:
    home, now = (version.home(part) for version, part in zip(versions, (old, new), strict=True))
    if home is not None and now is not None and home.id != now.id:
        zh, en = (f"「{home.title.zh}」移到「{now.title.zh}」", f"{home.title.en} → {now.title.en}")
        yield Change("moved", path, Text(zh=f"「{new.title.zh}」从{zh}", en=f"{new.title.en}: moved, {en}"))


def _came(kind: str, part: Part, version: _Version) -> Text:
    zh, en = KINDS[kind]
    more = [_detail(part, version, language) for language in ("zh", "en")]
    return Text(zh=f"新增{zh}「{part.title.zh}」（{more[0]}）", en=f"new {en}: {part.title.en} ({more[1]})")


def _detail(part: Part, version: _Version, language: Language) -> str:
    """What one wants to know of a part that came."""
    if isinstance(part, Indicator):
        home = version.home(part)
        title = getattr(home.title, language) if home else ""
        own = say.window(part.window or version.card.window, language)
        shares = say.both(language, "权重 ", "weight ") + version.said(part, "weight", language)
        return say.both(language, "，", ", ").join([title, shares, own])
    if isinstance(part, Dimension):
        return say.both(language, "权重 ", "weight ") + version.said(part, "weight", language)
    if isinstance(part, Observed):
        return say.window(part.window or version.card.window, language)
    if isinstance(part, Gate):
        limit = version.said(part, "indicator", language), version.said(part, "value_at_least", language)
        head = say.both(language, "{}从 {} 起：", "{} from {} on: ").format(*limit)
        return head + version.said(part, "demotions", language)
    if isinstance(part, Effect):
        return f"{say.term(WORDS, part.kind, language)}{say.both(language, '：', ': ')}{_when(part, version, language)}"
    return version.said(part, "degrees" if isinstance(part, Adjustment) else "at_least", language)


def _when(part: Effect, version: _Version, language: Language) -> str:
    """The conditions of an effect, and its days where it has any."""
    said = [version.said(part, "when", language)]
    if part.from_on is not None:
        said.append(say.both(language, f"{part.from_on} 起", f"from {part.from_on}"))
    if part.until_on is not None:
        said.append(say.both(language, f"{part.until_on} 前", f"before {part.until_on}"))
    return say.both(language, "，", ", ").join(said)


def _field(
    field: str, title: Text, path: str, old: tuple[_Version, Rule], new: tuple[_Version, Rule]
) -> Iterator[Change]:
    """The change of one field, none where it says the same; every parameter is a field of its own."""
    if field == "params":
        yield from _params(title, f"{path}params.", old, new)
        return
    if field != "weight" and getattr(old[1], field) == getattr(new[1], field):
        return
    zh, en = FIELDS[field]
    first, then = ([version.said(part, field, language) for language in ("zh", "en")] for version, part in (old, new))
    if first == then:
        return
    said = Text(zh=f"「{title.zh}」{zh}：{first[0]} → {then[0]}", en=f"{title.en}, {en}: {first[1]} → {then[1]}")
    yield Change("changed", path + field, said)


def _params(title: Text, path: str, old: tuple[_Version, Any], new: tuple[_Version, Any]) -> Iterator[Change]:
    """Parameters that changed; those an indicator names itself in one version only are the shared ones in the other."""
    was, now = (_in_use(version, part, (old[1], new[1])) for version, part in (old, new))
    for key in dict.fromkeys([*was, *now]):
        if was.get(key) == now.get(key):
            continue
        zh, en = PARAMS.get(key, (key, key.replace("_", " ")))
        first, then = ([say.parameter(key, values.get(key), one) for one in ("zh", "en")] for values in (was, now))
        said = Text(zh=f"「{title.zh}」{zh}：{first[0]} → {then[0]}", en=f"{title.en}, {en}: {first[1]} → {then[1]}")
        yield Change("changed", path + key, said)


def _in_use(version: _Version, part: Any, sides: tuple[Any, Any]) -> dict[str, Any]:
    """The parameters of a part, shared ones included where either side names them itself."""
    own: dict[str, Any] = dict(part.params)
    if isinstance(part, Scorecard):
        return own
    named = {key for side in sides for key in side.params}
    return {key: value for key, value in version.card.params.items() if key in named} | own


def _weight(version: _Version, part: Any, language: Language) -> str:
    """A weight as its share of the whole that it is part of; equal ones too."""
    if part.weight != "equal":
        return say.weight(part.weight, language)
    home = version.home(part)
    beside = len(home.indicators if home is not None else version.card.dimensions)
    each = (Decimal(100) / beside).quantize(Decimal("0.01"), ROUND_HALF_UP)
    share = f"{say.number(each, language)} %"
    return say.both(language, f"{share}（等权）", f"{share} (equal)") if beside > 1 else share


def _exemptions(version: _Version, part: Any, language: Language) -> str:
    names = say.names_in(version.card)
    return say.both(language, "；", "; ").join(say.exemption(each, names, language) for each in part.exemptions)


def _title(version: _Version, of: str, language: Language) -> str:
    return str(getattr(say.names_in(version.card)[of], language))


def _conditions(version: _Version, part: Any, language: Language) -> str:
    units = {f"indicator.{each.id}": each.unit for each in version.card.measured}
    return say.conditions(part.when, say.names_in(version.card), units, language)


_SAID: dict[str, Callable[[_Version, Any, Language], str]] = {
    "weight": _weight,
    "window": lambda _, part, language: say.window(part.window, language),
    "scale": lambda _, part, language: say.scale(part.scale, language),
    "peers": lambda version, part, language: say.peers(part.peers, version.card.subject, language),
    "volume": lambda _, part, language: say.volume(part.volume, language),
    "points": lambda _, part, language: say.curve(part.points, part.unit, language),
    "when_missing": lambda _, part, language: say.missing(part.when_missing, language),
    "low_volume": lambda _, part, language: say.low_volume(part.low_volume, language),
    "when": _conditions,
    "demotions": lambda _, part, language: say.demotions(part.demotions, language),
    "degrees": lambda version, part, language: say.degrees(part, version.unit(part.indicator), language),
    "value_at_least": lambda version, part, language: say.measured(
        part.value_at_least, version.unit(part.indicator), language
    ),
    "at_least": lambda _, part, language: say.measured(part.at_least, "points", language),
    "dimensions_at_least": lambda _, part, language: say.measured(part.dimensions_at_least, "points", language),
    "exemptions": _exemptions,
    "evidence_only": lambda _, part, language: say.listed(
        [say.term(REASONS, each, language) for each in part.evidence_only], language
    ),
    "indicator": lambda version, part, language: _title(version, f"indicator.{part.indicator}", language),
    "dimensions": lambda version, part, language: say.listed(
        [_title(version, f"dimension.{each}", language) for each in part.dimensions], language
    ),
    "note": lambda _, part, language: str(getattr(part.note, language)),
    "restates_history": lambda _, part, language: say.both(
        language, *(("是", "yes") if part.restates_history else ("否", "no"))
    ),
}
"""How the value of a field is said where it is more than a word."""
