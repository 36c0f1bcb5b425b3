"""`effects`: what a shop may and may not do today, why, since when, and what would lift it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from steelyard import calls
from steelyard.cli.printing import Format, FormatOption, Language, LanguageOption, put, put_rows, put_table, say, steps
from steelyard.cli.scorecards import RulesOption
from steelyard.cli.scores import EngineOption, SetOption, StatesOption, values_of
from steelyard.engines import connect
from steelyard.errors import Problem, UsageError
from steelyard.events.check import Events, open_events
from steelyard.facts.states import with_states
from steelyard.insight.history import Looked, Versions, has_effects, published, scored, versions_on
from steelyard.insight.standing import Standing, standings, with_goods
from steelyard.insight.standing_words import lift_in_words, since_in_words, state_in_words, why_in_words
from steelyard.scorecards.library import library
from steelyard.scoring.run import tables_read

LOOK_BACK = 6
"""Days before the day asked for that are looked at to say since when."""
EVERY = "any"
"""Names every state."""
STATES = ("holds", "does_not_hold", "not_assessed", "not_set", EVERY)
_HEADS = {
    "zh": ("影响", "状态", "起始日", "条件与现值", "如何改变", "说明"),
    "en": ("effect", "state", "since", "condition and value", "what would change it", "note"),
}
_SHOP = {"zh": "店铺", "en": "shop"}
_AGENT = {"zh": "客服", "en": "agent"}
_GOODS = {"zh": "涉及商品", "en": "goods concerned"}


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("effects", rich_help_panel="Scores")(effects)


@dataclass(frozen=True)
class _Wanted:
    """What is asked for."""

    subject: str | None
    effect: str | None
    state: str
    names: Sequence[str]
    values: dict[str, str]
    rules: Sequence[Path]
    states: Path | None


StateOption = Annotated[
    str,
    typer.Option(metavar="holds|does_not_hold|not_assessed|not_set|any", help="Without SUBJECT: those in this state."),
]


def effects(
    lang: LanguageOption,
    subject: Annotated[
        str | None,
        typer.Argument(metavar="[SUBJECT]", help="The shop's id, an agent's with --scorecard; without: all of them."),
    ] = None,
    names: Annotated[
        list[str] | None,
        typer.Option("--scorecard", metavar="ID[@VERSION]", help="By default every scorecard in force."),
    ] = None,
    events: Annotated[Path | None, typer.Option("--events", metavar="DIR", help="The events folder.")] = None,
    results: Annotated[
        Path | None, typer.Option("--results", metavar="DIR", help="Results of a range, instead of scoring again.")
    ] = None,
    as_of: Annotated[str | None, typer.Option("--as-of", metavar="DATE", help="The day asked about.")] = None,
    first: Annotated[
        str | None, typer.Option("--from", metavar="DATE", help=f"Look back to here; by default {LOOK_BACK} days.")
    ] = None,
    effect: Annotated[str | None, typer.Option("--effect", metavar="ID", help="This effect only.")] = None,
    state: StateOption = "holds",
    engine: EngineOption = "duckdb",
    values: SetOption = None,
    states: StatesOption = None,
    more: RulesOption = None,
    how: FormatOption = Format.table,
) -> None:
    """What a shop or an agent may do today and may not, why, since when, and what would lift it."""
    state = EVERY if subject is not None else _state(state)
    wanted = _Wanted(subject, effect, state, names or (), values_of(values), more or (), states)
    _refuse_unclear(wanted, events, results, as_of)
    if results is not None:
        found = _from_results(wanted, results, calls.day_of(as_of) if as_of else None)
    elif events is not None and as_of is not None:
        last = calls.day_of(as_of)
        start = calls.day_of(first) if first else last - timedelta(days=LOOK_BACK)
        found = _from_events(wanted, events, calls.days_between(start, last), engine)
    _put(found, wanted, lang, how)


def _state(wanted: str) -> str:
    """UsageError for a word that is no state: it would name no shop and look like an answer."""
    if wanted not in STATES:
        fix = f"use one of {', '.join(STATES)}"
        raise UsageError(Problem("unknown-state", f"--state {wanted}", "effects have no such state", fix))
    return wanted


def _refuse_unclear(wanted: _Wanted, events: Path | None, results: Path | None, as_of: str | None) -> None:
    problems = []
    if (events is None) == (results is None):
        fix = "give --events to score, or --results to read what was scored"
        problems.append(Problem("one-source", "effects", "it needs either events or results", fix))
    if events is not None and as_of is None:
        problems.append(Problem("missing-day", "effects --events", "no day is named", "give --as-of DATE"))
    if wanted.subject is None and wanted.effect is None:
        fix = "name a SHOP, or an effect by --effect ID"
        problems.append(Problem("missing-effect", "effects", "all effects of all shops are no list", fix))
    paths = [name for name in wanted.values if not name.startswith("engine.")]
    if paths and len(wanted.names) != 1:
        fix = "name the scorecard by --scorecard ID"
        problems.append(Problem("set-with-all", f"--set {paths[0]}", "it names a value of one scorecard", fix))
    if problems:
        raise UsageError(problems)


def _from_results(wanted: _Wanted, folder: Path, day: date | None) -> list[Standing]:
    return _found(published(folder, library(wanted.rules), day, wanted.subject, wanted.names), wanted)


def _from_events(wanted: _Wanted, folder: Path, days: Sequence[date], engine: str) -> list[Standing]:
    cards = _cards(wanted, days)
    if not cards:
        return []
    with _opened(cards, folder, engine, wanted) as known:
        for example in known.report.examples:
            say(str(example))
        subject = None if wanted.subject is None else calls.subject_id(known, wanted.subject)
        with steps(f"scoring {len(cards)} scorecards", len(days)) as progress:
            looked = scored(known, cards, subject, progress)
        return list(with_goods(_found(looked, wanted), known, days[-1]))


def _cards(wanted: _Wanted, days: Sequence[date]) -> dict[str, Versions]:
    """Every scorecard to be looked at with its version on each day; what cannot be scored is told and left away."""
    known, day = library(wanted.rules), days[-1]
    cards: dict[str, Versions] = {}
    for name in wanted.names or known.ids():
        try:
            versions = versions_on(known, name, days)
            kinds = {card.name for card in versions.values()}
            settled = {kind: calls.choose(kind, day, wanted.values, wanted.rules).scorecard for kind in kinds}
        except UsageError as error:
            if wanted.names:
                raise
            say(f"note: {name} is not looked at: {error.problems[0]}")
            continue
        if day not in versions:
            say(f"note: {name} is not in force on {day}: it has no effects")
        elif not wanted.names and wanted.subject is not None and versions[day].subject == "agent":
            continue  # an id without a scorecard beside it is a shop's
        elif has_effects(versions[day], day):
            cards[name] = {each: settled[card.name] for each, card in versions.items()}
        elif wanted.names:
            say(f"note: {name} has no effects on {day}")
    return cards


@contextmanager
def _opened(cards: dict[str, Versions], folder: Path, engine: str, wanted: _Wanted) -> Iterator[Events]:
    settings = {key.removeprefix("engine."): text for key, text in wanted.values.items() if key.startswith("engine.")}
    running = connect(engine, settings)
    try:
        read = tables_read(*(card for versions in cards.values() for card in versions.values()))
        found = open_events(running, folder, read | {"placements"})
        yield found if wanted.states is None else with_states(found, wanted.states)
    finally:
        running.close()


def _found(looked: Sequence[Looked], wanted: _Wanted) -> list[Standing]:
    found = [standing for each in looked for standing in standings(each.days, wanted.effect)]
    named = {effect.id for each in looked for effect in each.days[-1].scorecard.effects}
    if wanted.effect is not None and looked and wanted.effect not in named:
        fix = f"use one of {', '.join(sorted(named))}" if named else "name another scorecard"
        raise UsageError(Problem("unknown-effect", wanted.effect, "no scorecard looked at has this effect", fix))
    return [each for each in found if wanted.state in (EVERY, each.state)]


def _put(found: Sequence[Standing], wanted: _Wanted, lang: Language, how: Format) -> None:
    if how is not Format.table:
        put_rows([_record(each, lang) for each in found], how, _COLUMNS)
        return
    for card in dict.fromkeys(each.scorecard.name for each in found):
        its = [each for each in found if each.scorecard.name == card]
        put(f"{card} {getattr(its[0].scorecard.title, lang)}")
        head = (_AGENT if its[0].scorecard.subject == "agent" else _SHOP)[lang]
        heads = _HEADS[lang] if wanted.subject is not None else (head, *_HEADS[lang])
        put_table(heads, [_line(each, lang, many=wanted.subject is None) for each in its])
        for each in its:
            if each.goods:
                goods = ", ".join(f"{placed.product_id} ({placed.activity}, {placed.from_on})" for placed in each.goods)
                put(f"{getattr(each.effect.title, lang)} · {_GOODS[lang]}: {goods}")


def _line(each: Standing, lang: Language, *, many: bool) -> list[str]:
    note = getattr(each.effect.note, lang) if each.effect.note else ""
    texts = [each.effect.title, state_in_words(each), since_in_words(each), why_in_words(each), lift_in_words(each)]
    line = [*(getattr(text, lang) for text in texts), note]
    return [str(each.subject), *line] if many else line


_COLUMNS = (
    "scorecard", "version", "subject_id", "effect", "title", "kind", "state", "allowed", "since", "or_earlier",
    "condition", "value", "lift", "note", "reason", "goods",
)  # fmt: skip


def _record(each: Standing, lang: Language) -> dict[str, Any]:
    card, effect = each.scorecard, each.effect
    own = {
        "scorecard": card.id,
        "version": card.version,
        "subject_id": each.subject,
        "effect": effect.id,
        "title": getattr(effect.title, lang),
        "kind": effect.kind,
        "note": getattr(effect.note, lang) if effect.note else None,
        "condition": getattr(why_in_words(each), lang),
        "lift": getattr(lift_in_words(each), lang) or None,
        "goods": " ".join(str(placed.product_id) for placed in each.goods) or None,
    }
    return own | {name: getattr(each, name) for name in ("state", "allowed", "since", "or_earlier", "value", "reason")}
