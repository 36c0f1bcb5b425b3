"""`--set PATH=VALUE`: a scorecard with single values replaced by the caller."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from steelyard.errors import Problem, RulesError, UsageError
from steelyard.scorecards.check import rule_findings
from steelyard.scorecards.covers import Leaf, narrowed, scorecard_leaves
from steelyard.scorecards.load import validated
from steelyard.scorecards.model import Assumption, Scorecard, Source
from steelyard.scorecards.problems import problem
from steelyard.scorecards.rule import Text
from steelyard.scorecards.tree import Node, parse_value

Entry = TypeVar("Entry", Source, Assumption)

NAMES = (
    "id", "version", "platform", "subject", "sources", "assumptions", "replaces", "published_on", "effective_from",
    "restates_history",
)  # fmt: skip
"""What a scorecard is called and judges, since when, and what stands behind its numbers: only its file says so."""

SET_BY_CALLER = Text(zh="由调用者设定", en="set by the caller")


def set_values(scorecard: Scorecard, values: Mapping[str, str]) -> Scorecard:
    """`scorecard` with the value at each path replaced and marked as assumed; UsageError with all problems.

    Paths have dots, list items go by id: `volume.minimum`, `dimensions.goods.weight`. Values are YAML.
    """
    data = Node.of(scorecard.model_dump(exclude_unset=True), "").plain()
    problems = [_not_settable(path) for path in values if path.split(".")[0] in NAMES]
    problems += put_values(data, values, "the scorecard")
    if problems:
        raise UsageError(problems)
    changed = _valid(data, ", ".join(f"--set {path}" for path in values))
    return _covered_anew(scorecard, changed, list(values))


def put_values(data: Any, values: Mapping[str, str], what: str) -> list[Problem]:
    """Put the value at each path into plain data, and tell what could not be; `what` is what the data are called."""
    problems: list[Problem] = []
    for path, text in values.items():
        try:
            _put(data, path.split("."), parse_value(text))
        except RulesError as error:
            problems.extend(Problem(found.code, f"--set {path}", found.message, found.fix) for found in error.problems)
        except LookupError as error:
            said = f"{what} has no part {error.args[0]!r}"
            problems.append(problem("unknown-path", f"--set {path}", said, "write the path as the file's keys and ids"))
    return problems


def _not_settable(path: str) -> Problem:
    said = "it names the scorecard, and results must not go by another's name"
    fix = "write a file that extends the scorecard, and give it with --rules"
    return Problem("not-settable", f"--set {path}", said, fix)


def _put(data: Any, path: list[str], value: Any) -> None:
    for segment in path[:-1]:
        data = _part(data, segment)
    if isinstance(data, dict):
        data[path[-1]] = value
    elif isinstance(data, list) and path[-1].isdecimal() and int(path[-1]) < len(data):
        data[int(path[-1])] = value
    else:
        raise LookupError(path[-1])


def _part(data: Any, segment: str) -> Any:
    if isinstance(data, dict) and segment in data:
        return data[segment]
    if isinstance(data, list):
        for index, item in enumerate(data):
            if segment == str(index) or (isinstance(item, dict) and item.get("id") == segment):
                return item
    raise LookupError(segment)


def _valid(data: dict[str, Any], place: str) -> Scorecard:
    tree = Node.of(data, place)
    try:
        scorecard = validated(Scorecard, tree)
    except RulesError as error:
        raise UsageError(error.problems) from error
    problems = rule_findings(scorecard, tree)
    if problems:
        raise UsageError(problems)
    return scorecard


def _covered_anew(before: Scorecard, after: Scorecard, paths: list[str]) -> Scorecard:
    old, new = scorecard_leaves(before), scorecard_leaves(after)
    touched = {leaf.name for leaf in new for path in paths if leaf.met_by(path) or leaf.met_by(f"{path}.**")}
    if not touched:
        return after
    ours = Assumption(covers=tuple(sorted(touched)), why=SET_BY_CALLER)
    sources = _narrowed(after.sources, old, new, touched)
    assumptions = (*_narrowed(after.assumptions, old, new, touched), ours)
    return after.model_copy(update={"sources": sources, "assumptions": assumptions})


def _narrowed(entries: Sequence[Entry], old: list[Leaf], new: list[Leaf], touched: set[str]) -> tuple[Entry, ...]:
    return tuple(
        entry.model_copy(update={"covers": tuple(covers)})
        for entry in entries
        if (covers := narrowed(entry.covers, old, new, touched))
    )
