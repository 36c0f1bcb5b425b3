"""Many days at once: one pass over the events into postings, and from those the counts and scores of every day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

import ibis.expr.types as ir

from steelyard.counting.balances import averages_per_day, categories_per_day, counts_per_day
from steelyard.counting.ledger import Ask, parts_of, postings
from steelyard.counting.versions import Span
from steelyard.engines import Engine
from steelyard.events.check import Events
from steelyard.events.damage import naming_damaged
from steelyard.events.exclusions import VOLUME
from steelyard.events.scenarios import changes_between
from steelyard.facts import Past
from steelyard.measures.catalogue import CATALOGUE
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.unset import refuse_unset
from steelyard.scoring import Asked, Step, asked, hows_of, results, scoring_steps
from steelyard.scoring.asked import by_fact, tallies_step
from steelyard.scoring.run import named_by_exclusions, past_of, score_events
from steelyard.scoring.running import Progress, Result, silent, stored
from steelyard.staged import staged
from steelyard.windows import days_from

AT_ONCE = 31
"""Days that are scored in one go: what bounds the memory."""

LONGEST = 366
"""Days that are posted in one go."""


def score_days(
    engine: Engine, events: Events, runs: Sequence[Mapping[date, Scorecard]], progress: Progress = silent
) -> Iterator[tuple[int, Result]]:
    """Score every subject on every day of each run, whose days follow each other without a gap.

    Gives the number of the run and a result of several days, each of one version and in order; it stands on the engine
    until the next is asked for. Equal, digit for digit, to the days scored one by one. Errors as `score_together`.
    """
    for number, run in enumerate(runs):
        for day, card in sorted(run.items()) if _of_agents(run) else ():
            yield number, score_events(engine, events, card, day)
    of_shops = {number: run for number, run in enumerate(runs) if not _of_agents(run)}
    if of_shops:
        yield from _from_ledger(engine, events, of_shops, progress)


def _of_agents(run: Mapping[date, Scorecard]) -> bool:
    """Whether the run scores agents: those are counted day by day, for the ledger has no agents."""
    return any(card.subject == "agent" for card in run.values())


def _from_ledger(
    engine: Engine, events: Events, runs: Mapping[int, Mapping[date, Scorecard]], progress: Progress
) -> Iterator[tuple[int, Result]]:
    cards = {card.name: card for run in runs.values() for card in run.values()}
    for card in cards.values():
        refuse_unset(card)
    days = sorted({day for run in runs.values() for day in run})
    named = named_by_exclusions(engine, past_of(events, days[0]))
    wanted = {each.scorecard.name: each for each in asked(list(cards.values()), CATALOGUE, named)}
    for span in _spans(Span(days[0], days[-1]), LONGEST, changes_between(days[0], days[-1])):
        ledger = _posted(engine, events, list(wanted.values()), span, progress)
        for chunk in _spans(span, AT_ONCE):
            progress(f"counts {chunk.first}", (chunk.first - days[0]).days, len(days))
            counts = day_counts(ledger, past_of(events, chunk.last), chunk)
            stored(engine, events, list(counts.values()), _quiet)
            for number, run in runs.items():
                for card, stretch in _stretches(run, chunk):
                    yield number, _scored(engine, events, wanted[card.name], counts, stretch)


@dataclass(frozen=True)
class Group:
    """Questions that are counted together, and the ledger's postings of them."""

    name: str
    ask: Ask
    postings: ir.Table


def asks(wanted: Sequence[Asked]) -> list[tuple[str, Ask]]:
    """What is posted together for several scorecards, by the name of the step that will count it."""
    questions = [question for each in wanted for question in each.questions.values()]
    by_category = {each.questions[VOLUME].name for each in wanted if _by_category(each)}
    return [
        (name, Ask(group[0].measure.fact, group, {question.name for question in group} & by_category))
        for name, group in by_fact(questions)
    ]


def _quiet(_name: str) -> None:
    """Steps of many days are told by day, not one by one."""


def _spans(span: Span, longest: int, borders: Sequence[date] = ()) -> Iterator[Span]:
    """The span in pieces of at most so many days, none across one of the borders."""
    first = span.first
    while first <= span.last:
        last = min(
            [first + timedelta(days=longest - 1), span.last, *(b - timedelta(days=1) for b in borders if b > first)]
        )
        yield Span(first, last)
        first = last + timedelta(days=1)


def _posted(engine: Engine, events: Events, wanted: Sequence[Asked], span: Span, progress: Progress) -> list[Group]:
    """The postings of everything asked, one group after the other."""
    past = past_of(events, span.first)
    wanted_asks = asks(wanted)
    found = []
    with staged(), naming_damaged(events.sources):
        for number, (name, ask) in enumerate(wanted_asks):
            progress(f"postings of {name.removeprefix('tally_')}", number, len(wanted_asks))
            found.append(Group(name, ask, engine.store(f"{name}__postings", postings(engine, past, ask, span))))
    return found


def day_counts(ledger: Sequence[Group], past: Past, chunk: Span) -> dict[str, Step]:
    """The counts of each day of the chunk by the name of their step, and main categories by the question's name."""
    steps = {}
    for group in ledger:
        ask = group.ask
        parts = parts_of(past, ask.fact, ask.questions[0])
        if parts:
            found = averages_per_day(group.postings, ask.questions[0], parts, chunk)
        else:
            found = counts_per_day(group.postings, ask.questions, chunk)
        steps[group.name] = Step(group.name, found)
        for question in ask.questions:
            if question.name in ask.by_category:
                name = f"main_categories_{question.name}"
                steps[name] = Step(name, categories_per_day(group.postings, question, chunk))
    return steps


def _stretches(run: Mapping[date, Scorecard], chunk: Span) -> Iterator[tuple[Scorecard, Span]]:
    """The days of the chunk by version: each version with its first and last day."""
    days = sorted(day for day in run if chunk.first <= day <= chunk.last)
    for _, group in groupby(days, key=lambda day: run[day].name):
        own = list(group)
        yield run[own[0]], Span(own[0], own[-1])


def card_plan(past: Past, wanted: Asked, counts: Mapping[str, Step], span: Span) -> list[Step]:
    """The steps of one version's scores of the days of the span, from the steps of `day_counts`."""
    shops = past.table("shops").cross_join(days_from(span.first, span.last))
    subjects = shops.select("as_of", subject_id=shops.shop_id, peer_group=shops.category)
    categories = [counts[f"main_categories_{wanted.questions[VOLUME].name}"]] if _by_category(wanted) else []
    counting = [step for name, step in counts.items() if name.startswith("tally_")]
    tallies = tallies_step(wanted, subjects, counting, categories)
    return [tallies, *scoring_steps(wanted.scorecard, past, tallies.table, hows_of(wanted, past))]


def _scored(engine: Engine, events: Events, wanted: Asked, counts: Mapping[str, Step], span: Span) -> Result:
    past = past_of(events, span.last)
    tables = stored(engine, events, card_plan(past, wanted, counts, span), _quiet)
    for name in results.TABLES:
        if name not in tables:
            tables[name] = engine.empty(name, results.schema_of(name, events.id_type))
    return Result(engine, wanted.scorecard, past, tables)


def _by_category(wanted: Asked) -> bool:
    return wanted.scorecard.peers.by == "main_category"
