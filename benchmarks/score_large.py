"""Is the engine as fast as SQL written by hand for the same result?

`python benchmarks/score_large.py` makes a sample marketplace of ten million orders once, scores it with `steelyard
score` and with `handwritten/run.py` by turns, each in a process of its own, compares the result tables digit for digit
prints the medians and their ratio, and writes them to docs/benchmarks.md.
"""

import argparse
import sys
import sysconfig
import tempfile
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from processes import HERE, UNTIL, Run, arguments, machine, made, median, publish, timed

RULES = "douyin/experience@2022-09-26"
TABLES = ("scores", "dimensions", "indicators", "adjustments")
KEYS = ("subject_id", "dimension", "indicator", "rule")
TEXT = """\
Written by `python benchmarks/score_large.py {options}` (`make bench`).

The whole process `steelyard score douyin/experience@2022-09-26`, its checks of the events included, against SQL written
by hand for DuckDB that computes the same tables and checks nothing (`benchmarks/handwritten/`). Both run by turns, each
in a process of its own; medians of {repeat} runs, memory the largest of them.

{machine}

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
    return TEXT.format(
        options=f"--orders {options.orders} --repeat {options.repeat} --threads {options.threads}",
        repeat=options.repeat,
        machine=machine(options.threads),
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
    options = arguments(__doc__)
    publish("score-large", report(made(options.data, options.orders, options.threads), options))


if __name__ == "__main__":
    main()
