"""The SQL by hand that reply metrics are measured against gives the engine's cells, and no digit passes as equal."""

import importlib
import subprocess
import sys
from datetime import date
from pathlib import Path
from types import ModuleType

import pytest

import steelyard as sy
from steelyard.cli import run

UNTIL = date(2022, 10, 1)
HERE = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture(scope="module")
def replies() -> ModuleType:
    """The benchmark, as a module."""
    sys.path.insert(0, str(HERE))
    try:
        return importlib.import_module("replies")
    finally:
        sys.path.remove(str(HERE))


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("replies") / "events"
    sy.sample(folder, shops=30, days=120, until=UNTIL, orders=8000)
    return folder


@pytest.mark.parametrize("by", ["shop", "agent"])
def test_all_cells_are_equal(replies: ModuleType, events: Path, tmp_path: Path, by: str) -> None:
    ways = replies.commands(by, events, tmp_path, 2)
    assert run(ways["engine"][1:]) == 0
    done = subprocess.run(ways["hand"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    engine, hand = (replies.rows(tmp_path / f"{name}-{by}.csv") for name in ("engine", "hand"))
    assert len({metric for metric, _ in engine}) == 32
    assert list(replies.differences(engine, hand)) == []


def test_part_of_the_time_counts_the_same(replies: ModuleType, events: Path, tmp_path: Path) -> None:
    """Sessions that began before the period, and replies that came after it."""
    days = ["2022-08-02", "2022-08-09"]
    engine, hand = tmp_path / "engine.csv", tmp_path / "hand.csv"
    words = ["replies", "--events", str(events), "--by", "agent", "--from", days[0], "--to", days[1]]
    assert run([*words, "--out", str(engine)]) == 0
    script = [sys.executable, str(HERE / "handwritten" / "run_replies.py"), str(events), "agent", *days, str(hand)]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert list(replies.differences(replies.rows(engine), replies.rows(hand))) == []


def test_every_kind_of_difference_is_told(replies: ModuleType) -> None:
    row = {"metric": "m", "subject_id": "1", "numerator": "2.00", "median": "", "distribution": "5:1"}
    same = row | {"numerator": "2"}
    assert list(replies.differences({("m", "1"): row}, {("m", "1"): same})) == []
    for column, text in {"numerator": "2.000001", "median": "0", "distribution": "5:2"}.items():
        found = list(replies.differences({("m", "1"): row}, {("m", "1"): same | {column: text}}))
        assert [line.split(":")[0] for line in found] == [f"m 1 {column}"]
    assert list(replies.differences({("m", "1"): row}, {})) == ["m 1: not by hand"]
    assert list(replies.differences({}, {("m", "1"): row})) == ["m 1: not by the engine"]


def test_ratios_are_those_of_the_seconds(replies: ModuleType) -> None:
    found = {
        f"{name} {by}": replies.Run(*figures, 2**30)
        for by in ("shop", "agent")
        for name, figures in (("engine", (6.0, 9.0)), ("hand", (4.0, 5.0)))
    }
    assert replies.table(found).splitlines()[2::3] == [
        "| **ratio by shop** | **1.50** | **1.80** | |",
        "| **ratio by agent** | **1.50** | **1.80** | |",
    ]
