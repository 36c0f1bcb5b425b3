"""Targets: what a number is held against, how far it is from there, and what it takes to get there, by integers.

Values are compared as they are shown: in millionths, rounded half up. A target is met where the shown value reaches it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from steelyard.fixed import MILLION
from steelyard.measures import TOTALS, Unit
from steelyard.service.settings import Bound

Source = Literal["industry_mean", "industry_best10", "team_mean", "team_best10", "past", "platform"]
"""Where a target comes from: shops of the category, agents of shop and role, the subject before, the platform."""
KINDS: Mapping[str, tuple[Source, ...]] = {
    "industry": ("industry_mean", "industry_best10"),
    "team": ("team_mean", "team_best10"),
    "past": ("past",),
    "platform": ("platform",),
}
"""Sources by the word that asks for them."""
CENT = MILLION // 100
"""The least amount of money, in millionths."""

Reached = Literal["exact", "at_most"]
"""Whether every row an agent gains is one of the shop's, or may be lost to another agent's part of it."""


@dataclass(frozen=True)
class Number:
    """One number of a subject: whole `numerator` and `denominator`, of money the numerator in millionths."""

    numerator: int
    denominator: int
    unit: Unit

    @property
    def value(self) -> int | None:
        """Numerator ÷ denominator in millionths, rounded half up; None without a denominator."""
        if not self.denominator:
            return None
        return (2 * self.numerator * self.scale + self.denominator) // (2 * self.denominator)

    @property
    def scale(self) -> int:
        """Millionths that one of the numerator is worth."""
        return 1 if self.unit == "money" else MILLION

    @property
    def step(self) -> int:
        """The least by which the numerator can change."""
        return CENT if self.unit == "money" else 1

    def changed(self, by: int) -> "Number":
        """The same rows with so much more in the numerator; never below nothing, of a rate never above all."""
        numerator = max(self.numerator + by, 0)
        return Number(
            min(numerator, self.denominator) if self.unit == "rate" else numerator, self.denominator, self.unit
        )


@dataclass(frozen=True)
class Goal:
    """A value to reach: `target` in millionths, and on which side of it."""

    target: int
    bound: Bound

    @property
    def upwards(self) -> bool:
        """Whether higher values are better."""
        return self.bound in {"at_least", "above"}

    @property
    def reached_at(self) -> int:
        """The worst shown value that meets it, in millionths."""
        beyond = {"at_least": 0, "above": 1, "at_most": 0, "below": -1}
        return self.target + beyond[self.bound]

    def met_by(self, value: int) -> bool:
        """Whether a shown value meets it."""
        return value >= self.reached_at if self.upwards else value <= self.reached_at

    def gap(self, value: int) -> int:
        """How far a value is from the target, in millionths; negative beyond it."""
        return self.target - value if self.upwards else value - self.target


def needed(number: Number, goal: Goal) -> int | None:
    """By how much the numerator must change, at least, so that the shown value meets the goal; rows stay as they are.

    Positive means more where higher is better and fewer where lower is; 0 where it is met. None where no change does
    it, and without a denominator.
    """
    value, rows = number.value, number.denominator
    if value is None:
        return None
    if goal.met_by(value):
        return 0
    worst = goal.reached_at
    if goal.upwards:
        least = -((rows - 2 * rows * worst) // (2 * number.scale))
        by = _in_steps(least - number.numerator, number.step)
        possible = number.unit != "rate" or number.numerator + by <= rows
    else:
        most = (2 * rows * worst + rows - 1) // (2 * number.scale)
        by = _in_steps(number.numerator - most, number.step)
        possible = by <= number.numerator
    return by if possible else None


def _in_steps(by: int, step: int) -> int:
    return -(-by // step) * step


def worth(shop: Number | None, goal: Goal, by: int | None) -> int | None:
    """By how much the shop's shown value changes, in millionths, as its numerator does; None if it has none."""
    if shop is None or by is None or shop.value is None:
        return None
    after = shop.changed(by if goal.upwards else -by).value
    return None if after is None else after - shop.value


def reached(fact: str) -> Reached:
    """How the shop's number follows an agent's: a consumer's day belongs to every agent with a message of it."""
    return "at_most" if fact == "consumer_days" else "exact"


def number_of(row: Mapping[str, Any]) -> Number | None:
    """The number of a row of `report`; None where it has no data."""
    if row["value"] is None:
        return None
    numerator = row["numerator"]
    whole = int(Decimal(numerator).scaleb(6)) if row["unit"] == "money" else int(numerator)
    return Number(whole, 1 if row["unit"] in TOTALS else row["denominator"], row["unit"])
