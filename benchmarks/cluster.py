"""Does a cluster give the same rows, do two workers take less time than one, and what does a lost worker cost?

`python benchmarks/cluster.py` starts Spark's own cluster on this machine (`standalone.py`), scores marketplaces that
lie there as folders of Parquet files with one worker and with two, kills one of two workers in the middle of a run,
compares every result with DuckDB's row by row, and writes the figures to docs/benchmarks.md.
"""

import argparse
import json
import os
import platform
import sys
import sysconfig
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from threading import Timer

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from processes import HERE, UNTIL, made, publish, timed
from standalone import cluster

ONE = "douyin/experience@2022-09-26"
RESULTS = ("scores", "dimensions", "indicators", "observed", "adjustments", "effects")
BY_MONTH = {
    "orders": "placed_at", "reviews": "created_at", "messages": "sent_at", "sessions": "started_at",
    "after_sales": "applied_at", "feedback": "created_at", "complaints": "created_at",
}  # fmt: skip
MEMORY = "2g"
PROGRAM = str(Path(sysconfig.get_path("scripts")) / "steelyard")
TEXT = """\
Written by `python benchmarks/cluster.py {options}`.

Spark's standalone cluster on one machine, each worker a process of its own with one core and {memory} of memory;
driver, master and workers share the machine's {cores} cores. Events lie in folders of Parquet files, a folder per
month and table; workers write the result. *Whole run* is the process `steelyard score`, with the start of Java. *Tasks
ran* is the part of it in which any worker was at work; in the rest the driver plans, which takes the same time for any
size. On a machine that does other things as well, processor seconds are the figures to trust. One run each. Every
result equals DuckDB's of the same events to the last digit.

{machine}

| scored | orders | workers | whole run, s | tasks ran, s | processor seconds of workers | of the busiest | tasks |
|---|---:|---:|---:|---:|---:|---:|---:|
{lines}

{words}
"""


@dataclass(frozen=True)
class Measured:
    """A run on the cluster: seconds in all, with tasks running, of processors, of the busiest; tasks; workers lost."""

    wall: float
    busy: float
    cpu: float
    most: float
    tasks: int
    lost: int


def partitioned(events: Path) -> Path:
    """The same events with the larger tables in folders per month; made on the first call."""
    target = events.with_name(f"{events.name}-by-month")
    if target.exists():
        return target
    draft = target.with_name(f"{target.name}-draft")
    draft.mkdir()
    for file in sorted(events.glob("*.parquet")):
        at = BY_MONTH.get(file.stem)
        kind, place = "", draft / file.name
        if at is not None:
            kind, place = ", PARTITION_BY month, WRITE_PARTITION_COLUMNS false", draft / file.stem
        month = "" if at is None else f", strftime({at}, '%Y-%m') AS month"
        duckdb.sql(f"COPY (SELECT *{month} FROM '{file}') TO '{place}' (FORMAT parquet{kind})")
    draft.rename(target)
    return target


def command(what: str, events: Path, out: Path, *more: str) -> list[str]:
    """The command that scores `what`."""
    return [PROGRAM, "score", what, "--events", str(events), "--as-of", UNTIL.isoformat(), "--out", str(out), *more]


def on_cluster(what: str, events: Path, out: Path, workers: int, kill_after: float = 0) -> Measured:
    """Score on a fresh cluster; with `kill_after` the first worker is killed after so many seconds."""
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        log.mkdir()
        with cluster(Path(folder) / "cluster", workers, memory=MEMORY) as running:
            os.environ.update(running.environment)
            settings = {
                "master": running.master,
                "executor_memory": MEMORY,
                "shuffle_partitions": "4",
                "conf.spark.eventLog.enabled": "true",
                "conf.spark.eventLog.dir": f"file://{log}",
                "conf.spark.eventLog.rolling.enabled": "false",
                "conf.spark.eventLog.compress": "false",
            }
            told = [word for name, value in settings.items() for word in ("--set", f"engine.{name}={value}")]
            end = Timer(kill_after, running.kill, [0])
            if kill_after:
                end.start()
            run = timed(command(what, events, out, "--engine", "spark", *told))
            end.cancel()
        return measured(run.wall, next(log.iterdir()))


def measured(wall: float, log: Path) -> Measured:
    """What Spark's log of events tells of a run."""
    with log.open(encoding="utf-8") as lines:
        told = [json.loads(line) for line in lines]
    ends = [event for event in told if event["Event"] == "SparkListenerTaskEnd"]
    lost = sum(event["Event"] == "SparkListenerExecutorRemoved" for event in told)
    spans = sorted((end["Task Info"]["Launch Time"], end["Task Info"]["Finish Time"]) for end in ends)
    cpu: Counter[str] = Counter()
    for end in ends:
        cpu[end["Task Info"]["Executor ID"]] += end.get("Task Metrics", {}).get("Executor CPU Time", 0)
    busy = sum(covered(spans)) / 1000
    return Measured(wall, busy, cpu.total() / 1e9, max(cpu.values()) / 1e9, len(ends), lost)


def covered(spans: Sequence[tuple[int, int]]) -> Iterator[int]:
    """Lengths that add up to the time in which at least one of the spans, in order of their beginning, goes on."""
    reached = 0
    for begin, end in spans:
        yield max(0, end - max(begin, reached))
        reached = max(reached, end)


def equal(duck: Path, spark: Path) -> int:
    """How many rows both results hold; exits with what differs unless they are equal to the last digit."""
    rows = 0
    for place in sorted(duck.rglob("run.json")):
        for table in RESULTS:
            mine = in_order(pq.read_table(place.parent / f"{table}.parquet"))
            theirs = pq.read_table(spark / place.parent.relative_to(duck) / table).drop_columns("day")
            if not mine.equals(in_order(theirs)):
                sys.exit(f"{table} of {place.parent.name} differ: the figures would mean nothing")
            rows += mine.num_rows
    return rows


def in_order(table: pa.Table) -> pa.Table:
    """A table sorted by all of its columns, with no say on which of them may be NULL."""
    plain = table.cast(pa.schema([(field.name, field.type) for field in table.schema]))
    return plain.sort_by([(name, "ascending") for name in plain.column_names])


def scored(what: str, events: Path, workers: Sequence[int], *, lose: bool) -> Iterator[tuple[str, Measured]]:
    """A run per number of workers and, where one is to be lost, a last one; each compared with DuckDB's rows."""
    with tempfile.TemporaryDirectory() as beside:
        duck, out = Path(beside) / "duckdb", Path(beside) / "spark"
        alone = timed(command(what, events, duck))
        print(f"{what} {events.name}: DuckDB {alone.wall:.1f} s", file=sys.stderr)
        for number in workers:
            found = on_cluster(what, events, out, number)
            print(f"{number} workers: {found}, {equal(duck, out):,} rows equal", file=sys.stderr)
            yield str(number), found
        if lose:
            found = on_cluster(what, events, out, workers[-1], kill_after=found.wall / 2)
            print(f"one killed: {found}, {equal(duck, out):,} rows equal", file=sys.stderr)
            if not found.lost:
                sys.exit("the run had ended before its worker was killed")
            yield f"{workers[-1]}, one killed half-way", found


def line(what: str, orders: int, workers: str, found: Measured) -> str:
    """A line of the table."""
    figures = f"{found.wall:.0f} | {found.busy:.0f} | {found.cpu:.0f} | {found.most:.0f} | {found.tasks:,}"
    return f"| `{what}` | {orders:,} | {workers} | {figures} |"


def report(options: argparse.Namespace) -> str:
    """The page: machine and versions, a line per run, and what follows from them."""
    lines: list[str] = []
    found: dict[tuple[str, int, str], Measured] = {}
    plan = [(ONE, orders) for orders in sorted(options.orders)] + [("all", options.all)]
    for what, orders in plan:
        events = partitioned(made(options.data, orders, 2))
        lose = what == ONE and orders == max(options.orders)
        for workers, run in scored(what, events, (1, 2), lose=lose):
            found[what, orders, workers] = run
            lines.append(line(what, orders, workers, run))
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    versions = ", ".join(f"{name} {version(name)}" for name in ("steelyard", "pyspark", "duckdb"))
    return TEXT.format(
        options=f"--orders {' '.join(map(str, options.orders))} --all {options.all}",
        memory=MEMORY,
        cores=os.cpu_count(),
        machine=f"{os.cpu_count()} cores, {memory / 2**30:.0f} GiB of memory; Python {platform.python_version()}, "
        f"{versions}.",
        lines="\n".join(lines),
        words=said(found, max(options.orders), options.all),
    )


def said(found: dict[tuple[str, int, str], Measured], orders: int, orders_of_all: int) -> str:
    """What the figures say, in two sentences."""
    one, two = (found[ONE, orders, workers] for workers in ("1", "2"))
    every = [found["all", orders_of_all, workers] for workers in ("1", "2")]
    lost = next(run for (_, _, workers), run in found.items() if "killed" in workers)
    return (
        f"With two workers instead of one, the busiest has {two.most / one.most:.2f} of the work of one scorecard on "
        f"{orders:,}, and {every[1].most / every[0].most:.2f} of that of all of them on {orders_of_all:,}. Tasks "
        f"ran {two.busy / one.busy:.2f} and {every[1].busy / every[0].busy:.2f} times as long. The worker killed "
        f"half-way cost {lost.wall - two.wall:.0f} seconds and no row: what it held stood with the other one as well, "
        "and what it was at was done again."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--orders", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--all", type=int, default=1_000_000, help="orders of the run of every scorecard")
    parser.add_argument("--data", type=Path, default=HERE / ".data", help="where marketplaces are kept")
    publish("cluster", report(parser.parse_args()))


if __name__ == "__main__":
    main()
