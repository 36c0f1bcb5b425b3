"""A run that is killed, locked out, or loses its database or its disk: nothing is half seen, and the next goes on."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from command_line import QUICK, finished, started
from postgres import Cluster

from steelyard.daily import run as daily_run
from steelyard.desk.home import Home, create_home, open_database, open_home
from steelyard.desk.lock import lock
from steelyard.desk.publish import publications, taken_days
from steelyard.desk.runs import DIED, runs
from steelyard.errors import EngineError, Problem, SteelyardError, UsageError
from steelyard.scoring.results import TABLES
from tests.arriving import QUICKLY, configure, days_from, ever, quick_home, run, seen, write

DAY = date(2022, 11, 1)
ARRIVE = days_from(DAY - timedelta(days=3), 3)
SCORED = [day + timedelta(days=1) for day in ARRIVE]
PAID = datetime(2022, 10, 20, 12)


def deliver(home: Home) -> None:
    """Three days: orders and complaints, more of both, and an order that changes."""
    for number, day in enumerate(ARRIVE):
        ids = range(100 * number, 100 * number + 30)
        tables = {
            "orders": [{"order_id": n, "shop_id": 1 + n % 3, "buyer_id": n, "paid_at": PAID} for n in (*ids, 5)],
            "complaints": [
                {"complaint_id": n, "order_id": n, "shop_id": 1 + n % 3, "created_at": PAID, "channel": "platform"}
                for n in ids[: 5 + number]
            ],
        }
        tables["orders"] = list({row["order_id"]: row for row in tables["orders"]}.values())
        if number == 0:
            tables["shops"] = [{"shop_id": n, "category": "a"} for n in (1, 2, 3)]
        write(home.arrivals / str(day), tables)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Home:
    home = quick_home(tmp_path_factory.mktemp("undisturbed") / "home")
    deliver(home)
    for day in SCORED:
        run(home, day)
    return home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    made = quick_home(tmp_path / "home")
    deliver(made)
    return made


def told_steps(home: Home) -> int:
    """How many steps the run at work has behind it."""
    with open_database(home) as db:
        found = runs(db, 1)
    return len(found[0].steps) if found and found[0].status == "running" else 0


def statuses(home: Home) -> list[str]:
    with open_database(home) as db:
        return [each.status for each in runs(db)]


def killed(home: Home, when: Callable[[], bool], day: date = DAY) -> int:
    """Start a run in a process of its own and kill it as soon as `when` says so; its exit code."""
    process = started("run", "--home", home.folder, "--as-of", day)
    while process.poll() is None and not when():
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    return finished(process).code


@contextmanager
def watched(home: Home) -> Iterator[list[str]]:
    """What a reader finds wrong while the block runs: days that are not whole, or taken without being published."""
    wrong: list[str] = []
    over = threading.Event()

    def look() -> None:
        with open_database(home) as db:
            while not over.is_set():
                taken = taken_days(db)
                there = publications(db, QUICKLY, ARRIVE[0], DAY)
                for each in there:
                    found = {file.stem for file in home.path(each.folder).glob("*.parquet")}
                    wrong.extend(f"{each.folder} lacks {name}" for name in {*TABLES} - found)
                if len(there) < len(taken):
                    wrong.append(f"{taken} taken, {there} published")
                time.sleep(0.01)

    reader = threading.Thread(target=look)
    reader.start()
    try:
        yield wrong
    finally:
        over.set()
        reader.join()


def test_killed_at_any_moment(home: Home, undisturbed: Home) -> None:
    with watched(home) as wrong:
        assert killed(home, lambda: told_steps(home) >= 1, SCORED[0]) == -signal.SIGKILL
        for moment in (0.3, 0.7, 1.0, 1.3, 1.6, 1.9, 2.2):
            until = time.monotonic() + moment
            killed(home, lambda until=until: time.monotonic() > until, SCORED[0])
        run(home, SCORED[0])
        for steps in (1, 2, 3):
            killed(home, lambda steps=steps: told_steps(home) >= steps)
        run(home, DAY)
    assert wrong == []
    assert seen(home) == seen(undisturbed)
    assert len(ever(home)) == len(SCORED)
    assert statuses(home).count("published") == len(SCORED)
    with open_database(home) as db:
        problems = {each.problem for each in runs(db) if each.status == "failed"}
        assert (problems, taken_days(db)) == ({DIED}, ARRIVE)


@pytest.mark.parametrize("name", ["take", "post", "write_result", "publish"])
def test_broken_off_before_and_after_every_part(
    home: Home, undisturbed: Home, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    part = getattr(daily_run, name)
    run(home, SCORED[0])
    before = seen(home)

    class Killed(BaseException):
        pass

    def first_half(*_: object, **__: object) -> None:
        raise Killed

    def whole(*arguments: object, **named: object) -> None:
        part(*arguments, **named)
        raise Killed

    for broken in (first_half, whole):
        monkeypatch.setattr(daily_run, name, broken)
        with pytest.raises(Killed):
            run(home, SCORED[1])
        if (name, broken) != ("publish", whole):
            assert seen(home) == before
    monkeypatch.undo()
    run(home, DAY)
    assert seen(home) == seen(undisturbed)
    assert len(ever(home)) == len(SCORED)


def test_what_a_broken_run_took_is_taken_anew(home: Home, undisturbed: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The day's files may still be mended after a run that did not publish."""
    orders = home.arrivals / str(ARRIVE[0]) / "orders.parquet"
    whole = orders.read_bytes()
    write(orders.parent, {"orders": [{"order_id": 999, "shop_id": 2, "paid_at": PAID}], "reviews": []})

    def lost(*_: object) -> None:
        raise EngineError(Problem("database-unreachable", "here", "it is gone", "wait"))

    monkeypatch.setattr(daily_run, "publish", lost)
    with pytest.raises(EngineError):
        run(home, SCORED[0])
    monkeypatch.undo()
    orders.write_bytes(whole)
    (orders.parent / "reviews.parquet").unlink()
    run(home, DAY)
    run(home, DAY)
    assert not any((home.store / "reviews").rglob("*.parquet"))
    assert {day for _, day in seen(home)} == {DAY}
    assert seen(home)[QUICKLY, DAY] == seen(undisturbed)[QUICKLY, DAY]


def test_two_at_once(home: Home) -> None:
    with lock(home), pytest.raises(UsageError) as refused:
        run(home, SCORED[0])
    (problem,) = refused.value.problems
    assert (problem.code, refused.value.exit_code, str(os.getpid()) in problem.message) == ("run-in-progress", 2, True)
    assert statuses(home) == []
    both = [started("run", "--home", home.folder, "--as-of", SCORED[0], "--wait", 60) for _ in range(2)]
    done = [finished(process) for process in both]
    assert [each.code for each in done] == [0, 0]
    assert sorted("nothing to do" in each.err for each in done) == [False, True]
    assert (statuses(home), len(ever(home))) == (["published"], 1)


def test_the_database_goes_down(
    postgres: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, undisturbed: Home
) -> None:
    expected = seen(undisturbed)
    url = postgres.empty()
    home = open_home(create_home(tmp_path / "shared", url).folder)
    (home.folder / "quick.yaml").write_text(QUICK, encoding="utf-8")
    configure(home.folder, [QUICKLY], f'rules = ["quick.yaml"]\n\n[database]\nurl = "{url}"\n')
    deliver(home)
    run(home, SCORED[0])
    part = daily_run.score_day

    def without_database(*arguments: Any) -> Any:
        postgres.stop()
        return part(*arguments)

    monkeypatch.setattr(daily_run, "score_day", without_database)
    try:
        with pytest.raises(EngineError) as refused:
            run(home, DAY)
    finally:
        postgres.start()
    monkeypatch.undo()
    assert {(problem.code, bool(problem.fix)) for problem in refused.value.problems} == {("database-unreachable", True)}
    assert (refused.value.exit_code, len(ever(home))) == (3, 1)
    run(home, DAY)
    assert seen(home) == expected
    assert statuses(home) == ["published", "published", "failed", "published"]


@pytest.mark.parametrize("place", ["store", "ledger", "results"])
def test_a_folder_that_cannot_be_written(home: Home, undisturbed: Home, place: str) -> None:
    run(home, SCORED[0])
    before = seen(home)
    folder = home.folder / place
    aside = folder.rename(home.folder / f"{place}-aside")
    folder.write_text("a file is in its place", encoding="utf-8")
    with pytest.raises(SteelyardError) as refused:
        run(home, DAY)
    assert all(problem.fix for problem in refused.value.problems)
    folder.unlink()
    aside.rename(folder)
    assert seen(home) == before
    run(home, DAY)
    assert seen(home) == seen(undisturbed)
    assert statuses(home).count("failed") == 1
