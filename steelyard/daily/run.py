"""The daily run: every day not yet published, in order, each made visible in one transaction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import chain
from pathlib import Path
from time import perf_counter

from steelyard.choice import Chosen, choose_all, choose_for
from steelyard.counting.versions import Span
from steelyard.daily.books import Books, Entry, books_at, post
from steelyard.daily.intake import Taken, arrival_days, prints, take
from steelyard.daily.scores import Written, score_day, write_result
from steelyard.daily.store import Store, changed_references, opened, with_history
from steelyard.desk import runs
from steelyard.desk.database import Database
from steelyard.desk.home import Home, open_database
from steelyard.desk.lock import lock
from steelyard.desk.models import Run
from steelyard.desk.publish import Arrived, ArrivedTable, Scored, publish, published, taken, taken_days
from steelyard.engines import Engine, connect
from steelyard.errors import EngineError, InputError, Problem, SteelyardError
from steelyard.events.contract import CONTRACT, IdType
from steelyard.events.source import id_type_of
from steelyard.measures.catalogue import CATALOGUE
from steelyard.scorecards.library import library
from steelyard.scoring import Asked, asked
from steelyard.scoring.days import asks
from steelyard.scoring.run import named_by_exclusions, past_of, score_together, tables_read
from steelyard.scoring.running import Progress, silent

Clock = Callable[[], datetime]
STEPS = 4


@dataclass(frozen=True)
class Day:
    """What one day's run did."""

    day: date
    taken: tuple[Taken, ...]
    written: tuple[Written, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """The days that were run, in order; none where the last published day is not before the one asked for."""

    days: tuple[Day, ...]
    last: date


def run_home(home: Home, as_of: date, clock: Clock, wait: float = 0.0, progress: Progress = silent) -> Outcome:
    """Publish the scores of `as_of`, and of every day since the last published one.

    Started again, it goes on where it was killed; on a day that is published it does nothing. Raises UsageError
    `run-in-progress`; InputError `arrivals-missing`, `arrivals-late`, `arrivals-changed`, and what is wrong with the
    arrivals; EngineError where an engine or the database fails. What was published before stays as it was.
    """
    with lock(home, wait), open_database(home) as db:
        last = runs.last_published(db)
        _refuse_changed(home, db)
        first = as_of if last is None else last.as_of + timedelta(days=1)
        days = [first + timedelta(days=number) for number in range((as_of - first).days + 1)]
        before = None if last is None else last.as_of
        if not days:
            return Outcome((), before or as_of)
        done = []
        engine = connect(home.settings.engine.name, dict(home.settings.engine.settings))
        try:
            for day in days:
                done.append(_Night(home, db, engine, clock, progress).run(day, before))
                before = day
        finally:
            engine.close()
        return Outcome(tuple(done), as_of)


def _refuse_changed(home: Home, db: Database) -> None:
    """InputError where files of a day that was taken are others now: what they say would never be counted."""
    problems = []
    for day, tables in taken(db).items():
        folder = home.arrivals / day.isoformat()
        if folder.is_dir() and prints(folder) != {name: table.fingerprint for name, table in tables.items()}:
            message = "this day was taken before, with other files"
            fix = "put the files back as they were, and the new rows into a later day's folder"
            problems.append(Problem("arrivals-changed", f"arrivals/{day}", message, fix))
    if problems:
        raise InputError(problems)


def new_arrivals(home: Home, store: Store, day: date) -> list[date]:
    """The days of arrivals that the run for `day` takes; InputError `arrivals-missing`, `arrivals-late`."""
    folders = [each for each in arrival_days(home.arrivals) if each < day]
    new = [each for each in folders if each not in store.days]
    late = [each for each in new if store.days and each < store.days[-1]]
    if late:
        message, fix = "a later day was taken already", "put the rows into the folder of the day they came"
        raise InputError([Problem("arrivals-late", f"arrivals/{each}", message, fix) for each in late])
    yesterday = day - timedelta(days=1)
    if yesterday not in folders:
        message = "nothing says what arrived on that day"
        fix = "write its folder, an empty one where nothing arrived, and run again"
        raise InputError(Problem("arrivals-missing", f"arrivals/{yesterday}", message, fix))
    return new


def chosen_for(home: Home, day: date) -> tuple[list[Chosen], list[str]]:
    """The scorecards a home scores on a day, and why others of the library are not."""
    settings = home.settings.scorecards
    known = set(library(home.rules).ids())
    unknown = sorted({*settings.only, *settings.values} - known)
    if unknown:
        where, fix = home.where("scorecards"), f"name some of {', '.join(sorted(known))}"
        raise InputError(
            [Problem("unknown-scorecard", where, f"there is no scorecard {name}", fix) for name in unknown]
        )
    every, reasons = choose_all([day], None, home.rules)
    own = [choose_for(name, [day], dict(values), home.rules) for name, values in settings.values.items()]
    by_id = {each.scorecard.id: each for each in [*every, *own]}
    wanted = settings.only or tuple(by_id)
    kept = [reason for reason in reasons if reason.split(" ")[0].split("@")[0] in wanted]
    return [by_id[name] for name in sorted(by_id) if name in wanted], kept


@dataclass(frozen=True)
class _Night:
    """One day's run."""

    home: Home
    db: Database
    engine: Engine
    clock: Clock
    progress: Progress

    def run(self, day: date, before: date | None) -> Day:
        """Everything for one day; the run is marked failed where it cannot be published."""
        run = runs.begin(self.db, day, self.clock(), runs.Worker(self.engine.name))
        try:
            return self._done(run, day, before)
        except SteelyardError as error:
            runs.fail(self.db, run, str(error), self.clock())
            raise
        except OSError as error:
            where, fix = str(error.filename or self.home.folder), "look at the disk and its rights, then run again"
            told = EngineError(Problem("file-error", where, error.strerror or str(error), fix))
            runs.fail(self.db, run, str(told), self.clock())
            raise told from error

    def _done(self, run: Run, day: date, before: date | None) -> Day:
        every, notes = chosen_for(self.home, day)
        cards = [chosen.scorecard for chosen in every]
        of_agents = [card for card in cards if card.subject == "agent"]
        started = perf_counter()
        self.progress(f"{day} arrivals", 0, STEPS)
        store, arrived, id_type = self._taken(day)
        started = self._told(run, 1, "arrivals", started)
        self.progress(f"{day} ledger", 1, STEPS)
        events = opened(self.engine, store, id_type, tables_read(*cards))
        of_shops = [card for card in cards if card.subject == "shop"]
        wanted = asked(of_shops, CATALOGUE, named_by_exclusions(self.engine, past_of(events, day)))
        books = self._posted(store, wanted, Span(before or day, day), [each.day for each in arrived], id_type)
        started = self._told(run, 2, "ledger", started)
        self.progress(f"{day} scores", 2, STEPS)
        written = []
        results = score_day(self.engine, events, wanted, books, asks(wanted))
        # Agents have no ledger yet: theirs is counted whole.
        for result in chain(results, score_together(self.engine, events, of_agents, day) if of_agents else ()):
            place = f"results/{result.scorecard.id}/day={day}/run={run.id}"
            written.append(write_result(result, self.home.path(place), self._before(result.scorecard.id, before)))
        self._told(run, 3, "scores", started)
        self.progress(f"{day} publication", 3, STEPS)
        self._publish(run, day, arrived, written)
        return Day(day, tuple(arrived), tuple(written), tuple(notes))

    def _told(self, run: Run, number: int, name: str, started: float) -> float:
        now = perf_counter()
        runs.step(self.db, run, number, name, now - started)
        return now

    def _taken(self, day: date) -> tuple[Store, list[Taken], IdType]:
        store = Store(self.home.store, tuple(taken_days(self.db)))
        id_type = _id_type(store)
        arrived = []
        for arrival in new_arrivals(self.home, store, day):
            found, id_type = take(self.engine, self.home.arrivals, store, arrival, id_type)
            store = store.with_day(arrival)
            arrived.append(found)
        missing = [name for name in ("shops", "orders") if name not in store.present]
        if missing or id_type is None:
            fix = "put the table into the folder of the first day"
            where = str(self.home.arrivals)
            raise InputError([Problem("missing-table", where, f"{name} never arrived", fix) for name in missing])
        return store, arrived, id_type

    def _posted(
        self, store: Store, wanted: Sequence[Asked], span: Span, arrived: Sequence[date], id_type: IdType
    ) -> Books:
        before = books_at(self.home.ledger, span.first) if span.first < span.last else None
        changed: frozenset[str] = frozenset()
        for arrival in arrived if before is not None else ():
            changed |= changed_references(self.engine, store, arrival, id_type)
        events = opened(self.engine, store, id_type)
        past = with_history(self.engine, store, past_of(events, span.first), list(CONTRACT))
        return post(self.engine, past, asks(wanted), before, Entry(self.home.ledger, span, changed))

    def _before(self, scorecard: str, day: date | None) -> Path | None:
        found = None if day is None else published(self.db, scorecard, day)
        return None if found is None else self.home.path(found.folder)

    def _publish(self, run: Run, day: date, arrived: Sequence[Taken], written: Sequence[Written]) -> None:
        publish(
            self.db,
            run,
            [
                Arrived(
                    each.day,
                    tuple(
                        ArrivedTable(name, each.read[name], each.quarantined[name], print_)
                        for name, print_ in each.prints.items()
                    ),
                )
                for each in arrived
            ],
            [
                Scored(
                    each.scorecard.id, each.scorecard.version, day, day,
                    each.folder.relative_to(self.home.folder).as_posix(), each.rows, each.shops_scored,
                )
                for each in written
            ],
            self.clock(),
        )  # fmt: skip


def _id_type(store: Store) -> IdType | None:
    files = store.files("shops")
    return id_type_of(files[0]) if files else None
