"""The days an effect is looked at: scored anew by the version in force on each, or read from results."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from steelyard.errors import InputError, Problem, UsageError
from steelyard.events.check import Events
from steelyard.insight.standing import TABLES, Seen, seen
from steelyard.scorecards.library import Library
from steelyard.scorecards.model import Scorecard
from steelyard.scoring.effects import in_force
from steelyard.scoring.results import is_preview
from steelyard.scoring.run import score_together
from steelyard.scoring.running import Progress, silent

Row = Mapping[str, Any]
Versions = Mapping[date, Scorecard]
"""The days looked at, in order and without a gap, each with the version in force on it."""


def versions_on(known: Library, wanted: str, days: Sequence[date]) -> Versions:
    """The version of each day: the named one, or the one in force, as far back as there is one.

    Unlike a score's own history, what was in force stays: a later version restates scores, not what a shop was allowed.
    Raises UsageError where none is in force on the last day.
    """
    name, _, version = wanted.partition("@")
    if version:
        card = known.get(name, version)
        return {day: card for day in days if not is_preview(card, day)}
    found = {days[-1]: known.in_force(name, days[-1])}
    for day in reversed(days[:-1]):
        try:
            found[day] = known.in_force(name, day)
        except UsageError:
            break
    return dict(sorted(found.items()))


def has_effects(card: Scorecard, day: date) -> bool:
    """Whether the version has effects that exist on `day`."""
    return not is_preview(card, day) and any(in_force(effect, day) for effect in card.effects)


@dataclass(frozen=True)
class Looked:
    """What was seen of one scorecard, day by day."""

    name: str
    days: tuple[Seen, ...]


def scored(
    events: Events, cards: Mapping[str, Versions], subject: str | int | None, progress: Progress = silent
) -> list[Looked]:
    """Score every day of every scorecard, facts counted once per day; nothing is kept but what was asked for.

    Raises InputError `unknown-subject` where the subject is not among those scored.
    """
    last = max(day for versions in cards.values() for day in versions)
    found: dict[str, list[Seen]] = {name: [] for name in cards}
    for day in sorted({day for versions in cards.values() for day in versions}):
        due = [name for name, versions in cards.items() if day in versions]

        def told(step: str, number: int, of: int, day: date = day) -> None:
            progress(f"{day} {step}", number, of)

        results = score_together(events.engine, events, [cards[name][day] for name in due], day, told)
        for name, result in zip(due, results, strict=True):
            rows = seen(result, subject, TABLES if day == last else ("scores", "effects"))
            if subject is not None and not rows.tables["scores"]:
                kind = cards[name][day].subject
                message, fix = f"it is not a row of {kind}s", f"give an id as the column {kind}_id of {kind}s has it"
                raise InputError(Problem("unknown-subject", str(subject), message, fix))
            found[name].append(rows)
    return [Looked(name, tuple(days)) for name, days in found.items()]


def published(
    folder: Path, known: Library, day: date | None, subject: str | None, names: Sequence[str] = ()
) -> list[Looked]:
    """The same from what `steelyard score --out` wrote, of one scorecard or of all, or of those of `names`.

    Where several are there and none is named a subject is a shop: scorecards of agents are not looked at.

    Looks at the unbroken days up to `day`, by default the last one. Raises InputError `not-a-result` where `folder`
    holds no result, `day-not-scored` where it lacks the day, `unknown-subject` where it lacks the subject.
    """
    places = ("scores.parquet", "scores")
    folders = (
        [folder]
        if _place(folder, "scores").exists()
        else sorted({place.parent for name in places for place in folder.rglob(name)})
    )
    if not folders:
        fix = "name a folder that `steelyard score --out` wrote"
        raise InputError(Problem("not-a-result", str(folder), "it holds no scores", fix))
    asked = {name.partition("@")[0] for name in names}
    kept = []
    for each in folders:
        card = _scorecard_of(each, known)
        if asked and card is not None and card.id not in asked:
            continue
        if asked or subject is None or len(folders) == 1 or card is None or card.subject == "shop":
            kept.append(_read(each, known, day, subject))
    return kept


def _scorecard_of(folder: Path, known: Library) -> Scorecard | None:
    """The scorecard of a result, None of one without a row."""
    rows = _table(_place(folder, "scores")).slice(length=1).to_pylist()
    return known.get(rows[0]["scorecard"], rows[0]["version"]) if rows else None


def _read(folder: Path, known: Library, day: date | None, subject: str | None) -> Looked:
    tables = {name: _table(_place(folder, name)).to_pylist() for name in TABLES}
    scored_by = {row["as_of"]: (row["scorecard"], row["version"]) for row in tables["scores"]}
    last = day or max(scored_by, default=date.min)
    if last not in scored_by:
        message, fix = f"it holds no score of {last}", "name a day that was scored"
        raise InputError(Problem("day-not-scored", str(folder), message, fix))
    if subject is not None and all(str(row["subject_id"]) != subject for row in tables["scores"]):
        message, fix = "it has no score there", "give an id as the column subject_id has it"
        raise InputError(Problem("unknown-subject", subject, message, fix))
    first = last
    while first - timedelta(days=1) in scored_by:
        first -= timedelta(days=1)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return Looked(scored_by[last][0], tuple(_days(tables, days, known, scored_by, subject)))


def _days(
    tables: Mapping[str, Sequence[Row]],
    days: Sequence[date],
    known: Library,
    scored_by: Mapping[date, tuple[str, str]],
    subject: str | None,
) -> Iterator[Seen]:
    for day in days:
        rows = {
            name: [r for r in those if r["as_of"] == day and subject in (None, str(r["subject_id"]))]
            for name, those in tables.items()
        }
        yield Seen(known.get(*scored_by[day]), day, rows)


def _place(folder: Path, name: str) -> Path:
    """Where a table stands: one file, or the folder of what a cluster's workers wrote."""
    file = folder / f"{name}.parquet"
    return file if file.exists() else folder / name


def _table(path: Path) -> pa.Table:
    try:
        return pq.read_table(path, partitioning=None)
    except (OSError, pa.ArrowInvalid) as error:
        message, fix = f"{path.name} is no result table", "name a folder that `steelyard score --out` wrote"
        raise InputError(Problem("not-a-result", str(path.parent), message, fix)) from error
