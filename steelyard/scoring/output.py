"""Writing results: the tables of the result contract appear whole in their folder, or not at all."""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatch
from functools import partial
from pathlib import Path

import ibis
import ibis.expr.types as ir

from steelyard.engines import Engine
from steelyard.errors import Problem, UsageError
from steelyard.events.check import Events
from steelyard.landing import refuse_address, replacing
from steelyard.scorecards.covers import numbers
from steelyard.scorecards.model import Scorecard
from steelyard.scoring import results
from steelyard.scoring.days import score_days
from steelyard.scoring.run import score_together
from steelyard.scoring.running import Progress, Result, silent

QUARANTINE = "quarantine.parquet"
DAY = "day"
"""Folders `TABLE/day=…` of what many workers write; `as_of` stands in the files, and readers want no name twice."""
MANIFEST = "run.json"
"""What was scored: scorecard, version, days, engine, numbers assumed, rows quarantined."""


Told = Callable[[Result], None]
"""Told of a result while its tables stand on the engine."""


@dataclass(frozen=True)
class Run:
    """One scorecard's days: the version of each day, and the folder below the output its tables go to."""

    versions: Mapping[date, Scorecard]
    folder: str = "."

    @property
    def last(self) -> Scorecard:
        """The version of the last day."""
        return self.versions[max(self.versions)]


def nobody(_result: Result) -> None:
    """Nobody is told."""


def write_runs(
    events: Events, runs: Sequence[Run], out: Path, progress: Progress = silent, told: Told = nobody
) -> dict[str, dict[str, Path]]:
    """Score the days of each run and write `out/FOLDER/TABLE.parquet`, all days of a run in one file.

    On a cluster a table is the folder `out/FOLDER/TABLE/` of what the workers wrote, a folder `day=…` for each day.
    Facts of a day are counted once for all runs. Returns the paths of each run's tables. Also writes, per run,
    `run.json`, and `quarantine.parquet` where rows were quarantined. Earlier results in `out` are replaced; a folder
    with anything else in it is refused (UsageError `out-not-empty`). `told` hears of each run's last day.
    """
    refuse_strangers(out, [run.folder for run in runs])
    engine = events.engine
    with replacing(out) as draft:
        for run, result in _scored(events, runs, progress):
            _write_parts(result, _days(run, result, draft / run.folder), draft / run.folder)
            if result.day == max(run.versions):
                told(result.of_last_day())
        for run in runs:
            _finish(events, run, draft / run.folder)
    suffix = "" if engine.spread else ".parquet"
    return {run.last.id: {table: out / run.folder / f"{table}{suffix}" for table in results.TABLES} for run in runs}


def _scored(events: Events, runs: Sequence[Run], progress: Progress) -> Iterator[tuple[Run, Result]]:
    """Each run's results: of one day, counted in one pass; of several, from postings."""
    days = {day for run in runs for day in run.versions}
    if len(days) == 1:
        (day,) = days
        told = partial(_told, progress, day)
        found = score_together(events.engine, events, [run.versions[day] for run in runs], day, told)
        yield from zip(runs, found, strict=True)
        return
    for number, result in score_days(events.engine, events, [run.versions for run in runs], progress):
        yield runs[number], result


def _told(progress: Progress, day: date, name: str, number: int, of: int) -> None:
    progress(f"{day} {name}", number, of)


def _days(run: Run, result: Result, folder: Path) -> Sequence[date]:
    """The days of a run that a result brings: those up to its last that are not in `folder` yet."""
    written = {place.name for place in (folder / results.TABLES[0]).glob(f"{DAY}=*")}
    return [day for day in sorted(run.versions) if day <= result.day and f"{DAY}={day}" not in written]


def _write_parts(result: Result, days: Sequence[date], folder: Path) -> None:
    """The tables of a result: a folder for each of its days where such folders are kept, else as they come."""
    for table in results.TABLES:
        rows = result.tables[table]
        if not result.engine.spread:
            result.engine.write_folder(rows, folder / table / f"{DAY}={result.day}")
            continue
        for day in days:
            result.engine.write_folder(rows.filter(rows.as_of == ibis.literal(day)), folder / table / f"{DAY}={day}")


def _finish(events: Events, run: Run, folder: Path) -> None:
    if len(run.versions) > 1:
        _tell_since(events.engine, folder / "effects", sorted(run.versions))
    if not events.engine.spread:
        for table in results.TABLES:
            _join(events.engine, folder / table)
    quarantined = events.quarantine()
    if quarantined is not None:
        events.engine.write_parquet(quarantined, folder / QUARANTINE)
    manifest = json.dumps(_manifest(events, run), ensure_ascii=False, indent=2)
    (folder / MANIFEST).write_text(manifest + "\n", encoding="utf-8")


def _tell_since(engine: Engine, place: Path, days: Sequence[date]) -> None:
    """Write the effects of several days anew, with `since` as all the days together tell it."""
    rows = engine.store("effects_of_days", with_since(engine.read_parquet(sorted(place.rglob("*.parquet")))))
    shutil.rmtree(place)
    for day in days:
        engine.write_folder(rows.filter(rows.as_of == day), place / f"{DAY}={day}")
    engine.drop("effects_of_days")


def _join(engine: Engine, place: Path) -> None:
    """Make one file of a table's days."""
    files = sorted(place.rglob("*.parquet"))
    target = place.with_name(f"{place.name}.parquet")
    if len(files) == 1:
        files[0].rename(target)
    else:
        engine.write_parquet(engine.read_parquet(files), target)
    shutil.rmtree(place)


def with_since(effects: ir.Table) -> ir.Table:
    """Effects of several days, `since` being the first day of the unbroken run of one state up to each row."""
    by_day = ibis.window(group_by=[effects.subject_id, effects.effect], order_by=effects.as_of)
    before = effects.state.lag(1).over(by_day)
    rows = effects.mutate(turn=(before.notnull() & (before == effects.state)).ifelse(0, 1))
    so_far = ibis.window(group_by=[rows.subject_id, rows.effect], order_by=rows.as_of, rows=(None, 0))
    rows = rows.mutate(stretch=rows.turn.sum().over(so_far))
    within = ibis.window(group_by=[rows.subject_id, rows.effect, rows.stretch])
    return rows.mutate(since=rows.as_of.min().over(within)).select(*effects.columns)


def _manifest(events: Events, run: Run) -> Mapping[str, object]:
    days, scorecard = sorted(run.versions), run.last
    counted = numbers(scorecard)
    return {
        "scorecard": scorecard.id,
        "version": scorecard.version,
        "versions": {str(day): run.versions[day].version for day in days},
        "previews": [str(day) for day in days if results.is_preview(run.versions[day], day)],
        "days": [days[0].isoformat(), days[-1].isoformat()],
        "engine": events.engine.name,
        "numbers": counted.total,
        "assumed": counted.assumed,
        "read": {table.table: table.read for table in events.report.tables if table.present},
        "quarantined": {table.table: dict(table.quarantined) for table in events.report.tables if table.quarantined},
    }


def refuse_strangers(out: Path, folders: Iterable[str] = (".",)) -> None:
    """UsageError unless `out` is missing, or holds nothing but earlier results in `folders`."""
    refuse_address(out)
    if not out.exists():
        return
    if not out.is_dir():
        raise UsageError(Problem("out-not-a-folder", str(out), "it is a file", "name a folder"))
    wanted = {(out / folder).resolve() for folder in folders}
    strangers = sorted(
        str(place.relative_to(out))
        for place in out.rglob("*")
        if not (place.is_dir() and _leads_to(place, wanted)) and not any(_is_result(place, root) for root in wanted)
    )
    if strangers:
        message, fix = f"it holds {strangers[0]}, which is no result", "name a new folder"
        raise UsageError(Problem("out-not-empty", str(out), message, fix))


def _leads_to(folder: Path, wanted: set[Path]) -> bool:
    return any(folder.resolve() == place or folder.resolve() in place.parents for place in wanted)


def _is_result(place: Path, root: Path) -> bool:
    """Whether a score wrote `place` into the folder `root`: a file of its own, or something in a table's folder."""
    place = place.resolve()
    if not place.is_relative_to(root) or place == root:
        return False
    first, *below = place.relative_to(root).parts
    if not below and not place.is_dir():
        return first in {f"{table}.parquet" for table in results.TABLES} | {QUARANTINE, MANIFEST}
    shapes = (f"{DAY}=*", "part-*.parquet")
    return first in results.TABLES and len(below) <= len(shapes) and all(map(fnmatch, below, shapes))
