"""Does scoring every scorecard in one run cost far less than scoring each by itself?

`python benchmarks/score_all.py` scores a marketplace of ten million orders with `steelyard score all`, and with
`steelyard score ID` for each scorecard in turn, each in a process of its own, and writes the sum, the one run and their
ratio to docs/benchmarks.md. Both results are compared, row by row.
"""

import argparse
import sys
import sysconfig
import tempfile
from pathlib import Path

import pyarrow.parquet as pq
from processes import UNTIL, Run, arguments, machine, made, median, publish, timed

from steelyard.choice import choose_all

TEXT = """\
Written by `python benchmarks/score_all.py {options}` (`make bench`).

`steelyard score all` against the sum of `steelyard score ID` for each of its scorecards, on the same orders: one run
builds each fact once and counts a question that several scorecards ask once. Each command runs in a process of its own;
medians of {repeat} runs, memory the largest of them. The results are compared and equal.

{machine}

| | seconds | processor seconds | memory, MiB |
|---|---:|---:|---:|
{lines}
"""


def measured(events: Path, options: argparse.Namespace) -> dict[str, Run]:
    """The medians by scorecard, and of the run of all under `all`."""
    every, _ = choose_all([UNTIL])
    names = [chosen.scorecard.id for chosen in every]
    program = str(Path(sysconfig.get_path("scripts")) / "steelyard")
    runs: dict[str, list[Run]] = {name: [] for name in (*names, "all")}
    with tempfile.TemporaryDirectory() as beside:
        for number in range(options.repeat):
            for name, found in runs.items():
                out = Path(beside) / name.replace("/", "-")
                command = [program, "score", name, "--events", str(events), "--as-of", UNTIL.isoformat()]
                command += ["--format", "csv", "--set", f"engine.threads={options.threads}", "--out", str(out)]
                found.append(timed(command))
                print(f"run {number + 1}: {name} {found[-1].wall:.1f} s", file=sys.stderr)
        for name in names:
            _refuse_differences(Path(beside) / name.replace("/", "-"), Path(beside) / "all" / name)
    return {name: median(found) for name, found in runs.items()}


def _refuse_differences(alone: Path, together: Path) -> None:
    for table in ("scores", "dimensions", "indicators", "adjustments", "effects"):
        left, right = (pq.read_table(folder / f"{table}.parquet") for folder in (alone, together))
        keys = [(name, "ascending") for name in left.column_names]
        if not left.sort_by(keys).equals(right.sort_by(keys)):
            sys.exit(f"{table} of {together.name} differ: the figures would mean nothing")


def report(found: dict[str, Run], options: argparse.Namespace) -> str:
    """One line per scorecard, their sum, the run of all, the ratio."""
    alone = [run for name, run in found.items() if name != "all"]
    total = Run(sum(run.wall for run in alone), sum(run.cpu for run in alone), max(run.memory for run in alone))
    whole = found["all"]
    lines = [line(f"`{name}`", run) for name, run in found.items() if name != "all"]
    lines += [line("sum, one by one", total), line("**all in one run**", whole)]
    lines.append(f"| **ratio** | **{whole.wall / total.wall:.2f}** | **{whole.cpu / total.cpu:.2f}** | |")
    words = f"--orders {options.orders} --repeat {options.repeat} --threads {options.threads}"
    return TEXT.format(options=words, repeat=options.repeat, machine=machine(options.threads), lines="\n".join(lines))


def line(name: str, run: Run) -> str:
    """A line of the table."""
    return f"| {name} | {run.wall:.1f} | {run.cpu:.1f} | {run.memory / 2**20:,.0f} |"


def main() -> None:
    options = arguments(__doc__)
    publish("score-all", report(measured(made(options.data, options.orders, options.threads), options), options))


if __name__ == "__main__":
    main()
