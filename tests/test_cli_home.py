"""The command `home`: what is told, in which language, and with which exit code."""

import json
import subprocess
import sys
from datetime import timedelta

import pytest
from desk import CARD, DAY, HASTY, NOW, one_run, scored, worker

from steelyard.cli.home import WORDS
from steelyard.desk.home import create_home, open_database, open_home
from steelyard.desk.lock import lock
from steelyard.desk.publish import publish
from steelyard.desk.runs import DIED, begin, fail, step


@pytest.fixture(autouse=True)
def no_variable(monkeypatch):
    monkeypatch.delenv("STEELYARD_DATABASE_URL", raising=False)


@pytest.fixture
def own(tmp_path):
    """A home on SQLite in which one run was published."""
    home = create_home(tmp_path / "home")
    with open_database(home, HASTY) as db:
        one_run(db)
    return home


def told(cli, home) -> dict[tuple[str, str | None], object]:
    """What the status says, by what it is about and name."""
    done = cli("home", "status", home.folder, "--format", "json")
    assert (done.code, done.err) == (0, "")
    return {(row["about"], row["name"]): row["value"] for row in json.loads(done.out)}


def test_a_home_is_made_filled_backed_up_and_restored(cli, tmp_path):
    done = cli("home", "create", tmp_path / "home")
    assert (done.code, done.out) == (0, "")
    assert f"written: {tmp_path / 'home'}" in done.err
    home = open_home(tmp_path / "home")
    with open_database(home) as db:
        one_run(db)
    (home.results / "x.parquet").write_bytes(b"x")
    done = cli("home", "backup", home.folder, tmp_path / "b.tar", "--whole", "--format", "json")
    assert done.code == 0
    counted = {row["part"]: row["count"] for row in json.loads(done.out)}
    assert (counted["runs"], counted["publications"], counted["results"], counted["ledger"]) == (1, 1, 1, 0)
    done = cli("home", "restore", tmp_path / "b.tar", tmp_path / "again")
    assert (done.code, done.out) == (0, "")
    again = open_home(tmp_path / "again")
    assert (again.results / "x.parquet").read_bytes() == b"x"
    kept = {place: value for place, value in told(cli, home).items() if place[0] not in {"folder", "database", "bytes"}}
    assert kept.items() <= told(cli, again).items()
    done = cli("home", "upgrade", again.folder)
    assert done.code == 0
    assert "revision 0001" in done.err


def test_the_status_of_a_published_run(cli, own):
    found = told(cli, own)
    assert found["folder", None] == str(own.folder)
    assert found["database", None] == f"sqlite:///{own.folder}/steelyard.db"
    assert found["last_run", "published"] == "2026-03-01, duckdb, begun 2026-03-01 02:30:00 UTC, 60.0 s"
    assert found["problem", None] is None
    assert found["step", "take arrivals"] == "1.2 s"
    assert found["last_published", None] == "2026-03-01"
    assert (found["runs", "published"], found["runs", "failed"], found["runs", "running"]) == (1, 0, 0)
    assert found["taken", "2026-02-28 … 2026-02-28"] == 1
    assert found["rows", "2026-02-28"] == 140
    assert found["quarantined", "2026-02-28"] == 2
    assert found["quarantined", "2026-02-28 orders"] == 2
    assert found["days", f"{CARD} 2026-03-01 … 2026-03-01"] == 1
    assert found["missing", None] == "results/demo/quick/1"
    assert found["bytes", "database"] > 4096


def test_what_is_there_is_not_missing_and_has_a_size(cli, own):
    folder = own.path("results/demo/quick/1")
    folder.mkdir(parents=True)
    (folder / "scores.parquet").write_bytes(b"12345")
    found = told(cli, own)
    assert ("missing", None) not in found
    assert (found["bytes", "results"], found["bytes", "ledger"]) == (5, 0)


def test_the_status_says_why_a_run_failed_or_that_it_died(cli, own):
    with open_database(own) as db:
        run = begin(db, DAY + timedelta(days=1), NOW, worker())
        step(db, run, 1, "score", 12.3456)
        fail(db, run, "disk-full: no room", NOW + timedelta(seconds=20))
        found = told(cli, own)
        assert found["last_run", "failed"] == "2026-03-02, duckdb, begun 2026-03-01 02:30:00 UTC, 20.0 s"
        assert (found["problem", None], found["step", "score"]) == ("disk-full: no room", "12.3 s")
        assert found["last_published", None] == "2026-03-01"
        begin(db, DAY + timedelta(days=2), NOW, worker())
        assert told(cli, own)["problem", None] == DIED
        with lock(own):
            found = told(cli, own)
            assert found["problem", None] is None
            assert "works in it since" in str(found["at_work", None])


def test_days_are_counted_by_scorecard(cli, own):
    with open_database(own) as db:
        for number in (1, 2):
            day = DAY + timedelta(days=number)
            run = begin(db, day, NOW, worker())
            publish(db, run, [], [scored(f"results/{number}", day)], NOW)
    assert told(cli, own)["days", f"{CARD} 2026-03-01 … 2026-03-03"] == 3


@pytest.mark.parametrize(("lang", "words"), [("zh", 0), ("en", 1)])
def test_the_table_speaks_both_languages(cli, own, lang, words):
    done = cli("home", "status", own.folder, "--lang", lang)
    assert done.code == 0
    about = {row["about"] for row in json.loads(cli("home", "status", own.folder, "--format", "json").out)}
    assert all(WORDS[each][words] in done.out for each in about)
    assert all(zh.strip() and en.strip() for zh, en in WORDS.values())


def test_a_password_is_never_told(cli, tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET", "s3cr3t")
    monkeypatch.setattr("steelyard.desk.database.Patience", lambda: HASTY)
    done = cli("home", "create", tmp_path / "home", "--database", "postgresql://me:${SECRET}@127.0.0.1:1/db")
    assert (done.code, done.codes()) == (3, ["database-unreachable"])
    assert "s3cr3t" not in done.err
    assert not (tmp_path / "home").exists()


def test_other_commands_start_without_the_libraries_of_the_desk():
    loaded = "import steelyard.cli, sys; print([name for name in ('sqlalchemy', 'alembic') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", loaded], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_failures_have_codes_and_exit_codes(cli, own, tmp_path):
    def failed(*arguments) -> tuple[int, list[str]]:
        done = cli("home", *arguments)
        assert done.out == ""
        return done.code, done.codes()

    assert failed("status", tmp_path / "nowhere") == (2, ["no-such-home"])
    assert failed("create", own.folder) == (2, ["folder-not-empty"])
    assert failed("create", tmp_path / "x", "--database", "mysql://host/db") == (2, ["bad-database-url"])
    assert failed("restore", own.folder / "steelyard.toml", tmp_path / "x")[0] == 1
    (own.folder / "steelyard.toml").write_text("[engin]\n")
    assert failed("status", own.folder) == (1, ["unknown-option"])
    (own.folder / "steelyard.toml").write_text("")
    with lock(own):
        assert failed("upgrade", own.folder) == (2, ["run-in-progress"])
    (own.folder / "steelyard.db").write_bytes(b"nothing of the kind" * 100)
    assert failed("status", own.folder) == (3, ["database-damaged"])
    (own.folder / "steelyard.db").unlink()
    assert failed("backup", own.folder, tmp_path / "b.tar") == (3, ["no-such-database"])
    assert not (tmp_path / "b.tar").exists()
