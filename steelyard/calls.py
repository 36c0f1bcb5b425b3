"""The calls behind the command line and `import steelyard`: one for each thing a user asks for."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from html import escape
from numbers import Integral
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import ibis
import pyarrow as pa

from steelyard.choice import Chosen, choose, choose_all, choose_for, day_of
from steelyard.engines import Engine, connect
from steelyard.errors import InputError, Problem, UsageError
from steelyard.events.check import Events, open_events
from steelyard.events.contract import CONTRACT
from steelyard.events.damage import naming_damaged
from steelyard.events.exclusions import VOLUME
from steelyard.facts import Judged, Past
from steelyard.facts.states import with_states
from steelyard.measures.catalogue import CATALOGUE
from steelyard.scorecards.model import Scorecard
from steelyard.scoring import questions_of
from steelyard.scoring.explain import Explanation, explain
from steelyard.scoring.output import Run, Told, nobody, write_runs
from steelyard.scoring.rows import rows_behind
from steelyard.scoring.run import past_of, score_events, statements, tables_read
from steelyard.scoring.running import Progress, Result, silent
from steelyard.service.report import END, report
from steelyard.service.report import Asked as Counting
from steelyard.service.report import tables_read as service_tables
from steelyard.service.settings import SHEET, Settings, settings_of
from steelyard.staged import staged
from steelyard.windows import Period

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl


CONFIGURATION = "steelyard.toml"
"""The file that tells a home from an events folder."""


class Score:
    """One day's score of every subject, open for questions; close it, or use it in a `with` block.

    >>> with score("douyin/experience", events="events", as_of="2022-10-01") as result:  # doctest: +SKIP
    ...     print(result.table("scores").num_rows, result.explain("S1").row["score"])
    """

    def __init__(self, chosen: Chosen, events: Events, result: Result) -> None:
        self.scorecard = chosen.scorecard
        self.notes = chosen.notes
        self.day = result.day
        self.events = events
        self.result = result
        self._closed = False

    def table(self, name: str) -> pa.Table:
        """A table of the results (scores, dimensions, indicators, adjustments, effects), or any step."""
        self._refuse_closed()
        if name not in self.result.tables:
            fix = f"use one of {', '.join(self.result.tables)}"
            raise UsageError(Problem("unknown-table", name, "there is no such result table", fix))
        return self.result.arrow(name)

    def pandas(self, name: str) -> "pd.DataFrame":
        """`table(name)` as a pandas frame."""
        return self.table(name).to_pandas()

    def polars(self, name: str) -> "pl.DataFrame":
        """`table(name)` as a Polars frame."""
        import polars as pl  # noqa: PLC0415 - only those who want it need it

        return pl.DataFrame(self.table(name))

    def explain(self, subject: str | int) -> Explanation:
        """The whole derivation of one subject's score."""
        return explain(self.result, self._id(subject))

    def rows(self, indicator: str, subject: str | int) -> pa.Table:
        """The rows behind one number: counted, eligible, left out and why."""
        return rows(self.events, self.scorecard, self.day, indicator, self._id(subject))

    def close(self) -> None:
        """Give the engine back."""
        self._closed = True
        self.events.engine.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _repr_html_(self) -> str:
        """A notebook's view: the best twenty scores."""
        scores = self.table("scores").sort_by([("score", "descending")]).slice(0, 20)
        columns = ["subject_id", "peer_group", "status", "score", "peer_rank", "peers"]
        head = "".join(f"<th>{name}</th>" for name in columns)
        lines = "".join(
            "<tr>" + "".join(f"<td>{_escaped(row[name])}</td>" for name in columns) + "</tr>"
            for row in scores.to_pylist()
        )
        return f"<p>{_escaped(self.scorecard.name)} · {self.day}</p><table><tr>{head}</tr>{lines}</table>"

    def _id(self, subject: str | int) -> str | int:
        self._refuse_closed()
        return subject_id(self.events, subject)

    def _refuse_closed(self) -> None:
        if self._closed:
            fix = "ask within the `with` block, or before close()"
            raise UsageError(Problem("score-closed", self.scorecard.name, "its engine was given back", fix))


def _escaped(value: object) -> str:
    return "" if value is None else escape(str(value))


def subject_id(events: Events, subject: str | int) -> str | int:
    """`subject` in the folder's type of id; InputError where it is no number and ids are, UsageError for no id."""
    _refuse_kind("subject", subject, (str, Integral), "an id, as text or whole number")
    if events.id_type == "string":
        return str(subject)
    try:
        number = int(subject)
    except ValueError as error:
        raise InputError(_unknown_subject(subject, "ids of this folder are numbers")) from error
    if not -(2**63) <= number < 2**63:
        raise InputError(_unknown_subject(subject, "ids of this folder have at most 64 bits"))
    return number


def _refuse_kind(name: str, value: object, kinds: type | tuple[type, ...], fix: str) -> None:
    """UsageError where Python's caller gives an argument of a kind it does not take."""
    if not isinstance(value, kinds):
        raise UsageError(Problem("wrong-argument", name, f"{value!r} does not fit", f"give {fix}"))


def _unknown_subject(subject: str | int, message: str, table: str = "shops") -> Problem:
    fix = f"give an id as the column {table.removesuffix('s')}_id of {table} has it"
    return Problem("unknown-subject", str(subject), message, fix)


def choose_at(
    events: Path,
    wanted: str,
    days: Sequence[date],
    values: Mapping[str, str] | None = None,
    rules: Sequence[Path] = (),
) -> Chosen:
    """As `choose_for`; of a home with the rules and values of its configuration, where the caller's own win.

    What is published of a home was scored by them, and so is what explains it.
    """
    if not (events / CONFIGURATION).is_file():
        return choose_for(wanted, days, values, rules)
    from steelyard.desk.home import open_home  # noqa: PLC0415 - the desk is slow to import

    home, given = open_home(events), dict(values or {})
    settings = home.settings.scorecards
    set_there = dict(settings.values).get(wanted.partition("@")[0], {})
    own = {path: value for path, value in set_there.items() if path not in given}
    chosen = choose_for(wanted, days, own | given, [*home.rules, *rules])
    told = [f"{home.where('scorecards.values')}: {path}={value}" for path, value in own.items()]
    return replace(chosen, notes=(*chosen.notes, *told))


@contextmanager
def opened(
    chosen: Chosen | Sequence[Chosen],
    events: Path,
    engine: str,
    states: Path | None = None,
    known_on: date | None = None,
) -> Iterator[Events]:
    """The events that one or several scorecards read, on an engine that is closed afterwards.

    `events` is an events folder or a home. With `known_on` they are as they were known on that day, which is no earlier
    than the days to be scored: UsageError `known-before-day`.
    """
    every = [chosen] if isinstance(chosen, Chosen) else chosen
    days = sorted({day for each in every for day in each.versions})
    _refuse_foresight(days, known_on)
    running = connect(engine, every[0].settings)
    try:
        tables = tables_read(*(card for each in every for card in each.versions.values()))
        found = replace(_found(running, events, tables, days, known_on), known_on=known_on)
        yield found if states is None else with_states(found, states)
    finally:
        running.close()


@contextmanager
def opened_for(settings: Settings, events: Path, engine: tuple[str, Mapping[str, str]]) -> Iterator[Events]:
    """The events that service metrics read, all that is known of them, on an engine that is closed afterwards.

    `events` is an events folder or a home, `engine` its name and settings.
    """
    with opened_tables(service_tables(settings), events, engine, END) as found:
        yield found


@contextmanager
def opened_tables(
    tables: Collection[str], events: Path, engine: tuple[str, Mapping[str, str]], known_on: date
) -> Iterator[Events]:
    """Some tables of an events folder or a home as known on a day, on an engine (name, settings) closed afterwards."""
    name, settings = engine
    running = connect(name, settings)
    try:
        yield _found(running, events, tables, [known_on], known_on)
    finally:
        running.close()


def _found(
    running: Engine, events: Path, tables: Collection[str], days: Sequence[date], known_on: date | None
) -> Events:
    if not (events / CONFIGURATION).is_file():
        return open_events(running, events, tables)
    from steelyard.daily.opening import open_home_events  # noqa: PLC0415 - the desk is slow to import

    return open_home_events(running, events, tables, days, known_on)


def _refuse_foresight(days: Sequence[date], known_on: date | None) -> None:
    if known_on is not None and known_on < days[-1]:
        message, fix = f"a score of {days[-1]} was not known then", "name that day or a later one"
        raise UsageError(Problem("known-before-day", f"--known-on {known_on}", message, fix))


def score(  # noqa: PLR0913 - what a score needs to be told, all by keyword
    scorecard: str,
    *,
    events: str | Path,
    as_of: str | date,
    engine: str = "duckdb",
    values: Mapping[str, str] | None = None,
    rules: Sequence[str | Path] = (),
    known_on: str | date | None = None,
) -> Score:
    """Score every subject of an events folder, or of a home, as of one day.

    `scorecard` is `id` (the version in force that day) or `id@version`; `values` are what `--set` takes:
    `engine.threads`, or paths of the scorecard; `rules` are further scorecard files or folders; `known_on` is the day
    whose knowledge counts, that of the score where it is not given. Raises SteelyardError with every problem found.
    """
    _refuse_kind("scorecard", scorecard, str, "id or id@version, as text")
    _refuse_kind("events", events, (str, Path), "the events folder, as text or Path")
    _refuse_kind("values", {} if values is None else values, Mapping, "paths and their values, as a dict")
    day = day_of(as_of)
    chosen = choose_at(Path(events), scorecard, [day], values, [Path(place) for place in rules])
    informed = None if known_on is None else day_of(known_on)
    _refuse_foresight([day], informed)
    running = connect(engine, chosen.settings)
    try:
        found = _found(running, Path(events), tables_read(chosen.scorecard), [day], informed)
        opened_events = replace(found, known_on=informed)
        return Score(chosen, opened_events, score_events(running, opened_events, chosen.scorecard, day))
    except BaseException:
        running.close()
        raise


def days_between(first: date, last: date) -> list[date]:
    """Every day from `first` to `last`, both included; UsageError where they are the wrong way round."""
    if first > last:
        raise UsageError(Problem("days-reversed", f"--from {first}", f"it is after {last}", "give an earlier day"))
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


def score_to(chosen: Chosen, events: Events, out: Path, progress: Progress = silent) -> dict[str, Path]:
    """Score every day of `chosen` and write the result contract to `out`; see `write_runs`."""
    return write_runs(events, [Run(chosen.versions)], out, progress)[chosen.scorecard.id]


def score_all_to(
    chosen: Sequence[Chosen], events: Events, out: Path, progress: Progress = silent, told: Told = nobody
) -> dict[str, dict[str, Path]]:
    """Score several scorecards, facts counted once for all, each into the folder of its id below `out`."""
    runs = [Run(each.versions, each.scorecard.id) for each in chosen]
    return write_runs(events, runs, out, progress, told)


def rows(events: Events, scorecard: Scorecard, day: date, indicator: str, subject: str | int) -> pa.Table:
    """The rows behind a subject's number, `indicator` an id of the scorecard or `volume`; see `rows_behind`.

    Raises UsageError for an indicator the scorecard lacks, InputError for a subject that is not in shops, or in agents.
    """
    questions = {question.name: question for question in questions_of(scorecard, CATALOGUE)}
    if indicator not in questions:
        fix = f"use one of {', '.join(questions)}"
        raise UsageError(Problem("unknown-indicator", scorecard.name, f"there is no indicator {indicator!r}", fix))
    table = f"{scorecard.subject}s"
    every = events.engine.backend.table(table)
    its = every.filter(every[f"{scorecard.subject}_id"] == ibis.literal(subject, events.id_type))
    if not events.engine.arrow(its.limit(1)).num_rows:
        raise InputError(_unknown_subject(subject, f"it is not a row of {table}", table))
    past = past_of(events, day)
    with staged(), naming_damaged(events.sources):
        return events.engine.arrow(rows_behind(past, questions[indicator], subject))


def replies(  # noqa: PLR0913 - all but the first by keyword
    events: str | Path,
    *,
    by: Judged,
    first: str | date,
    end: str | date,
    platform: str = SHEET,
    metrics: Sequence[str] = (),
    engine: str = "duckdb",
) -> list[dict[str, Any]]:
    """Reply and service metrics over the days `[first, end)`, by "agent", "shop" or "day"; see `report` for the rows.

    `platform` names whose settings, `metrics` some of theirs instead of all.

    >>> rows = replies("events", by="agent", first="2022-09-01", end="2022-10-01")  # doctest: +SKIP
    """
    settings = settings_of(platform)
    settings = settings.only(metrics) if metrics else settings
    with opened_for(settings, Path(events), (engine, {})) as known:
        return report(Counting(known, settings, by, period_of(day_of(first), day_of(end))))


def period_of(first: date, end: date) -> Period:
    """The days `[first, end)`; UsageError where there is none."""
    if first >= end:
        message, fix = f"no day lies from {first} to before {end}", "give a later --to: it is the first day after"
        raise UsageError(Problem("empty-period", f"--to {end}", message, fix))
    return Period(first, end)


def sql(
    scorecard: str,
    *,
    as_of: str | date,
    dialect: str = "duckdb",
    values: Mapping[str, str] | None = None,
    rules: Sequence[Path] = (),
) -> list[tuple[str, str]]:
    """Each step's name and SQL, over the tables of the event contract, every table taken to be there."""
    _refuse_kind("scorecard", scorecard, str, "id or id@version, as text")
    day = day_of(as_of)
    chosen = choose(scorecard, day, values, rules)
    _refuse_dialect(dialect)
    past = Past(day, "string", frozenset(CONTRACT))
    return list(statements(chosen.scorecard, past, dialect))


def _refuse_dialect(dialect: str) -> None:
    """UsageError for a dialect nobody knows; one that cannot say a step is refused there."""
    try:
        if dialect != "spark":
            ibis.to_sql(ibis.table({"it": "int64"}, name="anything"), dialect=dialect)
    except (ValueError, AttributeError, ImportError, ibis.common.exceptions.IbisError) as error:
        fix = "use duckdb, spark or clickhouse"
        raise UsageError(Problem("unknown-dialect", f"--dialect {dialect}", "nobody speaks it here", fix)) from error


__all__ = [
    "VOLUME",
    "Chosen",
    "Score",
    "choose",
    "choose_all",
    "choose_for",
    "day_of",
    "days_between",
    "opened",
    "opened_for",
    "opened_tables",
    "period_of",
    "replies",
    "rows",
    "score",
    "score_all_to",
    "score_to",
    "sql",
    "subject_id",
]
