"""Finding the tables of an events folder and reading their Parquet footers: no row is read here."""

import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from steelyard.errors import InputError, Problem
from steelyard.events.contract import CONTRACT, tables

SUFFIX = ".parquet"
RESERVED = ("_file", "_row", "file_row_number")
"""Names an engine adds to tell where a row stands; no column of a file may take them."""


@dataclass(frozen=True)
class Extent:
    """What footers prove about a column: how many NULLs, and the least and greatest value.

    `nulls` is None where unknown; `low` and `high` are None where there is no value or, with `known` false,
    where footers do not tell.
    """

    nulls: int | None
    known: bool
    low: Any = None
    high: Any = None


@dataclass(frozen=True)
class File:
    """One Parquet file: its place below the events folder, its types by column, its footer."""

    path: Path
    label: str
    types: Mapping[str, pa.DataType]
    footer: pq.FileMetaData

    @property
    def rows(self) -> int:
        """Rows, as the footer says."""
        return int(self.footer.num_rows)


def locate(folder: Path) -> dict[str, Path]:
    """Where each contract table stands in `folder`; a folder without files is no table.

    Raises InputError: no-such-folder, table-twice, missing-table.
    """
    found = places_in(folder)
    problems = []
    for table in tables():
        if table.required and table.name not in found:
            fix = f"write {table.name}{SUFFIX} or a folder {table.name}/ of Parquet files"
            problems.append(Problem("missing-table", str(folder), f"there is no table {table.name}", fix))
    if problems:
        raise InputError(problems)
    return found


def places_in(folder: Path) -> dict[str, Path]:
    """As `locate`, of a folder that may lack any table."""
    if not folder.is_dir():
        fix = "give the folder that holds shops.parquet and orders.parquet"
        raise InputError(Problem("no-such-folder", str(folder), "there is no such folder", fix))
    found: dict[str, Path] = {}
    problems = []
    for table in tables():
        places = [place for place in (folder / (table.name + SUFFIX), folder / table.name) if _holds_files(place)]
        if len(places) > 1:
            message = f"{places[0].name} and {places[1].name}/ both stand in the folder"
            problems.append(Problem("table-twice", table.name, message, "keep one of them"))
        elif places:
            found[table.name] = places[0]
    if problems:
        raise InputError(problems)
    return found


def strangers(folder: Path) -> list[Problem]:
    """Notes on Parquet files in `folder` that belong to no table of the contract."""
    names = sorted(place.name for place in folder.iterdir() if place.suffix == SUFFIX and not _hidden(place.name))
    fix = "rename it to a table of the contract, or remove it"
    return [
        Problem("unknown-table", name, "the contract has no such table; it is not read", fix)
        for name in names
        if name.removesuffix(SUFFIX) not in CONTRACT
    ]


def read_footers(folder: Path, places: Mapping[str, Path]) -> dict[str, tuple[File, ...]]:
    """The files of each table in `places`, in order of their names.

    Raises InputError with every file that is no readable Parquet file (unreadable-file) or whose columns
    cannot be told apart (column-twice, reserved-column).
    """
    problems: list[Problem] = []
    found = {}
    for name, place in places.items():
        files = []
        for path in files_of(place):
            label = path.relative_to(folder).as_posix()
            if not path.is_file():
                problems.append(_no_file(path, label))
                continue
            try:
                footer = pq.read_metadata(path)
                schema = footer.schema.to_arrow_schema()
            except (pa.ArrowException, OSError) as error:
                problems.append(_unreadable(path, label, error))
                continue
            problems += _ambiguous(label, schema.names)
            files.append(File(path, label, dict(zip(schema.names, schema.types, strict=True)), footer))
        found[name] = tuple(files)
    if problems:
        raise InputError(problems)
    return found


def file_at(path: Path) -> File:
    """One Parquet file outside an events folder; InputError `unreadable-file` where it is none."""
    try:
        footer = pq.read_metadata(path)
        schema = footer.schema.to_arrow_schema()
    except (pa.ArrowException, OSError) as error:
        raise InputError(_unreadable(path, str(path), error)) from error
    return File(path, path.name, dict(zip(schema.names, schema.types, strict=True)), footer)


def extent(files: Iterable[File], column: str) -> Extent:
    """What the footers of `files` prove about `column`; a file without it holds NULLs only."""
    nulls: int | None = 0
    known = True
    lows: list[Any] = []
    highs: list[Any] = []
    for file in files:
        if column not in file.types or pa.types.is_null(file.types[column]):
            nulls = None if nulls is None else nulls + file.rows
            continue
        known = known and _ordered(file.types[column])
        for rows, statistics in _statistics(file, column):
            missing = statistics.null_count if statistics is not None and statistics.has_null_count else None
            nulls = None if nulls is None or missing is None else nulls + missing
            if missing == rows:
                continue
            least, greatest = _least_and_greatest(statistics) if known else (None, None)
            known = known and least is not None
            lows.append(least)
            highs.append(greatest)
    if not known or not lows:
        return Extent(nulls, known)
    return Extent(nulls, known, min(lows), max(highs))


def _least_and_greatest(statistics: Any) -> tuple[Any, Any]:
    """Both ends as numbers or dates; None where the footer has none or they are beyond Python."""
    if statistics is None or not statistics.has_min_max:
        return None, None
    try:
        ends = (statistics.min, statistics.max)
    except (OverflowError, ValueError, pa.ArrowException):
        return None, None
    low, high = (date(end.year, end.month, end.day) if isinstance(end, date) else end for end in ends)
    return low, high


def _ordered(kind: pa.DataType) -> bool:
    """Whether a footer's least and greatest value bound all values: not for text (cut) and floats (NaN)."""
    types = pa.types
    return bool(types.is_integer(kind) or types.is_decimal(kind) or types.is_timestamp(kind) or types.is_date(kind))


def _statistics(file: File, column: str) -> Iterator[tuple[int, Any]]:
    """Rows and statistics of `column` in each row group; statistics are None where nothing is told."""
    schema = file.footer.schema
    index = next((i for i in range(len(schema)) if schema.column(i).path == column), None)
    for number in range(file.footer.num_row_groups):
        group = file.footer.row_group(number)
        yield group.num_rows, None if index is None else group.column(index).statistics


def files_of(place: Path) -> list[Path]:
    """The files of a table that is a file or a folder, hidden ones left out; a linked folder stands for itself."""
    if not place.is_dir():
        return [place]
    inside = (path for path in place.rglob("*") if not path.is_dir() or path.is_symlink())
    return sorted(path for path in inside if not any(map(_hidden, path.relative_to(place).parts)))


def _holds_files(place: Path) -> bool:
    """Whether a table stands there; a link that leads nowhere is not a missing table but an unreadable one."""
    return bool(files_of(place)) if place.is_dir() else os.path.lexists(place)


def _hidden(name: str) -> bool:
    return name.startswith(("_", "."))


def _no_file(path: Path, label: str) -> Problem:
    if path.is_symlink() and path.is_dir():
        message, fix = "it is a linked folder, into which nobody looks", "link its files, or put them there"
        return Problem("unreadable-file", label, message, fix)
    message = "the link leads nowhere" if path.is_symlink() else "it is no file"
    return Problem("unreadable-file", label, message, "put a Parquet file there, or remove it")


def _unreadable(path: Path, label: str, error: Exception) -> Problem:
    if isinstance(error, OSError) and not isinstance(error, pa.ArrowException):
        message = error.strerror or "it cannot be read"
    elif path.stat().st_size == 0:
        message = "the file is empty"
    else:
        message = "it is no whole Parquet file"
    return Problem("unreadable-file", label, message, "write it again, or remove it")


def _ambiguous(label: str, names: list[str]) -> Iterator[Problem]:
    """Columns two engines would tell apart differently: names equal but for case, names of positions."""
    seen: set[str] = set()
    for name in names:
        lower = name.lower()
        if lower in seen:
            message = f"there are two columns {name!r}, upper and lower case taken as one"
            yield Problem("column-twice", label, message, "rename one of them")
        if lower in RESERVED:
            yield Problem("reserved-column", label, f"no column may be called {name!r}", "rename it")
        seen.add(lower)
