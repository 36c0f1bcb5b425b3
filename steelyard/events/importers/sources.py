"""Source files as text: CSV, spreadsheets and Parquet become tables of VARCHAR cells `c0, c1, …`."""

import codecs
import csv
import re
import shutil
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import partial
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa
from python_calamine import CalamineError, CalamineWorkbook, WorksheetNotFound

from steelyard.engines.duckdb import DuckDB
from steelyard.errors import EngineError, InputError, Problem
from steelyard.events.importers.cells import identifier, literal
from steelyard.events.importers.sheets import refuse_vast

CSV_SUFFIXES = (".csv", ".tsv", ".txt")
SHEET_SUFFIXES = (".xlsx", ".xlsm", ".xls", ".xlsb", ".ods")
EXACT = 2**53
"""Whole numbers below this are exact as DOUBLE; a larger one in a number cell has lost digits."""

_DELIMITERS = ",\t;|"
_OVERFLOW = 4
_CHUNK = 1 << 20
_END = "end-of-file-3a7f"


@dataclass(frozen=True)
class Layout:
    """How to read a file: `header_row` counts from 1; what is None is found out from the file."""

    header_row: int = 1
    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None


@dataclass(frozen=True)
class Staged:
    """A source file in the engine: `table` has `_row`, `_broken` (why a row is unreadable) and the cells."""

    table: str
    file: Path
    headings: tuple[str, ...]

    def cell(self, heading: str) -> str | None:
        """The column of `heading`, None where there is none or more than one."""
        wanted = same(heading)
        found = [index for index, name in enumerate(self.headings) if same(name) == wanted]
        return f"c{found[0]}" if len(found) == 1 else None


def same(heading: str) -> str:
    """A heading as it is compared: full-width letters and brackets as plain ones, no blanks around."""
    return unicodedata.normalize("NFKC", heading).strip(" \t\r\n\ufeff\u200b")


def stage(engine: DuckDB, table: str, file: Path, layout: Layout, scratch: Path) -> Staged:
    """Read `file` into `table`; InputError where it cannot be read. `scratch` takes transcoded text."""
    suffix = file.suffix.lower()
    try:
        if suffix in CSV_SUFFIXES:
            return _stage_csv(engine, table, file, layout, scratch)
        if suffix == ".parquet":
            return _stage_parquet(engine, table, file)
        if suffix in SHEET_SUFFIXES:
            return _stage_sheet(engine, table, file, layout)
    except (EngineError, OSError, CalamineError) as error:
        raise _unreadable(file, str(error)) from error
    known = ", ".join((*CSV_SUFFIXES, *SHEET_SUFFIXES, ".parquet"))
    raise InputError(Problem("unknown-file-type", str(file), f"{suffix or 'no suffix'} is not known", f"use {known}"))


def _unreadable(file: Path, message: str) -> InputError:
    return InputError(Problem("unreadable-file", str(file), message, "export the file again"))


def _stage_csv(engine: DuckDB, table: str, file: Path, layout: Layout, scratch: Path) -> Staged:
    text = _as_utf8(file, layout.encoding, scratch / f"{table}.csv")
    delimiter = layout.delimiter or _guess_delimiter(text, layout.header_row)
    headings, lines = _read_headings(file, text, delimiter, layout.header_row)
    whole = _with_end(text, scratch / f"{table}-end.csv")
    cells = [f"c{index}" for index in range(len(headings))]
    surplus = [f"x{index}" for index in range(_OVERFLOW)]
    columns = "{" + ", ".join(f"'{name}': 'VARCHAR'" for name in (*cells, *surplus)) + "}"
    reader = (
        f"read_csv({literal(str(whole))}, auto_detect=false, header=false, columns={columns}, skip={lines},"
        f" delim={literal(delimiter)}, quote='\"', escape='\"', null_padding=true, parallel=false,"
        f" store_rejects=true, rejects_table='{table}_rejects', rejects_scan='{table}_scan')"
    )
    engine.sql(f"CREATE TEMP TABLE {table}_lines AS SELECT * FROM {reader}")
    if whole != text:
        _refuse_open_quote(engine, table, file, layout.header_row)
    too_long = "concat(" + ", ".join(surplus) + ") <> ''"
    rejected = f"line + {layout.header_row - lines}"
    _number_records(engine, table, text, (delimiter, layout.header_row), rejected)
    engine.sql(
        f"CREATE TEMP TABLE {table} AS SELECT coalesce(number, _at + {layout.header_row + 1}) AS _row,"
        f" CASE WHEN {too_long} THEN 'more cells than headings' END AS _broken, {', '.join(cells)}"
        f" FROM (SELECT rowid AS _at, * FROM {table}_lines) LEFT JOIN {table}_numbers USING (_at) UNION ALL BY NAME"
        f" SELECT {rejected} AS _row, any_value(error_message) AS _broken,"
        f" any_value(csv_line) AS c0 FROM {table}_rejects GROUP BY line"
    )
    engine.drop(f"{table}_lines")
    engine.drop(f"{table}_numbers")
    return Staged(table, file, headings)


def _as_utf8(file: Path, encoding: str | None, copy: Path) -> Path:
    """The file itself where it is UTF-8, else its text as UTF-8 in `copy`."""
    with file.open("rb") as stream:
        start = stream.read(4)
    marked = "utf-16" if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else None
    for name in [encoding or marked] if encoding or marked else ["utf-8", "gb18030"]:
        try:
            if codecs.lookup(str(name)).name in ("utf-8", "utf-8-sig"):
                _decode(file, "utf-8")
                return file
            with copy.open("w", encoding="utf-8", newline="") as target:
                target.writelines(_pieces(file, str(name)))
        except UnicodeDecodeError:
            continue
        else:
            return copy
    tried = encoding or marked or "UTF-8 and GB18030"
    message = f"the text is not {tried}"
    raise InputError(Problem("wrong-encoding", str(file), message, "name its `encoding` in the mapping"))


def _decode(file: Path, encoding: str) -> None:
    for _ in _pieces(file, encoding):
        pass


def _pieces(file: Path, encoding: str) -> Iterator[str]:
    with file.open(encoding=encoding, newline="") as stream:
        while piece := stream.read(_CHUNK):
            yield piece


def _guess_delimiter(text: Path, header_row: int) -> str:
    with text.open(encoding="utf-8-sig", newline="") as stream:
        heading = next((line for number, line in enumerate(stream, 1) if number == header_row), "")
    return max(_DELIMITERS, key=re.sub('"[^"]*"', "", heading).count)


def _read_headings(file: Path, text: Path, delimiter: str, header_row: int) -> tuple[tuple[str, ...], int]:
    """The headings, and the lines up to their end."""
    with text.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.reader(stream, delimiter=delimiter)
        try:
            for number, record in enumerate(reader, 1):
                if number == header_row and any(cell.strip() for cell in record):
                    return tuple(record), reader.line_num
        except csv.Error as error:
            raise _unreadable(file, str(error)) from error
    raise _no_headings(file, header_row)


def _with_end(text: Path, copy: Path) -> Path:
    """The text with a last row that must come out again; the text itself where no quote could swallow it."""
    with text.open("rb") as stream:
        if not any(b'"' in piece for piece in iter(partial(stream.read, _CHUNK), b"")):
            return text
        stream.seek(0)
        first = stream.read(_CHUNK)
    line = first.split(b"\n", 1)[0]
    newline = "\n" if b"\r" not in line else "\r\n" if line.endswith(b"\r") else "\r"
    shutil.copyfile(text, copy)
    with copy.open("a", encoding="utf-8", newline="") as stream:
        stream.write(f"{newline}{_END}{newline}")
    return copy


def _refuse_open_quote(engine: DuckDB, table: str, file: Path, header_row: int) -> None:
    """InputError where the last row did not come out: DuckDB drops all after a quote that never ends."""
    ends = f"(SELECT count(*) FROM {table}_lines WHERE c0 = '{_END}')"
    broken = f"(SELECT count(*) FROM {table}_rejects WHERE csv_line LIKE '%{_END}%')"
    rows, found = engine.sql(f"SELECT count(*), {ends} + {broken} FROM {table}_lines").fetchone()
    if not found:
        where, fix = f"{file} after row {rows + header_row}", "close it, or export the file again"
        raise InputError(Problem("open-quote", where, "a quote begins there and never ends", fix))
    engine.sql(f"DELETE FROM {table}_lines WHERE c0 = '{_END}'")


def _number_records(engine: DuckDB, table: str, text: Path, shape: tuple[str, int], rejected: str) -> None:
    """`{table}_numbers`: which record of the file each row was, where blank or rejected ones lie between them.

    `shape` is delimiter and heading row. Empty where rows stand one after another, or where Python's reader
    finds other records in broken quotes than DuckDB did.
    """
    broken = {number for (number,) in engine.sql(f"SELECT DISTINCT {rejected} FROM {table}_rejects").fetchall()}
    numbers = _records(text, shape, broken) if broken or _has_blank_line(text) else []
    (rows,) = engine.sql(f"SELECT count(*) FROM {table}_lines").fetchone()
    numbers = numbers if len(numbers) == rows else []
    columns = {"_at": pa.array(range(len(numbers)), pa.int64()), "number": pa.array(numbers, pa.int64())}
    engine.backend.create_table(f"{table}_numbers", ibis.memtable(pa.table(columns)), temp=True)


def _records(text: Path, shape: tuple[str, int], broken: set[int]) -> list[int]:
    delimiter, header_row = shape
    with text.open(encoding="utf-8-sig", newline="") as stream:
        records = enumerate(csv.reader(stream, delimiter=delimiter), 1)
        try:
            return [number for number, record in records if record and number > header_row and number not in broken]
        except csv.Error:
            return []


def _has_blank_line(text: Path) -> bool:
    with text.open("rb") as stream:
        return any(not line.strip(b"\r\n") for line in stream)


def _no_headings(file: Path, header_row: int) -> InputError:
    message = f"row {header_row} has no headings"
    return InputError(Problem("no-headings", str(file), message, "name the `header_row` in the mapping"))


def _stage_parquet(engine: DuckDB, table: str, file: Path) -> Staged:
    source = f"read_parquet({literal(str(file))}, file_row_number=true)"
    described = engine.sql(f"DESCRIBE SELECT * EXCLUDE (file_row_number) FROM {source}").fetchall()
    cells = [f"{_as_text(name, kind)} AS c{index}" for index, (name, kind, *_) in enumerate(described)]
    engine.sql(
        f"CREATE TEMP TABLE {table} AS SELECT file_row_number + 1 AS _row, NULL::VARCHAR AS _broken,"
        f" {', '.join(cells)} FROM {source}"
    )
    return Staged(table, file, tuple(name for name, *_ in described))


def _as_text(name: str, kind: str) -> str:
    column = identifier(name)
    if kind not in ("DOUBLE", "FLOAT"):
        return f"CAST({column} AS VARCHAR)"
    exact = f"{column} = trunc({column}) AND abs({column}) < {EXACT}"
    return f"CASE WHEN {exact} THEN CAST(CAST({column} AS BIGINT) AS VARCHAR) ELSE CAST({column} AS VARCHAR) END"


def _stage_sheet(engine: DuckDB, table: str, file: Path, layout: Layout) -> Staged:
    with CalamineWorkbook.from_path(str(file)) as book:
        sheet = layout.sheet or book.sheet_names[0]
        refuse_vast(file, sheet)
        try:
            rows = book.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        except WorksheetNotFound as error:
            message = f"there is no sheet {sheet!r}; the file has {', '.join(book.sheet_names)}"
            problem = Problem("unknown-sheet", str(file), message, "name one of them as `sheet`")
            raise InputError(problem) from error
    if len(rows) < layout.header_row or not any(rows[layout.header_row - 1]):
        raise _no_headings(file, layout.header_row)
    headings = tuple(str(cell) for cell in rows[layout.header_row - 1])
    register(
        engine,
        table,
        [[_cell_text(cell) for cell in row] for row in rows[layout.header_row :]],
        headings,
        layout,
    )
    return Staged(table, file, headings)


def register(
    engine: DuckDB, table: str, rows: Sequence[Sequence[str | None]], headings: Sequence[str], layout: Layout
) -> None:
    """Rows of text as a staged table; the first of them is the row after `layout.header_row`."""
    columns: dict[str, Any] = {
        "_row": pa.array(range(layout.header_row + 1, layout.header_row + 1 + len(rows)), pa.int64())
    }
    columns["_broken"] = pa.nulls(len(rows), pa.string())
    for index in range(len(headings)):
        columns[f"c{index}"] = pa.array([row[index] for row in rows], pa.string())
    engine.backend.create_table(table, ibis.memtable(pa.table(columns)), temp=True)


def _cell_text(cell: object) -> str | None:
    """A spreadsheet cell as text: whole numbers without a point, times in ISO."""
    if cell is None or cell == "":
        return None
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < EXACT else repr(cell)
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, (date, time)):
        return cell.isoformat()
    return str(cell)
