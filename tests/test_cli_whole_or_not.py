"""Outputs appear whole under their final name, or not at all: killed, failing, twice at once."""

import signal
import subprocess
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pyarrow.compute as pc
import pytest
from command_line import TABLES, UNTIL, content, days_in, finished, started, tables_of, with_settings

from steelyard.cli import run
from steelyard.engines.duckdb import DuckDB
from steelyard.errors import EngineError, Problem
from steelyard.landing import replacing

RESULT = {f"{table}.parquet" for table in TABLES} | {"run.json"}
FIRST = UNTIL - timedelta(days=4)
Call = Callable[..., list[object]]


@pytest.fixture(scope="module")
def score(market: Path, quick: list[object]) -> Call:
    """The call of a score of the quick scorecard, as of a day."""

    def call(out: Path, day: date = UNTIL, *more: object) -> list[object]:
        return ["score", "demo/quick", *quick, "--events", market, "--as-of", day, "--out", out, *more]

    return call


def drafts(out: Path) -> list[Path]:
    """Hidden folders beside `out`: a result that is being written."""
    return [path for path in out.parent.iterdir() if path.name.startswith(f".{out.name}-")]


def grown(out: Path, pattern: str) -> bool:
    return any(any(draft.glob(pattern)) for draft in drafts(out))


def kill_once(happened: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """SIGKILL as soon as something is seen, at the latest when the process has ended by itself."""
    while not happened():
        try:
            process.wait(timeout=0.001)
        except subprocess.TimeoutExpired:
            continue
        break
    process.send_signal(signal.SIGKILL)
    process.communicate()


@pytest.fixture(scope="module")
def earlier(score: Call, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of an earlier result, of FIRST."""
    out = tmp_path_factory.mktemp("earlier") / "out"
    assert run(with_settings(score(out, FIRST))) == 0
    return content(out)


def put_back(files: dict[str, bytes], out: Path) -> None:
    out.mkdir()
    for name, data in files.items():
        (out / name).write_bytes(data)


@pytest.mark.parametrize("before", ["nothing", "a result"])
@pytest.mark.parametrize(
    "moment", ["new", "new/effects/*/*.parquet", "new/scores.parquet"], ids=["begun", "a day in", "joining"]
)
def test_killed_there_is_no_result_or_the_whole_earlier_one(cli, score, earlier, tmp_path, moment, before):
    out = tmp_path / "out"
    if before == "a result":
        put_back(earlier, out)
    process = started(*score(out, UNTIL, "--from", FIRST))
    kill_once(lambda: grown(out, moment), process)
    if process.returncode == 0:
        assert days_in(out) == [str(FIRST), str(UNTIL)]
    else:
        assert process.returncode == -signal.SIGKILL
        assert (content(out) if out.exists() else {}) == (earlier if before == "a result" else {})
    assert cli(*score(out)).code == 0
    assert set(content(out)) == RESULT
    assert days_in(out) == [str(UNTIL), str(UNTIL)]


@pytest.mark.parametrize("failing", [3, 7])
def test_a_failure_amid_writing_leaves_the_earlier_result(cli, score, earlier, tmp_path, monkeypatch, failing):
    out = tmp_path / "out"
    put_back(earlier, out)
    write, written = DuckDB.write_parquet, []

    def failing_once(engine, expression, path):
        written.append(path)
        if len(written) == failing:
            raise EngineError(Problem("disk-full", str(path), "there is no room", "free disk"))
        write(engine, expression, path)

    monkeypatch.setattr(DuckDB, "write_parquet", failing_once)
    done = cli(*score(out, UNTIL, "--from", UNTIL - timedelta(days=1)))
    assert (done.code, done.codes(), done.out) == (3, ["disk-full"], "")
    assert len(written) == failing
    assert content(out) == earlier
    assert list(tmp_path.iterdir()) == [out]


def test_where_the_new_folder_cannot_take_its_place_the_old_one_comes_back(tmp_path, monkeypatch):
    out, rename = tmp_path / "out", Path.rename
    put_back({"old": b"old"}, out)

    def refusing(path, target):
        if path.parent.name.startswith(".out-") and path.name == "new":
            raise OSError(5, "Input/output error", str(path))
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refusing)
    with pytest.raises(OSError, match="Input/output"), replacing(out) as draft:
        (draft / "file").write_bytes(b"new")
    assert content(out) == {"old": b"old"}
    assert list(tmp_path.iterdir()) == [out]


def test_scoring_again_replaces_the_whole_result(cli, score, earlier, tmp_path):
    out = tmp_path / "out"
    put_back(earlier | {"quarantine.parquet": b"of an earlier run"}, out)
    assert cli(*score(out)).code == 0
    assert set(content(out)) == RESULT
    assert {pc.unique(table["as_of"]).to_pylist()[0] for table in tables_of(out).values() if table.num_rows} == {UNTIL}
    assert list(tmp_path.iterdir()) == [out]


def test_of_two_runs_into_one_folder_each_is_whole_and_one_stays(score, tmp_path):
    out = tmp_path / "out"
    runs = [finished(process) for process in [started(*score(out, day)) for day in (FIRST, UNTIL)]]
    assert 0 in {done.code for done in runs}
    assert all(done.code == 0 or done.codes()[-1] == "file-error" for done in runs)
    assert set(content(out)) == RESULT
    (day,) = set(days_in(out))
    for name, table in tables_of(out).items():
        assert {str(found) for found in pc.unique(table["as_of"]).to_pylist()} <= {day}, name
    assert drafts(out) == []
