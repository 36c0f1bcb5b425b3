"""`demo`: a sample marketplace, every scorecard scored for its last day, in one command."""

import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from steelyard import calls
from steelyard.cli.printing import Format, FormatOption, LanguageOption, named, say, steps
from steelyard.cli.summary import line_of, put_lines
from steelyard.events.sample import WRITTEN, sample
from steelyard.scorecards.library import EXAMPLES

UNTIL = date(2022, 11, 1)
"""The demo's day: the published rules of the library are in force then."""
FIRST = "douyin/experience"
"""The scorecard that the demo points at."""


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
    every, reasons = calls.choose_all([UNTIL], rules=[EXAMPLES])
    for reason in reasons:
        say(f"note: {reason}")
    results = home / "results"
    lines: list[dict[str, Any]] = []
    with calls.opened(every, events, "duckdb") as opened, steps(f"every scorecard as of {UNTIL}") as progress:
        paths = calls.score_all_to(every, opened, results, progress, lambda result: lines.append(line_of(result, lang)))
    placed = {name: str(results / name) for name in paths}
    put_lines([{**line, "path": placed[line["scorecard"].partition("@")[0]]} for line in lines], lang, how)
    program = sys.argv[0] if Path(sys.argv[0]).name == "steelyard" else "steelyard"
    say(f"events: {events}")
    say(f"results: {results}")
    say(f"next: {program} explain {FIRST} 1 --events {events} --as-of {UNTIL}")
