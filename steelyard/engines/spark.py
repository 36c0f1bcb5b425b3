"""Spark: the distributed engine, on one machine or a cluster.

Needs the extra `spark` and Java 17 or later. Results equal DuckDB's to the last digit: timestamps have no
zone, sums keep their type, and errors in arithmetic are errors (ANSI mode).
"""

import atexit
import logging
import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from steelyard.engines.failures import reported, shortened
from steelyard.errors import EngineError, Problem, UsageError

try:
    import pyspark.sql.types as pt
    from ibis.backends.pyspark import Backend
    from ibis.backends.pyspark.datatypes import PySparkType
    from py4j.protocol import Py4JError
    from pyspark import SparkConf, SparkContext, StorageLevel
    from pyspark.errors import PySparkException
    from pyspark.java_gateway import launch_gateway
    from pyspark.sql import DataFrame, SparkSession
    from pyspark.sql import functions as F  # noqa: N812 - everybody's name for it
except ImportError as error:
    raise EngineError(
        Problem("pyspark-not-installed", "--engine spark", str(error), "run pip install 'steelyard[spark]'")
    ) from error

from steelyard.engines.spark_parquet import read_files, write_files

MASTER = "STEELYARD_SPARK_MASTER"
"""Environment variable with the master to use where no setting names one."""

SETTINGS = {
    "master": ("spark.master", f"where Spark runs; default: ${MASTER}, else local[*]"),
    "memory": ("spark.driver.memory", "memory of the driver, e.g. 4g; default: 2g"),
    "executor_memory": ("spark.executor.memory", "memory of each executor on a cluster; default: Spark's"),
    "executor_cores": ("spark.executor.cores", "cores of each executor on a cluster; default: Spark's"),
    "shuffle_partitions": ("spark.sql.shuffle.partitions", "pieces of a join; default: 4 on a local master"),
    "spill": ("spark.local.dir", "folder for what does not fit in memory; default: a temporary folder"),
    "checkpoints": ("spark.checkpoint.dir", "folder all workers see, for steps; default: their own disks, twice"),
}
"""What `--set engine.NAME=VALUE` takes, beside `conf.KEY` for any key of Spark's own."""

FIXED = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.sql.legacy.parquet.nanosAsLong": "true",
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
}
"""What equal results rest on: not to be set."""

_FAILURES = (PySparkException, Py4JError, ConnectionError)
_SECRET = re.compile("secret|password|token|credential|access[.]?key", re.IGNORECASE)
"""Keys whose values stand on no command line: Java's is everybody's to read."""

_PASS = "conf."  # noqa: S105 - a prefix, no password
_CHATTER = ("WARNING: ", " WARN ", "Using Spark's default log4j profile")
_jvm: dict[str, Any] = {}
"""The process's one Java gateway and the driver memory it was started with: PySpark cannot start a second."""


class _Tables(Backend):  # type: ignore[misc]  # Ibis has no types
    """Ibis' backend, with in-memory tables handed over as Arrow: nothing passes through pandas' floats."""

    def _register_in_memory_table(self, op: Any) -> None:
        rows = op.data.to_pyarrow(op.schema)
        self._session.createDataFrame(rows).createOrReplaceTempView(op.name)


class Spark:
    """Expressions on a Spark session: its own, or a sibling of one that is already running."""

    name = "spark"

    def __init__(self, settings: Mapping[str, str]) -> None:
        conf = _configuration(settings)
        running = SparkSession.getActiveSession()
        self._own = running is None
        self._session = _start(conf, _folder()) if running is None else _sibling(running, conf)
        self.spread = not str(self._session.sparkContext.master).startswith("local")
        self._stored: dict[str, DataFrame] = {}
        _Tables.register_options()
        self.backend: Any = _Tables().connect(self._session)

    def read_parquet(self, files: Sequence[Path], *, positions: bool = False) -> ir.Table:
        """See Engine."""
        with self._reported("reading Parquet"):
            rows = read_files(self._session, files, positions=positions)
            return self._named(ibis.util.gen_name("parquet"), rows)

    def view(self, name: str, expression: ir.Table) -> ir.Table:
        """See Engine."""
        with self._reported(name):
            return self._named(name, self._rows(expression))

    def store(self, name: str, expression: ir.Table) -> ir.Table:
        """See Engine."""
        with self._reported(name):
            return self._keep(name, self._computed(self._rows(expression)))

    def empty(self, name: str, schema: ibis.Schema) -> ir.Table:
        """See Engine."""
        with self._reported(name):
            return self._keep(name, self._session.createDataFrame(schema.to_pyarrow().empty_table()))

    def drop(self, name: str) -> None:
        """See Engine."""
        self._session.catalog.dropTempView(name)
        _free(self._stored.pop(name, None))

    def arrow(self, expression: ir.Table) -> pa.Table:
        """See Engine."""
        with self._reported("fetching rows"):
            return self._rows(expression).toArrow().cast(expression.schema().to_pyarrow())

    def write_parquet(self, expression: ir.Table, path: Path) -> None:
        """See Engine."""
        parts = path.with_name(f"{path.name}.parts")
        try:
            shutil.rmtree(parts, ignore_errors=True)
            with self._reported(str(path)):
                write_files(self._rows(expression).coalesce(1), parts)
            next(parts.glob("part-*.parquet")).replace(path)
        finally:
            shutil.rmtree(parts, ignore_errors=True)

    def write_folder(self, expression: ir.Table, folder: Path) -> None:
        """See Engine."""
        with self._reported(str(folder)):
            rows = self._rows(expression)
            write_files(rows.hint("rebalance") if self.spread else rows.coalesce(1), folder)

    def close(self) -> None:
        """See Engine. A session that was already running goes on."""
        for name in tuple(self._stored):
            self.drop(name)
        if self._own:
            _delete(self._session, self._session.sparkContext.getCheckpointDir())
            self._session.stop()

    def _computed(self, rows: DataFrame) -> DataFrame:
        """The rows, computed, without how they were made: a cached table would carry that plan along.

        On a cluster they stand where the loss of a worker does not take them: with two workers, or in the folder
        for checkpoints.
        """
        if self._session.sparkContext.getCheckpointDir():
            return rows.checkpoint(eager=True)
        return rows.localCheckpoint(eager=True, storageLevel=StorageLevel.MEMORY_AND_DISK_2 if self.spread else None)

    def _reported(self, where: str) -> AbstractContextManager[None]:
        return reported(f"{self.name}: {where}", *_FAILURES, words=_words)

    def _rows(self, expression: ir.Table) -> DataFrame:
        """The rows as a Spark frame whose types are those Ibis promised: no zones, no narrower integers."""
        self.backend._run_pre_execute_hooks(expression)  # noqa: SLF001 - what to_pyarrow runs first as well
        rows = self._session.sql(self.backend.compile(expression))
        promised = {name: _spark_type(dtype) for name, dtype in expression.schema().items()}
        return rows.select(
            *(
                F.col(f"`{name}`")
                if rows.schema[name].dataType == dtype
                else F.col(f"`{name}`").cast(dtype).alias(name)
                for name, dtype in promised.items()
            )
        )

    def _named(self, name: str, rows: DataFrame) -> ir.Table:
        rows.createOrReplaceTempView(name)
        return self.backend.table(name)

    def _keep(self, name: str, rows: DataFrame) -> ir.Table:
        _free(self._stored.get(name))
        self._stored[name] = rows
        return self._named(name, rows)


def connect(settings: Mapping[str, str]) -> Spark:
    """A Spark session: a new one, or a sibling of the one already running in this process."""
    return Spark(settings)


def _words(error: Exception) -> str:
    """What a failure says; of one that only says that something failed, what did."""
    java = getattr(error, "java_exception", None)
    while java is not None and java.getCause() is not None:
        java = java.getCause()
    return str(error) if java is None else str(java.toString())


def _spark_type(dtype: Any) -> Any:
    return pt.TimestampNTZType() if dtype.is_timestamp() else PySparkType.from_ibis(dtype)


def _free(rows: DataFrame | None) -> None:
    """Give back the blocks or the files of a checkpoint; PySpark has no word for it."""
    if rows is None:
        return
    plan = rows._jdf.queryExecution().analyzed()  # noqa: SLF001 - only Java knows the checkpoint
    if plan.getClass().getSimpleName() == "LogicalRDD":
        plan.rdd().unpersist(False)
        file = plan.rdd().getCheckpointFile()
        if file.isDefined():
            _delete(rows.sparkSession, file.get())


def _delete(session: SparkSession, address: str | None) -> None:
    """Delete what Spark has written at an address of Hadoop's."""
    if address is None:
        return
    context: Any = session.sparkContext
    path = context._jvm.org.apache.hadoop.fs.Path(address)  # noqa: SLF001 - PySpark deletes no files
    path.getFileSystem(context._jsc.hadoopConfiguration()).delete(path, True)  # noqa: SLF001


def _configuration(settings: Mapping[str, str]) -> dict[str, str]:
    """Settings of ours as keys of Spark's; raises UsageError with everything that is wrong."""
    passed = {key.removeprefix(_PASS): value for key, value in settings.items() if key.startswith(_PASS)}
    known = {SETTINGS[key][0]: value for key, value in settings.items() if key in SETTINGS}
    unknown = [key for key in settings if key not in SETTINGS and not key.startswith(_PASS)]
    wrong = [
        Problem(
            "unknown-setting",
            f"engine.{key}",
            "Spark has no such setting here",
            f"use {', '.join(SETTINGS)} or conf.KEY",
        )
        for key in sorted(unknown)
    ]
    wrong += [
        Problem("fixed-setting", f"engine.conf.{key}", f"must stay {FIXED[key]} for equal results", "leave it out")
        for key in sorted(set(passed) & set(FIXED))
    ]
    if wrong:
        raise UsageError(wrong)
    return known | passed


@cache
def _folder() -> Path:
    """Where Java spills and logs to; Java keeps to its first such folder as long as the process lives."""
    path = Path(tempfile.mkdtemp(prefix="steelyard-spark-"))
    atexit.register(shutil.rmtree, path, ignore_errors=True)
    return path


def _start(asked: Mapping[str, str], folder: Path) -> SparkSession:
    """A new session; Java's own talk goes to a file in `folder` and is quoted where it does not start."""
    conf = _defaults(asked, folder) | dict(asked) | FIXED
    log = folder / "spark.log"
    spark_conf = SparkConf().setAll(list(conf.items()))
    try:
        context = SparkContext(conf=spark_conf, gateway=_gateway(spark_conf, log))
        context.setLogLevel("ERROR")
        # PySpark prints every failed query to stderr as JSON; it comes back as an error anyway.
        logging.getLogger("SQLQueryContextLogger").setLevel(logging.CRITICAL + 1)
        return SparkSession(context)
    except (*_FAILURES, ValueError, OSError) as error:
        raise EngineError(
            Problem(
                "engine-did-not-start",
                "spark",
                _reason(error, log),
                "look at the engine.* settings; Spark needs Java 17 or later",
            )
        ) from error


def _defaults(asked: Mapping[str, str], folder: Path) -> dict[str, str]:
    master = asked.get("spark.master") or os.environ.get(MASTER) or "local[*]"
    conf = {
        "spark.master": master,
        "spark.app.name": "steelyard",
        "spark.driver.memory": "2g",
        "spark.driver.maxResultSize": "0",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.catalogImplementation": "in-memory",
        "spark.sql.warehouse.dir": f"file://{folder / 'warehouse'}",
        "spark.local.dir": str(folder),
    }
    if master.startswith("local"):
        conf |= {
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.driver.host": "127.0.0.1",
            "spark.sql.shuffle.partitions": "4",
        }
    return conf


def _gateway(conf: SparkConf, log: Path) -> Any:
    memory = conf.get("spark.driver.memory")
    if _jvm and memory != _jvm["memory"]:
        raise UsageError(_too_late("spark.driver.memory"))
    if not _jvm:
        home = os.environ.get("JAVA_HOME")
        if not shutil.which("java", path=f"{home}/bin" if home else None):
            raise EngineError(
                Problem(
                    "java-not-found",
                    "spark",
                    f"no java in {home or 'the search path'}",
                    "install Java 17 or later, or set JAVA_HOME",
                )
            )
        told = SparkConf(loadDefaults=False).setAll([each for each in conf.getAll() if not _SECRET.search(each[0])])
        with log.open("w") as out:
            gateway = launch_gateway(told, {"stdout": out, "stderr": out})  # type: ignore[no-untyped-call]  # nor has this part of PySpark
        _jvm.update(gateway=gateway, memory=memory)
    return _jvm["gateway"]


def _reason(error: Exception, log: Path) -> str:
    """Java's first own words where it could not even start, else Spark's."""
    if isinstance(error, Py4JError) or not log.exists():
        return shortened(str(error))
    lines = log.read_text(errors="replace").splitlines()
    said = [line for line in lines if line.strip() and not any(mark in line for mark in _CHATTER)]
    return shortened(said[0] if said else str(error))


def _sibling(running: SparkSession, asked: Mapping[str, str]) -> SparkSession:
    """A session beside the running one: its own views and SQL settings, the same executors."""
    session = running.newSession()
    late = [key for key in asked if not session.conf.isModifiable(key) and asked[key] != running.conf.get(key, None)]
    if late:
        raise UsageError([_too_late(key) for key in late])
    for key, value in (dict(asked) | FIXED).items():
        if session.conf.isModifiable(key):
            session.conf.set(key, value)
    return session


def _too_late(key: str) -> Problem:
    return Problem(
        "setting-too-late",
        key,
        "Spark is already running in this process with another value",
        "set it before, or start a new process",
    )
