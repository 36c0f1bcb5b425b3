"""Spark's settings, its errors, and what it leaves behind."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from steelyard.engines import connect
from steelyard.errors import EngineError, UsageError

pytestmark = pytest.mark.spark
pytest.importorskip("pyspark", reason="the extra `spark` is not installed")

needs_java = pytest.mark.skipif(shutil.which("java") is None and "CI" not in os.environ, reason="needs Java")

TALK = """
import ibis, sys
from steelyard.engines import connect
from steelyard.errors import SteelyardError

def attempt(call, *arguments):
    try:
        return call(*arguments)
    except SteelyardError as error:
        for problem in error.problems:
            print(problem.code, problem.where, problem.message)
"""

WHOLE_LIFE = """
engine = connect("spark", {"master": "local[1]", "conf.spark.sql.shuffle.partitions": "3"})
conf = engine.backend._session.conf
words = engine.store("words", ibis.memtable({"a": ["x"]}))
print(conf.get("spark.sql.shuffle.partitions"), engine.backend._session.sparkContext.uiWebUrl)
attempt(engine.arrow, words.select(n=words.a.cast("int64")))
other = connect("spark", {"shuffle_partitions": "7"})
print(other.backend._session.conf.get("spark.sql.shuffle.partitions"), other.backend.list_tables())
attempt(connect, "spark", {"master": "local[2]", "memory": "1g"})
other.close()
print(engine.arrow(words).num_rows)
engine.store("words", words)
engine.store("more", words)
kept = engine.backend._session.sparkContext._jsc.getPersistentRDDs
print(kept().size())
engine.drop("words")
print(kept().size())
engine.close()
again = connect("spark", {"master": "local[1]"})
print(again.arrow(ibis.memtable({"a": [1]})).num_rows)
again.close()
attempt(connect, "spark", {"memory": "1g"})
"""


def talk(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """What a process of its own says: Java starts once in a process."""
    return subprocess.run(
        [sys.executable, "-c", TALK + script],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1]), "TMPDIR": str(folder)} | environment,
        capture_output=True,
        text=True,
        check=True,
    )


@needs_java
def test_a_session_lives_quietly_and_leaves_nothing_behind(tmp_path: Path) -> None:
    said = talk(WHOLE_LIFE, tmp_path)
    assert said.stderr == ""
    late = "setting-too-late {} Spark is already running in this process with another value"
    lines = said.stdout.splitlines()
    assert lines[0] == "3 None"
    assert lines[1].startswith("query-failed spark: fetching rows [CAST_INVALID_INPUT]")
    assert lines[2:] == [
        "7 []",
        late.format("spark.master"),
        late.format("spark.driver.memory"),
        "1",
        "2",
        "1",
        "1",
        late.format("spark.driver.memory"),
    ]
    assert list(tmp_path.iterdir()) == []


@needs_java
def test_what_java_said_is_quoted_when_spark_does_not_start(tmp_path: Path) -> None:
    said = talk('attempt(connect, "spark", {"memory": "plenty"})', tmp_path)
    assert said.stdout == "engine-did-not-start spark Invalid maximum heap size: -Xmxplenty\n"
    assert said.stderr == ""


SECRETS = """
import os, subprocess
engine = connect("spark", {"master": "local[1]", "conf.spark.hadoop.fs.s3a.secret.key": os.environ["HUSH"]})
print(engine.backend._session.sparkContext.getConf().get("spark.hadoop.fs.s3a.secret.key") == os.environ["HUSH"])
commands = subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, text=True).stdout
print("PythonGatewayServer" in commands or "pyspark-shell" in commands, os.environ["HUSH"] in commands)
"""


@needs_java
def test_a_secret_stands_on_no_command_line(tmp_path: Path) -> None:
    said = talk(SECRETS, tmp_path, HUSH="5cb0f1d2-hush")
    assert said.stdout.split() == ["True", "True", "False"]


LOST = """
from pathlib import Path
from types import SimpleNamespace
from steelyard.engines import spark_parquet
engine = connect("spark", {"master": "local[1]"})
spark_parquet.pq = SimpleNamespace(read_metadata=lambda file: SimpleNamespace(num_rows=1))
attempt(engine.write_folder, ibis.memtable({"a": [1, 2, 3]}), Path("rows").absolute())
engine.close()
"""


@needs_java
def test_rows_that_only_the_workers_see_are_missed(tmp_path: Path) -> None:
    said = talk(LOST, tmp_path)
    assert said.stdout == (
        f"folder-not-shared {tmp_path}/rows workers wrote 3 rows, and 1 of them can be seen from here\n"
    )


@needs_java
def test_the_environment_names_the_master(tmp_path: Path) -> None:
    said = talk('attempt(connect, "spark")', tmp_path, STEELYARD_SPARK_MASTER="moon")
    assert "Master must either be yarn or start with spark, k8s, or local" in said.stdout


def test_without_java_the_error_says_so(tmp_path: Path) -> None:
    said = talk('attempt(connect, "spark")', tmp_path, JAVA_HOME=str(tmp_path))
    assert said.stdout == f"java-not-found spark no java in {tmp_path}\n"


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "steelyard.engines.spark", raising=False)
    monkeypatch.setitem(sys.modules, "pyspark.sql.types", None)
    with pytest.raises(EngineError, match=r"pyspark-not-installed.*pip install 'steelyard\[spark\]'"):
        connect("spark")


def test_all_wrong_settings_are_told_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        connect("spark", {"threads": "2", "conf.spark.sql.ansi.enabled": "false", "cores": "1"})
    assert [(problem.code, problem.where) for problem in caught.value.problems] == [
        ("unknown-setting", "engine.cores"),
        ("unknown-setting", "engine.threads"),
        ("fixed-setting", "engine.conf.spark.sql.ansi.enabled"),
    ]
