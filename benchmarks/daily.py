"""Does a daily run cost what the day brought, and many days little more than one?

`python benchmarks/daily.py` splits a marketplace of ten million orders into the days on which its rows arrived, runs
the last of them as a platform would, each in a process of its own, and compares them with scoring the window anew.
A day brings its new orders, and every older one to which something happened: shipped, delivered, reviewed … The results
are compared with the full score, row by row. Ninety days in one pass are compared with one.
"""

import argparse
import sys
import sysconfig
import tempfile
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
from arriving import split
from processes import UNTIL, Run, machine, made, median, publish, timed

from steelyard.desk.home import create_home

PROGRAM = str(Path(sysconfig.get_path("scripts")) / "steelyard")
MEASURED = 3
"""Days that are measured, after two that are not: one takes everything, the other makes the plan that is kept."""
CARD = "douyin/experience@2022-09-26"
TEXT = """\
Written by `python benchmarks/daily.py {options}` (`make bench`).

The daily run of {orders:,} orders in {days} days, with one day's arrivals: {rows:,} rows, the day's new orders and
those older ones to which something happened, {touched:.1f} % of all; against `steelyard score all` over the same days.
Medians of {measured} days, each run in a process of its own, with plans kept from the day before; memory the largest.
Every result table equals the full score's.

{machine}

| | seconds | processor seconds | memory, MiB |
|---|---:|---:|---:|
{lines}
"""


def measured(options: argparse.Namespace) -> tuple[dict[str, Run], "Brought"]:
    """The medians by what was run, and what the last day brought."""
    events = made(options.data, options.orders, options.threads)
    first = UNTIL - timedelta(days=MEASURED + 2)
    with tempfile.TemporaryDirectory() as beside:
        home = create_home(Path(beside) / "home")
        configuration = home.folder / "steelyard.toml"
        said = configuration.read_text(encoding="utf-8").replace("# threads = 2", f"threads = {options.threads}")
        configuration.write_text(said, encoding="utf-8")
        split(events, home.arrivals, first, UNTIL - timedelta(days=1))
        runs: list[Run] = []
        for number in range(MEASURED + 2):
            day = first + timedelta(days=number + 1)
            runs.append(timed([PROGRAM, "run", "--home", str(home.folder), "--as-of", day.isoformat()]))
            print(f"run {day} {runs[-1].wall:.1f} s, {runs[-1].cpu:.1f} CPU", file=sys.stderr)
        full = []
        for _ in range(options.repeat + 1):
            full.append(timed(_score("all", events, Path(beside) / "full", options)))
            print(f"full {full[-1].wall:.1f} s, {full[-1].cpu:.1f} CPU", file=sys.stderr)
        equal = _refuse_differences(home.results, Path(beside) / "full", UNTIL)
        print(f"{equal:,} rows of results are equal", file=sys.stderr)
        found = {"first run, all of it": runs[0], "**daily run**": median(runs[2:]), "**full score**": median(full[1:])}
        if options.history:
            found |= _history(events, Path(beside), options)
        last = home.arrivals / (UNTIL - timedelta(days=1)).isoformat()
        rows = sum(pq.read_metadata(file).num_rows for file in last.iterdir())
        return found, Brought(rows, _older(last / "orders.parquet"))


@dataclass(frozen=True)
class Brought:
    """What a day brought: rows of all tables, and orders that had been paid before."""

    rows: int
    older: int


def _older(orders: Path) -> int:
    paid = pq.read_table(orders, columns=["paid_at"])["paid_at"]
    return pc.sum(pc.less(paid, pc.floor_temporal(pc.max(paid), unit="day"))).as_py()


def _score(wanted: str, events: Path, out: Path, options: argparse.Namespace, *more: str) -> list[str]:
    return [
        PROGRAM, "score", wanted, "--events", str(events), "--as-of", UNTIL.isoformat(), "--out", str(out),
        "--set", f"engine.threads={options.threads}", "--format", "csv", *more,
    ]  # fmt: skip


def _history(events: Path, beside: Path, options: argparse.Namespace) -> dict[str, Run]:
    one = [timed(_score(CARD, events, beside / "one", options)) for _ in range(options.repeat + 1)][1:]
    first = UNTIL - timedelta(days=89)
    many = timed(_score(CARD, events, beside / "many", options, "--from", first.isoformat()))
    for table in ("scores", "indicators"):
        days = pq.read_table(beside / "many" / f"{table}.parquet")
        alone = pq.read_table(beside / "one" / f"{table}.parquet")
        _refuse(table, alone, days.filter(pc.equal(days["as_of"], UNTIL)))
    return {f"`{CARD}`, one day": median(one), f"`{CARD}`, 90 days": many}


def _refuse_differences(results: Path, full: Path, day: date) -> int:
    rows = 0
    for file in sorted(results.glob(f"*/*/day={day}/run=*/*.parquet")):
        card = Path(*file.relative_to(results).parts[:2])
        left, right = pq.read_table(file), pq.read_table(full / card / file.name)
        if "since" in left.column_names:  # a home remembers days that a score of one day does not know
            left, right = left.drop(["since"]), right.drop(["since"])
        _refuse(f"{card} {file.stem}", left, right)
        rows += left.num_rows
    return rows


def _refuse(what: str, left: "pq.Table", right: "pq.Table") -> None:
    keys = [(name, "ascending") for name in left.column_names]
    if left.sort_by(keys).to_pylist() != right.sort_by(keys).to_pylist():
        sys.exit(f"{what} differs: the figures would mean nothing")


def report(found: dict[str, Run], brought: Brought, options: argparse.Namespace) -> str:
    """One line per thing run, and the ratios."""
    lines = [f"| {name} | {run.wall:.1f} | {run.cpu:.1f} | {run.memory / 2**20:,.0f} |" for name, run in found.items()]
    pairs = [("daily ÷ full", "**daily run**", "**full score**")]
    if options.history:
        pairs.append(("90 days ÷ one day", f"`{CARD}`, 90 days", f"`{CARD}`, one day"))
    for name, above, below in pairs:
        one, other = found[above], found[below]
        lines.append(f"| **{name}** | **{one.wall / other.wall:.2f}** | **{one.cpu / other.cpu:.2f}** | |")
    words = f"--orders {options.orders} --repeat {options.repeat} --threads {options.threads}"
    return TEXT.format(
        options=words, orders=options.orders, days=120, measured=MEASURED,
        rows=brought.rows, touched=100 * brought.older / options.orders,
        machine=machine(options.threads), lines="\n".join(lines),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--orders", type=int, default=10_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--data", type=Path, default=Path(__file__).parent / ".data")
    parser.add_argument("--no-history", dest="history", action="store_false")
    options = parser.parse_args()
    found, brought = measured(options)
    publish("daily", report(found, brought, options))


if __name__ == "__main__":
    main()
