"""What the benchmarks share: marketplaces of a size, processes that are timed, one page for the figures."""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

from steelyard.events.sample import sample

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
UNTIL = date(2022, 10, 1)
DAYS = 120
ORDERS_PER_SHOP = 2000


@dataclass(frozen=True)
class Run:
    """What one process took: seconds on the wall and on the processors, and its largest memory in bytes."""

    wall: float
    cpu: float
    memory: int


def made(data: Path, orders: int, threads: int) -> Path:
    """The marketplace of so many orders, made on the first call."""
    events = data / f"orders-{orders}"
    if not events.exists():
        print(f"making a marketplace of {orders:,} orders …", file=sys.stderr)
        shops = max(5, orders // ORDERS_PER_SHOP)
        sample(events, shops=shops, days=DAYS, until=UNTIL, orders=orders, settings={"threads": str(threads)})
    return events


def timed(command: Sequence[str]) -> Run:
    """Run a command to its end and say what it took; raises CalledProcessError where it fails."""
    began = time.perf_counter()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(command, stdout=said, stderr=subprocess.STDOUT)
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            sys.stderr.write(said.read().decode())
            raise subprocess.CalledProcessError(process.returncode, command)
    unit = 1 if sys.platform == "darwin" else 1024
    return Run(wall, used.ru_utime + used.ru_stime, used.ru_maxrss * unit)


def median(runs: Sequence[Run]) -> Run:
    """The median of each figure by itself; of memory the largest."""
    wall, cpu = (statistics.median(getattr(run, name) for run in runs) for name in ("wall", "cpu"))
    return Run(wall, cpu, max(run.memory for run in runs))


def machine(threads: int) -> str:
    """Cores, memory and versions, in a sentence."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    versions = ", ".join(f"{name} {version(name)}" for name in ("steelyard", "ibis-framework", "duckdb"))
    cores = f"{os.cpu_count()} cores, {memory / 2**30:.0f} GiB of memory, {threads} threads"
    return f"{cores}; Python {platform.python_version()}, {versions}."


def arguments(doc: str | None) -> argparse.Namespace:
    """The options that all benchmarks take."""
    parser = argparse.ArgumentParser(description=(doc or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--orders", type=int, default=10_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--data", type=Path, default=HERE / ".data", help="where marketplaces are kept")
    return parser.parse_args()


def publish(name: str, text: str) -> None:
    """Put `text` into the block `name` of the page of figures, and on stdout."""
    print(text)
    page = PAGE.read_text(encoding="utf-8")
    start, end = f"<!-- {name}: measured -->\n\n", f"\n<!-- {name}: end -->"
    begins, ends = page.index(start) + len(start), page.index(end)
    draft = PAGE.with_suffix(".draft")
    draft.write_text(page[:begins] + text + page[ends:], encoding="utf-8")
    draft.replace(PAGE)
