"""`scorecards`: the library of rules."""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import typer

from steelyard.cases import run_cases
from steelyard.cli import versions
from steelyard.cli.printing import (
    Format,
    FormatOption,
    Language,
    LanguageOption,
    put,
    put_rows,
    put_table,
    say,
)
from steelyard.engines import Engine, connect
from steelyard.errors import Problem, RulesError, UsageError
from steelyard.events.check import open_events
from steelyard.measures.catalogue import CATALOGUE
from steelyard.scorecards.cases import cases_in
from steelyard.scorecards.check import cases_folder, check, measure_findings
from steelyard.scorecards.covers import cover_of, numbers, scorecard_leaves
from steelyard.scorecards.diff import diff
from steelyard.scorecards.library import Library, library, name_in
from steelyard.scorecards.load import Loaded, read
from steelyard.scorecards.model import Scorecard, Source
from steelyard.scorecards.reference import schema
from steelyard.scorecards.rule import CalendarWindow
from steelyard.scorecards.unset import unset
from steelyard.scoring.results import TABLES
from steelyard.scoring.run import score_events, tables_read

rules = typer.Typer(no_args_is_help=True, help="The library of rules.", rich_markup_mode=None)
RulesOption = Annotated[
    list[Path] | None,
    typer.Option("--rules", metavar="PATH", help="Further scorecard files, or folders of them."),
]


def register(app: typer.Typer) -> None:
    """Add these commands to the command line."""
    versions.register(rules)
    app.add_typer(rules, name="scorecards", rich_help_panel="Rules")


@rules.command("list")
def list_command(lang: LanguageOption, more: RulesOption = None, how: FormatOption = Format.table) -> None:
    """Every scorecard version: its name, since when it is in force, how many of its numbers are assumed."""
    known = library(more or ())
    rows = []
    for name in known.ids():
        for version in known.versions(name):
            card = known.get(name, version)
            counted = numbers(card)
            rows.append({
                "scorecard": card.name, "title": getattr(card.title, lang), "published": card.published_on,
                "in_force_from": card.effective_from, "indicators": len(card.indicators),
                "numbers": counted.total, "assumed": counted.assumed, "to_be_given": len(unset(card)),
            })  # fmt: skip
    put_rows(rows, how)


def _named(known: Library, wanted: str) -> Scorecard:
    name, _, version = wanted.partition("@")
    return known.get(name, version or known.versions(name)[-1])


@rules.command("show")
def show_command(
    wanted: Annotated[str, typer.Argument(metavar="ID[@VERSION]", help="Without a version: the latest.")],
    lang: LanguageOption,
    more: RulesOption = None,
    how: FormatOption = Format.table,
) -> None:
    """One version: its indicators, and every number with where it comes from."""
    card = _named(library(more or ()), wanted)
    if how is Format.json:
        put(json.dumps(card.model_dump(mode="json", exclude_unset=True), ensure_ascii=False, indent=2))
        return
    cover = list(_numbers(card, lang))
    if how is Format.csv:
        put_rows(cover, how)
        return
    put(f"{card.name}  {getattr(card.title, lang)}")
    put(getattr(numbers(card), lang)())
    lines = [
        (
            getattr(d.title, lang),
            i.id,
            getattr(i.title, lang),
            i.measure,
            i.better,
            str(i.weight),
            _days(card, i.window),
        )
        for d in card.dimensions
        for i in d.indicators
    ]
    put_table(("dimension", "indicator", "title", "measure", "better", "weight", "window"), lines)
    put_rows(cover, how)


def _days(card: Scorecard, window: Any) -> str:
    rule = window or card.window
    if isinstance(rule, CalendarWindow):
        return "the calendar month of D-1"
    return f"D-{rule.days + rule.skip} … D-{rule.skip + 1}"


def _numbers(card: Scorecard, lang: Language) -> Iterator[Mapping[str, Any]]:
    for leaf in scorecard_leaves(card):
        cover = cover_of(card, leaf.name)
        if isinstance(cover, Source):
            behind = {"grade": cover.grade, "where": cover.where}
        else:
            behind = {"grade": "assumed", "where": getattr(cover.why, lang) if cover else ""}
        yield {"number": leaf.name, "value": leaf.value, **behind}


@rules.command("check")
def check_command(
    paths: Annotated[list[Path], typer.Argument(metavar="PATH…", help="Scorecard files, or folders.")],
    more: RulesOption = None,
) -> None:
    """Check scorecard files: every number covered, weights and bands without holes, names that exist."""
    files = [file for path in paths for file in _files(path)]
    known = _with(library(more or ()), files)
    problems: list[Problem] = []
    for file in files:
        try:
            problems += check(read(file, known.find), CATALOGUE)
        except RulesError as error:
            problems += error.problems
    if problems:
        raise RulesError(problems)
    put(f"{len(files)} scorecard files, no problems")


def _with(known: Library, files: list[Path]) -> Library:
    """The library and the files being checked, which may extend one another."""
    own: dict[tuple[str, str], Path] = {}
    for file in files:
        with suppress(RulesError):  # the check tells why a file has no name
            own[name_in(file)] = file
    return Library({**known.files, **own})


def _files(path: Path) -> list[Path]:
    if not path.exists():
        raise UsageError(
            Problem("no-such-file", str(path), "there is no such file", "give a scorecard file or a folder")
        )
    if path.is_file():
        return [path]
    found = [file for file in sorted(path.rglob("*.yaml")) if "cases" not in file.relative_to(path).parts]
    if not found:
        raise UsageError(Problem("no-such-file", str(path), "the folder holds no scorecard", "give a scorecard file"))
    return found


@rules.command("test")
def test_command(
    wanted: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="id, id@version or a scorecard file.")
    ] = None,
    engine: Annotated[str, typer.Option(metavar="duckdb|spark", help="Where to compute.")] = "duckdb",
    more: RulesOption = None,
    how: FormatOption = Format.table,
) -> None:
    """Run the worked cases of scorecards; all of the library without an id."""
    known = library(more or ())
    running = connect(engine)
    try:
        rows = [row for loaded in _wanted(known, wanted or []) for row in _case_rows(running, known, loaded)]
    finally:
        running.close()
    failed = [row for row in rows if not row["passed"]]
    put_rows(failed or rows, how) if how is not Format.table else _put_cases(failed)
    say(f"{len(rows)} cases, {len(rows) - len(failed)} passed, {len(failed)} failed")
    if failed:
        raise typer.Exit(1)


def _wanted(known: Library, wanted: list[str]) -> Iterator[Loaded]:
    for name in wanted or known.ids():
        if name.endswith(".yaml"):
            yield read(Path(name), known.find)
            continue
        scorecard, _, version = name.partition("@")
        for each in [version] if version else known.versions(scorecard):
            yield known.loaded(scorecard, each)


def _case_rows(engine: Engine, known: Library, loaded: Loaded) -> Iterator[dict[str, Any]]:
    def score(card: Scorecard, folder: Path, day: date) -> Mapping[str, pa.Table]:
        events = open_events(engine, folder, tables_read(card))
        result = score_events(engine, events, card, day)
        return {name: result.arrow(name) for name in TABLES}

    problems = list(measure_findings(loaded.scorecard, loaded.tree, CATALOGUE))
    if problems:
        raise RulesError(problems)
    with_file = Library({**known.files, (loaded.scorecard.id, loaded.scorecard.version): loaded.path})
    for result in run_cases(cases_in(cases_folder(loaded)), score, with_file):
        yield {
            "scorecard": loaded.scorecard.name, "case": result.case.name, "place": result.case.place,
            "passed": result.passed, "differences": "; ".join(result.differences),
        }  # fmt: skip


def _put_cases(failed: list[dict[str, Any]]) -> None:
    for row in failed:
        put(f"{row['place']}: {row['case']}")
        for difference in row["differences"].split("; "):
            put(f"  {difference}")


@rules.command("diff")
def diff_command(
    old: Annotated[str, typer.Argument(metavar="ID@V1", help="The older version.")],
    new: Annotated[str, typer.Argument(metavar="ID@V2", help="The newer version.")],
    lang: LanguageOption,
    more: RulesOption = None,
    how: FormatOption = Format.table,
) -> None:
    """What changed between two versions, in plain words."""
    known = library(more or ())
    changes = diff(_named(known, old), _named(known, new))
    rows = [{"what": c.what, "path": c.path, "said": getattr(c.said, lang)} for c in changes]
    put_rows(rows, how, ["what", "path", "said"])


@rules.command("schema")
def schema_command() -> None:
    """The JSON schema of scorecard files."""
    put(json.dumps(schema(), ensure_ascii=False, indent=2))
