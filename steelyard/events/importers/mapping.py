"""The mapping file of `import table`: which heading becomes which column of the contract.

The reference, with a worked example, is `docs/import.md`.
"""

import codecs
import re
from collections.abc import Callable, Iterator
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from steelyard.errors import InputError, Problem
from steelyard.events.contract import CONTRACT, Column, Table
from steelyard.events.importers import yamltext
from steelyard.events.importers.cells import NULLS, TIMES
from steelyard.events.importers.sources import Layout


def _listed(given: Any) -> Any:
    return given if isinstance(given, list) else [given]


def _short_cell(given: Any) -> Any:
    return {"heading": given} if isinstance(given, str) else given


_DIRECTIVE = re.compile(r"%(?:-?[a-zA-Z]|%)|%")
_KNOWN_DIRECTIVE = re.compile(r"%([YmdHMSfpIyBbjaA%T]|-[mdHIMSyj])")


def _time_format(given: str) -> str:
    if not all(map(_KNOWN_DIRECTIVE.fullmatch, _DIRECTIVE.findall(given))) or "%" not in given:
        message = f"{given!r} is no time format; write %Y, %m, %d, %H, %M, %S and what stands between them"
        raise ValueError(message)
    return given


def _encoding(given: str) -> str:
    try:
        "".join(map(chr, range(32, 127))).encode(given)  # some codecs are none of text, or of nothing
        return codecs.lookup(given).name
    except (LookupError, UnicodeError) as error:
        message = f"there is no encoding {given!r}; write utf-8, gb18030 or utf-16"
        raise ValueError(message) from error


Encoding = Annotated[str, BeforeValidator(_encoding)]
TimeFormat = Annotated[str, BeforeValidator(_time_format)]
Texts = Annotated[tuple[str, ...], BeforeValidator(_listed)]
Words = Annotated[tuple[str | None, ...], BeforeValidator(_listed)]
TimeFormats = Annotated[tuple[TimeFormat, ...], BeforeValidator(_listed)]


class Part(BaseModel):
    """A frozen part of a mapping; unknown keys are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Cell(Part):
    """Where a column's value comes from (exactly one of the first four) and how its text is read."""

    heading: str | None = None
    first_of: tuple[str, ...] = ()
    join: tuple[str, ...] = ()
    value: str | None = None
    separator: str = ":"
    optional: bool = False
    when: dict[str, Words] = Field(default_factory=dict)
    remove: Texts = ()
    values: dict[str, str | None] = Field(default_factory=dict)
    otherwise: str | None = None
    prefix: str = ""
    format: TimeFormats = ()
    multiply: Annotated[Decimal, Field(gt=0, le=10_000)] | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if sum((self.heading is not None, bool(self.first_of), bool(self.join), self.value is not None)) != 1:
            message = "give exactly one of heading, first_of, join and value"
            raise ValueError(message)
        return self

    @property
    def origins(self) -> tuple[str, ...]:
        """The headings its text comes from."""
        return (self.heading,) if self.heading is not None else self.first_of or self.join

    @property
    def headings(self) -> tuple[str, ...]:
        """Every heading it reads."""
        return (*self.origins, *self.when)

    @property
    def has_otherwise(self) -> bool:
        """Whether `otherwise` is written, be it null."""
        return "otherwise" in self.model_fields_set


class Merge(Part):
    """Lines that agree in the columns `by` become one row; `columns` says how others are put together."""

    by: Texts = Field(min_length=1)
    columns: dict[str, Literal["sum", "min", "max", "first", "last"]] = Field(default_factory=dict)


class Silence(Part):
    """Sessions cut from messages: a new one after that long without a message of the shop and buyer."""

    by: Literal["silence"]
    silence_minutes: int = Field(gt=0)


class Given(Part):
    """Sessions put together from the `session_id` of the messages."""

    by: Literal["session_id"]


class Source(Part):
    """Files with the same headings that fill one table, or its rows written out."""

    files: Texts = ()
    rows: tuple[dict[str, str | None], ...] | None = None
    sheet: str | None = None
    header_row: int = Field(1, ge=1)
    encoding: Encoding | None = None
    delimiter: str | None = Field(None, pattern=r'^[^"\r\n\x00]\z')
    columns: dict[str, Annotated[Cell, BeforeValidator(_short_cell)]] = Field(default_factory=dict)
    leave_out: dict[str, Words] = Field(default_factory=dict)
    last_of: Texts = ()
    merge: Merge | None = None
    sessions: Annotated[Silence | Given, Field(discriminator="by")] | None = None

    @model_validator(mode="after")
    def _files_or_rows(self) -> Self:
        if bool(self.files) == (self.rows is not None):
            message = "give either files or rows"
            raise ValueError(message)
        return self

    @property
    def layout(self) -> Layout:
        """How its files are read."""
        return Layout(self.header_row, self.sheet, self.encoding, self.delimiter)


class Mapping(Part):
    """A whole mapping file; paths in it are relative to `folder`."""

    nulls: tuple[str, ...] = NULLS
    times: TimeFormats = TIMES
    constants: dict[str, str] = Field(default_factory=dict)
    tables: dict[str, Annotated[tuple[Source, ...], BeforeValidator(_listed)]] = Field(min_length=1)


def columns_of(mapping: Mapping, table: Table, source: Source) -> dict[str, Cell]:
    """The cells of a source in the contract's order, the mapping's constants included."""
    if source.rows is None:
        written = dict(source.columns)
    else:
        written = {name: Cell(heading=name) for row in source.rows for name in row}
    constants = {name: Cell(value=value) for name, value in mapping.constants.items()}
    cells = constants | written
    return {column.name: cells[column.name] for column in table.columns if column.name in cells}


def load(file: Path) -> tuple[Mapping, yamltext.Document]:
    """The mapping in `file`. InputError with all its problems, each with its line."""
    document = yamltext.read(file)
    try:
        mapping = Mapping.model_validate(document.data)
    except ValidationError as error:
        raise InputError(_model_problems(error, document)) from error
    problems = list(_contract_problems(mapping, document.where))
    if problems:
        raise InputError(problems)
    return mapping, document


def _model_problems(error: ValidationError, document: yamltext.Document) -> Iterator[Problem]:
    for part in error.errors():
        path = part["loc"]
        name = ".".join(str(step) for step in path if not isinstance(step, int)) or "the file"
        message = part["msg"].removeprefix("Value error, ")
        yield Problem("wrong-mapping", document.where(path), f"{name}: {message}", "see docs/import.md")


Where = Callable[[yamltext.Path_], str]


def _contract_problems(mapping: Mapping, where: Where) -> Iterator[Problem]:
    known = {column.name for table in CONTRACT.values() for column in table.columns}
    for name in mapping.constants:
        yield from _unknown("column", name, known, where(("constants", name)))
    for name, sources in mapping.tables.items():
        yield from _unknown("table", name, set(CONTRACT), where(("tables", name)))
        if name in CONTRACT:
            for index, source in enumerate(sources):
                yield from _source_problems(mapping, CONTRACT[name], source, (("tables", name, index), where))


def _unknown(what: str, name: str, known: set[str], place: str) -> Iterator[Problem]:
    if name not in known:
        near = get_close_matches(name, sorted(known), 3, 0.5)
        fix = f"did you mean {', '.join(near)}?" if near else f"use one of {', '.join(sorted(known))}"
        yield Problem(f"unknown-{what}", place, f"the contract has no {what} {name!r} here", fix)


def _source_problems(
    mapping: Mapping, table: Table, source: Source, place: tuple[yamltext.Path_, Where]
) -> Iterator[Problem]:
    path, where = place
    known = {column.name for column in table.columns}
    cells = columns_of(mapping, table, source)
    for name in source.columns:
        yield from _unknown("column", name, known, where((*path, "columns", name)))
    for index, row in enumerate(source.rows or ()):
        for name in row:
            yield from _unknown("column", name, known, where((*path, "rows", index, name)))
    if source.merge:
        yield from _merge_problems(table, source.merge, set(cells), where((*path, "merge")))
    if source.sessions and table.name != "messages":
        message = "only messages can be cut into sessions"
        yield Problem("wrong-mapping", where((*path, "sessions")), message, "move `sessions` to messages")
    yield from _missing(table, source, cells, where(path))
    for name, cell in cells.items():
        yield from _cell_problems(table.column(name), cell, where((*path, "columns", name)))


def _missing(table: Table, source: Source, cells: dict[str, Cell], place: str) -> Iterator[Problem]:
    cut = isinstance(source.sessions, Silence)
    for column in table.columns:
        if column.required and column.name not in cells and not (cut and column.name == "session_id"):
            message = f"{table.name}.{column.name} is required and comes from nowhere"
            yield Problem("required-column-not-mapped", place, message, f"map {column.name} under `columns`")
    if cut and "session_id" in cells:
        message = "session_id is mapped, so sessions need no cutting"
        yield Problem("wrong-mapping", place, message, "write `sessions: {by: session_id}`")


def _merge_problems(table: Table, merge: Merge, mapped: set[str], place: str) -> Iterator[Problem]:
    for name in (*merge.by, *merge.columns):
        if name not in mapped:
            message = f"merge names {name}, which is not mapped"
            yield Problem("unknown-column", place, message, "map it under `columns`")
        elif merge.columns.get(name) == "sum" and table.column(name).kind not in ("integer", "number"):
            message = f"{name} is a {table.column(name).kind}: it has no sum"
            yield Problem("wrong-mapping", place, message, "write min, max, first or last")


def _cell_problems(column: Column, cell: Cell, place: str) -> Iterator[Problem]:
    """Options that do nothing for the kind of the column are mistakes."""
    fitting = {"format": ("time", "date"), "multiply": ("number",), "prefix": ("id", "text")}
    for option, kinds in fitting.items():
        if option in cell.model_fields_set and column.kind not in kinds:
            message = f"{column.name} is a {column.kind}: {option} has no meaning there"
            yield Problem("wrong-mapping", place, message, f"remove `{option}`")
