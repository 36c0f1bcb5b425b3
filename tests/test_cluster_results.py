"""Results in folders, as a cluster's workers write them: read, replaced and refused like results in files."""

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command_line import TABLES, UNTIL, in_order, tables_of

from steelyard.engines import Engine
from steelyard.engines.duckdb import DuckDB

CARD = "kuaishou/dynamic"
BEFORE = "2022-10-31"


@pytest.fixture
def spread(monkeypatch: pytest.MonkeyPatch) -> None:
    """DuckDB writes what a cluster would."""
    monkeypatch.setattr(DuckDB, "spread", True)


def score(market, out, *more):
    return ["score", CARD, "--events", market, "--as-of", UNTIL, "--out", out, *more]


@pytest.mark.usefixtures("spread")
def test_the_days_of_a_table_lie_in_its_folder(cli, market, tmp_path, monkeypatch):
    assert cli(*score(market, tmp_path / "folders", "--from", BEFORE)).code == 0
    monkeypatch.setattr(DuckDB, "spread", False)
    assert cli(*score(market, tmp_path / "files", "--from", BEFORE)).code == 0
    expected = tables_of(tmp_path / "files")
    for table in TABLES:
        folder = tmp_path / "folders" / table
        assert in_order(pq.read_table(folder, partitioning=None)).equals(expected[table]), table
        assert {day.name for day in folder.iterdir()} == {f"day={BEFORE}", f"day={UNTIL}"}
    assert expected["effects"].num_rows


@pytest.mark.usefixtures("spread")
def test_effects_are_told_from_folders_as_from_files(cli, market, tmp_path, monkeypatch):
    assert cli(*score(market, tmp_path / "folders" / "one", "--from", BEFORE)).code == 0
    monkeypatch.setattr(DuckDB, "spread", False)
    assert cli(*score(market, tmp_path / "files" / "one", "--from", BEFORE)).code == 0
    told = [cli("effects", 1, "--results", tmp_path / kind, "--format", "json") for kind in ("folders", "files")]
    assert told[0].code == 0
    assert told[0].out == told[1].out != "[]\n"


@pytest.mark.usefixtures("spread")
def test_a_result_in_folders_gives_way_to_the_next_one_and_nothing_else_does(cli, market, tmp_path):
    out = tmp_path / "out"
    assert [cli(*score(market, out)).code for _ in range(2)] == [0, 0]
    stranger = out / "scores" / f"day={UNTIL}" / "notes.txt"
    stranger.write_text("mine")
    assert cli(*score(market, out)).codes()[-1] == "out-not-empty"
    assert stranger.read_text() == "mine"


def test_a_folder_of_files_holds_the_rows_and_where_there_are_none_their_columns(engine: Engine, tmp_path):
    ids = engine.store("ids", ibis.memtable(pa.table({"id": pa.array(range(100), pa.int64())})))
    for name, rows, count in (("all", ids, 100), ("none", ids.filter(ids.id < 0), 0)):
        engine.write_folder(rows, tmp_path / name / "day=2022-11-01")
        files = list((tmp_path / name).rglob("*.*"))
        assert files
        assert all(file.name.startswith("part-") and file.suffix == ".parquet" for file in files)
        written = pq.read_table(tmp_path / name, partitioning=None)
        assert (written.num_rows, written.column_names) == (count, ["id"])


@pytest.mark.parametrize("address", ["s3a://bucket/market", "hdfs://name:8020/market"])
def test_an_address_is_no_path(cli, market, tmp_path, monkeypatch, address):
    monkeypatch.chdir(tmp_path)
    for call in (
        ["score", CARD, "--events", address, "--as-of", UNTIL, "--out", tmp_path / "out"],
        ["score", CARD, "--events", market, "--as-of", UNTIL, "--out", address],
    ):
        done = cli(*call)
        assert done.code == 2
        assert done.codes()[-1] == "not-a-path"
        assert f"{address}: not-a-path" in done.err
    assert list(tmp_path.iterdir()) == []
