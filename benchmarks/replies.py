"""Do all reply and service metrics cost at most twice what SQL written by hand for them costs?

`python benchmarks/replies.py` counts every metric of `steelyard replies` over a marketplace of ten million orders and
as many messages, by shop and by agent, and the same with the statements of benchmarks/handwritten/replies, each in a
process of its own, by turns. Both results are compared cell by cell: a difference ends the benchmark.
"""

import argparse
import csv
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
from processes import DAYS, HERE, UNTIL, Run, arguments, machine, made, median, publish, timed

NUMBERS = ("numerator", "denominator", "value", "median", "p90")
TEXT = """\
Written by `python benchmarks/replies.py {options}` (`make bench`).

All {metrics} metrics of `steelyard replies`, medians, 90th percentiles and buckets included, of every shop and of every
agent over {days} days and {messages:,} messages: the whole process, its checks of the events included, against
statements for DuckDB written for this one purpose (`benchmarks/handwritten/replies/`), which check nothing. Each runs
in a process of its own, by turns; medians of {repeat} runs, memory the largest of them. All {cells:,} cells are equal.
Processor seconds are the figures to trust where the machine does other things as well.

{machine}

| | seconds | processor seconds | memory, MiB |
|---|---:|---:|---:|
{lines}
"""

Row = dict[str, str]


def commands(by: str, events: Path, beside: Path, threads: int) -> dict[str, list[str]]:
    """The engine's command and the other's, each writing `NAME-BY.csv`."""
    first, end = (UNTIL - timedelta(days=DAYS)).isoformat(), UNTIL.isoformat()
    engine = [str(Path(sysconfig.get_path("scripts")) / "steelyard"), "replies", "--events", str(events), "--by", by]
    engine += ["--from", first, "--to", end, "--set", f"engine.threads={threads}"]
    hand = [sys.executable, str(HERE / "handwritten" / "run_replies.py"), str(events), by, first, end]
    return {
        "engine": [*engine, "--out", str(beside / f"engine-{by}.csv")],
        "hand": [*hand, str(beside / f"hand-{by}.csv"), str(threads)],
    }


def rows(file: Path) -> dict[tuple[str, str], Row]:
    """The rows of a result by metric and subject."""
    with file.open(encoding="utf-8", newline="") as lines:
        return {(row["metric"], row["subject_id"]): row for row in csv.DictReader(lines)}


def differences(engine: dict[tuple[str, str], Row], hand: dict[tuple[str, str], Row]) -> Iterator[str]:
    """Every cell in which two results differ, and every row that only one of them has."""
    for key in sorted(engine.keys() | hand.keys()):
        one, other = engine.get(key), hand.get(key)
        if one is None or other is None:
            yield f"{' '.join(key)}: {'not by the engine' if one is None else 'not by hand'}"
            continue
        for column, text in one.items():
            if not _same(column, text, other[column]):
                yield f"{' '.join(key)} {column}: {text} by the engine, {other[column]} by hand"


def _same(column: str, one: str, other: str) -> bool:
    if column in NUMBERS and one and other:
        return Decimal(one) == Decimal(other)
    return one == other


def measured(events: Path, options: argparse.Namespace) -> tuple[dict[str, Run], dict[str, int]]:
    """The medians by `WHAT BY`, and how many metrics and cells were compared; exits where a cell differs."""
    runs: dict[str, list[Run]] = {}
    sizes = {"metrics": 0, "cells": 0}
    with tempfile.TemporaryDirectory() as beside:
        for by in ("shop", "agent"):
            for number in range(options.repeat):
                for name, command in commands(by, events, Path(beside), options.threads).items():
                    runs.setdefault(f"{name} {by}", []).append(timed(command))
                    last = runs[f"{name} {by}"][-1]
                    print(f"run {number + 1}: {name} {by} {last.wall:.1f} s, {last.cpu:.1f} CPU", file=sys.stderr)
            engine, hand = (rows(Path(beside) / f"{name}-{by}.csv") for name in ("engine", "hand"))
            wrong = list(differences(engine, hand))
            if wrong:
                sys.exit(f"{len(wrong):,} differences, the figures would mean nothing: {wrong[0]}")
            sizes["cells"] += sum(len(row) for row in engine.values())
            sizes["metrics"] = len({metric for metric, _ in engine})
    return {name: median(found) for name, found in runs.items()}, sizes


def table(found: dict[str, Run]) -> str:
    """Two lines and their ratio per grouping."""
    lines = []
    for by in ("shop", "agent"):
        engine, hand = found[f"engine {by}"], found[f"hand {by}"]
        for name, run in ((f"`steelyard replies --by {by}`", engine), ("SQL by hand", hand)):
            lines.append(f"| {name} | {run.wall:.1f} | {run.cpu:.1f} | {run.memory / 2**20:,.0f} |")
        lines.append(f"| **ratio by {by}** | **{engine.wall / hand.wall:.2f}** | **{engine.cpu / hand.cpu:.2f}** | |")
    return "\n".join(lines)


def report(found: dict[str, Run], sizes: dict[str, int], messages: int, options: argparse.Namespace) -> str:
    """The block of the page."""
    return TEXT.format(
        options=f"--orders {options.orders} --repeat {options.repeat} --threads {options.threads}",
        days=DAYS, messages=messages, repeat=options.repeat, machine=machine(options.threads),
        lines=table(found), **sizes,
    )  # fmt: skip


def main() -> None:
    options = arguments(__doc__)
    events = made(options.data, options.orders, options.threads)
    found, sizes = measured(events, options)
    messages = pq.read_metadata(events / "messages.parquet").num_rows
    publish("replies", report(found, sizes, messages, options))


if __name__ == "__main__":
    main()
