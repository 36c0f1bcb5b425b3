"""What many tests share: the engines."""

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec

import pytest

from steelyard.engines import Engine, connect

SETTINGS = {
    "duckdb": {"threads": "2"},
    "spark": {
        "master": "local[2]",
        "shuffle_partitions": "1",
        "conf.spark.sql.adaptive.enabled": "false",
        "conf.spark.sql.codegen.wholeStage": "false",
    },
}
"""Spark for tiny tables: most of its time would go into planning and compiling."""


@pytest.fixture(scope="session")
def engines() -> Iterator[dict[str, Engine]]:
    """Connections of this session by engine, opened when first asked for."""
    opened: dict[str, Engine] = {}
    yield opened
    for engine in opened.values():
        engine.close()


@pytest.fixture(scope="session", params=["duckdb", pytest.param("spark", marks=pytest.mark.spark)])
def engine(request: pytest.FixtureRequest, engines: dict[str, Engine]) -> Engine:
    """Every engine in turn. Spark is skipped where it cannot run, except in CI, which has to run it."""
    return _opened(request.param, engines)


@pytest.fixture(scope="session")
def duckdb(engines: dict[str, Engine]) -> Engine:
    """DuckDB alone, for what no engine decides."""
    return _opened("duckdb", engines)


def _opened(name: str, engines: dict[str, Engine]) -> Engine:
    if name == "spark" and os.environ.get("CI") != "true":
        if find_spec("pyspark") is None:
            pytest.skip("the extra `spark` is not installed")
        if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
            pytest.skip("Spark needs Java")
    if name not in engines:
        engines[name] = connect(name, SETTINGS[name])
    return engines[name]
