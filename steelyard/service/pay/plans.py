"""Plan files: read with places, checked whole, and the version in force in a month."""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path

from steelyard.errors import InputError, Problem, RulesError, UsageError
from steelyard.scorecards.check import cover_findings
from steelyard.scorecards.load import validated
from steelyard.scorecards.tree import Node, read_tree
from steelyard.service.pay.metrics import METRICS, Month
from steelyard.service.pay.plan import Incentive, Plan, PlanVersion, Requirement

_SHELF = Path(__file__).parent / "examples"
_ID = re.compile(r"[a-z0-9_]+(/[a-z0-9_]+)?")


def load_plan(place: Path) -> Plan:
    """The plan of a file, or of the files of a folder, which share one id and hold versions of it.

    Raises RulesError with every problem found, UsageError `no-such-file` where there is nothing to read.
    """
    paths = sorted(place.glob("*.yaml")) if place.is_dir() else [place]
    if not paths or not place.exists():
        fix = "name a plan file, or begin with `steelyard pay --example`"
        raise UsageError(Problem("no-such-file", str(place), "there is no pay plan here", fix))
    trees = [read_tree(path) for path in paths]
    problems: list[Problem] = []
    plans: list[Plan] = []
    for tree in trees:
        try:
            plans.append(validated(Plan, tree))
            problems += _findings(plans[-1], tree)
        except RulesError as error:
            problems += error.problems
    if not problems:
        problems += _between(plans, trees)
    if problems:
        raise RulesError(problems)
    versions = sorted((each for plan in plans for each in plan.versions), key=lambda each: each.effective_from)
    return plans[0].model_copy(update={"versions": tuple(versions)})


def in_force(plan: Plan, month: Month) -> PlanVersion:
    """The version that pays a month; InputError where the plan begins later."""
    begun = [each for each in plan.versions if each.effective_from <= month.first]
    if not begun:
        first = plan.versions[0].effective_from
        fix = "give the version that was in force then, as a further item of `versions`"
        raise InputError(Problem("no-plan-in-force", f"{plan.id} {month}", f"the plan begins on {first}", fix))
    return begun[-1]


def examples() -> list[str]:
    """The names of the plans that ship with the engine."""
    return sorted(each.stem for each in _SHELF.glob("*.yaml"))


def example(name: str) -> str:
    """The text of a plan that ships with the engine; UsageError for a name there is none of."""
    if name not in examples():
        fix = f"use one of {', '.join(examples())}"
        raise UsageError(Problem("unknown-plan", f"--example {name}", "there is no such example", fix))
    return (_SHELF / f"{name}.yaml").read_text(encoding="utf-8")


def _findings(plan: Plan, tree: Node) -> Iterator[Problem]:
    """What is wrong with a file that could be read."""
    if not _ID.fullmatch(plan.id):
        said = f"{plan.id!r} is no plan id"
        yield Problem("invalid-id", tree.place_of("id"), said, "use a-z, 0-9 and _, with one / at most")
    for index, version in enumerate(plan.versions):
        node = tree.part("versions", index)
        yield from cover_findings(node)
        yield from _days(version, node)
        yield from _parts(version, node)


def _days(version: PlanVersion, node: Node) -> Iterator[Problem]:
    if version.effective_from.day != 1:
        said = f"{version.effective_from} is not the first of a month"
        fix = "a month is paid by one version: give the first of the month"
        yield Problem("plan-not-monthly", node.place_of("effective_from"), said, fix)


def _parts(version: PlanVersion, node: Node) -> Iterator[Problem]:
    seen: set[str] = set()
    parts: tuple[tuple[str, tuple[Incentive | Requirement, ...]], ...] = (
        ("flexible", version.flexible),
        ("requirements", version.requirements),
    )
    for kind, those in parts:
        for index, each in enumerate(those):
            place = node.part(kind, index)
            if each.id in seen or not _ID.fullmatch(each.id):
                said = f"{each.id!r} stands twice, or is no id"
                yield Problem("invalid-id", place.place_of("id"), said, "give each its own word in a-z, 0-9 and _")
            seen.add(each.id)
            if each.metric not in METRICS:
                fix = f"use one of {', '.join(METRICS)}"
                yield Problem("unknown-metric", place.place_of("metric"), f"there is no metric {each.metric!r}", fix)
            yield from _table(each, place) if isinstance(each, Incentive) else _bound(each, place)


def _bound(requirement: Requirement, node: Node) -> Iterator[Problem]:
    if (requirement.at_least is None) == (requirement.at_most is None):
        said = f"{requirement.id} needs one bound"
        yield Problem("condition-comparison", node.place, said, "give exactly one of at_least and at_most")


def _table(table: Incentive, node: Node) -> Iterator[Problem]:
    if bool(table.steps) == (table.each is not None):
        yield Problem("steps-order", node.place, f"{table.id} needs amounts", "give exactly one of steps and each")
        return
    lows = [step.at_least for step in table.steps if step.at_least is not None]
    highs = [step.at_most for step in table.steps if step.at_most is not None]
    one_way = len(lows) + len(highs) == len(table.steps) and not (lows and highs)
    falling = all(later < before for before, later in pairwise(lows))
    rising = all(later > before for before, later in pairwise(highs))
    if not (one_way and falling and rising):
        fix = "write every step with at_least, from the highest down, or every step with at_most, from the lowest up"
        yield Problem("steps-order", node.place_of("steps"), f"the steps of {table.id} are in no order", fix)


def _between(plans: Iterable[Plan], trees: Iterable[Node]) -> Iterator[Problem]:
    """Files that are no one plan, and versions that begin on one day or have one name."""
    first: Plan | None = None
    days: dict[object, str] = {}
    for plan, tree in zip(plans, trees, strict=True):
        first = first or plan
        if (plan.id, plan.currency) != (first.id, first.currency):
            said = f"{plan.id} in {plan.currency}, not {first.id} in {first.currency}"
            yield Problem("two-plans", tree.place_of("id"), said, "keep one plan per folder")
        for index, version in enumerate(plan.versions):
            for key, what in ((version.effective_from, "effective_from"), (version.version, "version")):
                place = tree.place_of("versions", index, what)
                if key in days:
                    yield Problem("version-twice", place, f"{key} stands at {days[key]} too", "keep one of the two")
                days[key] = place
