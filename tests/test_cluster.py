"""Scores on a cluster of two workers: the same rows as DuckDB's, also where a worker is lost in the middle."""

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import duckdb
import pyarrow.parquet as pq
import pytest
from command_line import TABLES, in_order, started, tables_of

pytestmark = pytest.mark.spark

ROOT = Path(__file__).parents[1]
DAYS = ("2022-10-31", "2022-11-01")
PARTITIONS = {"orders": "placed_at", "complaints": "created_at"}
"""Tables that lie in a folder per month here, in several files each."""

SMALL = {
    "shuffle_partitions": "2",
    "executor_memory": "512m",
    "conf.spark.sql.adaptive.enabled": "false",
    "conf.spark.sql.codegen.wholeStage": "false",
    "conf.spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1",
    "conf.spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1",
}
"""Settings for tiny tables: most of the time would go into planning and compiling."""


@pytest.fixture(scope="module")
def standalone() -> ModuleType:
    """The module of benchmarks/ that starts a cluster, where one can run; in CI it has to."""
    if os.environ.get("CI") != "true":
        pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
        if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
            pytest.skip("Spark needs Java")
    found = importlib.util.spec_from_file_location("standalone", ROOT / "benchmarks" / "standalone.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    sys.modules["standalone"] = module
    found.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def cluster(standalone: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Iterator[object]:
    """A master and two workers with a core each."""
    with standalone.cluster(tmp_path_factory.mktemp("cluster"), workers=2, memory="512m") as running:
        yield running


@pytest.fixture(scope="module")
def partitioned(market: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample marketplace with some tables in folders of folders of Parquet files, as Hive names them."""
    folder = tmp_path_factory.mktemp("partitioned") / "events"
    shutil.copytree(market, folder)
    for table, at in PARTITIONS.items():
        source, target = folder / f"{table}.parquet", folder / table
        duckdb.sql(f"""
            COPY (SELECT *, strftime({at}, '%Y-%m') AS dt FROM '{source}')
            TO '{target}' (FORMAT parquet, PARTITION_BY dt, WRITE_PARTITION_COLUMNS false)
        """)
        source.unlink()
        for number, file in enumerate(sorted(target.glob("dt=*/*.parquet"))):
            file.rename(file.with_name(f"{number:06}_0"))
        assert len(list(target.glob("dt=*/*_0"))) > 2
    return folder


def call(events: Path, out: Path, quick: list[object], engine: list[str]) -> list[object]:
    days = ["--from", DAYS[0], "--as-of", DAYS[1]]
    return ["score", "demo/quick", *quick, "--events", events, *days, *engine, "--out", out]


def on(cluster: object) -> list[str]:
    settings = SMALL | {"master": cluster.master}
    return ["--engine", "spark", *(word for name in settings for word in ("--set", f"engine.{name}={settings[name]}"))]


@pytest.fixture(scope="module")
def expected(partitioned: Path, quick: list[object], tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    """DuckDB's result from the same files."""
    out = tmp_path_factory.mktemp("duckdb") / "out"
    process = started(*call(partitioned, out, quick, []))
    assert process.communicate() is not None
    assert process.returncode == 0
    return tables_of(out)


def read(out: Path, table: str) -> object:
    return in_order(pq.read_table(out / table).drop_columns("day"))


def test_two_workers_give_the_rows_of_duckdb(cluster, partitioned, quick, expected, tmp_path, tmp_path_factory):
    out, kept = tmp_path / "out", tmp_path_factory.mktemp("kept")
    done = run(cluster, call(partitioned, out, quick, [*on(cluster), "--set", f"engine.checkpoints={kept}"]))
    assert done.returncode == 0, done.stderr
    for table in TABLES:
        assert read(out, table).equals(expected[table]), table
        assert {folder.name for folder in (out / table).iterdir()} == {f"day={day}" for day in DAYS}
        assert all(file.name.startswith("part-") for file in (out / table).glob("day=*/*"))
    assert {path.name for path in out.iterdir()} == {*TABLES, "run.json"}
    assert list(tmp_path.iterdir()) == [out]
    assert list(kept.iterdir()) == []


def run(cluster: object, arguments: list[object]) -> subprocess.CompletedProcess[str]:
    process = begun(cluster, arguments)
    out, err = process.communicate()
    return subprocess.CompletedProcess(arguments, process.returncode, out, err)


def begun(cluster: object, arguments: list[object]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "steelyard", *map(str, arguments)],
        env={**cluster.environment, "STEELYARD_LANG": "en"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_worker_lost_in_the_middle_costs_no_row(cluster, partitioned, quick, expected, tmp_path):
    """It goes when the first table is written, with steps it kept for the others. Runs last: it does not come back."""
    out = tmp_path / "out"
    process = begun(cluster, call(partitioned, out, quick, on(cluster)))
    while process.poll() is None and not list(tmp_path.glob(".out-*/new/scores/*")):
        time.sleep(0.02)
    assert process.poll() is None
    cluster.kill(0)
    said = process.communicate()
    assert process.returncode == 0, said
    for table in TABLES:
        assert read(out, table).equals(expected[table]), table
