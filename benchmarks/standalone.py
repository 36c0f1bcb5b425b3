"""A Spark cluster on this machine: one master and some workers as processes of their own, from the package PySpark.

Everything listens on the loopback only, on ports that happen to be free, and asks for a secret made for this cluster.
The secret stands in a file that only this user reads, never on a command line.
"""

import os
import re
import secrets
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

LOOPBACK = "127.0.0.1"
MASTER = "org.apache.spark.deploy.master.Master"
WORKER = "org.apache.spark.deploy.worker.Worker"
STARTED = re.compile(r"Starting Spark master at (spark://\S+)")
REGISTERED = re.compile("Successfully registered with master")
SECONDS = 60
"""How long a part of the cluster may take to start."""

DEFAULTS = """\
spark.authenticate true
spark.authenticate.secret {secret}
spark.driver.host 127.0.0.1
spark.driver.bindAddress 127.0.0.1
spark.master.rest.enabled false
spark.ui.enabled false
spark.port.maxRetries 100
"""


@dataclass(frozen=True)
class Cluster:
    """A running cluster: the address of its master, and what a program that uses it needs in its environment."""

    master: str
    environment: Mapping[str, str]
    workers: Sequence[subprocess.Popen[bytes]]

    def kill(self, number: int) -> None:
        """End a worker and its executors at once, as a machine ends that loses power (SIGKILL)."""
        os.killpg(self.workers[number].pid, signal.SIGKILL)
        self.workers[number].wait()


@contextmanager
def cluster(folder: Path, workers: int, cores: int = 1, memory: str = "2g") -> Iterator[Cluster]:
    """A cluster of so many workers, each with its cores and memory; logs and scratch files lie in `folder`.

    Raises RuntimeError with what Spark said where it does not start.
    """
    environment = _environment(folder)
    started: list[subprocess.Popen[bytes]] = []
    try:
        log = folder / "master.log"
        started.append(_process(log, environment, MASTER, "--host", LOOPBACK, "--port", "0", "--webui-port", "0"))
        master = _waited(started[0], log, STARTED.search)[1]
        for number in range(workers):
            place = folder / f"worker-{number}"
            options = ["--host", LOOPBACK, "--webui-port", "0", "--cores", str(cores), "--memory", memory]
            own = environment | {"SPARK_LOCAL_DIRS": str(place / "scratch")}
            log = folder / f"worker-{number}.log"
            started.append(_process(log, own, WORKER, *options, "--work-dir", str(place), master))
            _waited(started[-1], log, REGISTERED.search)
        yield Cluster(master, environment, started[1:])
    finally:
        for process in reversed(started):
            _end(process)


def _environment(folder: Path) -> dict[str, str]:
    """The environment of every process of the cluster and of those that use it."""
    conf = folder / "conf"
    conf.mkdir(parents=True)
    file = conf / "spark-defaults.conf"
    file.touch(mode=0o600)
    file.write_text(DEFAULTS.format(secret=secrets.token_hex(32)), encoding="utf-8")
    return {**os.environ, "SPARK_CONF_DIR": str(conf), "SPARK_LOCAL_IP": LOOPBACK}


def _process(log: Path, environment: Mapping[str, str], *command: str) -> subprocess.Popen[bytes]:
    """A part of the cluster, first of a group of its own: its executors can be ended with it."""
    found = find_spec("pyspark")
    if found is None or found.origin is None:
        raise RuntimeError("pyspark is not installed")
    home = Path(found.origin).parent
    with log.open("wb") as said:
        return subprocess.Popen(
            [str(home / "bin" / "spark-class"), *command],
            env={**environment, "SPARK_HOME": str(home)},
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )


def _waited(process: subprocess.Popen[bytes], log: Path, found: Callable[[str], re.Match[str] | None]) -> re.Match[str]:
    """What is looked for in the log, once it stands there."""
    until = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < until:
        match = found(log.read_text(encoding="utf-8", errors="replace"))
        if match is not None:
            return match
        time.sleep(0.1)
    raise RuntimeError(f"{log.name}: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a part of the cluster and what it started; nothing where it has ended already."""
    try:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(10)
    except ProcessLookupError:
        process.poll()
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
