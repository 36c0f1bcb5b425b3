"""Writing results: the tables of the result contract appear whole in their folder, or not at all."""

import json
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import ibis
import ibis.expr.types as ir

from steelyard.engines import Engine
from steelyard.errors import Problem, UsageError
from steelyard.events.check import Events
from steelyard.landing import replacing
from steelyard.scorecards.covers import numbers
from steelyard.scorecards.model import Scorecard
from steelyard.scoring import results
from steelyard.scoring.run import Progress, Result, score_together, silent

QUARANTINE = "quarantine.parquet"
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

    Facts of a day are counted once for all runs. Returns the paths of each run's tables. Also writes, per run,
    `run.json`, and `quarantine.parquet` where rows were quarantined. Earlier results in `out` are replaced; a folder
    with anything else in it is refused (UsageError `out-not-empty`). `told` hears of every result.
    """
    refuse_strangers(out, [run.folder for run in runs])
    engine = events.engine
    with replacing(out) as draft:
        for day in sorted({day for run in runs for day in run.versions}):
            due = [run for run in runs if day in run.versions]
            scored = score_together(
                engine, events, [run.versions[day] for run in due], day, partial(_told, progress, day)
            )
            for run, result in zip(due, scored, strict=True):
                _write_parts(result, draft / run.folder)
                told(result)
        for run in runs:
            _finish(events, run, draft / run.folder)
    return {run.last.id: {table: out / run.folder / f"{table}.parquet" for table in results.TABLES} for run in runs}


def _told(progress: Progress, day: date, name: str, number: int, of: int) -> None:
    progress(f"{day} {name}", number, of)


def _write_parts(result: Result, folder: Path) -> None:
    for table in results.TABLES:
        part = folder / f"{table}.parts" / f"{result.day}.parquet"
        part.parent.mkdir(exist_ok=True, parents=True)
        result.engine.write_parquet(result.tables[table], part)


def _finish(events: Events, run: Run, folder: Path) -> None:
    for table in results.TABLES:
        _join(events.engine, folder, table)
    quarantined = events.quarantine()
    if quarantined is not None:
        events.engine.write_parquet(quarantined, folder / QUARANTINE)
    manifest = json.dumps(_manifest(events, run), ensure_ascii=False, indent=2)
    (folder / MANIFEST).write_text(manifest + "\n", encoding="utf-8")


def _join(engine: Engine, folder: Path, table: str) -> None:
    parts = folder / f"{table}.parts"
    files = sorted(parts.iterdir())
    target = folder / f"{table}.parquet"
    if len(files) == 1:
        files[0].rename(target)
    else:
        rows = engine.read_parquet(files)
        engine.write_parquet(with_since(rows) if table == "effects" else rows, target)
    shutil.rmtree(parts)


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
    if not out.exists():
        return
    if not out.is_dir():
        raise UsageError(Problem("out-not-a-folder", str(out), "it is a file", "name a folder"))
    ours = {f"{table}.parquet" for table in results.TABLES} | {QUARANTINE, MANIFEST}
    wanted = {(out / folder).resolve() for folder in folders}
    strangers = sorted(
        str(place.relative_to(out))
        for place in out.rglob("*")
        if not (place.is_dir() and _leads_to(place, wanted))
        and not (place.parent.resolve() in wanted and place.name in ours)
    )
    if strangers:
        message, fix = f"it holds {strangers[0]}, which is no result", "name a new folder"
        raise UsageError(Problem("out-not-empty", str(out), message, fix))


def _leads_to(folder: Path, wanted: set[Path]) -> bool:
    return any(folder.resolve() == place or folder.resolve() in place.parents for place in wanted)
