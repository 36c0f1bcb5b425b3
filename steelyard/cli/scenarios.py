"""`scenarios`: what contacts may be about, and which of it is a call for help."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from steelyard.calls import day_of
from steelyard.cli.printing import Format, FormatOption, Language, LanguageOption, put_rows, say
from steelyard.engines import connect
from steelyard.errors import Problem, UsageError
from steelyard.events.check import open_events
from steelyard.events.scenarios import MODULES, Scenario, catalogue

MODULE_TITLES = {
    "goods": ("商品", "goods"),
    "shipping": ("发货", "shipping"),
    "logistics": ("物流", "logistics"),
    "basic_service": ("基础服务", "basic service"),
}
"""Module → (Chinese, English)."""
_CALL = ("求助", "call for help")
_ORDINARY = ("常规咨询", "ordinary enquiry")


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("scenarios", rich_help_panel="Rules")(scenarios_command)


def scenarios_command(
    lang: LanguageOption,
    search: Annotated[str, typer.Argument(metavar="SEARCH", help="Part of a code, a name or an example.")] = "",
    module: Annotated[
        str | None, typer.Option(metavar="MODULE", help=f"Only of this one: {', '.join(MODULES)}.")
    ] = None,
    events: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Of this events folder, where it has scenarios of its own.")
    ] = None,
    as_of: Annotated[
        str | None, typer.Option(metavar="DATE", help="As it stands on that day; default: the latest.")
    ] = None,
    how: FormatOption = Format.table,
) -> None:
    """Every scenario by module: whether it is an ordinary enquiry or a call for help, with an example."""
    if module is not None and module not in MODULES:
        fix = f"use one of {', '.join(MODULES)}"
        raise UsageError(Problem("unknown-module", f"--module {module}", "there is no such module", fix))
    known = {each.code: each for each in catalogue(day_of(as_of) if as_of else date.max)}
    own = None if events is None else _of_folder(events)
    if events is not None and own is None:
        say(f"note: {events} has no table scenarios; the shipped catalogue applies")
    rows = _shipped_rows(known.values(), lang) if own is None else _own_rows(own, known, lang)
    found = [row for row in rows if module in (None, row["module"]) and _says(row, known.get(row["scenario"]), search)]
    put_rows([_worded(row, lang) for row in found] if how is Format.table else found, how)


def _of_folder(folder: Path) -> list[dict[str, Any]] | None:
    """The rows of the folder's own table, None where it has none."""
    engine = connect()
    try:
        events = open_events(engine, folder, ["scenarios"])
        if "scenarios" not in events.present:
            return None
        rows: list[dict[str, Any]] = engine.arrow(engine.backend.table("scenarios")).to_pylist()
        return rows
    finally:
        engine.close()


def _shipped_rows(scenarios: Iterable[Scenario], lang: Language) -> list[dict[str, Any]]:
    return [
        _row(each.code, each.module, routine=each.routine)
        | {
            "name": getattr(each.name, lang),
            "example": getattr(each.example, lang),
            "grade": each.grade,
            "where": getattr(each.where, lang),
        }
        for each in scenarios
    ]


def _own_rows(own: Iterable[dict[str, Any]], known: dict[str, Scenario], lang: Language) -> list[dict[str, Any]]:
    """The folder's scenarios by module, with names and examples of those the catalogue knows."""
    order = {module: number for number, module in enumerate(MODULES)}
    rows = []
    for each in sorted(own, key=lambda row: (order.get(row["module"], len(order)), row["scenario"])):
        shipped = known.get(each["scenario"])
        said = {"name": getattr(shipped.name, lang), "example": getattr(shipped.example, lang)} if shipped else {}
        rows.append(_row(each["scenario"], each["module"], routine=bool(each["routine"])) | said)
    return rows


def _row(code: str, module: str | None, *, routine: bool) -> dict[str, Any]:
    return {"scenario": code, "name": code, "module": module, "routine": routine, "example": None}


def _says(row: dict[str, Any], shipped: Scenario | None, text: str) -> bool:
    return text.casefold() in row["scenario"].casefold() or (shipped is not None and shipped.says(text))


def _worded(row: dict[str, Any], lang: Language) -> dict[str, Any]:
    """A row for people: words for codes."""
    which = 0 if lang == "zh" else 1
    module = MODULE_TITLES[row["module"]][which] if row["module"] else None
    kind = _ORDINARY[which] if row["routine"] else _CALL[which]
    return {("kind" if key == "routine" else key): value for key, value in row.items()} | {
        "module": module,
        "kind": kind,
    }
