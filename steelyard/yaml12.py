"""YAML 1.2 with places: the parts of a document and the line each stands in.

The parser is libyaml's, by PyYAML. What plain words mean is said here, as YAML 1.2 has it: `yes` and `8:00` are text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

Kind = Literal["str", "int", "float", "bool", "null", "timestamp", "merge"]

_KINDS: tuple[tuple[Kind, re.Pattern[str]], ...] = (
    ("null", re.compile(r"~|null|Null|NULL|")),
    ("bool", re.compile(r"true|True|TRUE|false|False|FALSE")),
    ("int", re.compile(r"[-+]?0b[0-1_]+|[-+]?0o?[0-7_]+|[-+]?[0-9_]+|[-+]?0x[0-9a-fA-F_]+")),
    (
        "float",
        re.compile(
            r"[-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
            r"|[-+]?\.[0-9_]+([eE][-+][0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
        ),
    ),
    (
        "timestamp",
        re.compile(
            r"\d{4}-\d\d-\d\d|\d{4}-\d\d?-\d\d?([Tt]|[ \t]+)\d\d?:\d\d:\d\d(\.\d*)?([ \t]*(Z|[-+]\d\d?(:\d\d)?))?"
        ),
    ),
    ("merge", re.compile("<<")),
)
_MAYBE = frozenset("~nNtTfF0123456789+-.<")
"""What a plain word begins with that may be anything but text."""


class YamlError(ValueError):
    """Text that is no YAML; `line` counts from 1 and is None where nobody knows."""

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, eq=False)
class Scalar:
    """A single value: its text, and what the text means."""

    line: int
    kind: Kind
    text: str
    marked: bool
    """Whether it bears an anchor or a tag."""


@dataclass(frozen=True, eq=False)
class Sequence:
    """A list of parts."""

    line: int
    parts: "list[Part]"
    marked: bool


@dataclass(frozen=True, eq=False)
class Mapping:
    """Pairs of parts, in the order of the text."""

    line: int
    pairs: "list[tuple[Part, Part]]"
    marked: bool


Part = Scalar | Sequence | Mapping


def compose(text: str) -> Part | None:
    """The one document of `text`; None for an empty one. An alias is the very part it names. Raises YamlError."""
    try:
        return _document(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        # libyaml may place what is missing at the end in a line after the last.
        line = None if mark is None else min(mark.line, text.rstrip("\n").count("\n")) + 1
        raise YamlError(error.problem or str(error), line) from error
    except yaml.YAMLError as error:
        raise YamlError(str(error).splitlines()[0], None) from error


def plain(text: str) -> Any:
    """The document of `text` as Python's own values. Raises YamlError."""
    return _plain(compose(text))


def _plain(part: Part | None) -> Any:
    if isinstance(part, Mapping):
        return {_plain(key): _plain(value) for key, value in part.pairs}
    if isinstance(part, Sequence):
        return [_plain(each) for each in part.parts]
    return None if part is None else _value(part)


def _value(scalar: Scalar) -> str | int | Decimal | bool | date | None:
    try:
        match scalar.kind:
            case "null":
                return None
            case "bool":
                return scalar.text.lower() == "true"
            case "int":
                return int(scalar.text)
            case "float":
                return Decimal(scalar.text)
            case "timestamp":
                is_day = len(scalar.text) == len("2022-09-26")
                return date.fromisoformat(scalar.text) if is_day else datetime.fromisoformat(scalar.text)
    except (ValueError, ArithmeticError) as error:
        raise YamlError(f"{scalar.text!r} cannot be read", scalar.line) from error
    return scalar.text


def _document(events: Iterator[Event]) -> Part | None:
    found: Part | None = None
    documents = 0
    anchors: dict[str, Part] = {}
    for event in events:
        if isinstance(event, DocumentStartEvent):
            documents += 1
            if documents > 1:
                raise YamlError("expected a single document in the stream", _line(event))
        elif isinstance(event, NodeEvent):
            found = _part(event, events, anchors)
    return found


def _line(event: Event) -> int:
    return 1 if event.start_mark is None else event.start_mark.line + 1


def _part(event: Event, events: Iterator[Event], anchors: dict[str, Part]) -> Part:
    if isinstance(event, AliasEvent):
        if event.anchor not in anchors:
            raise YamlError(f"found undefined alias {event.anchor!r}", _line(event))
        return anchors[event.anchor]
    part: Part
    match event:
        case ScalarEvent():
            part = Scalar(_line(event), _kind(event), event.value, _marked(event))
        case MappingStartEvent():
            part = Mapping(_line(event), [], _marked(event))
        case SequenceStartEvent():
            part = Sequence(_line(event), [], _marked(event))
        case _:
            raise YamlError(f"unexpected {event}", _line(event))
    if event.anchor is not None:
        anchors[event.anchor] = part
    _fill(part, events, anchors)
    return part


def _fill(part: Part, events: Iterator[Event], anchors: dict[str, Part]) -> None:
    """Read what is inside a list or a mapping, up to its end."""
    if isinstance(part, Scalar):
        return
    for event in events:
        if isinstance(event, CollectionEndEvent):
            return
        inner = _part(event, events, anchors)
        if isinstance(part, Mapping):
            part.pairs.append((inner, _part(next(events), events, anchors)))
        else:
            part.parts.append(inner)


def _marked(event: ScalarEvent | CollectionStartEvent) -> bool:
    return event.anchor is not None or event.tag is not None


def _kind(event: ScalarEvent) -> Kind:
    """What a plain word means; whatever is quoted, or tagged, is text."""
    if not event.implicit[0] or (event.value and event.value[0] not in _MAYBE):
        return "str"
    return next((kind for kind, pattern in _KINDS if pattern.fullmatch(event.value)), "str")
