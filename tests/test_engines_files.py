"""Parquet in and out, the same on every engine."""

from datetime import datetime
from pathlib import Path

import ibis
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from ibis.common.exceptions import TableNotFound

from steelyard.engines import FILE, ROW, Engine
from steelyard.errors import EngineError


def put(path: Path, **columns: pa.Array) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_columns_are_united_by_name(engine: Engine, tmp_path: Path) -> None:
    first = put(tmp_path / "1.parquet", a=pa.array([1], pa.int32()), b=["x"])
    second = put(tmp_path / "2.parquet", c=[True], a=pa.array([2], pa.int64()))
    table = engine.read_parquet([first, second])
    assert table.schema() == ibis.schema({"a": "int64", "b": "string", "c": "boolean"})
    assert engine.arrow(table.order_by("a")).to_pylist() == [
        {"a": 1, "b": "x", "c": None},
        {"a": 2, "b": None, "c": True},
    ]


def test_a_column_of_text_here_and_numbers_there_is_text(engine: Engine, tmp_path: Path) -> None:
    files = [put(tmp_path / "1.parquet", a=[1]), put(tmp_path / "2.parquet", a=["x"])]
    assert engine.arrow(engine.read_parquet(files).order_by("a")).to_pylist() == [{"a": "1"}, {"a": "x"}]


def test_a_column_without_type_is_null(engine: Engine, tmp_path: Path) -> None:
    typed = put(tmp_path / "1.parquet", a=[1], b=["x"])
    untyped = put(tmp_path / "2.parquet", a=[2], b=pa.nulls(1))
    table = engine.read_parquet([typed, untyped])
    assert engine.arrow(table.order_by("a"))["b"].to_pylist() == ["x", None]
    alone = engine.read_parquet([untyped]).select("a", b=ibis._.b.cast("timestamp"))
    assert engine.arrow(alone).to_pylist() == [{"a": 2, "b": None}]


def test_nanoseconds_are_cut_to_microseconds(engine: Engine, tmp_path: Path) -> None:
    nanoseconds = pa.array([1_664_150_399_123_456_789, None], pa.timestamp("ns"))
    table = engine.read_parquet([put(tmp_path / "n.parquet", at=nanoseconds)])
    assert table.schema() == ibis.schema({"at": "timestamp"})
    assert engine.arrow(table)["at"].to_pylist() == [datetime(2022, 9, 25, 23, 59, 59, 123_456), None]


def test_dictionaries_are_read_as_what_they_hold(engine: Engine, tmp_path: Path) -> None:
    path = put(tmp_path / "d.parquet", a=pa.array(["x", None, "x"]).dictionary_encode())
    assert engine.arrow(engine.read_parquet([path]))["a"].to_pylist() == ["x", None, "x"]


def test_positions_tell_file_and_row_of_awkward_paths(engine: Engine, tmp_path: Path) -> None:
    folder = tmp_path / "订单 [1] +%20"
    folder.mkdir()
    files = [put(folder / "a*.parquet", a=[10, 11]), put(folder / "b.parquet", a=[20], b=[1])]
    put(folder / "ab.parquet", a=[99])
    table = engine.read_parquet(files, positions=True)
    assert table.columns == ("a", "b", FILE, ROW)
    assert engine.arrow(table.order_by("a")).to_pylist() == [
        {"a": 10, "b": None, FILE: str(files[0]), ROW: 0},
        {"a": 11, "b": None, FILE: str(files[0]), ROW: 1},
        {"a": 20, "b": 1, FILE: str(files[1]), ROW: 0},
    ]


def test_a_folder_name_is_no_column(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "day=2022-09-26").mkdir()
    table = engine.read_parquet([put(tmp_path / "day=2022-09-26" / "o.parquet", a=[1])])
    assert table.columns == ("a",)


def test_every_broken_file_is_named(engine: Engine, tmp_path: Path) -> None:
    whole = put(tmp_path / "whole.parquet", a=list(range(1000)))
    cut, empty = tmp_path / "cut.parquet", tmp_path / "empty.parquet"
    cut.write_bytes(whole.read_bytes()[:200])
    empty.touch()
    with pytest.raises(EngineError) as caught:
        engine.read_parquet([whole, cut, empty, tmp_path / "absent.parquet"])
    assert [(p.code, Path(p.where).name) for p in caught.value.problems] == [
        ("unreadable-parquet", "cut.parquet"),
        ("unreadable-parquet", "empty.parquet"),
        ("unreadable-parquet", "absent.parquet"),
    ]


def test_rows_are_written_as_one_file_in_their_order(engine: Engine, tmp_path: Path) -> None:
    ids = engine.store("ids", ibis.memtable(pa.table({"id": pa.array(range(1000), pa.int64())})))
    target = tmp_path / "it's.parquet"
    engine.write_parquet(ids.select("id", twice=ids.id.sum().over()).order_by(ibis.desc("id")), target)
    assert list(tmp_path.iterdir()) == [target]
    written = pq.read_table(target)
    assert written["id"].to_pylist() == list(range(999, -1, -1))
    assert [field.type for field in written.schema] == [pa.int64(), pa.int64()]
    assert pq.read_metadata(target).row_group(0).column(0).compression == "ZSTD"


def test_no_rows_are_written_with_their_columns(engine: Engine, tmp_path: Path) -> None:
    schema = ibis.schema({"a": "int64", "points": "decimal(20, 6)", "at": "timestamp", "word": "string"})
    engine.write_parquet(engine.empty("nothing", schema), tmp_path / "e.parquet")
    written = pq.read_table(tmp_path / "e.parquet")
    assert written.num_rows == 0
    assert {field.name: field.type for field in written.schema} == dict(
        zip(schema.names, schema.to_pyarrow().types, strict=True)
    )


def test_a_file_that_cannot_be_written_is_an_engine_error(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EngineError) as caught:
        engine.write_parquet(engine.empty("nothing", ibis.schema({"a": "int64"})), tmp_path / "file" / "o.parquet")
    assert str(tmp_path / "file" / "o.parquet") in caught.value.problems[0].where
    assert caught.value.__cause__ is not None


def test_a_stored_table_does_not_change_with_its_source(engine: Engine, tmp_path: Path) -> None:
    path = put(tmp_path / "a.parquet", a=[1])
    stored = engine.store("kept", engine.read_parquet([path]))
    path.unlink()
    assert engine.arrow(stored).to_pylist() == [{"a": 1}]


def test_storing_again_replaces_even_from_itself(engine: Engine) -> None:
    first = engine.store("again", ibis.memtable(pa.table({"a": [1, 2]})))
    second = engine.store("again", first.filter(first.a > 1).mutate(b=first.a * 2))
    assert engine.arrow(second).to_pylist() == [{"a": 2, "b": 4}]


def test_a_dropped_table_is_gone_and_dropping_twice_is_fine(engine: Engine) -> None:
    engine.store("gone", ibis.memtable(pa.table({"a": [1]})))
    engine.drop("gone")
    engine.drop("gone")
    with pytest.raises(TableNotFound):
        engine.backend.table("gone")


def test_a_failing_query_is_an_engine_error_with_its_cause(engine: Engine) -> None:
    words = engine.store("words", ibis.memtable(pa.table({"a": ["x"]})))
    for run in (engine.arrow, lambda table: engine.store("numbers", table)):
        with pytest.raises(EngineError) as caught:
            run(words.select(n=words.a.cast("int64")))
        assert caught.value.problems[0].code == "query-failed"
        assert caught.value.__cause__ is not None


def test_times_as_hive_writes_them_are_read(engine: Engine, tmp_path: Path) -> None:
    path = tmp_path / "hive.parquet"
    noon = datetime(2022, 9, 26, 12, 0, 0, 123_456)
    rows = pa.table({"at": pa.array([noon, None], pa.timestamp("us"))})
    pq.write_table(rows, path, use_deprecated_int96_timestamps=True)
    table = engine.read_parquet([path, put(tmp_path / "new.parquet", at=rows["at"])])
    assert engine.arrow(table.filter(table.at.notnull()))["at"].to_pylist() == [noon, noon]
