"""Reading scorecard files: YAML with places in, a Scorecard out, every problem at once."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from steelyard.errors import Problem, RulesError
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.overlay import check_overlay, overlaid
from steelyard.scorecards.problems import Code, problem
from steelyard.scorecards.tree import Node, read_tree

Model = TypeVar("Model", bound=BaseModel)
Find = Callable[[str], Path | None]
"""From `id@version` to the file of that scorecard, None where there is none."""


@dataclass(frozen=True)
class Loaded:
    """A scorecard with the places of its parts, the file it came from and whether it extends another."""

    scorecard: Scorecard
    tree: Node
    path: Path
    extends: str | None = None


def load(path: Path, find: Find = lambda _: None) -> Scorecard:
    """The scorecard in the file at `path`; `find` knows the bases it may extend. RulesError with all."""
    return read(path, find).scorecard


def read(path: Path, find: Find = lambda _: None) -> Loaded:
    """As `load`, with the places of all parts."""
    tree, base = _whole_tree(path, find, ())
    return Loaded(validated(Scorecard, tree), tree, path, base)


def shown_name(path: Path) -> str:
    """What places call a file: from the library's root on, or the path as given."""
    _, found, inside = path.as_posix().rpartition("/scorecards/library/")
    return inside if found else str(path)


def _whole_tree(path: Path, find: Find, chain: tuple[str, ...]) -> tuple[Node, str | None]:
    """The file's tree, laid over its base's where it extends one, and the base's name."""
    tree = read_tree(path, shown_name(path))
    named = tree.child("extends")
    if named is None:
        return tree, None
    name = str(named.value)
    if name in chain or name == _own_name(tree):
        raise RulesError(
            problem("extends-cycle", named.place, f"{name} comes back to itself", "extend another version")
        )
    file = find(name)
    if file is None:
        fix = "name it as `id@version`, as `steelyard scorecards list` shows it"
        raise RulesError(problem("unknown-base", named.place, f"there is no scorecard {name}", fix))
    base, _ = _whole_tree(file, find, (*chain, name))
    problems = check_overlay(base, tree)
    if problems:
        raise RulesError(problems)
    return overlaid(base, tree), name


def _own_name(tree: Node) -> str:
    return "@".join(str(part.value) for key in ("id", "version") if (part := tree.child(key)) is not None)


def validated(model: type[Model], tree: Node) -> Model:
    """`tree` as `model`; RulesError with every problem, each at its line."""
    problems = list(_stray_flags(tree))
    try:
        value = model.model_validate(tree.plain())
    except ValidationError as error:
        problems.extend(explained(error, tree, model))
        raise RulesError(sorted(set(problems), key=_order)) from error
    if problems:
        raise RulesError(problems)
    return value


def _order(found: Problem) -> tuple[str, int, str]:
    name, _, line = found.where.rpartition(" line ")
    return name, int(line) if line.isdigit() else 0, found.code


_FLAG_KEYS = {"difference", "needed", "restates_history", "self_contained"}
_FREE_KEYS = {"params", "events", "defaults", "expect", "values"}


def _stray_flags(node: Node, key: str = "") -> Iterable[Problem]:
    """`true` and `false` where a number or text belongs: Python would take them for 1 and 0."""
    if isinstance(node.value, bool) and key not in _FLAG_KEYS:
        yield problem("wrong-type", node.place, f"{key!r} is true or false", "write a number or a text")
    if key in _FREE_KEYS:
        return
    if isinstance(node.value, dict):
        for name, inner in node.value.items():
            yield from _stray_flags(inner, name)
    elif isinstance(node.value, list):
        for inner in node.value:
            yield from _stray_flags(inner, key)


def explained(error: ValidationError, tree: Node, model: type[BaseModel]) -> list[Problem]:
    """A model's complaints as problems with places; the branches of a union become one problem."""
    grouped: dict[tuple[str | int, ...], list[ErrorDetails]] = {}
    for detail in error.errors(include_url=False):
        grouped.setdefault(_real_path(detail, tree), []).append(detail)
    known = field_names(model)
    return [
        _one_problem(path, details, tree, known)
        for path, details in grouped.items()
        if not _follows_from_parts(path, details, grouped)
    ]


def _follows_from_parts(
    path: tuple[str | int, ...], details: list[ErrorDetails], others: Iterable[tuple[str | int, ...]]
) -> bool:
    """Whether it only repeats a complaint about a part: other branches of a union, a list short of items."""
    deeper = any(other[: len(path)] == path and len(other) > len(path) for other in others)
    return deeper and (len(details) > 1 or details[0]["type"] == "too_short")


def _real_path(detail: ErrorDetails, tree: Node) -> tuple[str | int, ...]:
    """The part of an error's location that exists in the file (unions add segments), and a missing key."""
    node: Node | None = tree
    path: list[str | int] = []
    for position, segment in enumerate(detail["loc"]):
        inner = node.child(segment) if node is not None else None
        last = position == len(detail["loc"]) - 1
        if inner is not None:
            node = inner
            path.append(segment)
        elif last and detail["type"] == "missing":
            path.append(segment)
    return tuple(path)


def _one_problem(path: tuple[str | int, ...], details: list[ErrorDetails], tree: Node, known: Iterable[str]) -> Problem:
    where, key = tree.place_of(*path), str(path[-1]) if path else ""
    kind = details[0]["type"]
    if kind == "missing":
        code: Code = "missing-text" if key in ("zh", "en") else "missing-key"
        return problem(code, where, f"{_dotted(path)} is missing", f"add `{key}:`")
    if kind == "union_tag_not_found":
        named = str(details[0].get("ctx", {}).get("discriminator", "'curve'")).strip("'")
        return problem("missing-key", where, f"{_dotted(path)} does not say which kind it is", f"add `{named}:`")
    if kind == "extra_forbidden":
        near = difflib.get_close_matches(key, list(set(known) - {key}), 1)
        fix = f"did you mean `{near[0]}`?" if near else "remove it"
        return problem("unknown-key", where, f"there is no key {key!r} here", fix)
    said = " or ".join(dict.fromkeys(detail["msg"] for detail in details))
    return problem(_code(kind), where, f"{_dotted(path)}: {said}", "give a value of that kind")


def _code(kind: str) -> Code:
    if kind.endswith(("_type", "_parsing", "_from_float", "_inexact", "_attributes_type")):
        return "wrong-type"
    if kind.startswith(("greater_than", "less_than", "too_short", "too_long")):
        return "out-of-range"
    return "wrong-value"


def _dotted(path: Iterable[str | int]) -> str:
    return ".".join(map(str, path)) or "the file"


def field_names(model: type[BaseModel]) -> set[str]:
    """The keys of a model and of all its parts: what a misspelt key may have meant."""
    schema = model.model_json_schema()
    shapes: list[Mapping[str, Any]] = [schema, *schema.get("$defs", {}).values()]
    return {key for shape in shapes for key in shape.get("properties", {})} | (
        {"extends"} if model is Scorecard else set()
    )
