"""A statement: what one agent is paid for one month, line by line. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Literal

from steelyard.service.pay.metrics import Id, Month, Row
from steelyard.service.pay.money import Term, Words, rounded
from steelyard.service.pay.people import Member

Section = Literal["base", "basic_performance", "flexible_performance", "commission", "floor"]
State = Literal["met", "not_met", "no_data"]
SECTIONS: tuple[Section, ...] = ("base", "basic_performance", "flexible_performance", "commission", "floor")


UNSAID = Words("", "")
"""No words: a line read back from a file does not need them."""


@dataclass(frozen=True)
class Line:
    """One amount: its formula in words and numbers, what went in, the rows behind it, and what should be said."""

    key: str
    section: Section
    title: Words
    amount: Decimal
    formula: Words = UNSAID
    numbers: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    notes: tuple[Words, ...] = ()


@dataclass(frozen=True)
class Check:
    """A basic requirement: met, not met, or nothing to tell by."""

    key: str
    title: Words
    state: State
    value: str
    bound: str
    inputs: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Correction:
    """What a line of an earlier month should have been, less what was stated of it so far."""

    month: str
    key: str
    before: Decimal
    now: Decimal
    line: Line
    """The line as it is now."""
    changed_rows: tuple[tuple[Row | None, Row | None], ...] = ()
    """Rows before and now; None where there was or is none."""
    changed_inputs: Mapping[str, tuple[str | None, str | None]] = field(default_factory=dict)

    @property
    def delta(self) -> Decimal:
        """What is posted: now − before."""
        return self.now - self.before


@dataclass(frozen=True)
class Statement:
    """One agent's month. `earned` is of the month itself; corrections are of earlier ones."""

    month: Month
    member: Member
    lines: tuple[Line, ...]
    checks: tuple[Check, ...] = ()
    corrections: tuple[Correction, ...] = ()
    brought_forward: Decimal = Decimal("0.00")
    """Minus what the statement before put off."""
    carried_over: Decimal = Decimal("0.00")
    """What is put off to the next statement, so that the floor is kept."""
    floor: Decimal = Decimal("0.00")
    notes: tuple[Words, ...] = ()

    def section(self, section: Section) -> Decimal:
        """The sum of a section's lines."""
        return total(line.amount for line in self.lines if line.section == section)

    @property
    def performance(self) -> Decimal:
        """绩效工资: basic and flexible performance pay."""
        return self.section("basic_performance") + self.section("flexible_performance")

    @property
    def earned(self) -> Decimal:
        """The sum of the month's own lines, never below the floor."""
        return total(line.amount for line in self.lines)

    @property
    def corrected(self) -> Decimal:
        """The sum of the corrections."""
        return total(each.delta for each in self.corrections)

    @property
    def payout(self) -> Decimal:
        """What is paid: earned, corrections, what was brought forward and what is carried over."""
        return self.earned + self.corrected + self.brought_forward + self.carried_over


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The exact sum, in cents where there is nothing to add."""
    return sum(amounts, Decimal("0.00"))


@dataclass(frozen=True)
class Draft:
    """What a line says beside its formula."""

    key: str
    section: Section
    title: Words
    inputs: Mapping[str, str] = field(default_factory=dict)
    rows: tuple[Row, ...] = ()
    notes: tuple[Words, ...] = ()

    def of(self, term: Term, decimals: int) -> Line:
        """The line whose amount is `term`, rounded."""
        amount = rounded(rounded(term.value, decimals), 2)
        return Line(
            self.key, self.section, self.title, amount, term.words, term.numbers, self.inputs, self.rows, self.notes
        )


@dataclass(frozen=True)
class Payroll:
    """All statements of a month, by agent, and what should be said about them."""

    month: Month
    plan: str
    version: str
    currency: str
    fingerprint: str
    statements: tuple[Statement, ...]
    notes: tuple[Words, ...] = ()

    def of(self, agent: Id) -> Statement | None:
        """The statement of an agent; None where there is none."""
        return next((each for each in self.statements if each.member.agent_id == agent), None)


def changed(correction: Correction) -> list[str]:
    """The rows that changed, each as one text: where it stands, before → now."""
    return [_change(old, new) for old, new in correction.changed_rows]


def _change(old: Row | None, new: Row | None) -> str:
    row = new or old
    place = "" if row is None else f"{row.table} {row.row_id}"
    return f"{place}: {_told(old)} → {_told(new)}"


def _told(row: Row | None) -> str:
    return "–" if row is None else " ".join(part for part in (row.value, row.credit) if part) or "+"
