"""Corrections: what earlier months should have been, less what was stated of them so far. Pure.

A statement that was paid is never changed. The month is stated again with what is known now, and every line that
differs is posted in the next statement, with the rows that changed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from steelyard.service.pay.metrics import Id, Month, Row
from steelyard.service.pay.people import Member
from steelyard.service.pay.statement import Correction, Line, Payroll, Statement
from steelyard.service.pay.words import NOTES

Stated = dict[tuple[Id, str, str], Line]
"""Agent, month and key of a line → the line as it was last stated or corrected."""


@dataclass(frozen=True)
class Again:
    """An earlier month, stated again with today's knowledge."""

    month: Month
    statements: Sequence[Statement]


def stated(payrolls: Iterable[Payroll]) -> Stated:
    """Every line of the payrolls as it stands after the corrections posted since."""
    found: Stated = {}
    for payroll in sorted(payrolls, key=lambda each: each.month.first):
        for statement in payroll.statements:
            agent = statement.member.agent_id
            found |= {(agent, str(payroll.month), line.key): line for line in statement.lines}
            found |= {(agent, each.month, each.key): each.line for each in statement.corrections}
    return found


def corrections(paid: Sequence[Payroll], again: Sequence[Again]) -> dict[Id, list[Correction]]:
    """Agent → what is to be posted, month by month, in the order of the lines."""
    before = stated(paid)
    found: dict[Id, list[Correction]] = {}
    for month in sorted(again, key=lambda each: each.month.first):
        name = str(month.month)
        now = {(each.member.agent_id, line.key): line for each in month.statements for line in each.lines}
        gone = [(agent, key) for agent, of_month, key in before if of_month == name and (agent, key) not in now]
        for agent, key in (*now, *gone):
            was, line = before.get((agent, name, key)), now.get((agent, key))
            correction = _correction(name, was, line)
            if correction is not None:
                found.setdefault(agent, []).append(correction)
    return found


def _correction(month: str, was: Line | None, line: Line | None) -> Correction | None:
    """None where the amount is as it was stated."""
    some = line or was
    before = was.amount if was is not None else Decimal("0.00")
    now = line.amount if line is not None else Decimal("0.00")
    if some is None or before == now:
        return None
    standing = line or replace(some, amount=now, rows=(), inputs={}, numbers="0")
    return Correction(
        month,
        some.key,
        before,
        now,
        standing,
        tuple(_changed_rows(was.rows if was else (), line.rows if line else ())),
        _changed_inputs(was.inputs if was else {}, line.inputs if line else {}),
    )


def _changed_rows(before: Sequence[Row], now: Sequence[Row]) -> list[tuple[Row | None, Row | None]]:
    old, new = {row.key: row for row in before}, {row.key: row for row in now}
    return [(old.get(key), new.get(key)) for key in sorted({*old, *new}) if old.get(key) != new.get(key)]


def _changed_inputs(before: Mapping[str, str], now: Mapping[str, str]) -> dict[str, tuple[str | None, str | None]]:
    names = dict.fromkeys((*before, *now))
    return {name: (before.get(name), now.get(name)) for name in names if before.get(name) != now.get(name)}


def settled(
    current: Sequence[Statement], again: Sequence[Again], paid: Sequence[Payroll], month: Month
) -> list[Statement]:
    """The month's statements with corrections, what was brought forward and what is carried over.

    Whoever has no statement of the month, and a correction or something brought forward, gets one for that alone.
    Where these would take the pay below the floor of the month, the rest is carried over to the next statement.
    """
    found = corrections(paid, again)
    last = max(paid, key=lambda each: each.month.first, default=None)
    carried = {each.member.agent_id: each.carried_over for each in last.statements if each.carried_over} if last else {}
    have = {each.member.agent_id: each for each in current}
    known = {each.member.agent_id: each.member for payroll in paid for each in payroll.statements}
    known |= {each.member.agent_id: each.member for month_again in again for each in month_again.statements}
    for agent in (*found, *carried):
        if agent not in have:
            have[agent] = _only_corrections(known[agent], month)
    return [
        _with_posts(statement, tuple(found.get(agent, ())), -carried.get(agent, Decimal("0.00")))
        for agent, statement in sorted(have.items(), key=lambda item: (isinstance(item[0], str), item[0]))
    ]


def _only_corrections(member: Member, month: Month) -> Statement:
    return Statement(month, replace(member, days=0, of_days=month.days), (), notes=(NOTES["corrections_only"],))


def _with_posts(statement: Statement, posts: tuple[Correction, ...], brought: Decimal) -> Statement:
    owed = replace(statement, corrections=posts, brought_forward=brought)
    lack = statement.floor - owed.payout
    over = max(lack, Decimal("0.00")) if posts or brought else Decimal("0.00")
    notes = list(statement.notes)
    if brought:
        notes.append(NOTES["brought_forward"])
    if over:
        notes.append(NOTES["carried_over"])
    return replace(owed, carried_over=over, notes=tuple(notes))
