"""YAML with places: exact values, and for each of them the file and line it stands in.

Numbers become `int` or `Decimal` straight from their text, so 0.15 is fifteen hundredths and nothing else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from steelyard import yaml12
from steelyard.errors import Problem, RulesError
from steelyard.scorecards.problems import problem

Scalar = str | int | Decimal | bool | date | None

_DIGITS = 30
"""Digits before and after the point that a number may have: far beyond any rule, and quick to reckon with."""
_LONGEST = 60
"""Characters of a value that a message repeats."""
_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True)
class Node:
    """A value and its place; mappings and lists hold further nodes."""

    place: str
    value: "Scalar | dict[str, Node] | list[Node]"

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    @classmethod
    def of(cls, value: Any, place: str) -> "Node":
        """Plain data as a node, all of it at one place."""
        if isinstance(value, dict):
            return cls(place, {str(key): cls.of(inner, place) for key, inner in value.items()})
        if isinstance(value, list | tuple):
            return cls(place, [cls.of(inner, place) for inner in value])
        return cls(place, value)

    def child(self, segment: str | int) -> "Node | None":
        """The part under a key, a list index, or the id of a list item."""
        if isinstance(self.value, dict):
            return self.value.get(str(segment))
        if isinstance(self.value, list):
            for index, node in enumerate(self.value):
                if str(segment) in (str(index), node.id):
                    return node
        return None

    def place_of(self, *path: str | int) -> str:
        """The place of the deepest part that exists on `path`."""
        return self.part(*path).place

    def part(self, *path: str | int) -> "Node":
        """The deepest part that exists on `path`."""
        node = self
        for segment in path:
            inner = node.child(segment)
            if inner is None:
                break
            node = inner
        return node

    @property
    def id(self) -> str | None:
        """The `id` of a mapping that has one."""
        inner = self.value.get("id") if isinstance(self.value, dict) else None
        return inner.value if inner is not None and isinstance(inner.value, str) else None


def read_tree(path: Path, name: str | None = None) -> Node:
    """The YAML file at `path`; `name` is what places call it. RulesError with every problem found."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        found = problem("unreadable-file", name or str(path), f"the file cannot be read ({error})", "give a UTF-8 file")
        raise RulesError(found) from error
    return parse(text, name or str(path))


def parse(text: str, name: str) -> Node:
    """The YAML document `text`; places read `name line N`. RulesError with every problem found."""
    try:
        root = yaml12.compose(text)
    except yaml12.YamlError as error:
        where = name if error.line is None else f"{name} line {error.line}"
        raise RulesError(problem("not-yaml", where, str(error), "mend the YAML there")) from error
    except RecursionError as error:
        raise RulesError(problem("not-yaml", name, "it is nested too deeply", "write fewer levels")) from error
    problems: list[Problem] = []
    tree = _Reader(name, problems).node(root)
    if not problems and not isinstance(tree.value, dict):
        problems.append(problem("not-a-mapping", name, "the file is no mapping of keys to values", "begin with `id:`"))
    if problems:
        raise RulesError(problems)
    return tree


def parse_value(text: str) -> Any:
    """One value as the caller typed it: `10` is a number, `equal` a text, `[a, b]` a list."""
    tree = parse("value: " + text, "value")
    return tree.plain()["value"]


@dataclass(frozen=True)
class _Reader:
    """Turns the composed document into nodes and notes what it does not read."""

    name: str
    problems: list[Problem]

    def node(self, raw: yaml12.Part | None) -> Node:
        if raw is None:
            return Node(self.name, None)
        place = f"{self.name} line {raw.line}"
        if raw.marked:
            self._note_anchor(place)
            return Node(place, None)
        if isinstance(raw, yaml12.Mapping):
            return Node(place, dict(self._pairs(raw)))
        if isinstance(raw, yaml12.Sequence):
            return Node(place, [self.node(item) for item in raw.parts])
        return Node(place, self._scalar(raw, place))

    def _note_anchor(self, place: str) -> None:
        self.problems.append(
            problem(
                "anchors-not-read",
                place,
                "anchors, tags and merge keys are not read",
                "write the value out here",
            )
        )

    def _pairs(self, raw: yaml12.Mapping) -> Iterator[tuple[str, Node]]:
        seen: dict[str, int] = {}
        for key, value in raw.pairs:
            where = f"{self.name} line {key.line}"
            if not isinstance(key, yaml12.Scalar):
                self.problems.append(problem("wrong-type", where, "a key must be a word", "write `key: value`"))
                continue
            if key.kind == "merge":
                self._note_anchor(where)
                continue
            if key.text in seen:
                said = f"{key.text!r} already stands in line {seen[key.text]}"
                self.problems.append(problem("duplicate-key", where, said, "keep one of the two"))
            seen[key.text] = key.line
            node = self.node(value)
            yield key.text, Node(where if isinstance(node.value, dict | list) else node.place, node.value)

    def _scalar(self, raw: yaml12.Scalar, place: str) -> Scalar:
        readers: dict[str, Callable[[str], Scalar]] = {
            "int": _whole,
            "float": _number,
            "bool": lambda text: _FLAGS[text.lower()],
            "null": lambda _: None,
            "timestamp": _time,
        }
        if raw.kind not in readers:
            return raw.text
        try:
            return readers[raw.kind](raw.text)
        except (ValueError, InvalidOperation, KeyError):
            what = "day or time" if raw.kind == "timestamp" else "number"
            said = f"{raw.text[:_LONGEST]!r} is not a {what} that can be read"
            self.problems.append(problem("wrong-value", place, said, "write a plain number or YYYY-MM-DD [HH:MM:SS]"))
            return None


def _whole(text: str) -> int:
    number = int(text.replace("_", ""), 0 if text[:2] in ("0x", "0o") else 10)
    if abs(number) >= 10**_DIGITS:
        raise ValueError(text)
    return number


def _number(text: str) -> Decimal:
    number = Decimal(text.replace("_", ""))
    exponent = number.as_tuple().exponent
    if not isinstance(exponent, int) or exponent < -_DIGITS or number.adjusted() >= _DIGITS:
        raise ValueError(text)
    return number


def _time(text: str) -> date:
    return date.fromisoformat(text) if len(text) == len("2022-09-26") else datetime.fromisoformat(text)
