"""Service metrics over a period: one row per metric and subject, counted, never estimated."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa

from steelyard.counting import Question
from steelyard.counting.spread import spreads
from steelyard.counting.tally import tally
from steelyard.events.check import Events
from steelyard.events.damage import naming_damaged
from steelyard.events.exclusions import VOLUME, Acting
from steelyard.facts import Judged, Past
from steelyard.facts.catalogue import FACTS
from steelyard.facts.clocks import Answer, Clock
from steelyard.facts.first_waits import FirstWait
from steelyard.facts.questions import QUESTIONS, questions_waited_for
from steelyard.facts.sessions import Questions
from steelyard.facts.waits import WAITS, Wanted, kept_waits
from steelyard.fixed import MILLION
from steelyard.measures import TOTALS
from steelyard.scoring.rows import rows_behind, rows_by_subject
from steelyard.scoring.run import named_by_exclusions
from steelyard.service.settings import Metric, Settings
from steelyard.staged import staged
from steelyard.windows import Period, midnight

END = date(9000, 1, 1)
"""A day after everything: a period is judged by all that the folder knows, replies after its end too."""

Subject = str | int | date
Row = dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What is asked: which metrics, whose, over which days; and the events it is asked of."""

    events: Events
    settings: Settings
    judged: Judged
    period: Period
    past: Past | None = None
    """What was known, where that is not all that the folder knows."""


def tables_read(settings: Settings) -> frozenset[str]:
    """The event tables these metrics may read."""
    read = {"shops", "orders", "agents", "exclusions", "presence"}
    for metric in settings.metrics:
        measure = settings.measure(metric)
        read |= FACTS[measure.fact].reads | set(measure.evidence) | set(measure.reads)
    return frozenset(read)


def report(asked: Asked) -> list[Row]:
    """One row per metric of the settings and subject, in the order of the settings, subjects ascending.

    `metric` · `subject_id` an id as the folder has it, or a day · `numerator` · `denominator` · `value`, numerator ÷
    denominator rounded half up to a millionth, None without a denominator · `status` ok | below_minimum (few, the value
    stands all the same) | no_data · `unit` · `median` and `p90` in whole seconds and `distribution`, a list of `up_to`
    (None: above all bounds) and `count`, where rows have times. Without evidence in the folder all numbers are None.
    Raises InputError where a file shows itself to be damaged.
    """
    with staged(), naming_damaged(asked.events.sources):
        found, past = prepared(asked)
        past = _with_talks(asked, past, found)
        counts, times = _counts(asked, past, found), _times(asked, past, found)
        subjects = _subjects(asked, past, counts)
    rows = []
    for metric in asked.settings.metrics:
        question = found[metric.name]
        if not any(table in asked.events.present for table in question.measure.evidence):
            rows += [_row(metric, question, subject, None, None) for subject in subjects]
            continue
        counted, timed = counts[metric.name], times.get(metric.name, {})
        rows += [
            _row(metric, question, subject, counted.get(subject, (0, 0)), timed.get(subject)) for subject in subjects
        ]
    return [_marked(row, asked.settings.low_volume) for row in rows]


def rows_of(asked: Asked, metric: str, subject: Subject) -> pa.Table:
    """The rows behind one number, see `rows_behind`; UsageError for a metric that the settings do not have."""
    asked = replace(asked, settings=asked.settings.only([metric]))
    with staged(), naming_damaged(asked.events.sources):
        found, past = prepared(asked)
        return asked.events.engine.arrow(rows_behind(past, found[metric], subject))


@dataclass(frozen=True)
class Counted:
    """A metric of one subject: what is divided by what (None: a total, which is its numerator), and the rows behind."""

    numerator: Decimal | int
    denominator: int | None
    rows: tuple[Row, ...]


def counted(asked: Asked) -> dict[str, dict[Subject, Counted]]:
    """Each metric that has its evidence in the folder, of every subject with a row in it; amounts of money exact."""
    measured: dict[str, dict[Subject, Counted]] = {}
    with staged(), naming_damaged(asked.events.sources):
        found, past = prepared(asked)
        counts = _counts(asked, past, found)
        for name, question in found.items():
            if not any(table in asked.events.present for table in question.measure.evidence):
                continue
            behind: dict[Subject, list[Row]] = {}
            for row in asked.events.engine.arrow(rows_by_subject(past, question)).to_pylist():
                behind.setdefault(row["subject_id"], []).append(row)
            is_total, is_money = (question.measure.unit in kinds for kinds in (TOTALS, {"money"}))
            measured[name] = {
                subject: Counted(
                    _money(numerator) if is_money else numerator,
                    None if is_total else denominator,
                    tuple(behind.get(subject, ())),
                )
                for subject, (numerator, denominator) in counts[name].items()
            }
    return measured


def prepared(asked: Asked) -> tuple[dict[str, Question], Past]:
    """The question of each metric by name, and the events, with the waits of all of them found once."""
    events = asked.events
    everything = Past(END, events.id_type, events.present, copies=events.copies)
    past = replace(asked.past or everything, judged=asked.judged)
    found = _questions(asked, named_by_exclusions(events.engine, past))
    answers = tuple(dict.fromkeys(answer for question in found.values() for answer in _answers(question)))
    if answers:
        since, until = midnight(asked.period.first), midnight(asked.period.end)
        wanted = Wanted(since, until, answers, whole_sessions=True)
        actings = {question.acting for question in found.values() if any(_answers(question))}
        table = events.engine.store(WAITS, kept_waits(past, wanted, sorted(actings, key=repr)))
        past = replace(past, copies={**past.copies, WAITS: table})
    return found, past


def _with_talks(asked: Asked, past: Past, found: Mapping[str, Question]) -> Past:
    """`past` with what sessions need of the waits found once; the questions are those of people's answers."""
    if WAITS not in past.copies:
        return past
    needs = dict.fromkeys(
        need for question in found.values() for need in question.measure.needs(question.params).values()
    )
    since = midnight(asked.period.first)
    talks = {
        need.kept: need.of_sessions(past, past.rows("sessions"), "", since)
        for need in needs
        if isinstance(need, FirstWait)
    }
    if Questions() in needs:
        talks[QUESTIONS] = questions_waited_for(past.copies[WAITS], Answer())
    kept = {name: asked.events.engine.store(name, table) for name, table in talks.items()}
    return replace(past, copies={**past.copies, **kept})


def _questions(asked: Asked, named: frozenset[str]) -> dict[str, Question]:
    """By metric. Columns are named by number: a metric's name may hold a point, which columns of Spark may not."""
    settings = asked.settings
    return {
        metric.name: Question(
            f"metric{number}",
            settings.measure(metric),
            settings.params(metric),
            asked.period,
            Acting(metric.name if metric.name in named else VOLUME),
        )
        for number, metric in enumerate(settings.metrics)
    }


def _answers(question: Question) -> Iterator[Answer]:
    for need in question.measure.needs(question.params).values():
        clock = need if isinstance(need, Clock) else getattr(need, "clock", None)
        answer = clock.answer if isinstance(clock, Clock) else getattr(need, "answer", None)
        if isinstance(answer, Answer):
            yield answer
        elif isinstance(need, Questions):
            yield Answer()


def _counts(asked: Asked, past: Past, found: Mapping[str, Question]) -> dict[str, dict[Subject, tuple[int, int]]]:
    """Numerator and denominator by metric and subject."""
    counts: dict[str, dict[Subject, tuple[int, int]]] = {name: {} for name in found}
    for names in _together(past, found):
        questions = [found[name] for name in names]
        table = tally(past, questions[0].measure.fact, questions)
        for row in asked.events.engine.arrow(table).to_pylist():
            for name in names:
                prefix = found[name].name
                pair = row[f"{prefix}__numerator"] or 0, row[f"{prefix}__denominator"] or 0
                counts[name][row["subject_id"]] = pair
    return counts


def _together(past: Past, found: Mapping[str, Question]) -> list[list[str]]:
    """The metrics that are tallied in one pass: those of a fact; of agents' days, whose rows are by answer, of each."""
    groups: dict[object, list[str]] = {}
    for name, question in found.items():
        fact = question.measure.fact
        by_answer = past.judged == "agent" and fact == "consumer_days"
        groups.setdefault((fact, frozenset(_answers(question)) if by_answer else None), []).append(name)
    return list(groups.values())


def _times(asked: Asked, past: Past, found: Mapping[str, Question]) -> dict[str, dict[Subject, Row]]:
    """How the times of each metric spread, by subject, of metrics whose rows have times."""
    times: dict[str, dict[Subject, Row]] = {name: {} for name in found}
    for fact in dict.fromkeys(question.measure.fact for question in found.values()):
        named = {question.name: name for name, question in found.items() if question.measure.fact == fact}
        for table in spreads(past, fact, [found[name] for name in named.values()], asked.settings.buckets):
            for row in asked.events.engine.arrow(table).to_pylist():
                times[named[row.pop("question")]][row["subject_id"]] = row
    return times


def _subjects(asked: Asked, past: Past, counts: Mapping[str, Mapping[Subject, object]]) -> list[Subject]:
    """Every shop, agent or day there is a row for, in order."""
    if asked.judged == "day":
        first, end = asked.period.first, asked.period.end
        return [first + timedelta(days=number) for number in range((end - first).days)]
    name, key = ("shops", "shop_id") if asked.judged == "shop" else ("agents", "agent_id")
    table = past.table(name)
    known = asked.events.engine.arrow(table.select(subject_id=table[key]).distinct())["subject_id"].to_pylist()
    counted = {subject for by_subject in counts.values() for subject in by_subject}
    ordered: list[Any] = list({*known, *counted} if asked.judged == "agent" else known)
    return sorted(ordered)


def _row(
    metric: Metric, question: Question, subject: Subject, counted: tuple[int, int] | None, times: Row | None
) -> Row:
    unit = question.measure.unit
    numerator, denominator = counted if counted is not None else (None, None)
    if counted is not None and unit in TOTALS:
        denominator = 1
    parts = MILLION if unit == "money" else 1
    value = None
    if numerator is not None and denominator:
        millionths = (2 * numerator * (MILLION // parts) + denominator) // (2 * denominator)
        value = Decimal(millionths).scaleb(-6)
    return {
        "metric": metric.name,
        "subject_id": subject,
        "numerator": _money(numerator) if unit == "money" and numerator is not None else numerator,
        "denominator": denominator,
        "value": value,
        "unit": unit,
        "median": times["median"] if times else None,
        "p90": times["p90"] if times else None,
        "distribution": _distribution(times) if times else None,
    }


def _money(millionths: int) -> Decimal:
    """An amount with two decimals, more only where it has more."""
    amount = Decimal(millionths).scaleb(-6)
    cents = amount.quantize(Decimal("0.01"))
    return cents if cents == amount else amount


def _distribution(times: Row) -> list[Row]:
    counts: list[Row] = [
        {"up_to": int(name[5:]), "count": count} for name, count in times.items() if name.startswith("upto_")
    ]
    return [*counts, {"up_to": None, "count": times["over"]}]


def _marked(row: Row, low_volume: int) -> Row:
    """`row` with its status."""
    few = row["unit"] not in TOTALS and (row["denominator"] or 0) < low_volume
    status = "no_data" if row["value"] is None else "below_minimum" if few else "ok"
    row["status"] = status
    return row


COLUMNS: Sequence[str] = (
    "metric", "subject_id", "numerator", "denominator", "value", "status", "unit", "median", "p90", "distribution",
)  # fmt: skip
"""The columns of a row in order; the first five are fixed."""
