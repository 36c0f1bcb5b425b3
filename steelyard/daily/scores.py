"""Scores of one day from the ledger, written beside each other: a folder for every scorecard."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import ibis
import ibis.expr.types as ir

from steelyard.counting.ledger import Ask, schema
from steelyard.counting.versions import Span
from steelyard.daily.books import Books, fingerprint
from steelyard.engines import Engine
from steelyard.events.check import Events
from steelyard.facts import Past
from steelyard.landing import replacing
from steelyard.scorecards.covers import numbers
from steelyard.scorecards.model import Scorecard
from steelyard.scoring import Asked, Step, results
from steelyard.scoring.days import Group, card_plan, day_counts
from steelyard.scoring.output import MANIFEST
from steelyard.scoring.run import past_of
from steelyard.scoring.running import Result, Work, results_by


@dataclass(frozen=True)
class Written:
    """One scorecard's results of a day: where they are, and how much they are."""

    scorecard: Scorecard
    folder: Path
    rows: int
    shops_scored: int


def score_day(
    engine: Engine, events: Events, wanted: Sequence[Asked], books: Books, asked: Sequence[tuple[str, Ask]]
) -> Iterator[Result]:
    """Each scorecard's result for the day of the books; a result stands until the next is asked for."""
    groups = []
    for name, ask in asked:
        engine.view(f"{name}__booked", engine.read_parquet(books.files(name)))
        groups.append(Group(name, ask, ibis.table(schema(events.id_type), name=f"{name}__booked")))

    def planned(past: Past) -> list[list[Step]]:
        day = Span(past.day, past.day)
        counts = day_counts(groups, past, day)
        return [list(counts.values()), *(card_plan(past, each, counts, day) for each in wanted)]

    rests_on = ("ledger", *(fingerprint(ask) for _, ask in asked))
    work = Work(engine, events, past_of(events, books.day), [each.scorecard for each in wanted], rests_on)
    yield from results_by(work, planned)


def write_result(result: Result, target: Path, before: Path | None) -> Written:
    """Write a result's tables to the folder `target`; effects go on from those of the day before in `before`."""
    engine = result.engine
    with replacing(target) as draft:
        for table in results.TABLES:
            rows = result.tables[table]
            if table == "effects" and before is not None:
                rows = since_then(rows, engine.read_parquet([before / "effects.parquet"]))
            engine.write_parquet(rows, draft / f"{table}.parquet")
        counted = result.arrow("scores")
        (draft / MANIFEST).write_text(json.dumps(_manifest(result), indent=2) + "\n", encoding="utf-8")
    of_status = counted["status"].to_pylist()
    return Written(result.scorecard, target, counted.num_rows, of_status.count("scored"))


def _manifest(result: Result) -> Mapping[str, object]:
    counted, card = numbers(result.scorecard), result.scorecard
    return {
        "scorecard": card.id,
        "version": card.version,
        "as_of": result.day.isoformat(),
        "preview": results.is_preview(card, result.day),
        "engine": result.engine.name,
        "numbers": counted.total,
        "assumed": counted.assumed,
    }


def since_then(effects: ir.Table, before: ir.Table) -> ir.Table:
    """`effects` of a day with `since` carried over from the day before where the state is the same."""
    old = before.select(old_id="subject_id", old_effect="effect", old_state="state", old_since="since")
    same = [effects.subject_id == old.old_id, effects.effect == old.old_effect, effects.state == old.old_state]
    rows = effects.left_join(old, same)
    return rows.mutate(since=ibis.coalesce(rows.old_since, rows.since)).select(*effects.columns)
