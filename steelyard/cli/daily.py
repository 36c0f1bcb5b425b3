"""`run`: the daily job of a home."""

from datetime import UTC, datetime
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


def run(
    home: HomeOption,
    as_of: Annotated[str, typer.Option("--as-of", metavar="DATE", help="The day of the scores.")],
    lang: LanguageOption,
    wait: Annotated[float, typer.Option("--wait", metavar="SECONDS", help="Wait so long for another run.")] = 0.0,
    how: FormatOption = Format.table,
) -> None:
    """Take what arrived, carry on the ledger, score every scorecard, publish; also every day missed before."""
    from steelyard.daily.run import run_home  # noqa: PLC0415 - the desk's libraries would slow every other command
    from steelyard.desk.home import open_home  # noqa: PLC0415

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
