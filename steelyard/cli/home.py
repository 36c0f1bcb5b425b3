"""`home`: the folder of the daily run; made, looked at, backed up, restored, upgraded.

The desk is imported where it is used: its libraries would double the time in which every other command starts.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from steelyard.cli.printing import Format, FormatOption, Language, LanguageOption, put_rows, say, spinner

if TYPE_CHECKING:
    from steelyard.desk.models import Run
    from steelyard.desk.status import Status

homes = typer.Typer(no_args_is_help=True, help="The folder of the daily run, and its database.", rich_markup_mode=None)
HomeOption = Annotated[Path, typer.Option("--home", metavar="DIR", help="The home folder.")]
HomeArgument = Annotated[Path, typer.Argument(metavar="DIR", help="The home folder.")]
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        "--database", metavar="URL", help="PostgreSQL, or another SQLite file; ${NAME} is read from the environment."
    ),
]
WORDS = {
    "folder": ("文件夹", "folder"),
    "database": ("数据库", "database"),
    "revision": ("数据表版本", "tables of revision"),
    "at_work": ("正在写入", "at work"),
    "last_run": ("最近一次运行", "last run"),
    "problem": ("问题", "problem"),
    "step": ("步骤", "step"),
    "last_published": ("最近发布的一天", "last day published"),
    "taken": ("已收取数据的天数", "days of arrivals taken"),
    "rows": ("最近一天收取的行数", "rows of the last day taken"),
    "quarantined": ("其中被隔离", "of them quarantined"),
    "runs": ("运行次数", "runs"),
    "days": ("已发布的天数", "days published"),
    "missing": ("缺失的结果文件夹", "folder of results missing"),
    "bytes": ("占用字节", "bytes"),
}
"""What a row of the status is about → (Chinese, English)."""


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(homes, name="home", rich_help_panel="Daily")


@homes.command("create")
def create_command(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New folder.")], database: DatabaseOption = None
) -> None:
    """Make a home: its folders, its configuration, and the tables in its database."""
    from steelyard.desk.home import create_home

    home = create_home(folder, database)
    say(f"written: {home.folder}")
    say(f"next: put arrivals into {home.arrivals}/YYYY-MM-DD, see docs/home.md")


@homes.command("status")
def status_command(folder: HomeArgument, lang: LanguageOption, how: FormatOption = Format.table) -> None:
    """The last run and how long its steps took, days taken and published, the database, room on disk."""
    from steelyard.desk.home import open_home
    from steelyard.desk.status import status

    home = open_home(folder)
    rows = [{"about": about, "name": name, "value": value} for about, name, value in _told(home.folder, status(home))]
    put_rows([_worded(row, lang) for row in rows] if how is Format.table else rows, how)


@homes.command("backup")
def backup_command(
    folder: HomeArgument,
    file: Annotated[Path, typer.Argument(metavar="FILE.tar", help="New file for the backup.")],
    how: FormatOption = Format.table,
    *,
    whole: Annotated[bool, typer.Option("--whole", help="With the folders store, ledger, results as well.")] = False,
) -> None:
    """Write the database and the configuration into one file; it is as secret as the configuration."""
    from steelyard.desk.backup import WHOLE, backup
    from steelyard.desk.home import open_home

    home = open_home(folder)
    with spinner(f"backing up {folder}"):
        counted = backup(home, file, datetime.now(UTC), WHOLE if whole else ())
    put_rows([{"part": part, "count": count} for part, count in counted.items()], how)
    say(f"written: {file}")


@homes.command("restore")
def restore_command(
    file: Annotated[Path, typer.Argument(metavar="FILE.tar", help="What `home backup` wrote.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="New folder.")],
    database: DatabaseOption = None,
) -> None:
    """Make a home from a backup, in an empty database, of another kind if wanted."""
    from steelyard.desk.backup import restore

    with spinner(f"restoring {folder}"):
        home = restore(file, folder, database)
    say(f"written: {home.folder}")


@homes.command("upgrade")
def upgrade_command(folder: HomeArgument) -> None:
    """Bring the tables of the database to those of this version; make a backup first."""
    from steelyard.desk import schema
    from steelyard.desk.database import connect
    from steelyard.desk.home import open_home
    from steelyard.desk.lock import lock

    home = open_home(folder)
    with lock(home), connect(home.database_url) as db:
        before, after = schema.upgrade(db, home.id)
    told = f"revision {after}" if before == after else f"from revision {before or 'none'} to {after}"
    say(f"note: {db.shown}: {told}")


def _told(folder: Path, found: "Status") -> Iterator[tuple[str, str | None, Any]]:
    """What there is to say: what it is about, a name where there are several, the value."""
    yield "folder", None, str(folder)
    yield "database", None, found.database
    yield "revision", None, found.revision
    yield "at_work", None, found.at_work
    if found.last is not None:
        yield "last_run", found.last.status, _run(found.last)
        yield "problem", None, found.problem
        for step in found.last.steps:
            yield "step", step.name, f"{step.milliseconds / 1000:.1f} s"
    yield "last_published", None, found.last_published and found.last_published.as_of
    yield from (("runs", name, count) for name, count in found.runs.items())
    yield "taken", _span(found.taken), len(found.taken)
    if found.newest is not None:
        day, tables = str(found.newest.day), found.newest.tables
        yield "rows", day, sum(table.rows_read for table in tables)
        yield "quarantined", day, sum(table.quarantined for table in tables)
        yield from (("quarantined", f"{day} {table.name}", table.quarantined) for table in tables if table.quarantined)
    yield from (("days", f"{card} {_span(days)}", len(days)) for card, days in found.shown.items())
    yield from (("missing", None, place) for place in found.missing)
    yield from (("bytes", name, size) for name, size in found.bytes.items())


def _run(run: "Run") -> str:
    ended = "" if run.finished_at is None else f", {(run.finished_at - run.started_at).total_seconds():.1f} s"
    return f"{run.as_of}, {run.engine}, begun {run.started_at:%Y-%m-%d %H:%M:%S} UTC{ended}"


def _span(days: list[Any]) -> str:
    return f"{days[0]} … {days[-1]}" if days else ""


def _worded(row: dict[str, Any], lang: Language) -> dict[str, Any]:
    zh, en = WORDS[row["about"]]
    value = row["value"]
    return {"about": zh if lang is Language.zh else en, "name": row["name"], "value": _number(value)}


def _number(value: Any) -> Any:
    return f"{value:,}" if isinstance(value, int) else value
