"""Scoring the subjects of an events folder as of one day."""

from collections.abc import Iterator, Sequence
from datetime import date
from importlib.util import find_spec

import ibis

from steelyard.engines import Engine
from steelyard.errors import Problem, UsageError
from steelyard.events.check import Events
from steelyard.facts import Past
from steelyard.facts.catalogue import FACTS
from steelyard.measures.catalogue import CATALOGUE
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.unset import refuse_unset
from steelyard.scoring import Step, asked, card_steps, counting_steps, plan
from steelyard.scoring.running import Progress, Result, Work, results_by, silent
from steelyard.staged import staged


def tables_read(*scorecards: Scorecard) -> frozenset[str]:
    """The event tables a score of these scorecards may read."""
    read = {"shops", "orders", "exclusions"}
    for scorecard in scorecards:
        for name in (scorecard.volume.measure, *(part.measure for part in scorecard.measured)):
            measure = CATALOGUE[name]
            read |= FACTS[measure.fact].reads | set(measure.evidence) | set(measure.reads)
        if scorecard.peers.by == "main_category":
            read.add("products")
        if scorecard.subject == "agent":
            read.add("agents")
    return frozenset(read)


def past_of(events: Events, day: date) -> Past:
    """The opened events as known on `day`."""
    return Past(day, events.id_type, events.present, events.has_states, events.known_on, events.copies)


def score_events(
    engine: Engine, events: Events, scorecard: Scorecard, day: date, progress: Progress = silent
) -> Result:
    """Score every subject of `events` as of `day`; errors as `score_together`."""
    (result,) = score_together(engine, events, [scorecard], day, progress)
    return result


def score_together(
    engine: Engine, events: Events, scorecards: Sequence[Scorecard], day: date, progress: Progress = silent
) -> Iterator[Result]:
    """Score every subject of `events` by several scorecards as of `day`: facts are built and counted once.

    Each result stands on the engine until the next is asked for. Raises EngineError where a step fails; UsageError
    where a number that is not published is not given; InputError where a file shows itself to be damaged.
    """
    for scorecard in scorecards:
        refuse_unset(scorecard)
    past = past_of(events, day)
    named = named_by_exclusions(engine, past)

    def planned(past: Past) -> list[list[Step]]:
        wanted = asked(scorecards, CATALOGUE, named)
        counting = counting_steps(past, [question for each in wanted for question in each.questions.values()])
        return [counting, *(card_steps(each, past, counting) for each in wanted)]

    yield from results_by(Work(engine, events, past, scorecards, ("score", *sorted(named))), planned, progress)


def named_by_exclusions(engine: Engine, past: Past) -> frozenset[str]:
    """The indicators that any exclusion names."""
    if "exclusions" not in past.present:
        return frozenset()
    names = past.table("exclusions").select("indicator").distinct()
    return frozenset(name for name in engine.arrow(names)["indicator"].to_pylist() if name is not None)


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
