"""DuckDB's settings and errors."""

from pathlib import Path

import ibis
import pytest

from steelyard.engines import connect
from steelyard.errors import EngineError, UsageError


def test_settings_reach_the_database(tmp_path: Path) -> None:
    engine = connect("duckdb", {"threads": "1", "memory": "200MB", "spill": str(tmp_path)})
    names = "'threads', 'memory_limit', 'temp_directory', 'TimeZone'"
    found = dict(
        engine.backend.raw_sql(f"SELECT name, value FROM duckdb_settings() WHERE name IN ({names})").fetchall()
    )
    engine.close()
    assert found == {
        "threads": "1",
        "memory_limit": "190.7 MiB",
        "temp_directory": str(tmp_path),
        "TimeZone": "UTC",
    }


def test_unknown_names_are_refused_with_those_that_exist() -> None:
    with pytest.raises(UsageError, match=r"unknown-engine.*duckdb, spark"):
        connect("sqlite")
    with pytest.raises(UsageError, match=r"engine\.cores: unknown-setting.*threads, memory, spill"):
        connect("duckdb", {"cores": "2"})


def test_a_setting_that_says_nothing_is_refused() -> None:
    with pytest.raises(UsageError, match="bad-setting") as caught:
        connect("duckdb", {"memory": "plenty"})
    assert caught.value.exit_code == 2


def test_too_little_memory_and_disk_say_what_to_raise() -> None:
    engine = connect("duckdb", {"threads": "1", "memory": "20MB"})
    engine.backend.raw_sql("SET max_temp_directory_size = '1MB'")
    numbers = ibis.range(20_000_000).unnest().name("n").as_table()
    with pytest.raises(EngineError) as caught:
        engine.store("sorted", numbers.order_by(numbers.n * 7919 % 10_007))
    engine.close()
    problem = caught.value.problems[0]
    assert (problem.code, problem.where) in {
        ("disk-full", "duckdb: sorted"),
        ("out-of-memory", "duckdb: sorted"),
    }
    assert "engine." in problem.fix


def test_closing_takes_the_spill_folder_away() -> None:
    engine = connect("duckdb", {"threads": "1"})
    [(folder,)] = engine.backend.raw_sql("SELECT current_setting('temp_directory')").fetchall()
    assert Path(folder).is_dir()
    engine.close()
    assert not Path(folder).exists()
