"""Running a plan: each step stored on the engine, in order, and the result tables handed over."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from itertools import count

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from steelyard.engines import Engine, Speaking
from steelyard.events.check import Events
from steelyard.events.damage import naming_damaged
from steelyard.facts import Past
from steelyard.scorecards.model import Scorecard
from steelyard.scoring import Step, plans, results
from steelyard.staged import staged

Progress = Callable[[str, int, int], None]
"""Told the name of the step that begins, its number from 0, and how many there are."""


def silent(_name: str, _number: int, _of: int) -> None:
    """Progress that nobody watches."""


@dataclass(frozen=True)
class Result:
    """A score of one day or of several: the steps' tables, on the engine until the next score replaces them."""

    engine: Engine
    scorecard: Scorecard
    past: Past
    tables: dict[str, ir.Table]

    @property
    def day(self) -> date:
        """The day of the score; of several, the last."""
        return self.past.day

    def of_last_day(self) -> "Result":
        """The same with the rows of the last day alone."""
        tables = {
            name: table.filter(table.as_of == ibis.literal(self.day)) if "as_of" in table.columns else table
            for name, table in self.tables.items()
        }
        return replace(self, tables=tables)

    def arrow(self, name: str) -> pa.Table:
        """A result table or a step in memory, in no particular order."""
        return self.engine.arrow(self.tables[name])


@dataclass(frozen=True)
class Work:
    """Scorecards to be scored as of one day, and what else their plan rests on."""

    engine: Engine
    events: Events
    past: Past
    scorecards: Sequence[Scorecard]
    rests_on: tuple[str, ...]


def results_by(
    work: Work, planned: Callable[[Past], Sequence[Sequence[Step]]], progress: Progress = silent
) -> Iterator[Result]:
    """Each scorecard's result by a plan: the steps of counting first, then those of each scorecard.

    A plan that is kept as text is run as it is; one that can be kept is made for the day of plans, and kept.
    """
    past = work.past
    may = past.known_on is None and plans.keepable(work.scorecards)
    speaker = work.engine if may and isinstance(work.engine, Speaking) else None
    keep = speaker is not None
    key = plans.key_of(work.scorecards, work.events, past.day, work.rests_on) if keep else ""
    kept = plans.kept(key) if keep else None
    runner = _Runner(work, speaker)
    if kept is not None and speaker is not None:
        parts = [[partial(runner.said, speaker, step) for step in part] for part in kept]
    else:
        made = planned(replace(past, day=plans.SENTINEL, law_on=past.day) if keep else past)
        parts = [[partial(runner.planned, step) for step in part] for part in made]
    tell = _numbered(progress, sum(map(len, parts)))
    counted = runner.run(parts[0], tell)
    for scorecard, part in zip(work.scorecards, parts[1:], strict=True):
        yield _result(work, scorecard, counted | runner.run(part, tell))
    if keep and kept is None:
        plans.keep(key, runner.texts)


def _result(work: Work, scorecard: Scorecard, tables: dict[str, ir.Table]) -> Result:
    for name in results.TABLES:
        if name not in tables:
            tables[name] = work.engine.empty(name, results.schema_of(name, work.events.id_type))
    return Result(work.engine, scorecard, work.past, tables)


Stored = tuple[str, ir.Table]


@dataclass(frozen=True)
class _Runner:
    """Runs steps, as expressions or as text; texts are gathered part by part."""

    work: Work
    speaker: Speaking | None
    """The engine, where the plan is run as text."""
    texts: list[list[plans.Said]] = field(default_factory=list)

    def run(self, part: Sequence[Callable[[], Stored]], tell: Callable[[str], None]) -> dict[str, ir.Table]:
        """One part of a plan: its tables by name."""
        self.texts.append([])
        tables = {}
        with staged(), naming_damaged(self.work.events.sources):
            for step in part:
                name, table = step()
                tell(name)
                tables[name] = table
        return tables

    def planned(self, step: Step) -> Stored:
        """A step that was made just now."""
        if self.speaker is None:
            return step.name, self.work.engine.store(step.name, step.expression)
        return self.said(self.speaker, plans.Said(step.name, self.speaker.statement(step.expression)))

    def said(self, speaker: Speaking, step: plans.Said) -> Stored:
        """A step as text."""
        self.texts[-1].append(step)
        statement = plans.on_day(step.statement, self.work.past.day)
        return step.name, speaker.store_statement(step.name, statement)


def _numbered(progress: Progress, of: int) -> Callable[[str], None]:
    """Progress told by name alone, counting by itself up to `of`."""
    numbers = count()
    return lambda name: progress(name, next(numbers), of)


def stored(engine: Engine, events: Events, steps: Sequence[Step], tell: Callable[[str], None]) -> dict[str, ir.Table]:
    """Each step computed in order and kept on the engine."""
    tables: dict[str, ir.Table] = {}
    with staged(), naming_damaged(events.sources):
        for step in steps:
            tell(step.name)
            tables[step.name] = engine.store(step.name, step.expression)
    return tables
