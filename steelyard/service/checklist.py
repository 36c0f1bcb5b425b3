"""What checkers of sessions look at, and what each number of points stands for; one file, or the user's own."""

from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from steelyard.errors import Problem, RulesError
from steelyard.scorecards.load import validated
from steelyard.scorecards.model import Assumption, Source
from steelyard.scorecards.problems import problem
from steelyard.scorecards.rule import Rule, Text
from steelyard.scorecards.tree import Node, read_tree


class Level(Rule):
    """What so many points stand for."""

    points: int
    """The points."""
    says: Text
    """How such a session is."""


class Item(Rule):
    """One thing to be looked at."""

    id: str
    """Its name in the file."""
    item: str
    """Its name in the column `item` of `quality_checks`."""
    title: Text
    """What people call it."""
    looks_at: Text
    """What it is about."""
    levels: tuple[Level, ...]
    """What each number of points stands for, from the lowest to the highest."""


class Checklist(Rule):
    """Everything a checker looks at in one session."""

    id: str
    """Its name."""
    title: Text
    """What people call it."""
    lowest: int
    """The fewest points of an item."""
    highest: int
    """The most points of an item."""
    items: tuple[Item, ...]
    """The items in the order of the form."""
    sources: tuple[Source, ...] = ()
    """Numbers that are published, and where."""
    assumptions: tuple[Assumption, ...] = ()
    """Numbers that are ours, and why."""


_LEAST, _MOST = 0, 10
"""The scores that `quality_checks` can hold."""


def checklist_of(own: Path | None = None) -> Checklist:
    """The checklist that comes with the program, or a file of the user's; RulesError where that does not stand."""
    tree = checklist_tree(own)
    checklist = validated(Checklist, tree)
    problems = list(_findings(checklist, tree))
    if problems:
        raise RulesError(problems)
    return checklist


def checklist_tree(own: Path | None = None) -> Node:
    """The checklist as a tree with places."""
    if own is not None:
        return read_tree(own)
    return read_tree(Path(str(files("steelyard.service") / "checks" / "pdd.yaml")), "checks/pdd.yaml")


def _findings(checklist: Checklist, tree: Node) -> Iterator[Problem]:
    """What a model cannot see: names that repeat, points without words, bounds the events cannot hold."""
    if not _LEAST <= checklist.lowest < checklist.highest <= _MOST:
        fix = f"let `lowest` and `highest` ascend from {_LEAST} to {_MOST}"
        yield problem("curve-order", tree.place_of("lowest"), "the points do not fit `quality_checks`", fix)
    seen: set[str] = set()
    for item in checklist.items:
        place = tree.place_of("items", item.id)
        for name in {item.id, item.item} & seen:
            yield problem("duplicate-id", place, f"there are two items {name}", "rename one")
        seen |= {item.id, item.item}
        if [level.points for level in item.levels] != list(range(checklist.lowest, checklist.highest + 1)):
            fix = f"write one level for each of {checklist.lowest} to {checklist.highest}, in order"
            yield problem("curve-order", place, f"{item.id}: the levels are not those points", fix)
