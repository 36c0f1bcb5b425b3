"""A payroll as a spreadsheet: summary, lines, rows, corrections, requirements.

Text is always written as text: a name that begins with = is no formula, an address no link. The same payroll is
always the same file.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import xlsxwriter

from steelyard.service.pay.record import amounts, teams
from steelyard.service.pay.statement import SECTIONS, Payroll, Statement, changed
from steelyard.service.pay.words import HEADS, SECTION_TITLES, SHEETS, STATES, said

_AMOUNTS = (*SECTIONS, "earned", "corrections", "brought_forward", "carried_over", "payout")
_WIDTH = 18
_LONGEST = 32_767
"""Characters a cell can hold."""

Cells = Sequence[Any]


def write_workbook(payroll: Payroll, file: Path, lang: str) -> None:
    """Write `payroll` to `file`, with headings in one language."""
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(file), options) as book:
        book.set_properties({"created": datetime.combine(payroll.month.end, time())})
        heading, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
        for name, (heads, rows) in _sheets(payroll, lang).items():
            sheet = book.add_worksheet(said(SHEETS[name], lang))
            sheet.set_column(0, len(heads) - 1, _WIDTH)
            sheet.freeze_panes(1, 0)
            for column, head in enumerate(heads):
                sheet.write_string(0, column, said(HEADS[head], lang), heading)
            for number, row in enumerate(rows, start=1):
                _write(sheet, number, row, money)


def _write(sheet: Any, number: int, row: Cells, money: Any) -> None:
    for column, value in enumerate(row):
        if isinstance(value, Decimal):
            sheet.write_number(number, column, value, money)
        elif value is not None and value != "":
            sheet.write_string(number, column, str(value)[:_LONGEST])


def _sheets(payroll: Payroll, lang: str) -> dict[str, tuple[Sequence[str], Iterable[Cells]]]:
    return {
        "summary": (("agent_id", "name", "shop_id", *_AMOUNTS, "notes"), _summary(payroll, lang)),
        "lines": (
            ("agent_id", "name", "section", "line", "amount", "formula", "numbers", "inputs", "notes"),
            _lines(payroll, lang),
        ),
        "rows": (("agent_id", "line", *_ROW), _rows(payroll, lang)),
        "corrections": (
            ("agent_id", "name", "of_month", "line", "before", "now", "delta", "changed", "inputs"),
            _corrections(payroll, lang),
        ),
        "requirements": (("agent_id", "name", "requirement", "value", "bound", "state"), _requirements(payroll, lang)),
    }


def _summary(payroll: Payroll, lang: str) -> Iterator[Cells]:
    for each in payroll.statements:
        sums = amounts(each)
        notes = " ".join(said(note, lang) for note in each.notes)
        yield (*_who(each), str(each.member.shop_id), *(sums[name] for name in _AMOUNTS), notes)
    for team in teams(payroll):
        shop = "" if team["shop_id"] is None else str(team["shop_id"])
        yield said(HEADS["total"], lang), "", shop, *(Decimal(team[name]) for name in _AMOUNTS), ""


def _who(statement: Statement) -> tuple[str, str]:
    return str(statement.member.agent_id), statement.member.name


def _lines(payroll: Payroll, lang: str) -> Iterator[Cells]:
    for each in payroll.statements:
        for line in each.lines:
            inputs = "; ".join(f"{name} = {value}" for name, value in line.inputs.items())
            notes = " ".join(said(note, lang) for note in line.notes)
            section, title = said(SECTION_TITLES[line.section], lang), said(line.title, lang)
            yield *_who(each), section, title, line.amount, said(line.formula, lang), line.numbers, inputs, notes


_ROW = ("table", "row_id", "value", "credit", "session_id", "message_at")


def _rows(payroll: Payroll, lang: str) -> Iterator[Cells]:
    for each in payroll.statements:
        for line in each.lines:
            for row in line.rows:
                yield str(each.member.agent_id), said(line.title, lang), *(getattr(row, name) for name in _ROW)


def _corrections(payroll: Payroll, lang: str) -> Iterator[Cells]:
    for each in payroll.statements:
        for found in each.corrections:
            rows = "; ".join(changed(found))
            inputs = "; ".join(f"{name}: {old} → {new}" for name, (old, new) in found.changed_inputs.items())
            title = said(found.line.title, lang)
            yield *_who(each), found.month, title, found.before, found.now, found.delta, rows, inputs


def _requirements(payroll: Payroll, lang: str) -> Iterator[Cells]:
    for each in payroll.statements:
        for check in each.checks:
            yield *_who(each), said(check.title, lang), check.value, check.bound, said(STATES[check.state], lang)
