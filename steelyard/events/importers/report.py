"""What an import did: rows written, rows quarantined, and notes."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class ImportReport:
    """Rows per table, quarantined rows per (table, reason), and remarks in plain sentences.

    `quarantine` is the file of the rows set aside. `str()` is the text for a terminal,
    `records()` the same figures for JSON or CSV.
    """

    folder: Path
    rows: Mapping[str, int]
    quarantined: Mapping[tuple[str, str], int]
    notes: tuple[str, ...] = ()
    quarantine: Path | None = None

    @property
    def quarantined_rows(self) -> int:
        """Rows that were set aside, over all tables."""
        return sum(self.quarantined.values())

    def records(self) -> list[dict[str, str | int | None]]:
        """One record per table and outcome: `table`, `reason` (None = imported), `rows`."""
        found: list[dict[str, str | int | None]] = [
            {"table": table, "reason": None, "rows": count} for table, count in self.rows.items()
        ]
        found += [{"table": t, "reason": reason, "rows": count} for (t, reason), count in self.quarantined.items()]
        return found

    def __str__(self) -> str:
        width = max((len(table) for table in self.rows), default=0)
        lines = [f"{table:<{width}}  {count:>12,} rows" for table, count in self.rows.items()]
        lines += [f"quarantined: {t}: {reason}: {n:,} rows" for (t, reason), n in self.quarantined.items()]
        lines += [f"note: {note}" for note in self.notes]
        return "\n".join(lines)
