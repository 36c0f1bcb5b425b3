"""`demo`: a sample marketplace, every scorecard scored for its last day, in one command."""

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from steelyard import calls
from steelyard.cli.printing import Format, FormatOption, LanguageOption, named, put_rows, say, steps
from steelyard.cli.summary import put_summary
from steelyard.errors import UsageError
from steelyard.events.sample import WRITTEN, sample
from steelyard.scorecards.library import library

UNTIL = date(2022, 11, 1)
"""The demo's day: the first published rules of the library are in force then."""


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("demo", rich_help_panel="Start here")(demo)


def demo(
    lang: LanguageOption,
    home: Annotated[Path, typer.Option(metavar="DIR", help="Folder for everything written.")] = Path("demo"),
    shops: Annotated[int, typer.Option(metavar="N", help="How many shops.")] = 300,
    days: Annotated[int, typer.Option(metavar="N", help="How many days.")] = 120,
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="This version has no console yet: nothing is served.")
    ] = False,
    how: FormatOption = Format.table,
) -> None:
    """A sample marketplace, every scorecard scored for the last day, and where everything is."""
    if serve:
        say("note: this version has no console yet; nothing is served")
    events = home / "events"
    if events.exists():
        say(f"note: {events} is there already and is scored as it is")
    else:
        with named(f"sample marketplace: {shops} shops, {days} days", len(WRITTEN)) as tell:
            sample(events, shops=shops, days=days, until=UNTIL, progress=tell)
    rows = []
    known = library()
    for name in known.ids():
        try:
            chosen = calls.choose(name, UNTIL)
        except UsageError as error:
            say(f"note: {error}")
            continue
        out = home / "results" / name
        with calls.opened(chosen, events, "duckdb") as opened:
            with steps(f"{chosen.scorecard.name} as of {UNTIL}") as progress:
                paths = calls.score_to(chosen, opened, [UNTIL], out, progress)
            if how is Format.table:
                put_summary(opened.engine, chosen.scorecard, UNTIL, lang, how)
        rows += [
            {"scorecard": chosen.scorecard.name, "table": table, "path": str(path)} for table, path in paths.items()
        ]
    put_rows([{"scorecard": "", "table": "events", "path": str(events)}, *rows], how)
    program = sys.argv[0] if Path(sys.argv[0]).name == "steelyard" else "steelyard"
    say(f"next: {program} explain {known.ids()[0]} 1 --events {events} --as-of {UNTIL}")
