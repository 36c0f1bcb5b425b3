"""Runs and what they publish: visible at once or not at all, never twice, never lost. On SQLite and PostgreSQL."""

import os
import signal
import subprocess
import sys
import threading
from datetime import date, timedelta, timezone

import pytest
from desk import CARD, DAY, NOW, arrived, one_run, scored, worker
from sqlalchemy import event, func, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from steelyard.desk.home import open_database
from steelyard.desk.models import FAILED, PUBLISHED, RUNNING, Publication, Run
from steelyard.desk.publish import Scored, history, publications, publish, published, shown_days, taken, taken_days
from steelyard.desk.runs import DIED, begin, counts, fail, last_published, runs, step
from steelyard.errors import EngineError, InputError

LATER = NOW + timedelta(minutes=5)


def test_a_run_is_kept_as_it_was(db):
    one_run(db)
    (run,) = runs(db)
    assert (run.as_of, run.status, run.problem) == (DAY, PUBLISHED, None)
    assert (run.engine, run.program, run.host, run.pid) == ("duckdb", "0.1.0", "here", 1)
    assert (run.started_at, run.finished_at) == (NOW, NOW + timedelta(minutes=1))
    assert run.started_at.utcoffset() == timedelta(0)
    assert [(each.number, each.name, each.milliseconds) for each in run.steps] == [(1, "take arrivals", 1234)]


def test_what_is_published_is_shown(db):
    run, (shown,) = one_run(db)
    assert (shown.run_id, shown.version, shown.folder) == (run.id, "1", "results/demo/quick/1")
    assert (shown.rows, shown.shops_scored, shown.supersedes) == (40, 38, None)
    found = published(db, CARD, DAY)
    assert found is not None
    assert (found.id, found.published_at) == (shown.id, NOW + timedelta(minutes=1))
    assert published(db, CARD, DAY - timedelta(days=1)) is None
    assert shown_days(db) == {CARD: [DAY]}
    assert taken_days(db) == [DAY - timedelta(days=1)]
    table = taken(db)[DAY - timedelta(days=1)]["orders"]
    assert (table.rows_read, table.quarantined, table.fingerprint) == (100, 2, "abc")


def test_nothing_is_visible_before_publish(db):
    run = begin(db, DAY, NOW, worker())
    assert (taken_days(db), published(db, CARD, DAY), last_published(db)) == ([], None, None)
    publish(db, run, [arrived()], [scored()], LATER)
    last = last_published(db)
    assert last is not None
    assert last.id == run.id


def test_publishing_a_run_again_changes_nothing(db):
    run, (shown,) = one_run(db)
    (again,) = publish(db, run, [arrived()], [scored()], LATER)
    assert (again.id, again.published_at) == (shown.id, shown.published_at)
    assert len(history(db, CARD, DAY)) == 1


def test_the_same_folder_stays_and_another_supersedes(db):
    _, (first,) = one_run(db)
    _, (same,) = one_run(db)
    assert same.id == first.id
    _, (other,) = one_run(db, folder="results/demo/quick/2")
    assert other.supersedes == first.id
    found = published(db, CARD, DAY)
    assert found is not None
    assert found.folder == "results/demo/quick/2"
    _, (back,) = one_run(db)
    assert back.supersedes == other.id
    assert [each.folder[-1] for each in history(db, CARD, DAY)] == ["1", "2", "1"]


def test_another_version_in_the_same_folder_supersedes(db):
    _, (first,) = one_run(db)
    run = begin(db, DAY, LATER, worker())
    (new,) = publish(db, run, [], [Scored(CARD, "2", DAY, DAY, first.folder, 1, 1)], LATER)
    assert (new.version, new.supersedes) == ("2", first.id)


def test_what_was_known_later_is_shown_unless_asked_otherwise(db):
    one_run(db)
    two_days = DAY + timedelta(days=2)
    run = begin(db, two_days, LATER, worker())
    publish(db, run, [], [scored("results/late", known_on=two_days), scored("results/new", two_days)], LATER)

    def folder(known_on: date | None = None) -> str | None:
        found = published(db, CARD, DAY, known_on)
        return found and found.folder

    assert folder() == "results/late"
    assert folder(two_days) == "results/late"
    assert folder(DAY + timedelta(days=1)) == "results/demo/quick/1"
    assert folder(DAY - timedelta(days=1)) is None
    shown = publications(db, CARD, DAY, two_days)
    assert [(each.as_of, each.folder) for each in shown] == [(DAY, "results/late"), (two_days, "results/new")]
    assert publications(db, CARD, DAY + timedelta(days=1), two_days)[0].as_of == two_days
    assert publications(db, "demo/other", DAY, two_days) == []


def test_a_past_day_scored_as_known_before_does_not_hide_the_present(db):
    run = begin(db, DAY, NOW, worker())
    publish(db, run, [], [scored("results/now", known_on=DAY + timedelta(days=9))], NOW)
    again = begin(db, DAY, LATER, worker())
    publish(db, again, [], [scored("results/replay", known_on=DAY)], LATER)
    found = published(db, CARD, DAY)
    assert found is not None
    assert (found.folder, found.supersedes) == ("results/now", None)


def test_two_results_of_one_key_are_refused(db):
    run = begin(db, DAY, NOW, worker())
    with pytest.raises(ValueError, match="two results"):
        publish(db, run, [], [scored("results/a"), scored("results/b")], NOW)
    assert history(db, CARD, DAY) == []


@pytest.mark.parametrize("folder", ["/etc", "../other", "results/../../x", ""])
def test_a_folder_outside_the_home_is_refused(folder):
    with pytest.raises(ValueError, match="no folder below"):
        scored(folder)


def test_a_day_is_taken_once(db):
    one_run(db)
    run = begin(db, DAY, LATER, worker())
    publish(db, run, [arrived()], [scored()], LATER)
    assert taken_days(db) == [DAY - timedelta(days=1)]


def test_a_day_that_was_taken_with_other_files_is_refused_and_nothing_published(db):
    one_run(db)
    run = begin(db, DAY, LATER, worker())
    with pytest.raises(InputError) as refused:
        publish(db, run, [arrived(fingerprint="new")], [scored("results/new")], LATER)
    assert [problem.code for problem in refused.value.problems] == ["arrivals-changed"]
    assert refused.value.problems[0].where == "arrivals/2026-02-28"
    assert [each.folder for each in history(db, CARD, DAY)] == ["results/demo/quick/1"]
    assert runs(db, 1)[0].status == RUNNING


def test_a_failed_run_says_why_and_publishes_no_more(db):
    run = begin(db, DAY, NOW, worker())
    fail(db, run, "disk-full: no room", LATER)
    fail(db, run, "told again", LATER + timedelta(days=1))
    (found,) = runs(db)
    assert (found.status, found.problem, found.finished_at) == (FAILED, "disk-full: no room", LATER)
    with pytest.raises(EngineError, match="run-not-running"):
        publish(db, run, [arrived()], [scored()], LATER)
    assert (taken_days(db), history(db, CARD, DAY)) == ([], [])


def test_a_published_run_does_not_fail(db):
    run, _ = one_run(db)
    fail(db, run, "too late", LATER)
    assert runs(db)[0].status == PUBLISHED


def test_a_run_that_died_is_failed_by_the_next_and_can_publish_no_more(db):
    dead = begin(db, DAY, NOW, worker(1))
    begin(db, DAY, LATER, worker(2))
    new, old = runs(db)
    assert (old.status, old.problem, old.finished_at) == (FAILED, DIED, LATER)
    assert new.status == RUNNING
    with pytest.raises(EngineError, match="run-not-running"):
        publish(db, dead, [], [scored()], LATER)
    assert counts(db) == {PUBLISHED: 0, FAILED: 1, RUNNING: 1}


def test_a_run_that_is_publishing_is_not_called_dead_by_another_that_begins(home):
    """As if the lock of the home had failed: the later one waits for the transaction, and sees it published."""
    others: list[threading.Thread] = []

    def begin_another(*_: object) -> None:
        if not others:
            others.append(threading.Thread(target=lambda: begin(db, DAY, LATER, worker(2))))
            others[0].start()
            others[0].join(0.3)

    with open_database(home) as db:
        run = begin(db, DAY, NOW, worker(1))
        event.listen(Session, "after_flush", begin_another)
        try:
            publish(db, run, [], [scored()], LATER)
        finally:
            event.remove(Session, "after_flush", begin_another)
        others[0].join()
        assert [each.status for each in runs(db)] == [RUNNING, PUBLISHED]


def test_a_step_told_twice_is_kept_once(db):
    run = begin(db, DAY, NOW, worker())
    step(db, run, 1, "a", 1.0)
    step(db, run, 1, "a", 9.0)
    step(db, run, 2, "b", 2.0)
    assert [(each.number, each.milliseconds) for each in runs(db)[0].steps] == [(1, 1000), (2, 2000)]


def test_the_latest_runs_come_first(db):
    for number in range(5):
        one_run(db, DAY + timedelta(days=number), f"results/{number}")
    assert [run.as_of.day for run in runs(db, 2)] == [5, 4]
    begin(db, DAY + timedelta(days=9), LATER, worker(7))
    last = last_published(db)
    assert last is not None
    assert last.as_of.day == 5


def test_a_time_without_zone_is_refused(db):
    with pytest.raises(Exception, match="no zone"):
        begin(db, DAY, NOW.replace(tzinfo=None), worker())


def test_times_of_another_zone_are_kept_in_utc(db):
    shanghai = timezone(timedelta(hours=8))
    begin(db, DAY, NOW.astimezone(shanghai), worker())
    assert runs(db)[0].started_at.isoformat() == NOW.isoformat()


def test_what_constraints_forbid_is_refused(db):
    run, (shown,) = one_run(db)

    def orphan(session: Session) -> None:
        session.add(Publication(run_id=99, published_at=NOW, **vars(scored("results/x", DAY + timedelta(days=1)))))

    def second_first(session: Session) -> None:
        session.add(Publication(run_id=run.id, published_at=NOW, **vars(scored("results/x"))))

    def forked(session: Session) -> None:
        for folder in ("results/x", "results/y"):
            each = Publication(run_id=run.id, published_at=NOW, supersedes=shown.id, **vars(scored(folder)))
            session.add(each)

    def strange(session: Session) -> None:
        session.execute(update(Run).values(status="done"))

    for work in (orphan, second_first, forked, strange):
        with pytest.raises(EngineError):
            db.write(work)
    assert len(history(db, CARD, DAY)) == 1
    assert runs(db)[0].status == PUBLISHED


def test_a_commit_whose_answer_was_lost_is_not_done_twice(db):
    lost = iter([True, False, True, False])

    def lose(_session: Session) -> None:
        if next(lost):
            raise OperationalError("COMMIT", {}, Exception("server closed the connection unexpectedly"))

    event.listen(Session, "after_commit", lose)
    try:
        run = begin(db, DAY, NOW, worker())
        publish(db, run, [arrived()], [scored()], LATER)
    finally:
        event.remove(Session, "after_commit", lose)
    assert list(lost) == []
    assert len(runs(db)) == 1
    assert len(history(db, CARD, DAY)) == 1


def test_readers_see_all_of_a_publication_or_nothing(home, db):
    """A reader looks again and again while many runs publish: what it sees of a run is whole."""
    seen, torn, stop = set(), [], threading.Event()

    def look() -> None:
        with open_database(home) as mine:
            while not stop.is_set():
                by_run, days = mine.read(state)
                seen.update(by_run)
                torn.extend(run for run, count in by_run.items() if count != 3)
                if len(days) != len(by_run):
                    torn.append(days)

    def state(session: Session) -> tuple[dict[int, int], list[date]]:
        found = session.execute(select(Publication.run_id, func.count()).group_by(Publication.run_id)).all()
        status = session.scalars(select(Run.as_of).where(Run.status == PUBLISHED)).all()
        return dict(found), list(status)

    reader = threading.Thread(target=look)
    reader.start()
    for number in range(15):
        day = DAY + timedelta(days=number)
        run = begin(db, day, NOW, worker(number))
        cards = [Scored(f"demo/{card}", "1", day, day, f"results/{card}/{number}", 1, 1) for card in "abc"]
        publish(db, run, [arrived(day)], cards, NOW)
    stop.set()
    reader.join()
    assert torn == []
    assert seen


KILLED = """
import os, sys
from datetime import UTC, date, datetime
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.orm import Session
from steelyard.desk.home import open_database, open_home
from steelyard.desk.lock import lock
from steelyard.desk.publish import Arrived, Scored, publish
from steelyard.desk.runs import Worker, begin

home, moment = open_home(Path(sys.argv[1])), sys.argv[2]
day = date(2026, 3, 1)
with lock(home), open_database(home) as db:
    run = begin(db, day, datetime(2026, 3, 1, tzinfo=UTC), Worker("duckdb"))
    if moment == "before":
        os.kill(os.getpid(), 9)
    event.listen(Session, "after_flush" if moment == "during" else "after_commit", lambda *_: os.kill(os.getpid(), 9))
    publish(db, run, [Arrived(date(2026, 2, 28))], [Scored("demo/quick", "1", day, day, "results/x", 1, 1)],
            datetime(2026, 3, 1, 1, tzinfo=UTC))
"""


@pytest.mark.parametrize("moment", ["before", "during", "after"])
def test_a_killed_run_leaves_all_or_nothing_and_the_next_one_goes_on(home, moment):
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(home.folder), moment], capture_output=True, text=True, check=False
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    with open_database(home) as db:
        whole = moment == "after"
        assert (published(db, CARD, DAY) is not None) is whole
        assert taken_days(db) == ([DAY - timedelta(days=1)] if whole else [])
        assert runs(db)[0].status == (PUBLISHED if whole else RUNNING)
        run = begin(db, DAY, LATER, worker(os.getpid()))
        (shown,) = publish(db, run, [], [Scored(CARD, "1", DAY, DAY, "results/x", 1, 1)], LATER)
        assert (shown.folder, shown.supersedes, len(history(db, CARD, DAY))) == ("results/x", None, 1)
        assert counts(db)[RUNNING] == 0
