"""YAML with places: exact values, and for each of them the file and line it stands in.

Numbers become `int` or `Decimal` straight from their text, so 0.15 is fifteen hundredths and nothing else.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from steelyard.errors import Problem, RulesError
from steelyard.scorecards.problems import problem

Scalar = str | int | Decimal | bool | date | None

_TAG = "tag:yaml.org,2002:"
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
        root = YAML(typ="safe", pure=True).compose(text)
    except YAMLError as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        where = f"{name} line {mark.line + 1}" if mark else name
        said = (error.problem if isinstance(error, MarkedYAMLError) else None) or str(error).splitlines()[0]
        raise RulesError(problem("not-yaml", where, said, "mend the YAML there")) from error
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

    def node(self, raw: Any) -> Node:
        place = self.name if raw is None else f"{self.name} line {raw.start_mark.line + 1}"
        if raw is None:
            return Node(place, None)
        if raw.anchor or not str(raw.tag).startswith(_TAG):
            self._note_anchor(place)
            return Node(place, None)
        if isinstance(raw, MappingNode):
            return Node(place, dict(self._pairs(raw)))
        if isinstance(raw, SequenceNode):
            return Node(place, [self.node(item) for item in raw.value])
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

    def _pairs(self, raw: MappingNode) -> Iterator[tuple[str, Node]]:
        seen: dict[str, int] = {}
        for key, value in raw.value:
            line = key.start_mark.line + 1
            where = f"{self.name} line {line}"
            if not isinstance(key, ScalarNode):
                self.problems.append(problem("wrong-type", where, "a key must be a word", "write `key: value`"))
                continue
            if str(key.tag) == _TAG + "merge":
                self._note_anchor(where)
                continue
            if key.value in seen:
                said = f"{key.value!r} already stands in line {seen[key.value]}"
                self.problems.append(problem("duplicate-key", where, said, "keep one of the two"))
            seen[key.value] = line
            node = self.node(value)
            yield key.value, Node(where if isinstance(node.value, dict | list) else node.place, node.value)

    def _scalar(self, raw: ScalarNode, place: str) -> Scalar:
        kind = str(raw.tag).removeprefix(_TAG)
        readers: dict[str, Callable[[str], Scalar]] = {
            "int": _whole,
            "float": _number,
            "bool": lambda text: _FLAGS[text.lower()],
            "null": lambda _: None,
            "timestamp": _time,
        }
        if kind not in readers:
            return str(raw.value)
        try:
            return readers[kind](raw.value)
        except (ValueError, InvalidOperation, KeyError):
            what = "day or time" if kind == "timestamp" else "number"
            said = f"{raw.value[:_LONGEST]!r} is not a {what} that can be read"
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
