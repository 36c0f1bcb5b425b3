"""A payroll as a spreadsheet: summary, lines, rows, corrections, requirements.

Text is always written as text: a name that begins with = is no formula, an address no link. The same payroll is
always the same file.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, time
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Any

import xlsxwriter

from steelyard.service.pay.metrics import Id
from steelyard.service.pay.record import POOL, amounts, teams
from steelyard.service.pay.statement import SECTIONS, Line, Payroll, Statement, changed
from steelyard.service.pay.words import HEADS, SECTION_TITLES, SHEETS, STATES, said

_AMOUNTS = (*SECTIONS, "earned", "corrections", "brought_forward", "carried_over", "payout")
_WIDTH = 18
MOST_ROWS = 1_000_000
"""Rows of a sheet below its heading; a longer list goes on in a further sheet."""
_LONGEST = 32_767
"""Characters a cell can hold."""

Cells = Sequence[Any]


def write_workbook(payroll: Payroll, file: Path, lang: str) -> None:
    """Write `payroll` to `file`, with headings in one language."""
    options = {
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
        "constant_memory": True,
    }
    with xlsxwriter.Workbook(str(file), options) as book:
        book.set_properties({"created": datetime.combine(payroll.month.end, time())})
        heading, money = book.add_format({"bold": True}), book.add_format({"num_format": "#,##0.00"})
        for name, (heads, rows) in _sheets(payroll, lang).items():
            titled = [said(HEADS[head], lang) for head in heads]
            for number, part in enumerate(_parts(rows), start=1):
                title = said(SHEETS[name], lang)
                sheet = book.add_worksheet(title if number == 1 else f"{title} {number}")
                sheet.set_column(0, len(heads) - 1, _WIDTH)
                sheet.freeze_panes(1, 0)
                for column, head in enumerate(titled):
                    sheet.write_string(0, column, head, heading)
                for line, row in enumerate(part, start=1):
                    _write(sheet, line, row, money)


def _parts(rows: Iterable[Cells]) -> Iterator[Iterable[Cells]]:
    """The rows in runs that a sheet can hold; one empty run where there are none."""
    left = iter(rows)
    first = next(left, None)
    if first is None:
        yield ()
    while first is not None:
        yield chain((first,), islice(left, MOST_ROWS - 1))
        first = next(left, None)


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
        "rows": (("shop_id", "agent_id", "line", *_ROW), _rows(payroll, lang)),
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
    """Rows behind the lines; those of a shop's pool stand once, for everybody."""
    pools: dict[Id, Line] = {}
    for each in payroll.statements:
        for line in each.lines:
            if line.key == POOL:
                pools.setdefault(each.member.shop_id, line)
            else:
                yield from _behind(line, each.member.shop_id, str(each.member.agent_id), lang)
    for shop, line in pools.items():
        yield from _behind(line, shop, "", lang)


def _behind(line: Line, shop: Id, agent: str, lang: str) -> Iterator[Cells]:
    for row in line.rows:
        yield str(shop), agent, said(line.title, lang), *(getattr(row, name) for name in _ROW)


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
