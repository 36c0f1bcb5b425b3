"""How things are printed: tables for people, JSON and CSV for programs, progress for whoever watches."""

import csv
import io
import json
import locale
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import count
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from steelyard.scoring.running import Progress as Told

WIDE = 160
"""Columns of what is drawn where stdout is no terminal."""


class Format(StrEnum):
    """How data is printed."""

    table = "table"
    json = "json"
    csv = "csv"


class Language(StrEnum):
    """The two languages of texts."""

    zh = "zh"
    en = "en"


FormatOption = Annotated[Format, typer.Option("--format", metavar="table|json|csv", help="How to print the data.")]


def default_language() -> str:
    """Chinese where the environment is (STEELYARD_LANG, else the locale), English elsewhere."""
    wanted = os.environ.get("STEELYARD_LANG") or locale.getlocale()[0] or ""
    return "zh" if wanted.lower().startswith(("zh", "chinese")) else "en"


LanguageOption = Annotated[
    Language,
    typer.Option("--lang", metavar="zh|en", help="Language of names and advice.", default_factory=default_language),
]


def say(text: str) -> None:
    """One line on stderr."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - the command line's voice


def put(text: str) -> None:
    """Text on stdout; whoever closes it early (`| head`) has seen enough."""
    try:
        print(text, flush=True)  # noqa: T201 - the command line's output
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        raise typer.Exit(0) from None


def put_drawn(drawn: RenderableType) -> None:
    """A table or tree on stdout; as wide as needed, so that no number is cut: a narrow terminal wraps the lines."""
    watched = next((stream for stream in (sys.stdout, sys.stderr) if stream.isatty()), None)
    width = WIDE if watched is None else max(WIDE, os.get_terminal_size(watched.fileno()).columns)
    console = Console(soft_wrap=False, width=width, highlight=False, markup=False, emoji=False)
    with console.capture() as captured:
        console.print(drawn)
    put(captured.get().rstrip("\n"))


def survive_streams() -> None:
    """Let a closed stream swallow what is said, and one that cannot say a character escape it (valid JSON still)."""
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _nowhere() -> io.TextIOWrapper:
    """A stream for one the caller closed, for which Python has None."""
    return Path(os.devnull).open("w", encoding="utf-8")


def plain(value: Any) -> Any:
    """A value as JSON knows it: decimals and times as text, so that no digit is lost."""
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, Decimal | date | datetime):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def as_json(value: Any) -> str:
    """A value as the text of a JSON file."""
    return json.dumps(plain(value), ensure_ascii=False, indent=2)


def put_rows(rows: Sequence[Mapping[str, Any]], how: Format, columns: Sequence[str] | None = None) -> None:
    """Flat rows on stdout; `columns` default to all that occur, in order."""
    names = list(columns or dict.fromkeys(name for row in rows for name in row))
    if how is Format.table:
        put_table(names, [[_shown(name, row.get(name)) for name in names] for row in rows])
    else:
        put(file_of_rows(rows, how, names))


def file_of_rows(rows: Sequence[Mapping[str, Any]], how: Format, names: Sequence[str]) -> str:
    """Flat rows as the text of a JSON or CSV file."""
    if how is Format.json:
        return as_json([{name: row.get(name) for name in names} for row in rows])
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([plain(row.get(name)) for name in names] for row in rows)
    return text.getvalue().rstrip("\n")


def put_table(heads: Sequence[str], lines: Sequence[Sequence[Any]], title: str | None = None) -> None:
    """A table for people; numbers to the right."""
    table = Table(title=title, title_justify="left", header_style="bold")
    for number, head in enumerate(heads):
        numeric = any(isinstance(line[number], int | Decimal) and not isinstance(line[number], bool) for line in lines)
        solid = all(_is_solid(line[number]) for line in lines)
        table.add_column(head, justify="right" if numeric else "left", overflow="fold", no_wrap=solid)
    for line in lines:
        table.add_row(*(_cell(value) for value in line))
    put_drawn(table)


def _is_solid(value: Any) -> bool:
    """Whether a cell is one word that a break would spoil: an id, a day, a number."""
    text = str(value)
    return isinstance(value, date) or (text.isascii() and " " not in text and len(text) <= 45)


def _shown(name: str, value: Any) -> Any:
    """Ids are names, not numbers: nothing goes between their digits."""
    return str(value) if name.endswith("_id") and value is not None else value


def _cell(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, datetime):
        return value.isoformat(" ", "seconds")
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


@contextmanager
def steps(title: str, days: int = 1) -> Iterator[Told]:
    """Progress over the steps of some days' scores: a bar on a terminal, one line per day elsewhere."""
    if not sys.stderr.isatty():
        yield _lines(title)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[step]}"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None, step="")
        done = 0

        def tell(name: str, _number: int, of: int) -> None:
            nonlocal done
            bar.update(task, total=of * days, completed=done, step=name)
            done += 1

        yield tell


def _lines(title: str) -> Told:
    def tell(name: str, number: int, of: int) -> None:
        if number == 0:
            say(f"{title}: {name} and {of - 1} more")

    return tell


@contextmanager
def named(title: str, total: int) -> Iterator[Callable[[str], None]]:
    """Progress over `total` named things: a bar on a terminal, one line elsewhere."""
    with steps(title) as tell:
        numbers = count()
        yield lambda name: tell(name, next(numbers), total)


@contextmanager
def spinner(title: str) -> Iterator[None]:
    """Progress of something whose length is not known."""
    if not sys.stderr.isatty():
        say(f"{title} …")
        yield
        return
    with Console(stderr=True).status(title):
        yield
