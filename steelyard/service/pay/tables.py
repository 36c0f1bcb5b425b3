"""The payroll's own files: the sales register, the staff list, amounts entered by hand.

YAML (a list of rows), CSV in UTF-8 or Parquet, by the ending of the name. Values are read as text, so that an id keeps
its digits and an amount its decimals.
"""

import csv
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from steelyard.errors import InputError, Problem, UsageError
from steelyard.scorecards.tree import read_tree

KINDS = (".yaml", ".yml", ".csv", ".parquet")
"""The endings that are read."""


def _without_zone(instant: datetime) -> datetime:
    if instant.tzinfo is not None:
        message = "write the marketplace's wall clock, without a zone"
        raise ValueError(message)
    return instant


Text = Annotated[str, Field(min_length=1)]
Time = Annotated[datetime, AfterValidator(_without_zone)]
Amount = Annotated[Decimal, Field(decimal_places=2, ge=-(10**9), le=10**9)]


class Line(BaseModel):
    """One row of a file; unknown columns are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", coerce_numbers_to_str=True)


class Claim(Line):
    """One row of the sales register: an agent says that an order is their sale."""

    claim_id: Text
    order_id: Text
    agent_id: Text
    claimed_at: Time
    session_id: str | None = None
    chat: str | None = None
    state: Literal["open", "accepted", "refused"] = "open"
    decided_by: str | None = None
    decided_at: Time | None = None
    note: str | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if not (self.session_id or self.chat):
            message = "give the evidence: session_id, or chat (where the uploaded chat lies)"
            raise ValueError(message)
        if self.state != "open" and not (self.decided_by and self.decided_at):
            message = f"a claim that is {self.state} needs decided_by and decided_at"
            raise ValueError(message)
        if self.state == "open" and (self.decided_by or self.decided_at):
            message = "a claim that is open has no decided_by and no decided_at"
            raise ValueError(message)
        if self.decided_by == self.agent_id:
            message = "an agent does not decide on their own claim"
            raise ValueError(message)
        if self.decided_at and self.decided_at < self.claimed_at:
            message = "decided_at is before claimed_at"
            raise ValueError(message)
        return self


class StaffRow(Line):
    """What the events do not say of an agent."""

    agent_id: Text
    region: str | None = None
    role: Literal["presale", "aftersale"] | None = None
    joined_on: date | None = None
    left_on: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.joined_on and self.left_on and self.left_on < self.joined_on:
            message = "left_on, the last day of work, is before joined_on"
            raise ValueError(message)
        return self


class Entry(Line):
    """An amount entered by hand: the free part of the flexible performance pay."""

    entry_id: Text
    agent_id: Text
    month: Annotated[str, Field(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
    amount: Amount
    reason: Text
    entered_by: Text


Model = TypeVar("Model", bound=Line)
_KEYS: dict[type[Line], str] = {Claim: "claim_id", StaffRow: "agent_id", Entry: "entry_id"}


def rows_of(file: Path, model: type[Model]) -> list[Model]:
    """Every row of `file` as `model`, in the order of its key.

    Raises InputError `bad-row` for every row that cannot be read, UsageError for a file that is not there or of
    another kind.
    """
    if not file.is_file():
        raise UsageError(Problem("no-such-file", str(file), "there is no such file", "check the path"))
    found: dict[str, Model] = {}
    problems: list[Problem] = []
    key = _KEYS[model]
    for where, row in _rows(file):
        try:
            line = model.model_validate({name: value for name, value in row.items() if not _is_blank(value)})
        except ValidationError as error:
            problems += [_told(where, each) for each in error.errors(include_url=False)]
            continue
        name = getattr(line, key)
        if name in found:
            problems.append(Problem("bad-row", where, f"{key} {name} stands twice", "keep one of the rows"))
        found[name] = line
    if problems:
        raise InputError(problems)
    return [found[name] for name in sorted(found)]


def _is_blank(value: Any) -> bool:
    return value is None or value == ""


def _told(where: str, detail: Any) -> Problem:
    place = ".".join(map(str, detail["loc"]))
    message = f"{place}: {detail['msg']}" if place else str(detail["msg"])
    return Problem("bad-row", where, message, "mend the row; docs/pay.md lists the columns")


def _rows(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    readers = {".csv": _csv, ".parquet": _parquet, ".yaml": _yaml, ".yml": _yaml}
    if file.suffix.lower() not in KINDS:
        fix = f"end its name in {', '.join(KINDS)}"
        raise UsageError(Problem("unknown-file-type", str(file), "it is no kind of file that is read", fix))
    return readers[file.suffix.lower()](file)


def _csv(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            for number, row in enumerate(csv.DictReader(text, restkey="columns beyond the heading"), start=2):
                yield f"{file} line {number}", row
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(Problem("bad-row", str(file), "this is no CSV in UTF-8", "save it as CSV, UTF-8")) from error


def _parquet(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        rows = pq.read_table(file).to_pylist()
    except (OSError, pa.ArrowException) as error:
        raise InputError(Problem("unreadable-file", str(file), str(error), "write it as Parquet again")) from error
    for number, row in enumerate(rows, start=1):
        yield f"{file} row {number}", row


def _yaml(file: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    tree = read_tree(file)
    rows = tree.child("rows")
    if rows is None or not isinstance(rows.value, list):
        raise InputError(Problem("bad-row", str(file), "there is no list `rows:`", "write `rows:` and a list under it"))
    for row in rows.value:
        if not isinstance(row.value, dict):
            raise InputError(Problem("bad-row", row.place, "it is no mapping", "write `column: value` pairs"))
        yield row.place, row.plain()
