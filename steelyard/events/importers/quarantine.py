"""Rows that an import sets aside: kept with file, row, column, value and reason, counted, never dropped."""

from itertools import chain, count
from pathlib import Path

from steelyard.engines.duckdb import DuckDB

COLUMNS = {
    "table": "VARCHAR", "file": "VARCHAR", "row": "BIGINT", "row_id": "VARCHAR",
    "reason": "VARCHAR", "column": "VARCHAR", "value": "VARCHAR", "message": "VARCHAR",
}  # fmt: skip
"""`row` counts the records of its file from 1, heading row included, as a spreadsheet shows it."""


class Quarantine:
    """The rows set aside by one import, as a table of its engine."""

    def __init__(self, engine: DuckDB) -> None:
        self._engine = engine
        columns = ", ".join(f'"{name}" {kind}' for name, kind in COLUMNS.items())
        engine.sql(f"CREATE TEMP TABLE quarantine ({columns})")

    def add(self, select: str) -> None:
        """Take in the rows of a query with the columns of `COLUMNS`, in that order."""
        self._engine.sql(f"INSERT INTO quarantine {select}")

    def counts(self) -> dict[tuple[str, str], int]:
        """Rows per (table, reason), sorted."""
        grouped = self._engine.sql('SELECT "table", reason, count(*) FROM quarantine GROUP BY ALL ORDER BY ALL')
        return {(table, reason): count for table, reason, count in grouped.fetchall()}

    def write(self, draft: Path, target: Path) -> Path | None:
        """Write the rows, if any, as `_quarantine.parquet`, or `_quarantine-2.parquet` … in a used folder.

        Returns where the file stands once `draft` has moved to `target`; None where nothing was set aside.
        """
        if not self.counts():
            return None
        name = _free_name(target)
        rows = self._engine.backend.table("quarantine")
        self._engine.write_parquet(rows.order_by(list(COLUMNS)), draft / name)
        return target / name


def _free_name(target: Path) -> str:
    names = (f"_quarantine{suffix}.parquet" for suffix in chain([""], (f"-{n}" for n in count(2))))
    return next(name for name in names if not (target / name).exists())
