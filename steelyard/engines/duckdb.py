"""DuckDB: the embedded engine and the default."""

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import ibis
import ibis.expr.types as ir
import pyarrow as pa

from steelyard.engines import FILE, ROW
from steelyard.errors import EngineError, Problem, UsageError

SETTINGS = {
    "threads": ("threads", "worker threads; default: all cores"),
    "memory": ("memory_limit", "memory before spilling to disk, e.g. 4GB; default: 80 % of the machine's"),
    "spill": ("temp_directory", "folder for what does not fit in memory; default: a temporary folder"),
}
"""What `--set engine.NAME=VALUE` takes: name → DuckDB's own setting and a sentence."""


class DuckDB:
    """Expressions on an in-memory DuckDB database."""

    name = "duckdb"

    def __init__(self, settings: Mapping[str, str]) -> None:
        unknown = sorted(set(settings) - set(SETTINGS))
        if unknown:
            known = ", ".join(SETTINGS)
            raise UsageError(
                Problem("unknown-setting", f"engine.{unknown[0]}", "DuckDB has no such setting here", f"use {known}")
            )
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

    def read_parquet(self, files: Sequence[Path], *, positions: bool = False) -> ir.Table:
        """See Engine."""
        options = {"union_by_name": len(files) > 1}
        if not positions:
            return self.backend.read_parquet([str(file) for file in files], **options)
        rows = self.backend.read_parquet(
            [str(file) for file in files], filename=FILE, file_row_number=True, **options
        )
        return rows.rename({ROW: "file_row_number"})

    def view(self, name: str, expression: ir.Table) -> ir.Table:
        """See Engine."""
        return self.backend.create_view(name, expression, overwrite=True)

    def store(self, name: str, expression: ir.Table) -> ir.Table:
        """See Engine."""
        self.sql(f'CREATE OR REPLACE TEMP TABLE "{name}" AS {self.backend.compile(expression)}')
        return self.backend.table(name)

    def empty(self, name: str, schema: ibis.Schema) -> ir.Table:
        """See Engine."""
        nulls = ", ".join(
            f'CAST(NULL AS {self.backend.compiler.type_mapper.to_string(dtype)}) AS "{column}"'
            for column, dtype in schema.items()
        )
        self.sql(f'CREATE OR REPLACE TEMP TABLE "{name}" AS SELECT {nulls} WHERE false')
        return self.backend.table(name)

    def drop(self, name: str) -> None:
        """See Engine."""
        self.backend.raw_sql(f'DROP TABLE IF EXISTS temp."{name}"')

    def arrow(self, expression: ir.Table) -> pa.Table:
        """See Engine."""
        return self.backend.to_pyarrow(expression)

    def write_parquet(self, expression: ir.Table, path: Path) -> None:
        """See Engine."""
        self.backend.to_parquet(expression, path, compression="zstd")

    def sql(self, statement: str) -> Any:
        """Run one statement as it stands: for the sample and the importers, which are DuckDB's own SQL."""
        return self.backend.raw_sql(statement)

    def close(self) -> None:
        """See Engine."""
        self.backend.disconnect()
        self._spill.cleanup()


def connect(settings: Mapping[str, str]) -> DuckDB:
    """A fresh database in memory."""
    return DuckDB(settings)
