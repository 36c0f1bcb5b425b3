"""What the engine is measured against gives the engine's result, to the last digit."""

import importlib
import os
import re
import shutil
import subprocess
import sys
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from xml.etree import ElementTree as ET

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import steelyard as sy
from steelyard.cli import run
from tests.marketplace import write_events
from tests.reference.hostile_full import full_marketplace
from tests.reference.naive_check import REQUIRED, clean

UNTIL, DAY = date(2022, 10, 1), date(2022, 10, 10)
HERE = Path(__file__).parents[1] / "benchmarks"
ACTING = HERE / "handwritten" / "all" / "exclusions.sql"


def module(name: str) -> ModuleType:
    """A script of the benchmarks, as a module."""
    sys.path.insert(0, str(HERE))
    try:
        return importlib.import_module(name)
    finally:
        sys.path.remove(str(HERE))


@pytest.fixture(scope="module")
def peers() -> ModuleType:
    return module("peers")


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A small marketplace, and the engine's results of all scorecards."""
    base = tmp_path_factory.mktemp("peers")
    sy.sample(base / "events", shops=40, days=120, until=UNTIL, orders=8000)
    return base / "events", scored_by_engine(base / "events", UNTIL, base / "engine")


def scored_by_engine(events: Path, day: date, out: Path) -> Path:
    words = ["score", "all", "--only", "shop", "--events", str(events), "--as-of", str(day), "--out", str(out)]
    assert run([*words, "--set", "engine.threads=2"]) == 0
    return out


def script(name: str, *words: str | Path) -> None:
    done = subprocess.run([sys.executable, HERE / name, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_all_scorecards_in_sql_by_hand(peers: ModuleType, scored: tuple[Path, Path], tmp_path: Path) -> None:
    events, engine = scored
    script("handwritten/run.py", events, str(UNTIL), tmp_path, "2", "all")
    assert len(list(engine.rglob("*.parquet"))) == 7 * len(peers.TABLES)
    assert peers.differences(engine, tmp_path) == []


def test_hostile_rows_score_the_same(peers: ModuleType, tmp_path: Path) -> None:
    """Ties, late arrivals, exclusions of every reason from every indicator: clean rows of a nasty kind."""
    indicators = [name.split()[1] for name in re.findall(r"'(?:limited|plain|exempt|evident) \w+'", ACTING.read_text())]
    tables = {name: [] for name in REQUIRED} | full_marketplace(2, DAY, [name.rstrip("'") for name in indicators])
    while tables != (kept := clean(tables)):  # what a row points at may have gone with the last round
        tables = kept
    events = write_events(tmp_path / "events", tables)
    engine = scored_by_engine(events, DAY, tmp_path / "engine")
    script("handwritten/run.py", events, str(DAY), tmp_path / "hand", "2", "all")
    assert peers.differences(engine, tmp_path / "hand") == []
    for name in ("polars", "pandas"):
        script(f"frames/with_{name}.py", events, str(DAY), tmp_path / name)
        assert peers.differences(engine / "douyin" / "experience", tmp_path / name) == []


def test_a_digit_is_a_difference(peers: ModuleType, scored: tuple[Path, Path], tmp_path: Path) -> None:
    _, engine = scored
    shutil.copytree(engine, tmp_path / "other")
    file = tmp_path / "other" / "douyin" / "dsr" / "indicators.parquet"
    table = pq.read_table(file)
    place = table.schema.get_field_index("value")
    worse = pc.subtract(table["value"], pa.scalar(1, pa.decimal128(7, 6)).cast(pa.decimal128(7, 6)))
    pq.write_table(table.set_column(place, table.schema.field(place), worse.cast(table.schema.field(place).type)), file)
    (tmp_path / "other" / "douyin" / "ccr" / "scores.parquet").unlink()
    assert peers.differences(engine, tmp_path / "other") == [
        "douyin/ccr/scores.parquet",
        "douyin/dsr/indicators.parquet",
    ]


@pytest.mark.parametrize("name", ["polars", "pandas", pytest.param("pyspark", marks=pytest.mark.spark)])
def test_one_scorecard_in_data_frames(peers: ModuleType, scored: tuple[Path, Path], tmp_path: Path, name: str) -> None:
    if name == "pyspark" and os.environ.get("CI") != "true" and (find_spec(name) is None or not shutil.which("java")):
        pytest.skip("Spark needs Java")
    events, engine = scored
    script(f"frames/with_{name}.py", events, str(UNTIL), tmp_path)
    assert peers.differences(engine / "douyin" / "experience", tmp_path) == []


@pytest.mark.parametrize("what", ["one", "all"])
def test_the_sql_needs_no_more_columns_than_the_scan(
    peers: ModuleType, scored: tuple[Path, Path], tmp_path: Path, what: str
) -> None:
    events, engine = scored
    (tmp_path / "events").mkdir()
    for table, names in module("scan").columns(what).items():
        rows = pq.read_table(events / f"{table}.parquet", columns=names)
        pq.write_table(rows, tmp_path / "events" / f"{table}.parquet")
    script("scan.py", what, tmp_path / "events")
    script("handwritten/run.py", tmp_path / "events", str(UNTIL), tmp_path / "out", "2", what)
    assert peers.differences(engine if what == "all" else engine / "douyin" / "experience", tmp_path / "out") == []


def test_ratios_are_those_of_the_seconds(peers: ModuleType) -> None:
    found = {
        peers.ENGINE: peers.Run(6.0, 9.0, 2**30),
        peers.HAND: peers.Run(4.0, 6.0, 2**29),
        peers.SCAN: peers.Run(1.0, 1.5, 2**28),
    }
    lines = peers.table(found).splitlines()[2:]
    assert lines == [
        "| steelyard | 6.0 | 9.0 | 1,024 | 1.50 (1.50) | 6.00 (6.00) |",
        "| SQL by hand | 4.0 | 6.0 | 512 | 1.00 (1.00) | 4.00 (4.00) |",
        "| reading the columns | 1.0 | 1.5 | 256 | 0.25 (0.25) | 1.00 (1.00) |",
    ]


@pytest.mark.parametrize(("longest", "share"), [(4.0, 2), (5.9, 2.95), (40.0, 4 / 3)])
def test_bars_are_as_long_as_the_seconds_unless_cut(peers: ModuleType, longest: float, share: float) -> None:
    """The next bar is two seconds long; one of more than three times that is cut at a third more."""
    drawing = ET.fromstring(peers.drawn([peers.Panel("1 M", {"steelyard": longest, "a < b": 2.0})]))  # noqa: S314 - ours
    bars = [float(bar.attrib["width"]) for bar in drawing.iter("{http://www.w3.org/2000/svg}rect")]
    assert bars[0] / bars[1] == pytest.approx(share, abs=0.01)
    assert len(list(drawing.iter("{http://www.w3.org/2000/svg}path"))) == (longest == 40)
    assert "prefers-color-scheme: dark" in "".join(drawing.itertext())
