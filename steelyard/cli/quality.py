"""`quality`: which sessions to check, as a form to be filled in, and filled forms as rows of `quality_checks`."""

from datetime import datetime, time
from pathlib import Path
from typing import Annotated, get_args

import typer

from steelyard import calls
from steelyard.cli.printing import Language, LanguageOption, say, spinner
from steelyard.cli.replies import FromOption, ToOption, period_of, tell
from steelyard.cli.scores import EngineOption, EventsOption
from steelyard.errors import Problem, UsageError
from steelyard.landing import draft_beside
from steelyard.service.candidates import READ, candidates
from steelyard.service.check_form import KINDS, MOST_ROWS, form, write_form
from steelyard.service.check_import import read_form, write_checks
from steelyard.service.checklist import checklist_of
from steelyard.service.report import END
from steelyard.service.sampling import By, Per, Plan, drawn

quality = typer.Typer(no_args_is_help=True, help="Checks of sessions by people.", rich_markup_mode=None)
MOST = 100_000
"""Sessions that one form may hold of each agent or shop."""

ChecklistOption = Annotated[
    Path | None, typer.Option("--checklist", metavar="FILE", help="What to look at, instead of the four items.")
]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    app.add_typer(quality, name="quality", rich_help_panel="Service")


@quality.command("sample")
def sample_command(
    events: EventsOption,
    first: FromOption,
    end: ToOption,
    size: Annotated[int, typer.Option("--size", metavar="N", help="How many sessions, in all or of each.")],
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help=f"The form: {', '.join(KINDS)}.")],
    lang: LanguageOption,
    by: Annotated[
        str, typer.Option("--by", metavar="random|low_rating|long_wait", help="Which sessions come first.")
    ] = "random",
    per: Annotated[
        str | None, typer.Option("--per", metavar="agent|shop", help="So many of each agent or shop.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Another seed draws other sessions.")] = 0,
    own: ChecklistOption = None,
    engine: EngineOption = "duckdb",
) -> None:
    """Draw sessions to be checked, as a form with one row per session and item."""
    plan, period = _plan(size, by, seed, per), period_of(first, end)
    checklist = checklist_of(own)
    if out.suffix not in KINDS or out.is_dir():
        message, fix = "it is no kind of form", f"name a file that ends in {', '.join(KINDS)}"
        raise UsageError(Problem("unknown-document", f"--out {out}", message, fix))
    with calls.opened_tables(READ, events, (engine, {}), END) as known:
        tell(known)
        with spinner(checklist.title.zh if lang == Language.zh else checklist.title.en):
            sessions = drawn(candidates(known, period, plan.by), plan)
            rows = form(sessions, plan, checklist, known.id_type, lang)
    if out.suffix == ".xlsx" and len(rows) > MOST_ROWS:
        message, fix = f"a sheet does not hold {len(rows):,} rows", "draw fewer, or name a file that ends in .csv"
        raise UsageError(Problem("bad-size", f"--size {size}", message, fix))
    target = out.resolve()
    with draft_beside(target) as beside:
        write_form(rows, checklist, known.id_type, beside / target.name)
        (beside / target.name).replace(target)
    say(f"{len(sessions)} sessions, {len(rows)} rows")
    say(f"written: {out}")


@quality.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The form, filled in.")],
    target: Annotated[Path, typer.Argument(metavar="DIR", help="The folder for quality_checks.parquet.")],
    on: Annotated[
        str | None, typer.Option("--on", metavar="DATE", help="When it was checked, for rows that do not say.")
    ] = None,
    own: ChecklistOption = None,
) -> None:
    """Read a filled form into `quality_checks`: all of it, or nothing and every cell that is wrong."""
    checked_at = None if on is None else datetime.combine(calls.day_of(on), time())
    filled = read_form(file, checklist_of(own), checked_at)
    written = write_checks(filled, target)
    say(f"{len(filled.rows)} rows, {filled.unscored} without a score left out")
    say(f"written: {written}")


def _plan(size: int, by: str, seed: int, per: str | None) -> Plan:
    ways: dict[str, By] = {each: each for each in get_args(By)}
    shares: dict[str | None, Per | None] = {None: None} | {each: each for each in get_args(Per)}
    problems = []
    if not 1 <= size <= MOST:
        problems.append(Problem("bad-size", f"--size {size}", "so many cannot be drawn", f"give 1 to {MOST:,}"))
    if by not in ways:
        fix = f"use one of {', '.join(ways)}"
        problems.append(Problem("unknown-draw", f"--by {by}", "nothing is drawn by that", fix))
    if per not in shares:
        problems.append(Problem("unknown-draw", f"--per {per}", "nobody has such shares", "use agent or shop"))
    if problems:
        raise UsageError(problems)
    return Plan(size, ways[by], seed, shares[per])
