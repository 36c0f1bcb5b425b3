"""A filled form as rows of `quality_checks`: all cells looked at, all that is wrong told at once."""

import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from steelyard.engines.duckdb import connect
from steelyard.errors import InputError, Problem
from steelyard.events.contract import CONTRACT, IdType
from steelyard.events.importers.sources import CSV_SUFFIXES, Layout, stage
from steelyard.landing import landing, refuse_existing
from steelyard.service.check_form import RISKY, TEXT
from steelyard.service.checklist import Checklist

TABLE = "quality_checks"
"""The table that is written."""

_NEEDED = ("check_id", "session_id", "shop_id", "item", "score")
_READ = (*_NEEDED, "agent_id", "checked_at")
_WHOLE = re.compile(r"([+-]?\d{1,19})(?:\.0+)?")
_WRITTEN = (
    "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M:%S.%f", "%Y-%m-%dT%H:%M:%S",
    "%Y/%m/%d", "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S",
)  # fmt: skip

Cells = Mapping[str, str]


@dataclass(frozen=True)
class Filled:
    """What was read: rows of `quality_checks`, and how many items nobody scored."""

    rows: list[dict[str, Any]]
    id_type: IdType
    unscored: int


@dataclass
class _Reader:
    """Reads one form and notes what is wrong with it."""

    file: Path
    checklist: Checklist
    checked_at: datetime | None
    problems: list[Problem] = field(default_factory=list)

    def complain(self, row: int, column: str, code: str, said: tuple[str, str]) -> None:
        """Note a cell that cannot be taken: what is wrong with it, and how to mend it."""
        self.problems.append(Problem(code, f"{self.file} row {row}, column {column}", *said))

    def whole(self, row: int, column: str, text: str) -> int | None:
        """A cell as a whole number of 64 bits."""
        found = _WHOLE.fullmatch(text)
        if found is not None and -(2**63) <= int(found[1]) < 2**63:
            return int(found[1])
        fix = "write it as the form had it; spreadsheets cut long numbers of a CSV file, so use an XLSX form"
        self.complain(row, column, "bad-check-id", (f"{text!r} is no id of a folder whose ids are numbers", fix))
        return None

    def id_of(self, row: int, column: str, text: str, id_type: IdType) -> Any:
        """A cell as an id of the folder."""
        if id_type == "int64":
            return self.whole(row, column, text)
        if column == "check_id" and not text.startswith(TEXT):
            fix = "write it as the form had it"
            self.complain(row, column, "bad-check-id", (f"{text!r} is no id of a check of this form", fix))
        return text

    def points(self, row: int, text: str) -> int | None:
        """The score."""
        found = _WHOLE.fullmatch(text)
        lowest, highest = self.checklist.lowest, self.checklist.highest
        if found is not None and lowest <= int(found[1]) <= highest:
            return int(found[1])
        said = f"{text!r} is no whole number from {lowest} to {highest}"
        self.complain(row, "score", "bad-check-score", (said, "write the points, or leave the cell empty"))
        return None

    def time(self, row: int, text: str) -> datetime | None:
        """When the session was checked, by the cell or by the day given for all."""
        if not text and self.checked_at is not None:
            return self.checked_at
        for written in _WRITTEN if text else ():
            try:
                return datetime.strptime(text, written)  # noqa: DTZ007 - the marketplace's wall clock has no zone
            except ValueError:
                continue
        said = f"{text!r} is no time" if text else "nobody says when it was checked"
        self.complain(row, "checked_at", "bad-check-time", (said, "write YYYY-MM-DD HH:MM, or give --on DATE for all"))
        return None


def read_form(file: Path, checklist: Checklist, checked_at: datetime | None) -> Filled:
    """The scored rows of a form; `checked_at` is for rows that do not say when.

    Raises InputError with every cell that is wrong, and where the file cannot be read, lacks a column, or nothing is
    scored.
    """
    lines = _lines(file)
    reader = _Reader(file, checklist, checked_at)
    for number, cells in lines:
        if cells.get("_broken"):
            reader.complain(number, "all", "bad-row", (cells["_broken"], "mend the row"))
    scored = [(number, cells) for number, cells in lines if cells["score"] and not cells.get("_broken")]
    if not scored and not reader.problems:
        fix = "fill in the column score"
        raise InputError(Problem("nothing-scored", str(file), "no row has a score", fix))
    id_type: IdType = "string" if any(cells["check_id"].startswith(TEXT) for _, cells in scored) else "int64"
    rows = [_row(reader, number, cells, id_type) for number, cells in scored]
    _refuse_twice(reader, scored)
    if reader.problems:
        raise InputError(reader.problems)
    return Filled(rows, id_type, len(lines) - len(scored))


def _row(reader: _Reader, number: int, cells: Cells, id_type: IdType) -> dict[str, Any]:
    for column in _NEEDED:
        if not cells[column]:
            reader.complain(number, column, "missing-cell", ("it is empty", "write it as the form had it"))
    if cells["item"] and cells["item"] not in {item.item for item in reader.checklist.items}:
        fix = f"use one of {', '.join(item.item for item in reader.checklist.items)}, or give its file with --checklist"
        reader.complain(number, "item", "unknown-check-item", (f"there is no item {cells['item']!r}", fix))
    ids = {
        column: reader.id_of(number, column, cells[column], id_type) if cells[column] else None
        for column in ("check_id", "shop_id", "agent_id", "session_id")
    }
    score, at = reader.points(number, cells["score"]), reader.time(number, cells["checked_at"])
    return ids | {"item": cells["item"], "score": score, "checked_at": at}


def _refuse_twice(reader: _Reader, scored: list[tuple[int, Cells]]) -> None:
    seen: dict[str, int] = {}
    for number, cells in scored:
        check = cells["check_id"]
        if check and seen.setdefault(check, number) != number:
            said = f"row {seen[check]} has the same check_id"
            reader.complain(number, "check_id", "check-twice", (said, "keep one of the two"))


def _lines(file: Path) -> list[tuple[int, Cells]]:
    """Number and cells of every row that is not empty, blanks around them gone."""
    engine = connect({})
    try:
        with tempfile.TemporaryDirectory(prefix="steelyard-form-") as scratch:
            staged = stage(engine, "form", file, Layout(), Path(scratch))
        cells = {name: staged.cell(name) for name in _READ}
        missing = [
            Problem(
                "missing-column", str(file), f"there is no column {name}, or more than one", "use the form as drawn"
            )
            for name in _NEEDED
            if cells[name] is None
        ]
        if missing:
            raise InputError(missing)
        kept = {"_row": "_row", "_broken": "_broken"} | {name: cell for name, cell in cells.items() if cell is not None}
        found = engine.sql(f"SELECT {', '.join(kept.values())} FROM form ORDER BY _row").fetchall()
        rows = [dict(zip(kept, row, strict=True)) for row in found]
    finally:
        engine.close()
    marked = file.suffix.lower() in CSV_SUFFIXES
    return [(row["_row"], texts) for row in rows if (texts := dict(_cells(row, marked=marked)))]


def _cells(row: Mapping[str, Any], *, marked: bool) -> Iterator[tuple[str, str]]:
    """Every cell that is read as text; nothing where the whole row is empty. `marked`: a mark may stand before it."""
    texts = {name: str(row[name] or "").strip() for name in ("_broken", *_READ) if name in row}
    if any(texts.values()):
        for name in ("_broken", *_READ):
            text = texts.get(name, "")
            yield name, text[1:] if marked and text.startswith("'") and text[1:].startswith(RISKY) else text


def write_checks(filled: Filled, target: Path) -> Path:
    """`quality_checks.parquet` in `target`, whole or not at all; UsageError where the folder has that table already."""
    refuse_existing(target, [TABLE])
    schema = CONTRACT[TABLE].schema(filled.id_type).to_pyarrow()
    table = pa.table({each.name: pa.array([row.get(each.name) for row in filled.rows], each.type) for each in schema})
    with landing(target) as draft:
        pq.write_table(table, draft / f"{TABLE}.parquet")
    return target / f"{TABLE}.parquet"
