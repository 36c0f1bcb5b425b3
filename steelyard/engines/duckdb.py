"""DuckDB: the embedded engine and the default."""

import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pyarrow as pa
import pyarrow.parquet as pq

from steelyard.engines import FILE, ROW
from steelyard.engines.failures import reported, unreadable
from steelyard.errors import EngineError, Problem, UsageError

SETTINGS = {
    "threads": ("threads", "worker threads; default: all cores"),
    "memory": ("memory_limit", "memory before spilling to disk, e.g. 4GB; default: 80 % of the machine's"),
    "spill": ("temp_directory", "folder for what does not fit in memory; default: a temporary folder"),
}
"""What `--set engine.NAME=VALUE` takes: name → DuckDB's own setting and a sentence."""

MOST_THREADS = 1024
"""DuckDB starts every thread it is told to, and a million of them never stand."""

_DIGITS = 5
_MEMORY = re.compile(r"[0-9]+(\.[0-9]+)? ?[KMGT]i?B", re.IGNORECASE)

_EPOCH_NS = ibis.udf.scalar.builtin(lambda _: None, name="epoch_ns", signature=(("timestamp",), "int64"))
_MAKE_TIMESTAMP = ibis.udf.scalar.builtin(lambda _: None, name="make_timestamp", signature=(("int64",), "timestamp"))
_MICROSECONDS = 6
"""Decimals of a second that every engine keeps."""


class DuckDB:
    """Expressions on an in-memory DuckDB database."""

    name = "duckdb"
    spread = False

    def __init__(self, settings: Mapping[str, str]) -> None:
        problems = list(_misfits(settings))
        if problems:
            raise UsageError(problems)
        self._spill = tempfile.TemporaryDirectory(prefix="steelyard-spill-")
        options = {"temp_directory": self._spill.name}
        options |= {SETTINGS[key][0]: value for key, value in settings.items()}
        try:
            self.backend: Any = ibis.duckdb.connect(**options)
        except duckdb.Error as error:
            self._spill.cleanup()
            raise EngineError(
                Problem("engine-did-not-start", "duckdb", str(error), "look at the engine.* settings")
            ) from error
        self.backend.raw_sql("SET enable_progress_bar = false")
        self.backend.raw_sql("SET preserve_insertion_order = false")
        self.backend.raw_sql("SET TimeZone = 'UTC'")

    def read_parquet(self, files: Sequence[Path], *, positions: bool = False) -> ir.Table:
        """See Engine."""
        options: dict[str, Any] = {"union_by_name": len(files) > 1, "hive_partitioning": False}
        if positions:
            options |= {"filename": FILE, "file_row_number": True}
        problems = [problem for file in files for problem in _faults(file)]
        if problems:
            raise EngineError(problems)
        with self._reported("reading Parquet"):
            rows = self.backend.read_parquet([_literal(file) for file in files], **options)
        cut = {name: _cut(rows[name]) for name, dtype in rows.schema().items() if _too_fine(dtype)}
        rows = rows.mutate(**cut)
        if not positions:
            return rows
        return rows.rename({ROW: "file_row_number"}).relocate(FILE, ROW, after=ibis.selectors.last())

    def view(self, name: str, expression: ir.Table) -> ir.Table:
        """See Engine."""
        with self._reported(name):
            return self.view_statement(name, self._statement(expression))

    def store(self, name: str, expression: ir.Table) -> ir.Table:
        """See Engine."""
        with self._reported(name):
            return self.store_statement(name, self._statement(expression))

    def statement(self, expression: ir.Table) -> str:
        """See Engine."""
        with self._reported("a plan"):
            return self._statement(expression)

    def store_statement(self, name: str, statement: str) -> ir.Table:
        """See Engine."""
        with self._reported(name):
            self.backend.raw_sql(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {statement}')
            return self.backend.table(name)

    def view_statement(self, name: str, statement: str) -> ir.Table:
        """See Engine."""
        with self._reported(name):
            self.backend.raw_sql(f'CREATE OR REPLACE VIEW "{name}" AS {statement}')
            return self.backend.table(name)

    def arrow_statement(self, statement: str) -> pa.Table:
        """See Engine."""
        with self._reported("fetching rows"):
            return self.backend.con.sql(statement).to_arrow_table()

    def empty(self, name: str, schema: ibis.Schema) -> ir.Table:
        """See Engine."""
        nulls = ", ".join(f'{self._cast("NULL", dtype)} AS "{column}"' for column, dtype in schema.items())
        self.sql(f'CREATE OR REPLACE TEMP TABLE "{name}" AS SELECT {nulls} WHERE false')
        return self.backend.table(name)

    def drop(self, name: str) -> None:
        """See Engine."""
        self.backend.raw_sql(f'DROP TABLE IF EXISTS temp."{name}"')

    def arrow(self, expression: ir.Table) -> pa.Table:
        """See Engine."""
        with self._reported("fetching rows"):
            return self.backend.to_pyarrow(expression)

    def write_parquet(self, expression: ir.Table, path: Path) -> None:
        """See Engine."""
        target = str(path).replace("'", "''")
        with self._reported(str(path)):
            self.backend.raw_sql(
                f"COPY ({self._statement(expression)}) TO '{target}' (FORMAT parquet, COMPRESSION zstd)"
            )

    def write_folder(self, expression: ir.Table, folder: Path) -> None:
        """See Engine."""
        folder.mkdir(parents=True)
        self.write_parquet(expression, folder / "part-00000.parquet")

    def sql(self, statement: str) -> Any:
        """Run one statement as it stands: for the sample and the importers, which are DuckDB's own SQL."""
        with self._reported("a statement"):
            return self.backend.raw_sql(statement)

    def _reported(self, where: str) -> AbstractContextManager[None]:
        return reported(f"{self.name}: {where}", duckdb.Error)

    def _statement(self, expression: ir.Table) -> str:
        """The SQL of `expression` with the types Ibis promised: DuckDB's sum of BIGINT is a HUGEINT."""
        self.backend._run_pre_execute_hooks(expression)  # noqa: SLF001 - what to_pyarrow runs first as well
        statement = str(self.backend.compile(expression))
        described = self.backend.raw_sql(f"DESCRIBE {statement}").fetchall()
        given = {name: self.backend.compiler.type_mapper.from_string(text) for name, text, *_ in described}
        casts = []
        for name, dtype in expression.schema().items():
            if given[name].to_pyarrow() != dtype.to_pyarrow():
                quoted = f'"{name}"'
                casts.append(f"{self._cast(quoted, dtype)} AS {quoted}")
        return f"SELECT * REPLACE ({', '.join(casts)}) FROM ({statement})" if casts else statement

    def _cast(self, value: str, dtype: dt.DataType) -> str:
        return f"CAST({value} AS {self.backend.compiler.type_mapper.to_string(dtype)})"

    def close(self) -> None:
        """See Engine."""
        self.backend.disconnect()
        self._spill.cleanup()


def connect(settings: Mapping[str, str]) -> DuckDB:
    """A fresh database in memory."""
    return DuckDB(settings)


def _misfits(settings: Mapping[str, str]) -> Iterator[Problem]:
    """Settings there are none of, and values DuckDB would refuse late, choke on, or take for no limit."""
    for name, value in settings.items():
        place = f"engine.{name}"
        if name not in SETTINGS:
            yield Problem("unknown-setting", place, "DuckDB has no such setting here", f"use {', '.join(SETTINGS)}")
        elif name == "threads" and not (value.isdecimal() and 1 <= int(value[:_DIGITS]) <= MOST_THREADS):
            fix = f"give a whole number in 1..{MOST_THREADS}"
            yield Problem("bad-setting", place, f"{value!r} is no number of threads", fix)
        elif name == "memory" and not _MEMORY.fullmatch(value):
            yield Problem("bad-setting", place, f"{value!r} is no size", "write e.g. 500MB or 4GB")
        elif name == "spill" and (not value or (Path(value).exists() and not Path(value).is_dir())):
            yield Problem("bad-setting", place, f"{value!r} is no folder", "name a folder")


def _literal(file: Path) -> str:
    """A path DuckDB takes literally: it would read brackets and stars as a pattern."""
    return re.sub(r"([\[*?])", r"[\1]", str(file.absolute()))


def _faults(file: Path) -> Iterator[Problem]:
    """Why a file is no Parquet; nothing for a whole one. DuckDB would name only the first of several."""
    try:
        pq.read_metadata(file)
    except (pa.ArrowException, OSError) as error:
        yield unreadable(str(file), str(error))


def _too_fine(dtype: dt.DataType) -> bool:
    return bool(dtype.is_timestamp() and dtype.timezone is None and (dtype.scale or 0) > _MICROSECONDS)


def _cut(instant: ir.TimestampValue) -> ir.TimestampValue:
    """Nanoseconds cut to microseconds; a cast would round the last instant of a day into the next."""
    nanoseconds = _EPOCH_NS(instant)
    return _MAKE_TIMESTAMP(((nanoseconds - nanoseconds % 1000) / 1000).round().cast("int64"))
