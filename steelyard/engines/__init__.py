"""Where expressions run: DuckDB in the process, or Spark.

Only this package imports `duckdb` and `pyspark`. Every step of a score is an Ibis expression over named
tables; an engine knows how to name, store, read and write tables, and nothing about scores.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from steelyard.errors import Problem, UsageError

NAMES = ("duckdb", "spark")

FILE = "_file"
"""Column added by `read_parquet(positions=True)`: the absolute path a row was read from."""

ROW = "_row"
"""Column added by `read_parquet(positions=True)`: the row's number in its file, from 0."""


class Engine(Protocol):
    """A place where Ibis expressions run. Tables of one engine share one flat namespace."""

    name: str
    backend: Any
    """The Ibis backend; everything not below is asked of it in Ibis."""
    spread: bool
    """Whether many workers compute: tables are then kept as the folders of files that they write."""

    def read_parquet(self, files: Sequence[Path], *, positions: bool = False) -> ir.Table:
        """Rows of all `files`, columns united by name; with `positions` also `_file` and `_row`.

        Nanoseconds are cut to microseconds. EngineError with every file that is no Parquet.
        """

    def view(self, name: str, expression: ir.Table) -> ir.Table:
        """Give `expression` a name without computing it; replaces an earlier view of that name."""

    def store(self, name: str, expression: ir.Table) -> ir.Table:
        """Compute `expression` once and keep its rows as `name`; replaces an earlier table of that name."""

    def empty(self, name: str, schema: ibis.Schema) -> ir.Table:
        """A stored table without rows."""

    def drop(self, name: str) -> None:
        """Forget a stored table; no error where there is none."""

    def arrow(self, expression: ir.Table) -> pa.Table:
        """The rows of `expression` in memory."""

    def write_parquet(self, expression: ir.Table, path: Path) -> None:
        """The rows of `expression` as one Parquet file; the caller makes the file appear whole.

        Raises EngineError `folder-not-shared` as `write_folder`.
        """

    def write_folder(self, expression: ir.Table, folder: Path) -> None:
        """The rows of `expression` as Parquet files in a new `folder`, by whoever computes them; at least one file.

        Raises EngineError `folder-not-shared` where workers do not write to the folder that this process sees.
        """

    def close(self) -> None:
        """Give back threads, memory and spill files."""


@runtime_checkable
class Speaking(Engine, Protocol):
    """An engine whose plans are text, which can be kept and said again."""

    def statement(self, expression: ir.Table) -> str:
        """The text that computes `expression`, the same in every process that has the tables it names."""

    def store_statement(self, name: str, statement: str) -> ir.Table:
        """As `store`, from such a text."""

    def view_statement(self, name: str, statement: str) -> ir.Table:
        """As `view`, from such a text."""

    def arrow_statement(self, statement: str) -> pa.Table:
        """As `arrow`, from such a text."""


def connect(name: str = "duckdb", settings: Mapping[str, str] | None = None) -> Engine:
    """An engine by name, with its settings as text (`{"threads": "2", "memory": "4GB"}`).

    Raises UsageError for an unknown engine or setting, EngineError where the engine does not start.
    """
    if name not in NAMES:
        raise UsageError(
            Problem("unknown-engine", "--engine", f"there is no engine {name!r}", f"use one of {', '.join(NAMES)}")
        )
    engine: Engine = import_module(f"steelyard.engines.{name}").connect(settings or {})
    return engine
