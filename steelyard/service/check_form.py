"""The entry form of a sampling plan: one row per session and item, an empty column for the points.

Text is written as text: what begins like a formula is none. The same plan is always the same file.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import xlsxwriter

from steelyard.events.contract import IdType
from steelyard.service.checklist import Checklist, Item
from steelyard.service.sampling import Id, Plan, Session

COLUMNS = (
    "check_id", "session_id", "shop_id", "agent_id", "started_at", "drawn_by", "rating", "longest_wait",
    "item", "title", "looks_at", "levels", "score", "checked_at",
)  # fmt: skip
"""The columns of a form in order; the last two are to be filled in."""
KINDS = (".csv", ".xlsx", ".parquet")
"""What a form can be."""
MOST_ROWS = 1_000_000
"""Rows that a sheet holds below its heading."""
TEXT = "q"
"""How the id of a check begins where ids are text; where they are numbers it is one."""
RISKY = tuple("=+-@\t\r'")
"""How a CSV cell begins that a spreadsheet might take for a formula, and the mark that keeps it from it."""

_EXACT_DIGITS = 15
"""Digits that a spreadsheet keeps of a number."""
_MADE = datetime(2000, 1, 1)
_WIDTH = 16


def check_id(seed: int, session_id: Id, item: Item, id_type: IdType) -> Id:
    """The id of one check: its own for every seed, session and item, in the type of the folder's ids."""
    digest = sha256(f"{seed}\n{session_id}\n{item.id}".encode()).hexdigest()
    return int(digest, 16) % 10**_EXACT_DIGITS if id_type == "int64" else f"{TEXT}{digest[:24]}"


def form(sessions: Sequence[Session], plan: Plan, checklist: Checklist, id_type: IdType, lang: str) -> list[list[Any]]:
    """The rows of a form below its heading."""
    return [
        [
            check_id(plan.seed, each.session_id, item, id_type), each.session_id, each.shop_id, each.agent_id,
            each.started_at, plan.by, each.rating, each.longest_wait, item.item,
            getattr(item.title, lang), getattr(item.looks_at, lang), _levels(item, lang), None, None,
        ]
        for each in sessions
        for item in checklist.items
    ]  # fmt: skip


def _levels(item: Item, lang: str) -> str:
    return "\n".join(f"{level.points} {getattr(level.says, lang)}" for level in item.levels)


def write_form(rows: Sequence[Sequence[Any]], checklist: Checklist, id_type: IdType, file: Path) -> None:
    """Write a form as CSV, XLSX or Parquet, by the ending of the file's name."""
    if file.suffix == ".csv":
        file.write_text(_csv(rows), encoding="utf-8-sig", newline="")
    elif file.suffix == ".xlsx":
        _write_sheet(rows, checklist, file)
    else:
        columns = {name: [row[number] for row in rows] for number, name in enumerate(COLUMNS)}
        pq.write_table(pa.table(columns, schema=_schema(id_type)), file)


def _schema(id_type: IdType) -> pa.Schema:
    ids = pa.int64() if id_type == "int64" else pa.string()
    kinds = {"started_at": pa.timestamp("us"), "checked_at": pa.timestamp("us"), "score": pa.int64()}
    kinds |= {"rating": pa.int64(), "longest_wait": pa.int64()}
    return pa.schema([(name, ids if name.endswith("_id") else kinds.get(name, pa.string())) for name in COLUMNS])


def _csv(rows: Sequence[Sequence[Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([COLUMNS, *(list(_harmless(row)) for row in rows)])
    return text.getvalue()


def _harmless(row: Sequence[Any]) -> Iterator[str]:
    """The cells as text that no spreadsheet takes for a formula."""
    for cell in row:
        text = _text(cell)
        yield f"'{text}" if text.startswith(RISKY) else text


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    return cell.isoformat(" ", "seconds") if isinstance(cell, datetime) else str(cell)


def _write_sheet(rows: Sequence[Sequence[Any]], checklist: Checklist, file: Path) -> None:
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(str(file), options) as book:
        book.set_properties({"created": _MADE})
        heading, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
        sheet = book.add_worksheet("quality_checks")
        sheet.set_column(0, len(COLUMNS) - 1, _WIDTH, wrapped)
        sheet.freeze_panes(1, 0)
        for column, name in enumerate(COLUMNS):
            sheet.write_string(0, column, name, heading)
        for line, row in enumerate(rows, start=1):
            for column, cell in enumerate(row):
                if cell is not None:
                    sheet.write_string(line, column, _text(cell), wrapped)
        if rows:
            score = COLUMNS.index("score")
            bounds = {"minimum": checklist.lowest, "maximum": checklist.highest}
            sheet.data_validation(1, score, len(rows), score, {"validate": "integer", "criteria": "between"} | bounds)
