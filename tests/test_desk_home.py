"""The home folder, its configuration, and its lock."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from steelyard.desk.home import (
    CONFIGURATION,
    IDENTITY,
    create_home,
    open_home,
    read_settings,
    with_database_url,
)
from steelyard.desk.lock import holder, lock
from steelyard.errors import EngineError, SteelyardError, UsageError


@pytest.fixture(autouse=True)
def no_variable(monkeypatch):
    monkeypatch.delenv("STEELYARD_DATABASE_URL", raising=False)


@pytest.fixture
def own(tmp_path):
    """A home on SQLite."""
    return create_home(tmp_path / "home")


def codes(call, *arguments) -> list[str]:
    with pytest.raises(SteelyardError) as refused:
        call(*arguments)
    return [problem.code for problem in refused.value.problems]


def configured(folder: Path, text: str) -> Path:
    file = folder / CONFIGURATION
    file.write_text(text, encoding="utf-8")
    return file


def test_a_new_home_has_all_it_needs(own):
    assert own == open_home(own.folder)
    assert [place.name for place in (own.arrivals, own.store, own.ledger, own.results) if place.is_dir()] == [
        "arrivals",
        "store",
        "ledger",
        "results",
    ]
    assert own.database_url.database == str(own.folder / "steelyard.db")
    assert (own.folder / "steelyard.db").is_file()
    assert (own.settings.engine.name, own.settings.engine.settings) == ("duckdb", {})
    assert (own.settings.scorecards.only, own.settings.scorecards.rules, own.settings.scorecards.values) == ((), (), {})


def test_what_may_hold_a_password_is_for_its_owner_only(own):
    for name in (CONFIGURATION, "steelyard.db"):
        assert (own.folder / name).stat().st_mode & 0o077 == 0


def test_a_relative_folder_makes_a_home_that_stays_where_it_is(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    made = create_home(Path("shop"))
    monkeypatch.chdir("/")
    assert made.folder == tmp_path / "shop"
    assert made.database_url.database == str(tmp_path / "shop" / "steelyard.db")


def test_a_folder_with_content_is_no_place_for_a_home(tmp_path, own):
    assert codes(create_home, own.folder) == ["folder-not-empty"]
    (tmp_path / "file").touch()
    assert codes(create_home, tmp_path / "file") == ["not-a-folder"]


def test_a_home_whose_database_cannot_be_made_is_not_made(tmp_path):
    assert codes(create_home, tmp_path / "home", "mysql://localhost/x") == ["bad-database-url"]
    assert not (tmp_path / "home").exists()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", [CONFIGURATION, IDENTITY])
def test_a_folder_that_is_no_home_is_refused(own, name):
    (own.folder / name).unlink()
    with pytest.raises(UsageError) as refused:
        open_home(own.folder)
    (problem,) = refused.value.problems
    assert (problem.code, problem.message) == ("no-such-home", f"it has no {name}")
    assert "steelyard home create" in problem.fix
    assert codes(open_home, own.folder / "missing") == ["no-such-home"]


def test_every_value_arrives_as_the_command_line_takes_it(tmp_path):
    file = configured(
        tmp_path,
        """
[database]
url = "sqlite:///other.db"
[engine]
name = "spark"
[engine.settings]
threads = 2
memory = "4GB"
"conf.spark.ui.enabled" = false
[scorecards]
only = ["douyin/experience"]
rules = ["rules", "more.yaml"]
[scorecards.values."douyin/experience"]
"window.days" = 30
"gates.0.from" = 3.50
""",
    )
    settings = read_settings(file)
    assert settings.database.url == "sqlite:///other.db"
    assert settings.engine.name == "spark"
    assert settings.engine.settings == {"threads": "2", "memory": "4GB", "conf.spark.ui.enabled": "false"}
    assert settings.scorecards.only == ("douyin/experience",)
    assert settings.scorecards.values == {"douyin/experience": {"window.days": "30", "gates.0.from": "3.50"}}


def test_rules_are_files_of_the_home(own):
    configured(own.folder, '[scorecards]\nrules = ["rules", "/srv/rules.yaml"]')
    assert open_home(own.folder).rules == (own.folder / "rules", Path("/srv/rules.yaml"))


@pytest.mark.parametrize(
    ("text", "code", "key"),
    [
        ("[engine", "not-toml", ""),
        ("\udcff", "not-toml", ""),
        ("[enginee]", "unknown-option", "enginee"),
        ("[engine]\nthreads = 2", "unknown-option", "engine.threads"),
        ("[engine]\nname = 'polars'", "wrong-option", "engine.name"),
        ("[engine.settings]\nthreads = [2]", "wrong-option", "engine.settings.threads"),
        ("[scorecards]\nonly = 'douyin/experience'", "wrong-option", "scorecards.only"),
        ("[scorecards.values]\n'a/b' = 3", "wrong-option", "scorecards.values.a/b"),
        ("[database]\nurl = 3", "wrong-option", "database.url"),
    ],
)
def test_a_wrong_configuration_is_told_with_file_and_key(tmp_path, text, code, key):
    file = tmp_path / CONFIGURATION
    file.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SteelyardError) as refused:
        read_settings(file)
    (problem,) = refused.value.problems
    assert (problem.code, problem.where) == (code, f"{file} {key}".strip())
    assert refused.value.exit_code == 1


def test_all_that_is_wrong_is_told_at_once(tmp_path):
    file = configured(tmp_path, "[engine]\nname = 3\n[scorecard]\n[scorecards]\nonly = 1")
    assert codes(read_settings, file) == ["wrong-option", "wrong-option", "unknown-option"]


def test_the_variable_wins_over_the_configuration(own, monkeypatch):
    monkeypatch.setenv("STEELYARD_DATABASE_URL", "postgresql://u:p@host/db")
    assert own.database_url.render_as_string(hide_password=False) == "postgresql+psycopg://u:p@host/db"


def test_variables_stand_for_parts_of_the_url_whatever_is_in_them(own, monkeypatch):
    configured(own.folder, '[database]\nurl = "postgresql://${WHO}:${SECRET}@db.example:5433/${NAME}"')
    for name, value in {"WHO": "me", "SECRET": "a/b@c:d%e", "NAME": "scores"}.items():
        monkeypatch.setenv(name, value)
    url = open_home(own.folder).database_url
    assert (url.username, url.password, url.host, url.port, url.database) == (
        "me",
        "a/b@c:d%e",
        "db.example",
        5433,
        "scores",
    )


def test_a_variable_may_be_the_whole_url(own, monkeypatch):
    configured(own.folder, '[database]\nurl = "${DATABASE}"')
    monkeypatch.setenv("DATABASE", "sqlite:////srv/scores.db")
    assert open_home(own.folder).database_url.database == "/srv/scores.db"


def test_a_variable_that_is_not_set_is_told(own, monkeypatch):
    monkeypatch.delenv("SECRET", raising=False)
    configured(own.folder, '[database]\nurl = "postgresql://me:${SECRET}@host/db"')
    with pytest.raises(UsageError, match=r"steelyard.toml database.url: variable-not-set: .*SECRET"):
        _ = open_home(own.folder).database_url


def test_the_database_of_a_configuration_is_replaced_and_nothing_else():
    before = "# mine\n[engine]\nname = 'spark' # [database]\n[database] # here\n# url\nurl = 'a'\n[scorecards]\n"
    after = with_database_url(before, 'sqlite:///b"c.db')
    assert after == (
        "# mine\n[engine]\nname = 'spark' # [database]\n[database] # here\n"
        'url = "sqlite:///b\\"c.db"\n# url\n[scorecards]\n'
    )
    assert with_database_url("", "x") == '\n[database]\nurl = "x"\n'


HOLD = """
import sys, time
from pathlib import Path
from steelyard.desk.home import open_home
from steelyard.desk.lock import lock
with lock(open_home(Path(sys.argv[1]))):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def other(own):
    """A process that holds the lock of `own`."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(own.folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_one_writer_at_a_time_and_the_other_is_named(own, other):
    with pytest.raises(UsageError) as refused, lock(own):
        pass
    (problem,) = refused.value.problems
    assert problem.code == "run-in-progress"
    assert f"process {other.pid} on " in problem.message
    assert holder(own) == problem.message


def test_whoever_looks_at_the_lock_is_in_nobodys_way(own):
    """The status asks again and again; a run that does not wait begins all the same."""
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            holder(own)

    looking = threading.Thread(target=look)
    looking.start()
    try:
        for _ in range(20):
            with lock(own):
                pass
    finally:
        stop.set()
        looking.join()


def test_a_home_that_cannot_be_locked_is_told(own):
    (own.folder / ".lock").mkdir()
    with pytest.raises(EngineError, match="no-locks"), lock(own):
        pass
    assert "cannot be told" in str(holder(own))


def test_a_killed_writer_leaves_no_lock(own, other):
    other.send_signal(signal.SIGKILL)
    other.wait()
    assert holder(own) is None
    with lock(own):
        assert json.loads((own.folder / ".lock.json").read_text())["pid"] == os.getpid()
    assert not (own.folder / ".lock.json").exists()


def test_whoever_waits_gets_it_once_the_other_ends(own, other):
    began = time.monotonic()
    subprocess.Popen(["sh", "-c", f"sleep 0.5; kill -9 {other.pid}"])
    with lock(own, wait=30):
        assert 0.3 < time.monotonic() - began < 25


def test_the_lock_is_free_after_an_error(own):
    with pytest.raises(RuntimeError), lock(own):
        raise RuntimeError
    with lock(own):
        assert holder(own) is not None
