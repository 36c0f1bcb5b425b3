"""`targets`: what agents or shops may aim at, from every source, with the gap and what closing it takes."""

from typing import Annotated, Any

import typer

from steelyard import calls
from steelyard.cli.printing import Format, FormatOption, Language, LanguageOption, file_of_rows, put_rows, say, spinner
from steelyard.cli.replies import (
    FromOption,
    MetricOption,
    OutOption,
    PlatformOption,
    SettingsOption,
    ToOption,
    ValuesOption,
    kind_of,
    period_of,
    settings_and_running,
    tell,
    write_text,
)
from steelyard.cli.scores import EngineOption, EventsOption
from steelyard.errors import InputError, Problem, UsageError
from steelyard.facts import Judged
from steelyard.service.proposals import COLUMNS, proposals
from steelyard.service.report import Asked, Row, Subject
from steelyard.service.settings import SHEET
from steelyard.service.targets import KINDS

_SHOWN = (
    "metric", "subject_id", "source", "target", "value", "gap", "needed", "worth", "status", "reason",
)  # fmt: skip
"""What people see: the reason says the rest."""
_BY: dict[str, Judged] = {"agent": "agent", "shop": "shop"}

SourceOption = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="|".join(KINDS), help="Only this source; may be given several times."),
]


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("targets", rich_help_panel="Service")(targets)


def targets(
    events: EventsOption,
    first: FromOption,
    end: ToOption,
    lang: LanguageOption,
    by: Annotated[str, typer.Option("--by", metavar="agent|shop", help="Whose targets.")] = "agent",
    shop: Annotated[str | None, typer.Option("--shop", metavar="ID", help="Only this shop and its agents.")] = None,
    sources: SourceOption = None,
    platform: PlatformOption = SHEET,
    own: SettingsOption = None,
    values: ValuesOption = None,
    metrics: MetricOption = None,
    out: OutOption = None,
    engine: EngineOption = "duckdb",
    how: FormatOption = Format.table,
) -> None:
    """Targets from industry, team, past and platform: why, how far, and what closing the gap is worth."""
    settings, running = settings_and_running((platform, own), values)
    settings = settings.only(metrics) if metrics else settings
    judged, kinds, period = _judged(by), _kinds(sources), period_of(first, end)
    how = how if out is None else kind_of(out)
    with calls.opened_for(settings, events, (engine, running)) as known:
        tell(known)
        with spinner(f"{settings.title.zh if lang == Language.zh else settings.title.en} {first} … {end}"):
            rows = proposals(Asked(known, settings, judged, period), kinds)
        rows = rows if shop is None else _of_shop(rows, calls.subject_id(known, shop))
    lines = [_line(row, lang, how) for row in rows]
    if out is None:
        put_rows(lines, how, _SHOWN if how is Format.table else COLUMNS)
    else:
        write_text(out, file_of_rows(lines, how, COLUMNS))
        say(f"written: {out}")


def _of_shop(rows: list[Row], shop: Subject) -> list[Row]:
    """The rows of a shop or of its agents; InputError where there are none."""
    own = [row for row in rows if row["shop_id"] == shop]
    if rows and not own:
        message, fix = "nothing is asked of it or of an agent of it", "give an id as the column shop_id of shops has it"
        raise InputError(Problem("unknown-subject", f"--shop {shop}", message, fix))
    return own


def _line(row: dict[str, Any], lang: Language, how: Format) -> dict[str, Any]:
    """A row as it is printed: one language in tables and CSV, both in JSON."""
    reason = row["reason"]
    if how is Format.json:
        return row | {"reason": {"zh": reason.zh, "en": reason.en}}
    return row | {"reason": reason.zh if lang == Language.zh else reason.en}


def _judged(by: str) -> Judged:
    if by not in _BY:
        message = "targets are by agent or shop"
        raise UsageError(Problem("unknown-subject-kind", f"--by {by}", message, "use agent or shop"))
    return _BY[by]


def _kinds(sources: list[str] | None) -> list[str]:
    for each in sources or ():
        if each not in KINDS:
            fix = f"use one of {', '.join(KINDS)}"
            raise UsageError(Problem("unknown-source", f"--source {each}", "no target comes from there", fix))
    return sources or list(KINDS)
