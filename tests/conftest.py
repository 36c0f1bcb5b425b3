"""What many tests share: the engines, a sample marketplace, the command line."""

import os
import shutil
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest
from command_line import QUICK, UNTIL, Done, with_settings
from desk import HASTY
from postgres import Cluster, cluster, missing

from steelyard.cli import run
from steelyard.desk.database import Database
from steelyard.desk.home import Home, create_home, open_database
from steelyard.engines import Engine, connect
from steelyard.events.sample import sample
from steelyard.scoring.plans import PLACE

SETTINGS = {
    "duckdb": {"threads": "2"},
    "spark": {
        "master": "local[2]",
        "shuffle_partitions": "1",
        "conf.spark.sql.adaptive.enabled": "false",
        "conf.spark.sql.codegen.wholeStage": "false",
        "conf.spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    },
}
"""Spark for tiny tables: most of its time would go into planning and compiling, SQL and Java alike."""


@pytest.fixture(scope="session", autouse=True)
def plans_of_this_session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Plans are kept for the session, and none are left behind."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(PLACE, str(tmp_path_factory.mktemp("plans")))
        yield


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


@pytest.fixture(scope="session")
def market(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Events of 40 shops in the hundred days before UNTIL; only to be read."""
    folder = tmp_path_factory.mktemp("market") / "events"
    sample(folder, shops=40, days=100, until=UNTIL, settings=SETTINGS["duckdb"])
    return folder


@pytest.fixture(scope="session")
def quick(tmp_path_factory: pytest.TempPathFactory) -> list[object]:
    """What to say to a command for the scorecard QUICK to be known as `demo/quick`."""
    file = tmp_path_factory.mktemp("rules") / "quick.yaml"
    file.write_text(QUICK, encoding="utf-8")
    return ["--rules", file]


@pytest.fixture
def cli(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """The command line in this process: what it wrote to both streams, the database's own lines too."""
    monkeypatch.setenv("STEELYARD_LANG", "en")
    monkeypatch.setenv("COLUMNS", "200")

    def call(*arguments: object) -> Done:
        capfd.readouterr()
        code = run(with_settings(arguments))
        printed = capfd.readouterr()
        return Done(code, printed.out, printed.err)

    return call


@pytest.fixture(scope="session")
def postgres() -> Iterator[Cluster]:
    """A PostgreSQL cluster of this session's own. Skipped where there is none, except in CI, which has to have one."""
    reason = missing()
    if reason and os.environ.get("CI") != "true":
        pytest.skip(reason)
    with cluster() as made:
        yield made


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of either kind; of SQLite a file that is not there yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'desk.db'}"
    made: Cluster = request.getfixturevalue("postgres")
    return made.empty()


@pytest.fixture
def home(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A new home with a database of either kind."""
    monkeypatch.delenv("STEELYARD_DATABASE_URL", raising=False)
    return create_home(tmp_path / "home", database_url)


@pytest.fixture
def db(home: Home) -> Iterator[Database]:
    """The database of `home`, of either kind."""
    with open_database(home, HASTY) as opened:
        yield opened
