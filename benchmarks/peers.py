"""How does the engine compare with what one would write by hand for the same result?

`python benchmarks/peers.py` scores marketplaces of one and of ten million orders with the engine, with SQL written by
hand for DuckDB, and with scripts in Polars, pandas (the smaller size only) and PySpark, by turns, each in a process of
its own; it compares every result with the engine's to the last digit, lets DuckDB merely read the same columns, and
writes tables and chart to docs/benchmarks.md. `--sizes 50000000` adds a size, with the engine and the SQL alone.
"""

import argparse
import json
import os
import platform
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from chart import Panel, drawn
from processes import HERE, PAGE, UNTIL, Run, machine, made, median, publish, timed

ONE = "douyin/experience@2022-09-26"
TITLES = {"one": f"`{ONE}`", "all": "all seven scorecards of shops"}
TABLES = ("scores", "dimensions", "indicators", "observed", "adjustments", "effects")
KEYS = ("subject_id", "dimension", "indicator", "rule", "effect")
MEMORY = "4GB"
ENGINE, HAND, SCAN, BOUNDED = "steelyard", "SQL by hand", "reading the columns", f"steelyard, engine.memory={MEMORY}"
PANDAS_UP_TO, OTHERS_UP_TO = 1_000_000, 10_000_000
CHART = PAGE.with_name("benchmarks.svg")
TEXT = """\
Written by `python benchmarks/peers.py` (`make bench`); every result equals the engine's to the last digit, each time.

- **steelyard**: the whole process `steelyard score`, its checks of the events included.
- **SQL by hand** (`benchmarks/handwritten/`): statements for DuckDB written for this one purpose, which check nothing.
- **Polars**, **pandas**, **PySpark** (`benchmarks/frames/`): scripts for one scorecard, which check nothing either;
  Spark on the same machine, with the start of Java.
- **reading the columns** (`benchmarks/scan.py`): DuckDB reads the columns that the SQL reads, and that is all.
- **engine.memory={memory}**: the engine told to spill to disk from there on.

Each runs in a process of its own, by turns; medians of the runs, memory the largest of any process. Ratios are those
of the seconds, in brackets those of the processor seconds.

{machine}

![Seconds by size and way](benchmarks.svg)

{tables}"""
HEAD = """\
| | seconds | processor seconds | memory, MiB | ÷ SQL by hand | ÷ reading |
|---|---:|---:|---:|---:|---:|
"""


@dataclass(frozen=True)
class Measured:
    """The medians by way of so many runs, and how busy the machine was before them (processes that wanted a core)."""

    repeat: int
    load: float
    runs: dict[str, Run]


@dataclass(frozen=True)
class Way:
    """One way to a result: its name, its command, the folder of its result where it has one, and its largest size."""

    name: str
    command: list[str]
    out: Path | None
    up_to: int = sys.maxsize


def ways(what: str, events: Path, beside: Path, threads: int) -> Iterator[Way]:
    """All ways to the result of one scorecard, or of all; the engine comes first."""
    program, python, day = str(Path(sysconfig.get_path("scripts")) / "steelyard"), sys.executable, UNTIL.isoformat()

    def engine(name: str, *settings: str) -> Way:
        out = beside / name.replace(" ", "-")
        told = [word for each in (f"threads={threads}", *settings) for word in ("--set", f"engine.{each}")]
        card = [ONE] if what == "one" else ["all", "--only", "shop"]
        words = ["score", *card, "--events", str(events), "--as-of", day, "--format", "csv", "--out", str(out), *told]
        return Way(name, [program, *words], out)

    def script(name: str, path: str, *more: str, up_to: int = sys.maxsize) -> Way:
        out = beside / path.replace("/", "-")
        return Way(name, [python, str(HERE / path), str(events), day, str(out), *more], out, up_to)

    yield engine(ENGINE)
    yield engine(BOUNDED, f"memory={MEMORY}")
    yield script(HAND, "handwritten/run.py", str(threads), what)
    if what == "one":
        yield script("Polars", "frames/with_polars.py", up_to=OTHERS_UP_TO)
        yield script("pandas", "frames/with_pandas.py", up_to=PANDAS_UP_TO)
        yield script("PySpark", "frames/with_pyspark.py", str(threads), up_to=OTHERS_UP_TO)
    yield Way(SCAN, [python, str(HERE / "scan.py"), what, str(events), str(threads)], None)


def in_order(path: Path) -> pa.Table:
    """A result table in the order of its keys, with no say on which columns may be NULL or how long a text may be."""
    table = pq.read_table(path)
    plain = {pa.large_string(): pa.string(), pa.string_view(): pa.string()}
    fields = [pa.field(field.name, plain.get(field.type, field.type)) for field in table.schema]
    table = table.cast(pa.schema(fields))
    return table.sort_by([(key, "ascending") for key in KEYS if key in table.column_names])


def differences(engine: Path, other: Path) -> list[str]:
    """The result tables of `engine` that `other` has not got, or has otherwise."""
    files = sorted(file.relative_to(engine) for file in engine.rglob("*.parquet") if file.stem in TABLES)
    return [
        str(file)
        for file in files
        if not (other / file).exists() or not in_order(engine / file).equals(in_order(other / file))
    ]


def measured(what: str, events: Path, orders: int, options: argparse.Namespace) -> Measured:
    """The medians by way over runs taken by turns; exits where a result differs from the engine's."""
    load = os.getloadavg()[0]
    runs: dict[str, list[Run]] = {}
    with tempfile.TemporaryDirectory() as beside:
        compared = [way for way in ways(what, events, Path(beside), options.threads) if orders <= way.up_to]
        for number in range(options.repeat):
            for way in compared:
                runs.setdefault(way.name, []).append(timed(way.command))
                said = f"{orders:,} orders, {what}, run {number + 1}: {way.name} {runs[way.name][-1].wall:.1f} s"
                print(said, file=sys.stderr)
                if way.out and compared[0].out and (wrong := differences(compared[0].out, way.out)):
                    sys.exit(f"{way.name}: {', '.join(wrong)} differ: the figures would mean nothing")
    return Measured(options.repeat, load, {name: median(found) for name, found in runs.items()})


def table(found: dict[str, Run]) -> str:
    """One line per way, the ratios of its seconds to those of the SQL and of the scan."""
    lines = []
    for name, run in found.items():
        ratios = [
            f"{run.wall / found[base].wall:.2f} ({run.cpu / found[base].cpu:.2f})" if base in found else ""
            for base in (HAND, SCAN)
        ]
        lines.append(
            f"| {name} | {run.wall:.1f} | {run.cpu:.1f} | {run.memory / 2**20:,.0f} | {' | '.join(ratios)} |\n"
        )
    return HEAD + "".join(lines)


def report(kept: dict[str, dict[str, Measured]], threads: int) -> str:
    """The page: a table per size and kind of result; draws the chart beside it."""
    parts, panels = [], []
    for size, kinds in sorted(kept.items(), key=lambda each: int(each[0])):
        for what, found in kinds.items():
            said = f"Runs: {found.repeat}. Load of the machine before: {found.load:.1f}."
            parts.append(f"### {int(size):,} orders, {TITLES[what]}\n\n{said}\n\n{table(found.runs)}")
            bars = {name: run.wall for name, run in found.runs.items() if name != BOUNDED}
            panels.append(Panel(f"{int(size) // 10**6} M orders, {TITLES[what].strip('`')}", bars))
    CHART.write_text(drawn(panels), encoding="utf-8")
    versions = ", ".join(f"{name} {version(name)}" for name in ("polars", "pandas", "pyspark"))
    said = f"{machine(threads)[:-1]}, {versions}; {platform.machine()}."
    return TEXT.format(memory=MEMORY, machine=said, tables="\n".join(parts))


def arguments() -> argparse.Namespace:
    """What to measure, and how often."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument(
        "--sizes", type=int, nargs="+", default=[1_000_000, 10_000_000], help="orders of the marketplaces"
    )
    parser.add_argument(
        "--what", choices=("one", "all"), nargs="+", default=["one", "all"], help="one scorecard, or all"
    )
    parser.add_argument("--repeat", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--data", type=Path, default=HERE / ".data", help="where marketplaces and figures are kept")
    return parser.parse_args()


def _read(found: dict[str, Any]) -> Measured:
    return Measured(**(found | {"runs": {name: Run(**run) for name, run in found["runs"].items()}}))


def main() -> None:
    """Measure what is asked for; other sizes keep the figures they have."""
    options = arguments()
    os.environ["POLARS_MAX_THREADS"] = str(options.threads)
    store = options.data / "peers.json"
    kept = json.loads(store.read_text(encoding="utf-8")) if store.exists() else {}
    for orders in options.sizes:
        events = made(options.data, orders, options.threads)
        for what in options.what:
            found = measured(what, events, orders, options)
            kept.setdefault(str(orders), {})[what] = asdict(found)
            store.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    figures = {size: {what: _read(found) for what, found in kinds.items()} for size, kinds in kept.items()}
    publish("peers", report(figures, options.threads))


if __name__ == "__main__":
    main()
