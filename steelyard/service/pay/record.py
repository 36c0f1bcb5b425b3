"""Statements as JSON: what is written for a month, and what earlier months are read back from.

Amounts and times are text, so that no digit is lost; the same payroll is always the same text. Rows of a pool that
everybody shares stand once, under `pools`.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from steelyard.errors import InputError, Problem
from steelyard.service.pay.metrics import Id, Month, Row
from steelyard.service.pay.money import Words
from steelyard.service.pay.people import Member
from steelyard.service.pay.statement import SECTIONS, UNSAID, Correction, Line, Payroll, Section, Statement, total

POOL = "unassisted"
"""The key of the line whose rows are everybody's."""


def text_of(payroll: Payroll) -> str:
    """The payroll as JSON text."""
    return json.dumps(record(payroll), ensure_ascii=False, indent=1) + "\n"


def record(payroll: Payroll) -> dict[str, Any]:
    """The payroll as plain data."""
    pools = {
        str(each.member.shop_id): [_row(row) for row in line.rows]
        for each in payroll.statements
        for line in each.lines
        if line.key == POOL
    }
    return {
        "plan": payroll.plan,
        "version": payroll.version,
        "month": str(payroll.month),
        "currency": payroll.currency,
        "fingerprint": payroll.fingerprint,
        "notes": [_words(each) for each in payroll.notes],
        "statements": [_statement(each) for each in payroll.statements],
        "teams": teams(payroll),
        "pools": pools,
    }


def teams(payroll: Payroll) -> list[dict[str, Any]]:
    """Totals per shop, then of all; each is the sum of its statements."""
    shops = dict.fromkeys(each.member.shop_id for each in payroll.statements)
    found = [_totals(shop, [each for each in payroll.statements if each.member.shop_id == shop]) for shop in shops]
    return [*found, _totals(None, list(payroll.statements))]


def _totals(shop: Id | None, statements: list[Statement]) -> dict[str, Any]:
    lines: dict[str, Decimal] = {}
    for statement in statements:
        for line in statement.lines:
            lines[line.key] = lines.get(line.key, Decimal("0.00")) + line.amount
    sums = {name: total(amounts(each)[name] for each in statements) for name in AMOUNTS}
    return {
        "shop_id": shop,
        "agents": len(statements),
        **{name: str(amount) for name, amount in sums.items()},
        "lines": {key: str(amount) for key, amount in lines.items()},
    }


AMOUNTS = (*SECTIONS, "performance", "earned", "corrections", "brought_forward", "carried_over", "payout")
"""The amounts of a statement beside its lines."""


def amounts(statement: Statement) -> dict[str, Decimal]:
    """Every amount of a statement beside its lines, by name."""
    return {
        **{section: statement.section(section) for section in SECTIONS},
        "performance": statement.performance,
        "earned": statement.earned,
        "corrections": statement.corrected,
        "brought_forward": statement.brought_forward,
        "carried_over": statement.carried_over,
        "payout": statement.payout,
    }


def _statement(statement: Statement) -> dict[str, Any]:
    member = statement.member
    return {
        "agent_id": member.agent_id,
        "name": member.name,
        "shop_id": member.shop_id,
        "role": member.role,
        "region": member.region,
        "days": member.days,
        "of_days": member.of_days,
        "joined_on": _text(member.joined_on),
        "left_on": _text(member.left_on),
        "lines": [_line(each) for each in statement.lines],
        "requirements": [
            {"id": each.key, "title": _words(each.title), "state": each.state, "value": each.value,
             "bound": each.bound, "inputs": dict(each.inputs)} for each in statement.checks
        ],
        "corrections": [_correction(each) for each in statement.corrections],
        "floor_amount": str(statement.floor),
        "brought_forward": str(statement.brought_forward),
        "carried_over": str(statement.carried_over),
        "amounts": {name: str(amount) for name, amount in amounts(statement).items()},
        "notes": [_words(each) for each in statement.notes],
    }  # fmt: skip


def _line(line: Line) -> dict[str, Any]:
    return {
        "key": line.key,
        "section": line.section,
        "title": _words(line.title),
        "amount": str(line.amount),
        "formula": _words(line.formula),
        "numbers": line.numbers,
        "inputs": dict(line.inputs),
        "rows": [] if line.key == POOL else [_row(each) for each in line.rows],
        "notes": [_words(each) for each in line.notes],
    }


def _correction(correction: Correction) -> dict[str, Any]:
    return {
        "month": correction.month,
        "key": correction.key,
        "title": _words(correction.line.title),
        "before": str(correction.before),
        "now": str(correction.now),
        "delta": str(correction.delta),
        "changed_rows": [
            {"before": None if old is None else _row(old), "now": None if new is None else _row(new)}
            for old, new in correction.changed_rows
        ],
        "changed_inputs": {name: list(pair) for name, pair in correction.changed_inputs.items()},
        "line": {**_line(correction.line), "rows": [_row(each) for each in correction.line.rows]},
    }


def _row(row: Row) -> dict[str, Any]:
    found = {
        "table": row.table, "row_id": row.row_id, "value": row.value, "credit": row.credit,
        "session_id": row.session_id, "message_at": _text(row.message_at),
    }  # fmt: skip
    return {name: value for name, value in found.items() if value not in {None, ""}}


def _text(value: date | datetime | None) -> str | None:
    return None if value is None else str(value)


def _words(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


class _Part(BaseModel):
    """What is read back of a payroll; the rest of the file is for people."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class _Text(_Part):
    zh: str
    en: str

    @property
    def words(self) -> Words:
        return Words(self.zh, self.en)


class _Row(_Part):
    table: str
    row_id: int | str
    value: str = ""
    credit: str = ""
    session_id: int | str | None = None
    message_at: datetime | None = None

    @property
    def row(self) -> Row:
        return Row(self.table, self.row_id, self.value, self.credit, self.session_id, self.message_at)


class _Line(_Part):
    key: str
    section: Section
    title: _Text
    amount: Decimal
    numbers: str
    inputs: dict[str, str]
    rows: tuple[_Row, ...]

    def line(self, pool: tuple[Row, ...] = ()) -> Line:
        rows = tuple(each.row for each in self.rows) or pool
        words = self.title.words
        return Line(self.key, self.section, words, self.amount, UNSAID, self.numbers, self.inputs, rows)


class _Correction(_Part):
    month: str
    key: str
    before: Decimal
    now: Decimal
    line: _Line


class _Statement(_Part):
    agent_id: int | str
    name: str
    shop_id: int | str
    role: str | None
    region: str | None
    days: int
    of_days: int
    lines: tuple[_Line, ...]
    corrections: tuple[_Correction, ...]
    brought_forward: Decimal
    carried_over: Decimal
    floor_amount: Decimal
    amounts: dict[str, Decimal]


class _Payroll(_Part):
    plan: str
    version: str
    month: str
    currency: str
    fingerprint: str
    statements: tuple[_Statement, ...]
    pools: dict[str, tuple[_Row, ...]]


def read_record(text: str, where: str) -> Payroll:
    """A payroll as it was written; InputError `not-a-payroll` for anything else, and where its sums do not hold."""
    fix = "name the folder that `steelyard pay --out` wrote, unchanged"
    try:
        found = _Payroll.model_validate_json(text)
        month = Month.of(date.fromisoformat(f"{found.month}-01"))
    except (ValidationError, ValueError) as error:
        message = str(error).splitlines()[0]
        raise InputError(Problem("not-a-payroll", where, message, fix)) from error
    pools = {shop: tuple(each.row for each in rows) for shop, rows in found.pools.items()}
    statements = tuple(_restored(each, month, pools) for each in found.statements)
    for old, new in zip(found.statements, statements, strict=True):
        if old.amounts != amounts(new):
            message = f"the lines of agent {old.agent_id} do not add up to its amounts"
            raise InputError(Problem("not-a-payroll", where, message, fix))
    return Payroll(month, found.plan, found.version, found.currency, found.fingerprint, statements)


def _restored(found: _Statement, month: Month, pools: Mapping[str, tuple[Row, ...]]) -> Statement:
    pool = pools.get(str(found.shop_id), ())
    member = Member(
        found.agent_id, found.shop_id, found.name, found.role, found.region, found.days, found.of_days
    )  # fmt: skip
    return Statement(
        month,
        member,
        tuple(each.line(pool if each.key == POOL else ()) for each in found.lines),
        corrections=tuple(
            Correction(each.month, each.key, each.before, each.now, each.line.line()) for each in found.corrections
        ),
        brought_forward=found.brought_forward,
        carried_over=found.carried_over,
        floor=found.floor_amount,
    )
