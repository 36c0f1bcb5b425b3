"""One table as it stands in its files, read as the contract's columns: every row, good or bad."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from steelyard.engines import FILE, ROW, Engine
from steelyard.errors import Problem
from steelyard.events.contract import Column, IdType, Table
from steelyard.events.folder import Extent, File, extent, file_at
from steelyard.events.reading import Family, family, how, read

AS_TEXT = "_text_of_"
"""Prefix of the columns that keep what a parsed column said."""


@dataclass(frozen=True)
class Source:
    """The files of a table and the types its columns are read as."""

    engine: Engine
    table: Table
    files: tuple[File, ...]
    columns: tuple[Column, ...]
    """The columns that are read: all of the contract's, or the key where the table is only pointed at."""
    id_type: IdType

    @property
    def row_count(self) -> int:
        """Rows in all files, from the footers."""
        return sum(file.rows for file in self.files)

    @property
    def one_file(self) -> bool:
        """Whether a row's number alone tells its place."""
        return len(self.files) == 1

    @cached_property
    def parsed(self) -> frozenset[str]:
        """Columns whose values are parsed in at least one file."""
        return frozenset(
            column.name
            for column in self.columns
            if any(how(column, held(file, column.name)) == "parse" for file in self.files)
            and not (column.kind == "id" and self.id_type == "string")
        )

    def extent(self, column: str) -> Extent:
        """What the footers prove about `column`."""
        return extent(self.files, column)

    @cached_property
    def rows(self) -> ir.Table:
        """The columns as the contract types them, and for every parsed one its text."""
        return self._read(())

    @cached_property
    def placed_rows(self) -> ir.Table:
        """`rows` with `_file` and `_row`, the place of each row."""
        return self._read((FILE, ROW))

    def _read(self, places: tuple[str, ...]) -> ir.Table:
        """One scan per set of files whose types agree: engines differ in how they unite types."""
        alike: dict[tuple[Family, ...], list[File]] = {}
        for file in self.files:
            alike.setdefault(tuple(held(file, column.name) for column in self.columns), []).append(file)
        parts = []
        for families, files in alike.items():
            scan = self.engine.read_parquet([file.path for file in files], positions=bool(places))
            parts.append(scan.select(*places, **dict(self._columns(scan, families))))
        rows = ibis.union(*parts) if len(parts) > 1 else parts[0]
        # Footers leave NaN out of their greatest value, and DuckDB prunes by them: `isnan` would find none.
        name = f"_{'placed' if places else 'kept'}_{self.table.name}"
        return self.engine.store(name, rows) if self._may_hide_nan else rows

    @property
    def _may_hide_nan(self) -> bool:
        bounded = [column.name for column in self.columns if column.kind == "number" and column.bounds]
        types = (file.types.get(name, pa.null()) for name in bounded for file in self.files)
        return any(map(pa.types.is_floating, types))

    def _columns(self, scan: ir.Table, families: Sequence[Family]) -> Iterator[tuple[str, ir.Value]]:
        for column, held_here in zip(self.columns, families, strict=True):
            dtype = column.dtype(self.id_type)
            missing = held_here == "null"
            yield (
                column.name,
                ibis.null(dtype) if missing else read(scan[column.name], column, held_here, dtype),
            )
            if column.name in self.parsed:
                text = ibis.null("string") if missing else scan[column.name].cast("string")
                yield AS_TEXT + column.name, text


def held(file: File, column: str) -> Family:
    """What `column` holds in `file`: "null" where the file has no such column."""
    return family(file.types[column]) if column in file.types else "null"


def id_type(files: Sequence[tuple[Table, tuple[File, ...]]]) -> tuple[IdType, bool]:
    """The type ids are read as, text if any column of ids is text, and whether both types occur."""
    families = {
        held(file, column.name)
        for table, those in files
        for column in table.columns
        if column.kind == "id"
        for file in those
    }
    text, whole = "text" in families, bool(families & {"integer", "big"})
    return ("string" if text else "int64"), text and whole


def id_type_of(shops: Path) -> IdType:
    """The type of ids in a file of the table `shops` as an engine wrote it; InputError `unreadable-file`."""
    return "int64" if pa.types.is_integer(file_at(shops).types["shop_id"]) else "string"


def misfits(files: Sequence[File], columns: Sequence[Column]) -> Iterator[Problem]:
    """Every one of `columns` that is missing though required, or whose type cannot be read."""
    for column in columns:
        lacking = [file for file in files if column.name not in file.types]
        if lacking and (column.required or _in_path(lacking[0], column.name)):
            yield _missing(lacking, column)
        for file in files:
            kind = held(file, column.name)
            if how(column, kind) is None:
                message = f"{column.name} is {file.types[column.name]}, not {_MEANING[column.kind]}"
                yield Problem("wrong-type", file.label, message, _fix(column, kind))
                break


def extras(table: Table, files: Sequence[File]) -> tuple[str, ...]:
    """Columns of the files that the contract does not know."""
    known = {column.name for column in table.columns}
    return tuple(sorted({name for file in files for name in file.types} - known))


_MEANING = {
    "id": "an id (BIGINT or VARCHAR)", "text": "text",
    "time": "a time (TIMESTAMP without zone)", "date": "a DATE", "integer": "a whole number",
    "number": "a number (DOUBLE or DECIMAL)", "flag": "true or false",
}  # fmt: skip


def _fix(column: Column, kind: Family) -> str:
    if kind == "zoned":
        return "write the marketplace's local wall clock, TIMESTAMP without zone"
    return f"write {column.name} as {_MEANING[column.kind]}"


def _missing(files: Sequence[File], column: Column) -> Problem:
    file = files[0]
    more = f" (and {len(files) - 1} more files)" if len(files) > 1 else ""
    if _in_path(file, column.name):
        message = f"{column.name} stands only in the names of folders{more}"
        return Problem("missing-column", file.label, message, f"write {column.name} into the files as well")
    other = next((name for name in file.types if name.lower() == column.name), None)
    fix = f"rename {other} to {column.name}" if other else f"add {column.name} as {_MEANING[column.kind]}"
    return Problem("missing-column", file.label, f"there is no column {column.name}{more}", fix)


def _in_path(file: File, column: str) -> bool:
    return any(part.startswith(f"{column}=") for part in file.label.split("/"))
