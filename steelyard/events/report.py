"""What a check found: counts by table and reason, the first examples, notes on what was kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import ibis
import ibis.expr.types as ir

from steelyard.errors import Problem
from steelyard.events.quarantine import COPY, Out

EXAMPLES = 3
"""Examples shown per table and reason."""


@dataclass(frozen=True)
class TableReport:
    """Rows of one table: read = good + copies + quarantined. An absent table has none."""

    table: str
    present: bool
    read: int = 0
    copies: int = 0
    quarantined: Mapping[str, int] = field(default_factory=dict)
    examples: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()

    @property
    def good(self) -> int:
        """Rows that go on."""
        return self.read - self.copies - sum(self.quarantined.values())


@dataclass(frozen=True)
class CheckReport:
    """The report on an events folder, one entry per table that was read."""

    tables: tuple[TableReport, ...]
    folder_notes: tuple[Problem, ...] = ()

    @property
    def quarantined(self) -> int:
        """Rows quarantined in all tables."""
        return sum(sum(table.quarantined.values()) for table in self.tables)

    @property
    def notes(self) -> tuple[Problem, ...]:
        """Everything that was kept and is worth knowing."""
        return (*self.folder_notes, *(note for table in self.tables for note in table.notes))

    @property
    def examples(self) -> tuple[Problem, ...]:
        """The first quarantined rows of every table and reason."""
        return tuple(example for table in self.tables for example in table.examples)

    def table(self, name: str) -> TableReport:
        """The report on one table; KeyError where it was not read."""
        return {table.table: table for table in self.tables}[name]


def check_report_rows(report: CheckReport) -> list[dict[str, str | int | bool | None]]:
    """The report as flat rows: one per table and reason, one without reason where nothing is out.

    Columns: `table`, `present`, `read`, `good`, `copies`, `reason`, `quarantined` (its rows), `example`.
    """
    rows: list[dict[str, str | int | bool | None]] = []
    for table in report.tables:
        shared: dict[str, str | int | bool | None] = {
            "table": table.table, "present": table.present, "read": table.read, "good": table.good,
            "copies": table.copies,
        }  # fmt: skip
        if not table.quarantined:
            rows.append(shared | {"reason": None, "quarantined": 0, "example": None})
        for reason, count in table.quarantined.items():
            first = next((str(example) for example in table.examples if example.code == reason), None)
            rows.append(shared | {"reason": reason, "quarantined": count, "example": first})
    return rows


def summary(out: Out, notes: Sequence[Problem]) -> TableReport:
    """Count the rows that are out and read the first examples."""
    engine = out.source.engine
    counts = engine.arrow(out.rows.group_by("fault").aggregate(n=ibis._.count()))
    by_fault = {row["fault"]: row["n"] for row in counts.to_pylist()}
    quarantined: dict[str, int] = {}
    for number, fault in enumerate(out.faults):
        if number in by_fault:
            quarantined[fault.code] = quarantined.get(fault.code, 0) + by_fault[number]
    return TableReport(
        out.source.table.name,
        present=True,
        read=out.source.row_count,
        copies=by_fault.get(COPY, 0),
        quarantined=quarantined,
        examples=tuple(_examples(out, quarantined)),
        notes=tuple(notes),
    )


def _examples(out: Out, reasons: Iterable[str]) -> list[Problem]:
    """The first rows of each reason, in the order of files and rows."""
    quarantine = out.quarantine
    window = ibis.window(group_by="reason", order_by=["file", "row"])
    numbered = quarantine.mutate(number=ibis.row_number().over(window))
    first: ir.Table = numbered.filter(numbered["number"] < EXAMPLES).order_by("file", "row")
    rows = out.source.engine.arrow(first).to_pylist()
    order = list(reasons)
    rows.sort(key=lambda row: order.index(row["reason"]))
    return [Problem(row["reason"], f"{row['file']} row {row['row']}", row["message"], row["fix"]) for row in rows]
