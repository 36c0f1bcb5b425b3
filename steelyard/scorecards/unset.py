"""Numbers that nobody publishes and that a scorecard's user must give: the word `required`."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from steelyard.errors import RulesError, UsageError
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.problems import problem
from steelyard.scorecards.rule import REQUIRED, Open

_MAY_STAY = ("effects",)
"""Parts that may stay unset: an effect without its threshold is told to be so, everything else decides the score."""


def settled(number: Open | int) -> Decimal:
    """A number that has been given; RulesError `required-parameter` where it has not."""
    if not isinstance(number, str):
        return Decimal(number)
    fix = "give it by --set PATH=VALUE, or in a file that extends the scorecard"
    raise RulesError(problem("required-parameter", "scorecard", "a number that is not published is not set", fix))


def unset(scorecard: Scorecard) -> list[str]:
    """The paths of the numbers that must be given before the scorecard can be scored."""
    data = scorecard.model_dump(exclude_unset=True)
    return [path for key, value in data.items() if key not in _MAY_STAY for path in _walk(value, key)]


def _walk(value: Any, path: str) -> Iterator[str]:
    if value == REQUIRED:
        yield path
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _walk(inner, f"{path}.{key}")
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            name = inner.get("id", index) if isinstance(inner, Mapping) else index
            yield from _walk(inner, f"{path}.{name}")


def refuse_unset(scorecard: Scorecard) -> None:
    """UsageError `required-parameter` with every number that is missing, and how to give it."""
    paths = unset(scorecard)
    if paths:
        raise UsageError(
            [
                problem(
                    "required-parameter",
                    f"{scorecard.name} {path}",
                    "this number is not published and has no default",
                    f"give it by --set {path}=VALUE, or in a file that extends {scorecard.name}",
                )
                for path in paths
            ]
        )
