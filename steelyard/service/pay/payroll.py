"""The payroll of a month: every member's lines, the floor, then corrections of months paid before. Pure."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from steelyard.service.pay.bonuses import (
    base_lines,
    checks,
    flexible_lines,
    monthly,
    performance_lines,
    regional,
)
from steelyard.service.pay.commission import Books, commission_lines
from steelyard.service.pay.metrics import Month, Readings
from steelyard.service.pay.money import Words, at_least_zero, named, rounded
from steelyard.service.pay.people import Member
from steelyard.service.pay.plan import PlanVersion
from steelyard.service.pay.statement import Draft, Line, Statement, total
from steelyard.service.pay.tables import Entry
from steelyard.service.pay.words import NOTES, TITLES


@dataclass(frozen=True)
class Worked:
    """What is known of a month's work: people, sales, metrics, amounts entered by hand."""

    month: Month
    members: Sequence[Member]
    books: Books
    readings: Readings
    entries: Sequence[Entry] = ()


def statements(version: PlanVersion, worked: Worked) -> list[Statement]:
    """One statement per member who worked in the month, or to whom something of the month belongs."""
    found = (_statement(version, worked, member) for member in worked.members)
    return [each for each in found if each.member.days or any(line.amount or line.rows for line in _own(each))]


def _own(statement: Statement) -> Iterator[Line]:
    """Lines that are the member's alone: the pool is everybody's."""
    return (line for line in statement.lines if line.key != "unassisted")


def _statement(version: PlanVersion, worked: Worked, member: Member) -> Statement:
    own = worked.readings.get(member.agent_id, {})
    colleagues = [each for each in worked.members if each.shop_id == member.shop_id]
    team = [worked.readings.get(each.agent_id, {}) for each in _team(version, member, colleagues)]
    lines = [
        *base_lines(version, member),
        *performance_lines(version, member, own, team),
        *flexible_lines(version, member, own, worked.entries, worked.month),
        *commission_lines(version, member, worked.books, colleagues),
    ]
    floor = _floor_line(version, member, lines)
    least = rounded(monthly(version.floor, member).value, version.rounding.decimals)
    notes = (NOTES["role_unknown"],) if member.role is None and _by_role(version) else ()
    found = tuple(checks(version, member, own))
    return Statement(worked.month, member, (*lines, floor), found, floor=rounded(least, 2), notes=notes)


def _team(version: PlanVersion, member: Member, colleagues: Collection[Member]) -> list[Member]:
    if version.team == "shop":
        return list(colleagues)
    return [each for each in colleagues if each.role == member.role]


def _by_role(version: PlanVersion) -> bool:
    parts = (version.performance, version.commission, *version.flexible, *version.requirements)
    return any(part is not None and part.roles for part in parts)


def _floor_line(version: PlanVersion, member: Member, lines: Sequence[Line]) -> Line:
    """What the other lines lack of the floor; 0 where they reach it."""
    decimals = version.rounding.decimals
    inputs, rows, notes = regional(version.floor, member)
    least = rounded(monthly(version.floor, member).value, decimals)
    floor = named(Words("最低工资", "floor"), least)
    earned = named(Words("各项合计", "lines above"), total(line.amount for line in lines))
    term = at_least_zero(floor - earned)
    said = (*notes, NOTES["floor_reached"]) if term.value else notes
    return replace(Draft("floor", "floor", TITLES["floor"], inputs, rows), notes=said).of(term, decimals)
