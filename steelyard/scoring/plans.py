"""Plans kept as SQL: a plan depends on the rules and the folder's shape, hardly ever on the day.

Making expressions and turning them into SQL takes seconds, whatever the size of the data. So where an engine speaks SQL
a plan is made for a day of its own, far from every other, and kept as text; run for a day, the dates near that one are
moved to it. What a plan rests on is in its key, this program's own files among it.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import ibis
import platformdirs

from steelyard.engines.recorder import Saying
from steelyard.errors import SteelyardError
from steelyard.events.check import Events
from steelyard.events.scenarios import catalogue
from steelyard.facts import Past
from steelyard.landing import draft_beside
from steelyard.scorecards.model import Scorecard

SENTINEL = date(8000, 7, 1)
"""The day that plans are made for."""

PLACE = "STEELYARD_CACHE"
"""Names the folder for plans; the word `off` keeps none."""

_NEAR = timedelta(days=1500)
_DATE = re.compile(r"MAKE_(DATE|TIMESTAMP)\((\d+), (\d+), (\d+)")


@dataclass(frozen=True)
class Said:
    """A step as SQL, its dates near the sentinel."""

    name: str
    statement: str


def on_day(statement: str, day: date) -> str:
    """The SQL of a step for `day`."""
    shift = day - SENTINEL

    def moved(found: re.Match[str]) -> str:
        kind, *numbers = found.groups()
        said = date(*map(int, numbers))
        if abs(said - SENTINEL) > _NEAR:
            return found[0]
        real = said + shift
        return f"MAKE_{kind}({real.year}, {real.month}, {real.day}"

    return _DATE.sub(moved, statement)


def keepable(scorecards: Iterable[Scorecard]) -> bool:
    """Whether all windows of the scorecards are so many days before the day: a month has no fixed length."""
    return _folder() is not None and not any('"calendar":' in card.model_dump_json() for card in scorecards)


def key_of(scorecards: Sequence[Scorecard], events: Events, day: date, rests_on: Sequence[str]) -> str:
    """What a plan rests on."""
    said = (
        [card.model_dump_json() for card in scorecards],
        sorted(events.present),
        events.id_type,
        events.has_states,
        list(rests_on),
        [scenario.model_dump_json() for scenario in catalogue(day)],
        _program(),
    )
    return hashlib.sha256(repr(said).encode()).hexdigest()


def key_of_tables(past: Past, day: date, rests_on: Sequence[str]) -> str:
    """What the plan of postings rests on: the tables as they stand on the engine, and whatever else decides it."""
    shapes = {name: repr(table.schema()) for name, table in sorted(past.copies.items())}
    gone = sorted(name for name, history in past.histories.items() if history.gone is not None)
    scenarios = [scenario.model_dump_json() for scenario in catalogue(day)]
    said = (shapes, gone, sorted(past.present), past.id_type, scenarios, list(rests_on), _program())
    return hashlib.sha256(repr(said).encode()).hexdigest()


def kept_sayings(key: str) -> list[Saying] | None:
    """What was said of a plan that was kept, or None."""
    found = _read(key)
    try:
        return None if found is None else [Saying(*saying) for saying in found]
    except TypeError:
        return None


def keep_sayings(key: str, said: Sequence[Saying]) -> None:
    """Keep what was said."""
    _write(key, [(each.kind, each.name, each.text, each.answer) for each in said])


def kept(key: str) -> list[list[Said]] | None:
    """The parts of a plan that was kept, or None."""
    found = _read(key)
    try:
        return None if found is None else [[Said(name, text) for name, text in part] for part in found]
    except (TypeError, ValueError):
        return None


def keep(key: str, parts: Sequence[Sequence[Said]]) -> None:
    """Keep a plan."""
    _write(key, [[(step.name, step.statement) for step in part] for part in parts])


def _read(key: str) -> Any:
    folder = _folder()
    try:
        return None if folder is None else json.loads((folder / f"{key}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _write(key: str, said: Any) -> None:
    """Keep what can be read again under `key`; where that cannot be, the next run makes it anew."""
    folder = _folder()
    if folder is None:
        return
    text = json.dumps(said)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with draft_beside(folder / f"{key}.json") as draft:
            (draft / "plan").write_text(text, encoding="utf-8")
            (draft / "plan").replace(folder / f"{key}.json")
    except (OSError, SteelyardError):
        return


def _folder() -> Path | None:
    said = os.environ.get(PLACE)
    if said == "off":
        return None
    return Path(said or platformdirs.user_cache_dir("steelyard", appauthor=False)) / "plans"


@cache
def _program() -> str:
    """What plans are made by: this program's files, and the libraries that write the SQL."""
    root = Path(__file__).parents[1]
    files = sorted(file for file in root.rglob("*") if file.suffix in {".py", ".yaml"})
    stamps = [(str(file.relative_to(root)), file.stat().st_size, file.stat().st_mtime_ns) for file in files]
    return repr((stamps, ibis.__version__, version("duckdb"), version("sqlglot")))
