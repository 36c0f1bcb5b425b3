"""`run` and `trend`: the daily job of a home, and how published scores went from day to day."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from steelyard import calls
from steelyard.cli.home import HomeOption
from steelyard.cli.printing import Format, FormatOption, Language, LanguageOption, put_rows, say, steps

if TYPE_CHECKING:
    from steelyard.daily.run import Day

_HEADS = ("as_of", "scorecard", "version", "shops", "scored", "folder")


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.command("run", rich_help_panel="Daily")(run)
    app.command("trend", rich_help_panel="Daily")(trend_command)


def run(
    home: HomeOption,
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="The day of the scores.")],
    lang: LanguageOption,
    wait: Annotated[float, typer.Option("--wait", metavar="SECONDS", help="Wait so long for another run.")] = 0.0,
    how: FormatOption = Format.table,
) -> None:
    """Take what arrived, carry on the ledger, score every scorecard, publish; also every day missed before."""
    from steelyard.daily.run import run_home
    from steelyard.desk.home import open_home

    day = calls.day_of(as_of)
    with steps(f"run for {day}") as progress:
        outcome = run_home(open_home(home), day, lambda: datetime.now(UTC), wait, progress)
    if not outcome.days:
        say(
            f"{outcome.last}: published already; nothing to do"
            if lang == Language.en
            else f"{outcome.last} 已发布，无须再跑"
        )
    lines: list[dict[str, Any]] = []
    for done in outcome.days:
        _tell(done)
        lines += [
            {
                "as_of": done.day, "scorecard": each.scorecard.id, "version": each.scorecard.version,
                "shops": each.rows, "scored": each.shops_scored, "folder": str(each.folder),
            }
            for each in done.written
        ]  # fmt: skip
    put_rows(lines, how, list(_HEADS))


def _tell(done: "Day") -> None:
    for note in done.notes:
        say(f"note: {note}")
    for taken in done.taken:
        read, bad = sum(taken.read.values()), sum(taken.quarantined.values())
        say(f"{taken.day}: {read:,} rows taken, {bad:,} quarantined")


def trend_command(
    scorecard: Annotated[str, typer.Argument(metavar="ID", help="The scorecard.")],
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="The shop's id, or the agent's.")],
    home: HomeOption,
    last: Annotated[str, typer.Option("--to", metavar="DATE", help="The last day.")],
    first: Annotated[str | None, typer.Option("--from", metavar="DATE", help="Default: 29 days before.")] = None,
    of: Annotated[str, typer.Option("--of", metavar="NAME", help="A dimension or an indicator.")] = "score",
    how: FormatOption = Format.table,
) -> None:
    """How a score, a dimension or an indicator went from day to day, as published."""
    from steelyard.daily.trend import lines, trend
    from steelyard.desk.home import open_home

    until = calls.day_of(last)
    since = calls.day_of(first) if first else until - timedelta(days=29)
    calls.days_between(since, until)
    found = list(lines(trend(open_home(home), scorecard, subject, (since, until), of)))
    put_rows(found, how, ["as_of", "version", "value", "change", "points", "status"])
