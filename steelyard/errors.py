"""What can go wrong, as one tree.

SteelyardError            every failure a user can meet; carries the problems, each with a place and a fix
├── InputError    exit 1  the events or another input file break their contract
├── RulesError    exit 1  a scorecard breaks the rules of scorecards
├── UsageError    exit 2  the call itself is wrong
└── EngineError   exit 3  an engine or a database failed
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, order=True)
class Problem:
    """One thing that is wrong: where it is, a stable code, what it is, and how to mend it.

    >>> print(Problem("unknown-shop", "orders.parquet row 812", "shop 77 is not in shops", "add it to shops"))
    orders.parquet row 812: unknown-shop: shop 77 is not in shops; add it to shops
    """

    code: str
    where: str
    message: str
    fix: str

    def __str__(self) -> str:
        return f"{self.where}: {self.code}: {self.message}; {self.fix}"


class SteelyardError(Exception):
    """A failure with all its problems, never only the first."""

    exit_code: ClassVar[int] = 1

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = (problems,) if isinstance(problems, Problem) else tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class InputError(SteelyardError):
    """The events, or another file the user gave, break their contract."""


class RulesError(SteelyardError):
    """A scorecard breaks the rules of scorecards."""


class UsageError(SteelyardError):
    """The call itself is wrong."""

    exit_code = 2


class EngineError(SteelyardError):
    """An engine or a database failed; the input may be fine."""

    exit_code = 3
