"""`scorecards when`: which version of a rule stands on a day."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from steelyard.calls import day_of
from steelyard.cli.printing import Format, FormatOption, Language, LanguageOption, put_rows
from steelyard.errors import UsageError
from steelyard.scorecards.library import Library, library
from steelyard.scorecards.model import Scorecard

State = Literal["in_force", "announced", "over", "later"]
_STATES: dict[State, dict[Language, str]] = {
    "in_force": {Language.zh: "生效中", Language.en: "in force"},
    "announced": {Language.zh: "已公布，未生效", Language.en: "announced, not yet in force"},
    "over": {Language.zh: "已被替换", Language.en: "replaced"},
    "later": {Language.zh: "未生效", Language.en: "not yet in force"},
}


def register(rules: typer.Typer) -> None:
    """Add this command to `scorecards`."""
    rules.command("when")(when_command)


def when_command(
    name: Annotated[str, typer.Argument(metavar="ID", help="A scorecard.")],
    lang: LanguageOption,
    on: Annotated[str, typer.Option("--on", metavar="DATE", help="The day, YYYY-MM-DD.")],
    more: Annotated[
        list[Path] | None,
        typer.Option("--rules", metavar="PATH", help="Further scorecard files, or folders of them."),
    ] = None,
    how: FormatOption = Format.table,
) -> None:
    """Which version of a scorecard is in force on a day, which is announced, and by which the days before are shown.

    An announced version is a preview: it changes no effect, no ranking and nothing that others see.
    """
    rows = list(_rows(library(more or ()), name, day_of(on)))
    if how is Format.table:
        rows = [{**row, "state": _STATES[row["state"]][lang]} for row in rows]
    put_rows([{**row, "title": getattr(row["title"], lang)} for row in rows], how)


def _rows(known: Library, name: str, day: date) -> Iterator[dict[str, Any]]:
    """One row per version, the oldest first; `shows_to` is empty where a version shows no day."""
    periods = known.history(name, day)
    for version in known.versions(name):
        card = known.get(name, version)
        mine = [period for period in periods if period.card is card]
        yield {
            "scorecard": card.name,
            "title": card.title,
            "state": _state(known, card, day),
            "published": card.published_on,
            "in_force_from": card.effective_from,
            "shows_from": mine[0].first if mine else None,
            "shows_to": mine[-1].last if mine else None,
        }


def _state(known: Library, card: Scorecard, day: date) -> State:
    if card in known.announced(card.id, day):
        return "announced"
    if card.effective_from is not None and card.effective_from > day:
        return "later"
    try:
        return "in_force" if known.in_force(card.id, day) is card else "over"
    except UsageError:
        return "later"
