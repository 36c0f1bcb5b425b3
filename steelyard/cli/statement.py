"""`statement`: why a shop has its score, as one document that stands on its own."""

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import ibis
import typer

from steelyard import calls
from steelyard.cli.effects import LOOK_BACK
from steelyard.cli.printing import Language, LanguageOption, say, steps
from steelyard.cli.scorecards import RulesOption
from steelyard.cli.scores import (
    AsOfOption,
    EngineOption,
    EventsOption,
    SetOption,
    StatesOption,
    WantedArgument,
    tell,
    values_of,
)
from steelyard.errors import Problem, UsageError
from steelyard.events.check import Events
from steelyard.insight.diagnosis import diagnose
from steelyard.insight.history import Versions, has_effects, scored, versions_on
from steelyard.insight.markdown import page
from steelyard.insight.standing import standings
from steelyard.insight.statement import Statement, markdown_of, title_of
from steelyard.landing import draft_beside
from steelyard.scorecards.library import library
from steelyard.scorecards.model import Scorecard
from steelyard.scoring.run import score_events

KINDS = (".md", ".html")
"""What a statement may be written as."""


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("statement", rich_help_panel="Scores")(statement)


def statement(
    wanted: WantedArgument,
    subject: Annotated[str, typer.Argument(metavar="SUBJECT", help="The shop's id, or the agent's.")],
    events: EventsOption,
    as_of: AsOfOption,
    out: Annotated[Path, typer.Option("--out", metavar="FILE.md|FILE.html", help="The document.")],
    lang: LanguageOption,
    first: Annotated[
        str | None,
        typer.Option("--from", metavar="DATE", help=f"Look back at effects to here; by default {LOOK_BACK} days."),
    ] = None,
    engine: EngineOption = "duckdb",
    values: SetOption = None,
    states: StatesOption = None,
    more: RulesOption = None,
) -> None:
    """Write the statement of reasons of a shop or an agent: rule, inputs, steps, effects, causes, how to contest."""
    _refuse_other_kinds(out)
    day, given = calls.day_of(as_of), values_of(values)
    days = calls.days_between(calls.day_of(first) if first else day - timedelta(days=LOOK_BACK), day)
    chosen = calls.choose(wanted, day, given, more or ())
    cards = _versions(wanted, chosen.scorecard, days, given, more or ())
    with calls.opened(chosen, events, engine, states) as known:
        tell(chosen, known)
        shop = calls.subject_id(known, subject)
        with steps(f"scoring {chosen.scorecard.name}", len(days)) as progress:
            looked = scored(known, {chosen.scorecard.id: cards}, shop, progress) if cards else []
            result = score_events(known.engine, known, chosen.scorecard, day, progress)
        diagnosis = diagnose(result, known, shop, {part.id for part in chosen.scorecard.measured})
        name = _name_of(known, chosen.scorecard.subject, shop)
    options = [*_options("--set", (f"{path}={text}" for path, text in given.items())), *_options("--rules", more or ())]
    options += _options("--states", [states] if states else [])
    call = [chosen.scorecard.name, subject, "--events", str(events), "--as-of", str(day), *options]
    commands = [shlex.join(["steelyard", verb, *call]) for verb in ("explain", "diagnose")]
    found = [standing for each in looked for standing in standings(each.days)]
    _write(out, Statement(diagnosis, found, name, commands), lang)


def _options(name: str, values: Iterable[object]) -> Iterator[str]:
    for value in values:
        yield from (name, str(value))


def _refuse_other_kinds(out: Path) -> None:
    if out.suffix not in KINDS:
        fix = f"end its name in {' or '.join(KINDS)}"
        raise UsageError(Problem("unknown-document", f"--out {out}", "it is neither Markdown nor HTML", fix))
    if out.is_dir():
        raise UsageError(Problem("unknown-document", f"--out {out}", "it is a folder", "name a file"))


def _versions(
    wanted: str, card: Scorecard, days: Sequence[date], values: Mapping[str, str], rules: Sequence[Path]
) -> Versions:
    """The version on each day looked at; none where the one that scores has no effects on the last day."""
    if not has_effects(card, days[-1]):
        return {}
    versions = versions_on(library(rules), wanted, days)
    settled = {
        name: calls.choose(name, days[-1], values, rules).scorecard
        for name in {each.name for each in versions.values()}
    }
    return {day: settled[each.name] for day, each in versions.items()}


def _name_of(events: Events, kind: str, subject: str | int) -> str:
    """What the shop or agent is called, its id where it has no name."""
    every = events.engine.backend.table(f"{kind}s")
    its = every.filter(every[f"{kind}_id"] == ibis.literal(subject, events.id_type))
    rows = events.engine.arrow(its.select("name"))
    return str(next((row["name"] for row in rows.to_pylist() if row["name"]), subject))


def _write(out: Path, document: Statement, lang: Language) -> None:
    """The whole file at once, in the place of an earlier one."""
    text = markdown_of(document, lang.value)
    if out.suffix == ".html":
        text = page(text, title_of(document, lang.value), lang.value)
    with draft_beside(out.resolve()) as draft:
        (draft / out.name).write_text(text, encoding="utf-8")
        (draft / out.name).replace(out)
    say(f"written: {out}")
