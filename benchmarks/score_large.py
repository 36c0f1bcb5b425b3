"""Is the engine as fast as SQL written by hand for the same result?

`python benchmarks/score_large.py` makes a sample marketplace of ten million orders once, scores it with `steelyard
score` and with `handwritten/run.py` by turns, each in a process of its own, compares the result tables digit for digit
prints the medians and their ratio, and writes them to docs/benchmarks.md.
"""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from steelyard.events.sample import sample

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "benchmarks.md"
RULES = "douyin/experience@2022-09-26"
UNTIL = date(2022, 10, 1)
DAYS = 120
ORDERS_PER_SHOP = 2000
TABLES = ("scores", "dimensions", "indicators", "adjustments")
KEYS = ("subject_id", "dimension", "indicator", "rule")
TEXT = """\
# Benchmarks

Written by `python benchmarks/score_large.py {options}` (`make bench`).

The whole process `steelyard score douyin/experience@2022-09-26`, its checks of the events included, against SQL written
by hand for DuckDB that computes the same tables and checks nothing (`benchmarks/handwritten/`). Both run by turns, each
in a process of its own; medians of {repeat} runs, memory the largest of them.

{machine}; Python {python}, {versions}.

| | `steelyard score` | by hand | ratio |
|---|---:|---:|---:|
| seconds | {wall} |
| processor seconds | {cpu} |
| memory, MiB | {memory} |

Rows read: {read}.

Rows of the result, equal to the last digit in every run: {rows}.
"""
READ = ("shops", "orders", "reviews", "messages", "sessions", "after_sales", "feedback", "complaints", "listing_checks",
        "exclusions")  # fmt: skip


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


def in_order(path: Path) -> pa.Table:
    """A result table in the order of its keys, with no say on which columns may be NULL."""
    table = pq.read_table(path)
    table = table.cast(pa.schema([field.with_nullable(True) for field in table.schema]))
    return table.sort_by([(key, "ascending") for key in KEYS if key in table.column_names])


def compared(ours: Path, hand: Path) -> dict[str, int]:
    """Rows per result table; exits with what differs unless all are equal to the last digit."""
    rows = {}
    for name in TABLES:
        left, right = in_order(ours / f"{name}.parquet"), in_order(hand / f"{name}.parquet")
        if not left.select(right.column_names).equals(right):
            sys.exit(f"{name} differ: the figures would mean nothing")
        rows[name] = left.num_rows
    return rows


def median(runs: Sequence[Run]) -> Run:
    """The median of each figure by itself; of memory the largest."""
    wall, cpu = (statistics.median(getattr(run, name) for run in runs) for name in ("wall", "cpu"))
    return Run(wall, cpu, max(run.memory for run in runs))


def measured(events: Path, repeat: int, threads: int) -> tuple[Run, Run, dict[str, int]]:
    """The engine's and the hand's medians over runs taken by turns, and the rows they agree on."""
    engine, hand = [], []
    with tempfile.TemporaryDirectory() as beside:
        ours, theirs = Path(beside) / "engine", Path(beside) / "hand"
        steelyard = Path(sysconfig.get_path("scripts")) / "steelyard"
        score = [str(steelyard), "score", RULES, "--events", str(events), "--as-of", UNTIL.isoformat(),
                 "--set", f"engine.threads={threads}", "--out", str(ours)]  # fmt: skip
        by_hand = [sys.executable, str(HERE / "handwritten" / "run.py"), str(events), UNTIL.isoformat(), str(theirs),
                   str(threads)]  # fmt: skip
        for number in range(repeat):
            engine.append(timed(score))
            hand.append(timed(by_hand))
            both = f"engine {engine[-1].wall:.1f} s, by hand {hand[-1].wall:.1f} s"
            print(f"run {number + 1} of {repeat}: {both}", file=sys.stderr)
            rows = compared(ours, theirs)
    return median(engine), median(hand), rows


def report(events: Path, options: argparse.Namespace) -> str:
    """The page: machine and versions, sizes, and a table of the figures."""
    engine, hand, rows = measured(events, options.repeat, options.threads)
    sizes = {name: pq.read_metadata(events / f"{name}.parquet").num_rows for name in READ}
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return TEXT.format(
        options=f"--orders {options.orders} --repeat {options.repeat} --threads {options.threads}",
        repeat=options.repeat,
        machine=f"{os.cpu_count()} cores, {memory / 2**30:.0f} GiB of memory, {options.threads} threads",
        versions=", ".join(f"{name} {version(name)}" for name in ("steelyard", "ibis-framework", "duckdb")),
        python=platform.python_version(),
        wall=line(engine.wall, hand.wall, ".1f"),
        cpu=line(engine.cpu, hand.cpu, ".1f"),
        memory=line(engine.memory / 2**20, hand.memory / 2**20, ",.0f"),
        read=" · ".join(f"{name} {count:,}" for name, count in sizes.items()),
        rows=" · ".join(f"{name} {count:,}" for name, count in rows.items()),
    )


def line(engine: float, hand: float, form: str) -> str:
    """The last three cells of a line: both figures and their ratio."""
    return f"{engine:{form}} | {hand:{form}} | {engine / hand:.2f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--orders", type=int, default=10_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--data", type=Path, default=HERE / ".data", help="where marketplaces are kept")
    options = parser.parse_args()
    page = report(made(options.data, options.orders, options.threads), options)
    print(page)
    draft = PAGE.with_suffix(".draft")
    draft.write_text(page, encoding="utf-8")
    draft.replace(PAGE)


if __name__ == "__main__":
    main()
