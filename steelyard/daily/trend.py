"""How a subject's score, dimensions and indicators went from day to day: published results alone, never the events."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from steelyard.desk.home import Home, open_database
from steelyard.desk.publish import publications
from steelyard.errors import InputError, Problem, UsageError

SCORE = "score"
"""What is followed where nothing else is named."""


@dataclass(frozen=True)
class Point:
    """One published day: the version, the value followed, its points (of an indicator), and the change of `value`."""

    as_of: date
    version: str
    value: Decimal | None
    points: Decimal | None
    status: str
    change: Decimal | None


def trend(home: Home, scorecard: str, subject: str, days: tuple[date, date], of: str = SCORE) -> list[Point]:
    """The published days from the first to the last of `days`, in order, of the score, a dimension or an indicator.

    `change` is the difference to the published day before. Raises UsageError `unknown-indicator`; InputError
    `unknown-subject`, `nothing-published`; EngineError.
    """
    with open_database(home) as db:
        shown = publications(db, scorecard, *days)
    if not shown:
        message, fix = f"nothing of {scorecard} is published from {days[0]} to {days[1]}", "name other days"
        raise InputError(Problem("nothing-published", str(home.folder), message, fix))
    found: list[Point] = []
    for each in shown:
        row = _row(home.path(each.folder), subject, of)
        before = found[-1].value if found else None
        value = row["value"]
        change = None if value is None or before is None else value - before
        found.append(Point(each.as_of, each.version, value, row["points"], row["status"], change))
    return found


def _row(folder: Path, subject: str, of: str) -> Mapping[str, Any]:
    (scores,) = _of_subject(folder, "scores", subject) or (None,)
    if scores is None:
        fix = "give an id as the column subject_id of the scores has it"
        raise InputError(Problem("unknown-subject", subject, "it has no published score", fix))
    if of == SCORE:
        return {"value": scores["score"], "points": None, "status": scores["status"]}
    known = [SCORE]
    for table, column in (("dimensions", "dimension"), ("indicators", "indicator"), ("observed", "indicator")):
        for row in _of_subject(folder, table, subject):
            known.append(row[column])
            if row[column] == of:
                return _told(row, table, scores["status"])
    message, fix = "nothing of the kind was published", f"use one of {', '.join(dict.fromkeys(known))}"
    raise UsageError(Problem("unknown-indicator", f"--of {of}", message, fix))


def _told(row: Mapping[str, Any], table: str, status: str) -> Mapping[str, Any]:
    if table == "dimensions":
        return {"value": row["points"], "points": None, "status": status}
    return {"value": row["value"], "points": row.get("points"), "status": row["status"]}


def _of_subject(folder: Path, table: str, subject: str) -> Sequence[Mapping[str, Any]]:
    file = folder / f"{table}.parquet"
    kind = pq.read_schema(file).field("subject_id").type
    if pa.types.is_integer(kind) and not subject.lstrip("-").isdecimal():
        return ()
    wanted = int(subject) if pa.types.is_integer(kind) else subject
    rows: list[Mapping[str, Any]] = pq.read_table(file, filters=[("subject_id", "=", wanted)]).to_pylist()
    return rows


def lines(points: Sequence[Point]) -> Iterator[dict[str, Any]]:
    """The points as rows to be printed."""
    for point in points:
        yield {
            "as_of": point.as_of, "version": point.version, "value": point.value, "change": point.change,
            "points": point.points, "status": point.status,
        }  # fmt: skip
