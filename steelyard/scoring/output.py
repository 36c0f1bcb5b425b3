"""Writing results: the tables of the result contract appear whole in their folder, or not at all."""

import json
import shutil
from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import Path

from steelyard.engines import Engine
from steelyard.errors import Problem, UsageError
from steelyard.events.check import Events
from steelyard.landing import replacing
from steelyard.scorecards.covers import numbers
from steelyard.scorecards.model import Scorecard
from steelyard.scoring import results
from steelyard.scoring.run import Progress, score_events, silent

QUARANTINE = "quarantine.parquet"
MANIFEST = "run.json"
"""What was scored: scorecard, version, days, engine, numbers assumed, rows quarantined."""


def write_days(
    events: Events, scorecard: Scorecard, days: list[date], out: Path, progress: Progress = silent
) -> dict[str, Path]:
    """Score each of `days` and write `out/TABLE.parquet`, all days in one file; returns the path of each table.

    Also writes `quarantine.parquet` where rows were quarantined, and `run.json`. An earlier result in `out` is
    replaced; a folder with anything else in it is refused (UsageError `out-not-empty`).
    """
    refuse_strangers(out)
    engine = events.engine
    with replacing(out) as draft:
        for day in days:
            result = score_events(engine, events, scorecard, day, partial(_told, progress, day))
            for table in results.TABLES:
                part = draft / f"{table}.parts" / f"{day}.parquet"
                part.parent.mkdir(exist_ok=True)
                engine.write_parquet(result.tables[table], part)
        for table in results.TABLES:
            _join(engine, draft, table)
        quarantined = events.quarantine()
        if quarantined is not None:
            engine.write_parquet(quarantined, draft / QUARANTINE)
        manifest = json.dumps(_manifest(events, scorecard, days), ensure_ascii=False, indent=2)
        (draft / MANIFEST).write_text(manifest + "\n", encoding="utf-8")
    return {table: out / f"{table}.parquet" for table in results.TABLES}


def _told(progress: Progress, day: date, name: str, number: int, of: int) -> None:
    progress(f"{day} {name}", number, of)


def _join(engine: Engine, draft: Path, table: str) -> None:
    parts = draft / f"{table}.parts"
    files = sorted(parts.iterdir())
    target = draft / f"{table}.parquet"
    if len(files) == 1:
        files[0].rename(target)
    else:
        engine.write_parquet(engine.read_parquet(files), target)
    shutil.rmtree(parts)


def _manifest(events: Events, scorecard: Scorecard, days: list[date]) -> Mapping[str, object]:
    counted = numbers(scorecard)
    return {
        "scorecard": scorecard.id,
        "version": scorecard.version,
        "days": [days[0].isoformat(), days[-1].isoformat()],
        "engine": events.engine.name,
        "numbers": counted.total,
        "assumed": counted.assumed,
        "read": {table.table: table.read for table in events.report.tables if table.present},
        "quarantined": {table.table: dict(table.quarantined) for table in events.report.tables if table.quarantined},
    }


def refuse_strangers(out: Path) -> None:
    """UsageError unless `out` is missing, empty, or an earlier result."""
    if not out.exists():
        return
    if not out.is_dir():
        raise UsageError(Problem("out-not-a-folder", str(out), "it is a file", "name a folder"))
    ours = {f"{table}.parquet" for table in results.TABLES} | {QUARANTINE, MANIFEST}
    strangers = sorted(place.name for place in out.iterdir() if place.name not in ours)
    if strangers:
        message, fix = f"it holds {strangers[0]}, which is no result", "name a new folder"
        raise UsageError(Problem("out-not-empty", str(out), message, fix))
