"""Every failure on the command line: its exit code, its problems one line each, nothing written."""

import shlex
import shutil
from pathlib import Path

import pytest
from command_line import CARD, VERSION

from steelyard.cli import scores

DAY = "--as-of 2022-11-01"
DATED = "kuaishou/star"
"""A scorecard none of whose versions is in force before 2022-05-19."""
SCORE = f"score {CARD} --events {{events}} {DAY} --out {{out}}"


@pytest.fixture(scope="module")
def places(market: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Folders and files that are wrong, each in its own way."""
    home = tmp_path_factory.mktemp("places")
    (home / "file").write_text("no folder", encoding="utf-8")
    (home / "empty").mkdir()
    (home / "foreign").mkdir()
    (home / "foreign" / "thesis.docx").write_text("years of work", encoding="utf-8")
    (home / "no_orders").mkdir()
    shutil.copy(market / "shops.parquet", home / "no_orders")
    for name in ("cut", "rotten"):
        shutil.copytree(market, home / name)
    for table in ("orders", "sessions"):
        file = home / "cut" / f"{table}.parquet"
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    rotten = bytearray((home / "rotten" / "orders.parquet").read_bytes())
    rotten[1000 : len(rotten) // 2] = bytes(len(rotten) // 2 - 1000)
    (home / "rotten" / "orders.parquet").write_bytes(rotten)
    return {path.name: path for path in home.iterdir()} | {"events": market, "missing": home / "missing"}


FAILURES = [
    (SCORE.replace("2022-11-01", "2022-13-01"), 2, ["not-a-day"]),
    (SCORE.replace("2022-11-01", "01.11.2022"), 2, ["not-a-day"]),
    (SCORE.replace("2022-11-01", "1200-01-01"), 2, ["day-out-of-range"]),
    (f"{SCORE} --from yesterday", 2, ["not-a-day"]),
    (f"{SCORE} --from 2022-11-02", 2, ["days-reversed"]),
    (SCORE.replace("events}", "missing}"), 1, ["no-such-folder"]),
    (SCORE.replace("events}", "file}"), 1, ["no-such-folder"]),
    (SCORE.replace("events}", "empty}"), 1, ["missing-table", "missing-table"]),
    (SCORE.replace("events}", "no_orders}"), 1, ["missing-table"]),
    (SCORE.replace("events}", "cut}"), 1, ["unreadable-file", "unreadable-file"]),
    (SCORE.replace("events}", "rotten}"), 1, ["unreadable-file"]),
    (SCORE.replace(CARD, "nobody/knows"), 2, ["unknown-reference"]),
    (SCORE.replace(CARD, f"{CARD}@1999"), 2, ["unknown-reference"]),
    (SCORE.replace(CARD, DATED).replace("2022-11-01", "2022-05-18"), 2, ["unknown-reference"]),
    (f"{SCORE} --engine abacus", 2, ["unknown-engine"]),
    (f"{SCORE} --set nonsense", 2, ["bad-setting"]),
    (f"{SCORE} --set =1 --set volume.minimum", 2, ["bad-setting", "bad-setting"]),
    (f"{SCORE} --set engine.horses=1", 2, ["unknown-setting"]),
    (f"{SCORE} --set engine.memory=plenty", 2, ["bad-setting"]),
    (f"{SCORE} --set a=b", 2, ["unknown-key"]),
    (f"{SCORE} --set volumes.minimum=1 --set windows.days=2", 2, ["unknown-path", "unknown-path"]),
    (f"{SCORE} --set volume.minimum=many", 2, ["wrong-type"]),
    (f"{SCORE} --set volume.minimum=-3", 2, ["out-of-range"]),
    (f"{SCORE} --set 'volume.minimum=[1'", 2, ["not-yaml"]),
    (f"{SCORE} --rules {{missing}}", 1, ["unreadable-file"]),
    (f"{SCORE} --rules {{file}}", 1, ["not-a-mapping"]),
    (SCORE.replace("{out}", "{foreign}"), 2, ["out-not-empty"]),
    (SCORE.replace("{out}", "{events}"), 2, ["out-not-empty"]),
    (SCORE.replace("{out}", "{file}"), 2, ["out-not-a-folder"]),
    (SCORE.replace("{out}", "{file}/out"), 2, ["target-not-writable"]),
    (SCORE.replace("{out}", "{file}/deep/out"), 2, ["target-not-writable"]),
    (f"explain {CARD} 999999 --events {{events}} {DAY}", 1, ["unknown-subject"]),
    (f"explain {CARD} Anna --events {{events}} {DAY}", 1, ["unknown-subject"]),
    (f"explain {CARD} {2**63} --events {{events}} {DAY}", 1, ["unknown-subject"]),
    (f"rows {CARD} nothing 1 --events {{events}} {DAY}", 2, ["unknown-indicator"]),
    (f"rows {CARD} volume 999999 --events {{events}} {DAY}", 1, ["unknown-subject"]),
    (f"sql {CARD} {DAY} --dialect klingon", 2, ["unknown-dialect"]),
    (f"sql {CARD} {DAY} --dialect mysql", 2, ["unknown-dialect"]),
    (f"sql {CARD} --as-of today", 2, ["not-a-day"]),
    ("check events {missing}", 1, ["no-such-folder"]),
    ("check events {cut}", 1, ["unreadable-file", "unreadable-file"]),
    ("sample {foreign} --shops 1 --days 1 --until 2022-01-01", 2, ["folder-not-empty"]),
    ("sample {file} --shops 1 --days 1 --until 2022-01-01", 2, ["not-a-folder"]),
    ("sample {out} --shops 0 --days 0 --until 2022-01-01", 2, ["bad-shops", "bad-days", "bad-orders"]),
    ("import olist {missing} {out}", 1, ["no-such-folder"]),
    ("import table {missing} {out}", 1, ["unreadable-file"]),
    ("demo --home {file} --no-serve --shops 2 --days 2", 2, ["target-not-writable"]),
    ("scorecards show nobody/knows", 2, ["unknown-reference"]),
    (f"scorecards show {CARD}@1", 2, ["unknown-reference"]),
    (f"scorecards diff {CARD}@{VERSION} {CARD}@1", 2, ["unknown-reference"]),
    ("scorecards check {missing}", 2, ["no-such-file"]),
    ("scorecards check {empty}", 2, ["no-such-file"]),
    ("scorecards test nobody/knows", 2, ["unknown-reference"]),
    ("scorecards test --engine abacus", 2, ["unknown-engine"]),
]


def split(line: str, places: dict[str, Path], out: Path) -> list[str]:
    return [word.format(**places, out=out) for word in shlex.split(line)]


@pytest.mark.parametrize(("line", "code", "codes"), FAILURES, ids=[line for line, *_ in FAILURES])
def test_a_failure_is_told_in_problems_and_writes_nothing(cli, places, tmp_path, line, code, codes):
    done = cli(*split(line, places, tmp_path / "out"))
    assert (done.code, done.codes()) == (code, codes)
    assert done.out == ""
    assert list(tmp_path.iterdir()) == []


def test_what_was_in_a_folder_refused_is_still_there(cli, places):
    assert cli(*split(SCORE.replace("{out}", "{foreign}"), places, places["missing"])).code == 2
    assert [path.name for path in places["foreign"].iterdir()] == ["thesis.docx"]
    assert places["file"].read_text(encoding="utf-8") == "no folder"


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("judge", "judge"),
        ("scorecards judge", "judge"),
        ("score", "ID[@VERSION]"),
        (f"score {CARD}", "--events"),
        (f"{SCORE} --loud", "--loud"),
        (f"{SCORE} --format xml", "--format"),
        (f"{SCORE} --lang fr", "--lang"),
        ("sample {out} --shops many --days 1 --until 2022-01-01", "--shops"),
        ("scorecards check", "PATH…"),
    ],
)
def test_a_call_that_cannot_be_read_names_what_is_wrong_and_how_to_get_help(cli, places, tmp_path, line, named):
    done = cli(*split(line, places, tmp_path / "out"))
    assert (done.code, done.out) == (2, "")
    assert "Traceback" not in done.err
    assert named in done.err
    assert "-h" in done.err
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_version_and_a_day_without_one_list_what_there_is(cli, places, tmp_path):
    unknown = cli(*split(SCORE.replace(CARD, f"{CARD}@1999"), places, tmp_path / "out"))
    assert VERSION in unknown.err
    early = SCORE.replace(CARD, DATED).replace("2022-11-01", "2022-05-18")
    too_early = cli(*split(early, places, tmp_path / "out"))
    assert too_early.codes() == ["unknown-reference"]
    assert "2022-05-19 from 2022-05-19" in too_early.err


def test_a_table_without_its_columns_is_told(cli, places, tmp_path):
    broken = tmp_path / "events"
    shutil.copytree(places["events"], broken)
    shutil.copy(places["events"] / "shops.parquet", broken / "complaints.parquet")
    done = cli("check", "events", broken)
    assert done.code == 1
    assert "missing-column" in done.codes()


def test_ctrl_c_ends_with_130_and_without_a_result(cli, places, tmp_path, monkeypatch):
    def stopped(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(scores.calls, "score_to", stopped)
    done = cli(*split(SCORE, places, tmp_path / "out"))
    assert done.code == 130
    assert "Traceback" not in done.err
    assert done.err.splitlines()[-1].startswith("stopped")
    assert list(tmp_path.iterdir()) == []


def test_a_file_system_error_is_a_problem(cli, places, tmp_path, monkeypatch):
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "results")

    monkeypatch.setattr(scores.calls, "score_to", full)
    done = cli(*split(SCORE, places, tmp_path / "out"))
    assert (done.code, done.codes()) == (1, ["file-error"])
