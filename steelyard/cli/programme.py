"""`programme`: assessments over time, from scores that were written before."""

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import typer

from steelyard.calls import day_of
from steelyard.cli.printing import Format as How
from steelyard.cli.printing import FormatOption, Language, LanguageOption, put_rows, say
from steelyard.cli.scorecards import RulesOption
from steelyard.errors import InputError, Problem, UsageError
from steelyard.landing import draft_beside
from steelyard.programmes import dsr, provider
from steelyard.programmes.states import State, periods
from steelyard.scorecards.library import library
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.override import set_values

COLUMNS = ("scorecard", "version", "as_of", "subject_id", "status", "raw_score")
"""What is read of the result table `scores`."""
APPLICATION = ("subject_id", "day", "wish")
"""The columns of a file of applications."""
WISHES: Mapping[str, dsr.Wish] = {"alliance": "alliance", "lift_ban": "lift_ban"}


@dataclass(frozen=True)
class History:
    """The scores of one subject by day, None where it has none, and what it asked for."""

    subject: Any
    scores: Mapping[date, Decimal | None]
    applications: Sequence[dsr.Application]


Rows = list[dict[str, Any]]
Assess = Callable[[History, Scorecard, Language], tuple[Rows, list[State]]]


ResultsOption = Annotated[
    list[Path], typer.Option("--results", metavar="DIR", help="What `score --out` wrote; may be given again.")
]
SubjectOption = Annotated[str | None, typer.Option("--subject", metavar="ID", help="Of this shop only.")]
ApplicationsOption = Annotated[
    Path | None,
    typer.Option("--applications", metavar="FILE.csv", help="Applications: subject_id, day, wish."),
]
SetOption = Annotated[list[str] | None, typer.Option("--set", metavar="PATH=VALUE", help="A value of the scorecard.")]
OutOption = Annotated[
    Path | None, typer.Option("--out", metavar="FILE", help="Write the states over time here (Parquet).")
]


def register(app: typer.Typer) -> None:
    """Add this command to the command line."""
    app.command("programme", rich_help_panel="Scores")(programme_command)


def programme_command(
    name: Annotated[str, typer.Argument(metavar="NAME", help="douyin/dsr or jd/aftersales_provider.")],
    results: ResultsOption,
    lang: LanguageOption,
    subject: SubjectOption = None,
    applications: ApplicationsOption = None,
    values: SetOption = None,
    more: RulesOption = None,
    out: OutOption = None,
    how: FormatOption = How.table,
) -> None:
    """What an assessment over time makes of daily or monthly scores: events, states, penalties, in order.

    douyin/dsr reads every day and judges applications (wish: alliance or lift_ban) by the score of their day.
    jd/aftersales_provider reads the scores as of the first of each month, of the month before.
    """
    assess = _assessment(name, applications)
    scores = _scores(results, name, subject)
    card = _card(scores, library(more or ()).get, _settings(values or []))
    wishes = _applications(applications) if applications else {}
    rows: Rows = []
    states: list[tuple[Any, State]] = []
    for history in _histories(scores, wishes, subject):
        found, standing = assess(history, card, lang)
        rows += found
        states += [(history.subject, state) for state in standing]
    put_rows(rows, how)
    if out is not None:
        _write(out, states, scores.schema.field("subject_id").type)


def _assessment(name: str, applications: Path | None) -> Assess:
    if name not in PROGRAMMES:
        fix = f"use {' or '.join(PROGRAMMES)}"
        raise UsageError(Problem("unknown-programme", name, "there is no such programme", fix))
    if applications and name != "douyin/dsr":
        message = f"{name} takes no applications"
        raise UsageError(Problem("wrong-argument", "--applications", message, "leave it out"))
    return PROGRAMMES[name]


def _settings(pairs: Sequence[str]) -> dict[str, str]:
    wrong = [pair for pair in pairs if not all(pair.partition("=")[:2])]
    if wrong:
        fix = "write e.g. effects.low_score_warning.when.0.below=4.2"
        raise UsageError([Problem("bad-setting", f"--set {pair}", "this is no PATH=VALUE", fix) for pair in wrong])
    return {path: value for path, _, value in (pair.partition("=") for pair in pairs)}


def _card(scores: pa.Table, get: Callable[[str, str], Scorecard], values: Mapping[str, str]) -> Scorecard:
    """The version of the last scores, with values set."""
    last = scores.sort_by([("as_of", "descending")]).slice(0, 1).to_pylist()[0]
    card = get(last["scorecard"], last["version"])
    return set_values(card, values) if values else card


def _scores(folders: Sequence[Path], name: str, subject: str | None) -> pa.Table:
    """The scores of one scorecard in all folders; InputError where a folder has none, or lacks the subject."""
    table = pa.concat_tables(_of_folder(folder, name) for folder in folders)
    if subject is not None:
        table = table.filter(pc.equal(pc.cast(table["subject_id"], pa.string()), subject))
    if not table.num_rows:
        fix = "give an id as the column subject_id of the scores has it"
        raise InputError(Problem("unknown-subject", str(subject), "it has no score there", fix))
    return table


def _of_folder(folder: Path, name: str) -> pa.Table:
    places = [place for place in (folder / "scores.parquet", folder / "scores") if place.exists()]
    fix = f"name a folder that `steelyard score {name} --out` wrote"
    if not places:
        raise InputError(Problem("not-a-result", str(folder), "it holds no scores", fix))
    try:
        table = pq.read_table(places[0], columns=list(COLUMNS)).select(list(COLUMNS))
    except (OSError, pa.ArrowException, KeyError) as error:
        message = f"{places[0].name} is no table of scores"
        raise InputError(Problem("not-a-result", str(folder), message, fix)) from error
    mine = table.filter(pc.equal(table["scorecard"], name))
    if not mine.num_rows:
        raise InputError(Problem("not-a-result", str(folder), f"it holds no score of {name}", fix))
    return mine


def _histories(
    scores: pa.Table, wishes: Mapping[str, Sequence[dsr.Application]], subject: str | None
) -> Iterator[History]:
    """One history per subject, in order of their ids; InputError where two results differ on a day."""
    ids: dict[str, Any] = {}
    found: dict[str, dict[date, Decimal | None]] = {name: {} for name in wishes if subject in {None, name}}
    for row in scores.to_pylist():
        name, day = str(row["subject_id"]), row["as_of"]
        ids[name] = row["subject_id"]
        score = row["raw_score"] if row["status"] == "scored" else None
        if found.setdefault(name, {}).setdefault(day, score) != score:
            message = f"two of the results score it differently on {day}"
            raise InputError(Problem("day-twice", name, message, "name results that share no day"))
    for name in sorted(found):
        if name not in ids:
            fix = "give an id as the column subject_id of the scores has it"
            raise InputError(Problem("unknown-subject", name, "it applies and has no score", fix))
        yield History(ids[name], dict(sorted(found[name].items())), wishes.get(name, ()))


def _applications(file: Path) -> dict[str, list[dsr.Application]]:
    """What each subject asked for; InputError with every line that cannot be read."""
    fix = f"write CSV in UTF-8 with the columns {', '.join(APPLICATION)}"
    try:
        with file.open(encoding="utf-8-sig", newline="") as text:
            lines = list(csv.DictReader(text))
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(Problem("bad-application", str(file), "this is no CSV in UTF-8", fix)) from error
    found: dict[str, list[dsr.Application]] = {}
    problems: list[Problem] = []
    for number, line in enumerate(lines, start=2):
        place = f"{file} line {number}"
        subject, day, wish = (line.get(column) or "" for column in APPLICATION)
        if not subject or wish not in WISHES:
            message = f"subject_id {subject!r}, wish {wish!r}"
            problems.append(Problem("bad-application", place, message, f"{fix}; wish is {' or '.join(WISHES)}"))
            continue
        try:
            found.setdefault(subject, []).append(dsr.Application(day_of(day), WISHES[wish]))
        except UsageError as error:
            problems += [Problem("bad-application", place, each.message, each.fix) for each in error.problems]
    if problems:
        raise InputError(problems)
    return found


def _dsr(history: History, card: Scorecard, lang: Language) -> tuple[Rows, list[State]]:
    days = [dsr.Day(day, score) for day, score in history.scores.items()]
    entries = dsr.timeline(days, history.applications, dsr.terms_of(card))
    rows = [
        {
            "subject_id": history.subject,
            "day": entry.day,
            "score": _shown(entry.score),
            "event": entry.event,
            "alliance": entry.alliance,
            "platform": entry.platform,
            "refusal": entry.refusal,
            "text": getattr(entry.text, lang),
        }
        for entry in entries
    ]
    first = next(iter(history.scores))
    start = dsr.Standing()
    alliance = [(first, start.alliance), *((entry.day, entry.alliance) for entry in entries)]
    platform = [(first, start.platform), *((entry.day, entry.platform) for entry in entries)]
    return rows, [*periods("dsr_alliance", alliance), *periods("dsr_platform", platform)]


def _provider(history: History, card: Scorecard, lang: Language) -> tuple[Rows, list[State]]:
    """Months by the scores as of the first of the next one; what a month means is known on that day."""
    firsts = {day: score for day, score in history.scores.items() if day.day == 1}
    months = [provider.Verdict((day - timedelta(days=1)).replace(day=1), score) for day, score in firsts.items()]
    entries = provider.timeline(months, provider.terms_of(card))
    rows = [
        {
            "subject_id": history.subject,
            "month": f"{entry.month:%Y-%m}",
            "score": _shown(entry.score),
            "phase": entry.phase,
            "event": entry.event,
            "penalty": entry.penalty,
            "next_phase": entry.next_phase,
            "text": getattr(entry.text, lang),
        }
        for entry in entries
    ]
    changes = [(day, entry.next_phase) for day, entry in zip(firsts, entries, strict=True)]
    return rows, periods("provider_phase", changes)


PROGRAMMES: Mapping[str, Assess] = {"douyin/dsr": _dsr, "jd/aftersales_provider": _provider}
"""Every assessment by the scorecard whose scores it reads."""


def _shown(score: Decimal | None) -> Decimal | None:
    """A score without zeros that say nothing."""
    return None if score is None else Decimal(f"{score.normalize():f}")


def _write(file: Path, states: Sequence[tuple[Any, State]], id_type: pa.DataType) -> None:
    """The states as the table that `score --states` reads, whole or not at all."""
    schema = pa.schema(
        [
            ("subject_id", id_type),
            ("name", pa.string()),
            ("value", pa.string()),
            ("from_on", pa.date32()),
            ("to_on", pa.date32()),
        ]
    )
    rows = [
        {"subject_id": subject, "name": s.name, "value": s.value, "from_on": s.from_on, "to_on": s.to_on}
        for subject, s in states
    ]
    with draft_beside(file.absolute()) as draft:
        pq.write_table(pa.Table.from_pylist(rows, schema), draft / file.name)
        (draft / file.name).replace(file)
    say(f"written: {file}")
