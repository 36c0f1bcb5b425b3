"""Running a plan: store each step on the engine, in order, and hand over the result tables."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from importlib.util import find_spec

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from steelyard.engines import Engine
from steelyard.errors import InputError, Problem, UsageError
from steelyard.events.check import Events
from steelyard.events.damage import naming_damaged
from steelyard.facts import Past
from steelyard.measures.catalogue import CATALOGUE
from steelyard.scorecards.model import Scorecard
from steelyard.scoring import Step, plan, results
from steelyard.staged import staged

Progress = Callable[[str, int, int], None]
"""Told the name of the step that begins, its number from 0, and how many there are."""


def silent(_name: str, _number: int, _of: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Result:
    """One day's score: the steps' tables, still on the engine until the next score replaces them."""

    engine: Engine
    scorecard: Scorecard
    day: date
    tables: dict[str, ir.Table]

    def arrow(self, name: str) -> pa.Table:
        """A result table or a step in memory, in no particular order."""
        return self.engine.arrow(self.tables[name])


def tables_read(scorecard: Scorecard) -> frozenset[str]:
    """The event tables a score of this scorecard may read."""
    by_fact = {
        "orders": {"orders"},
        "cases": {"after_sales"},
        "sessions": {"sessions", "messages"},
        "listings": {"listing_checks", "products"},
    }
    read = {"shops", "orders", "exclusions"}
    for name in (scorecard.volume.measure, *(indicator.measure for indicator in scorecard.indicators)):
        measure = CATALOGUE[name]
        read |= by_fact[measure.fact] | set(measure.evidence)
    return frozenset(read)


def past_of(events: Events, day: date) -> Past:
    """The opened events as known on `day`."""
    return Past(day, events.id_type, events.present)


def score_events(
    engine: Engine, events: Events, scorecard: Scorecard, day: date, progress: Progress = silent
) -> Result:
    """Score every subject of `events` as of `day`.

    Raises EngineError where a step fails; InputError where the scorecard judges what this version cannot count,
    or a file shows itself to be damaged.
    """
    if scorecard.subject != "shop":
        where, fix = scorecard.name, "score a shop scorecard"
        raise InputError(Problem("subject-not-supported", where, "agents are not scored yet", fix))
    steps = plan(scorecard, past_of(events, day), CATALOGUE)
    tables: dict[str, ir.Table] = {}
    with staged(), naming_damaged(events.sources):
        for number, step in enumerate(steps):
            progress(step.name, number, len(steps))
            tables[step.name] = engine.store(step.name, step.expression)
    for name in results.TABLES:
        if name not in tables:
            tables[name] = engine.empty(name, results.schema_of(name, events.id_type))
    return Result(engine, scorecard, day, tables)


def statements(scorecard: Scorecard, past: Past, dialect: str) -> Iterator[tuple[str, str]]:
    """Each step's name and its SQL in `dialect` (duckdb, spark, clickhouse … as Ibis knows them).

    Raises UsageError for a dialect Ibis does not know, or one that cannot say a step.
    """
    if dialect == "spark" and find_spec("pyspark") is None:
        fix = "pip install 'steelyard[spark]'"
        raise UsageError(Problem("pyspark-not-installed", "--dialect spark", "Spark's SQL needs the extra", fix))
    with staged():
        for step in plan(scorecard, past, CATALOGUE):
            yield step.name, _said(step, dialect)


def _said(step: Step, dialect: str) -> str:
    try:
        if dialect == "spark":
            return str(ibis.pyspark.compile(step.expression))
        return str(ibis.to_sql(step.expression, dialect=dialect))
    except (AttributeError, ImportError, ibis.common.exceptions.IbisError) as error:
        message, fix = f"it is unknown, or cannot say the step {step.name}", "use duckdb, spark or clickhouse"
        raise UsageError(Problem("unknown-dialect", f"--dialect {dialect}", message, fix)) from error
