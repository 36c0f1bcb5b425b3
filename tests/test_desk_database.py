"""How a database fails: what is told, what is tried again, and that no password is ever shown."""

import builtins
import sqlite3
import threading
from datetime import timedelta

import psycopg
import pytest
from desk import CARD, DAY, HASTY, NOW, arrived, one_run, scored, worker
from sqlalchemy import select, text

from steelyard.desk.database import Patience, connect, create_file, parsed, shown
from steelyard.desk.home import create_home, open_database
from steelyard.desk.models import PUBLISHED, RUNNING, Run
from steelyard.desk.publish import history, publish, published, taken_days
from steelyard.desk.runs import begin, runs
from steelyard.errors import EngineError, SteelyardError, UsageError

SECRET = "s3cr3t%40word"  # noqa: S105 - nobody's


def problem_of(call, *arguments):
    with pytest.raises(SteelyardError) as refused:
        call(*arguments)
    (problem,) = refused.value.problems
    assert SECRET not in str(problem)
    assert "s3cr3t" not in str(problem)
    return problem


def one(session):
    return session.scalar(text("SELECT 1"))


@pytest.fixture
def file(tmp_path):
    """An SQLite database with a table."""
    url = parsed(f"sqlite:///{tmp_path / 'a b?c%20d.db'}".replace("?", "%3F").replace("%20", "%2520"))
    create_file(url)
    with connect(url, HASTY) as db:
        db.write(lambda session: session.execute(text("CREATE TABLE numbers (n INTEGER)")))
    return url


@pytest.mark.parametrize(
    "url",
    [
        "no url",
        f"mysql://me:{SECRET}@host/db",
        f"postgresql+asyncpg://me:{SECRET}@host/db",
        f"postgresql://me:{SECRET}@host:port/db",
        "sqlite://",
        "sqlite:///:memory:",
        "sqlite:///x.db?mode=memory",
    ],
)
def test_a_url_of_another_kind_is_refused(url):
    problem = problem_of(connect, url)
    assert problem.code == "bad-database-url"
    with pytest.raises(UsageError):
        parsed(url)


def test_a_url_is_shown_without_its_secrets():
    assert shown(parsed(f"postgresql://me:{SECRET}@host/db")) == "postgresql+psycopg://me:***@host/db"
    assert shown(parsed(f"postgresql://host/db?password={SECRET}&sslmode=require&sslpassword={SECRET}")) == (
        "postgresql+psycopg://host/db?sslmode=require"
    )
    assert parsed("postgres://host/db") == parsed("postgresql://host/db") == parsed("postgresql+psycopg://host/db")


def test_without_the_driver_its_extra_is_named(monkeypatch):
    real = builtins.__import__

    def without(name, *arguments, **options):
        if name.startswith("psycopg"):
            raise ModuleNotFoundError(name)
        return real(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", without)
    problem = problem_of(connect, f"postgresql://me:{SECRET}@host/db")
    assert problem.code == "psycopg-not-installed"
    assert "pip install 'steelyard[postgres]'" in problem.fix


def test_nobody_listening_is_told_after_some_patience():
    waited: list[float] = []
    patience = Patience(waits=(0.2, 1.0), sleep=waited.append)
    with connect(f"postgresql://me:{SECRET}@127.0.0.1:1/db", patience) as db:
        problem = problem_of(db.read, one)
    assert problem.code == "database-unreachable"
    assert waited == [0.2, 1.0]
    assert "me:***@127.0.0.1:1/db" in problem.where


@pytest.mark.parametrize(
    ("user", "name", "code"),
    [("postgres", "postgres", "database-login-refused"), ("nobody_knows", "postgres", "database-login-refused")],
)
def test_a_refused_login_is_told_at_once(postgres, user, name, code):
    url = postgres.url(name, SECRET).replace("//postgres:", f"//{user}:")
    with connect(url, Patience(sleep=pytest.fail)) as db:
        assert problem_of(db.read, one).code == code


def test_a_database_that_is_not_there_is_told(postgres, tmp_path):
    with connect(postgres.url("nowhere"), Patience(sleep=pytest.fail)) as db:
        assert problem_of(db.read, one).code == "no-such-database"
    with connect(f"sqlite:///{tmp_path / 'nowhere.db'}", Patience(sleep=pytest.fail)) as db:
        problem = problem_of(db.write, one)
    assert problem.code == "no-such-database"
    assert not (tmp_path / "nowhere.db").exists()


def test_a_place_where_no_file_can_be_made_is_told(tmp_path):
    (tmp_path / "file").touch()
    problem = problem_of(create_file, parsed(f"sqlite:///{tmp_path / 'file' / 'x.db'}"))
    assert problem.code == "no-such-database"


def test_a_damaged_file_is_told(tmp_path):
    (tmp_path / "x.db").write_bytes(b"this is no database, whatever its name says. " * 50)
    with connect(f"sqlite:///{tmp_path / 'x.db'}", HASTY) as db:
        assert problem_of(db.read, one_table).code == "database-damaged"


def one_table(session):
    return session.scalar(text("SELECT count(*) FROM sqlite_master"))


def test_a_writer_waits_for_another_and_says_so_in_the_end(file):
    waited: list[float] = []
    blocker = sqlite3.connect(file.database, isolation_level=None)
    blocker.execute("BEGIN IMMEDIATE")
    with connect(file, Patience(waits=(0.1, 0.3), busy=0.01, sleep=waited.append)) as db:
        assert problem_of(db.write, one).code == "database-locked"
        assert waited == [0.1, 0.3]
        assert db.read(one) == 1
    blocker.close()


def test_a_writer_goes_on_once_the_other_is_done(file):
    blocker = sqlite3.connect(file.database, isolation_level=None, check_same_thread=False)
    blocker.execute("BEGIN IMMEDIATE")
    with connect(file, Patience(waits=(0.0,), busy=0.01, sleep=lambda _: blocker.rollback())) as db:
        db.write(lambda session: session.execute(text("INSERT INTO numbers VALUES (1)")))
        assert db.read(lambda session: session.scalar(text("SELECT sum(n) FROM numbers"))) == 1
    blocker.close()


def test_a_full_disk_is_told_and_nothing_of_the_work_is_kept(file):
    def much(session):
        session.execute(text("PRAGMA max_page_count = 4"))
        session.execute(text("INSERT INTO numbers VALUES (1)"))
        for _ in range(12):
            session.execute(text("INSERT INTO numbers SELECT n + 1 FROM numbers"))

    with connect(file, HASTY) as db:
        assert problem_of(db.write, much).code == "database-full"
        assert db.read(lambda session: session.scalar(text("SELECT count(*) FROM numbers"))) == 0


def test_a_database_that_must_not_be_written_is_told(file, postgres):
    def forbidden(session):
        session.execute(text("PRAGMA query_only = ON"))
        session.execute(text("INSERT INTO numbers VALUES (1)"))

    with connect(file, HASTY) as db:
        assert problem_of(db.write, forbidden).code == "database-read-only"
    with connect(postgres.empty(), HASTY) as db:
        assert problem_of(db.read, lambda session: session.execute(text("CREATE TABLE x (n int)"))).code == (
            "database-read-only"
        )


def test_anything_else_is_told_with_the_databases_own_words(file):
    with connect(file, HASTY) as db:
        problem = problem_of(db.read, lambda session: session.execute(text("SELECT absent FROM numbers")))
    assert problem.code == "database-failed"
    assert "no such column: absent" in problem.message


def test_a_server_that_went_away_is_told_and_nothing_is_lost(postgres, tmp_path):
    """Down in the middle of a run: publishing fails clearly, and succeeds once the server is back."""
    home = create_home(tmp_path / "home", postgres.empty())
    with open_database(home, HASTY) as db:
        run = begin(db, DAY, NOW, worker())
        with postgres.down():
            problem = problem_of(publish, db, run, [arrived()], [scored()], NOW)
            assert problem.code == "database-unreachable"
            assert postgres.password not in str(problem)
        assert (published(db, CARD, DAY), runs(db)[0].status) == (None, RUNNING)
        (after,) = publish(db, run, [arrived()], [scored()], NOW)
        assert (after.run_id, taken_days(db), len(history(db, CARD, DAY))) == (
            run.id,
            [DAY - timedelta(days=1)],
            1,
        )


def test_a_server_that_comes_back_in_time_is_waited_for(postgres, tmp_path):
    home = create_home(tmp_path / "home", postgres.empty())
    with postgres.down() as start:
        waits: list[float] = []

        def sleep(seconds: float) -> None:
            waits.append(seconds)
            start() if len(waits) == 2 else None

        with open_database(home, Patience(waits=(0.1, 0.2, 0.3), sleep=sleep)) as db:
            one_run(db)
            assert runs(db)[0].status == PUBLISHED
    assert waits == [0.1, 0.2]


def test_a_connection_cut_in_the_middle_of_work_is_made_anew_and_the_work_done_once(postgres, tmp_path):
    home = create_home(tmp_path / "home", postgres.empty())
    cut = [True]

    def work(session):
        session.add(Run(as_of=DAY, status=RUNNING, started_at=NOW, steps=[], **vars(worker())))
        session.flush()
        if cut:
            cut.clear()
            pid = session.scalar(text("SELECT pg_backend_pid()"))
            with psycopg.connect(postgres.url(), autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
        return session.scalar(select(Run.id))

    with open_database(home, HASTY) as db:
        db.write(work)
        assert len(runs(db)) == 1


def test_reading_is_from_one_state(db):
    """What another one publishes meanwhile is not seen by a reader that looks twice."""
    one_run(db)
    seen = []

    def twice(session):
        seen.append(session.scalar(text("SELECT count(*) FROM runs")))
        other = threading.Thread(target=lambda: one_run(db, DAY + timedelta(days=1), "results/2"))
        other.start()
        other.join()
        seen.append(session.scalar(text("SELECT count(*) FROM runs")))

    db.read(twice)
    assert seen == [1, 1]
    assert len(runs(db)) == 2


def test_two_writers_at_once_both_get_through(home):
    failures: list[EngineError] = []
    with open_database(home) as db:
        both_begin_ten(db, failures)
        assert failures == []
        assert len(runs(db, 50)) == 20


def both_begin_ten(db, failures: list[EngineError]) -> None:
    threads = [threading.Thread(target=begin_ten, args=(db, base, failures)) for base in (0, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def begin_ten(db, base: int, failures: list[EngineError]) -> None:
    try:
        for number in range(base, base + 10):
            begin(db, DAY + timedelta(days=number), NOW, worker(number))
    except EngineError as error:
        failures.append(error)
