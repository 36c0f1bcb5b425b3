"""Targets of agents or shops from every source, with gaps and what closing them takes; read from the events."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from steelyard.fixed import millionths
from steelyard.scorecards.covers import Leaf
from steelyard.scorecards.rule import Text
from steelyard.service.benchmarks import Benchmark, Taking, benchmarks
from steelyard.service.report import Asked, Row, Subject, report
from steelyard.service.settings import Bound, Metric, Settings
from steelyard.service.target_words import (
    FEW,
    NO_DATA,
    NOBODY,
    PAST_FEW,
    because,
    closing,
    gained,
    joined,
    required,
)
from steelyard.service.targets import KINDS, Goal, Number, Source, needed, number_of, reached, worth
from steelyard.windows import Period

COLUMNS = (
    "metric", "subject_id", "source", "bound", "target", "value", "gap", "met", "needed", "worth", "worth_is",
    "numerator", "denominator", "status", "unit", "shop_id", "role", "category", "peers", "reason",
)  # fmt: skip
"""The columns of a row in order."""

Key = tuple[str, Subject]
_CENT = Decimal("0.01")


@dataclass(frozen=True)
class Person:
    """Where a subject belongs."""

    shop: Subject | None
    role: str | None
    category: str | None


@dataclass(frozen=True)
class Known:
    """What targets are made of: numbers of now and before, who belongs where, and what peers reach."""

    now: Mapping[Key, Row]
    before: Mapping[Key, Row]
    shops: Mapping[Key, Row]
    people: Mapping[Subject, Person]
    industry: Mapping[tuple[str, str], Benchmark]
    team: Mapping[tuple[str, str], Benchmark]


def before(period: Period) -> Period:
    """The period of the same length that ends where this one begins."""
    return Period(period.first - (period.end - period.first), period.first)


def proposals(asked: Asked, kinds: Collection[str]) -> list[Row]:
    """One row per metric, subject and source of `kinds` there is for it, in that order; see `COLUMNS`.

    `target` and `gap` are in the metric's unit, None where nobody can set a target; `gap` is positive where there is
    some way to go. `needed` is by how much the numerator must rise (or fall, where lower is better) at least, with the
    rows of the period as they are; `worth` by how much the shop's own value changes with it, `worth_is` exact |
    at_most. `reason` is a `Text`. Raises InputError where a file shows itself to be damaged.
    """
    settings = asked.settings
    aimed = tuple(metric for metric in settings.metrics if settings.better(metric) != "neither")
    asked = replace(asked, settings=settings.model_copy(update={"metrics": aimed}))
    known = _known(asked, kinds)
    sources = [source for kind in KINDS if kind in kinds for source in KINDS[kind]]
    by_name = {metric.name: metric for metric in aimed}
    return [
        row
        for (name, subject) in known.now
        for source in sources
        for row in _proposed(asked, known, by_name[name], subject, source)
    ]


def _known(asked: Asked, kinds: Collection[str]) -> Known:
    people = _people(asked)
    now = _by_key(report(asked))
    shops = now if asked.judged == "shop" else _by_key(report(replace(asked, judged="shop")))
    past = _by_key(report(replace(asked, period=before(asked.period)))) if "past" in kinds else {}
    of_agents = asked.judged == "agent" and "team" in kinds
    settings, categories = asked.settings, _categories(asked)
    return Known(
        now, past, shops, people,
        benchmarks(list(_taking(settings, shops, categories))) if "industry" in kinds else {},
        benchmarks(list(_taking(settings, now, {key: team(person) for key, person in people.items()})))
        if of_agents
        else {},
    )  # fmt: skip


def team(person: Person) -> str | None:
    """Whom an agent is compared with: the shop and the role, unknown ones among themselves."""
    return None if person.shop is None else f"{person.shop}\n{person.role or ''}"


def _by_key(rows: list[Row]) -> dict[Key, Row]:
    return {(row["metric"], row["subject_id"]): row for row in rows}


def _categories(asked: Asked) -> dict[Subject, str | None]:
    return {row["shop_id"]: row["category"] for row in _rows(asked, "shops", "shop_id", "category")}


def _rows(asked: Asked, table: str, *columns: str) -> list[Row]:
    events = asked.events
    rows = events.copies[table] if table in events.copies else events.engine.backend.table(table)
    found: list[Row] = events.engine.arrow(rows.select(*columns)).to_pylist()
    return found


def _people(asked: Asked) -> dict[Subject, Person]:
    categories = _categories(asked)
    if asked.judged == "shop":
        return {shop: Person(shop, None, category) for shop, category in categories.items()}
    rows = _rows(asked, "agents", "agent_id", "shop_id", "role")
    return {row["agent_id"]: Person(row["shop_id"], row["role"], categories.get(row["shop_id"])) for row in rows}


def _taking(settings: Settings, rows: Mapping[Key, Row], groups: Mapping[Subject, str | None]) -> Iterator[Taking]:
    """Those with enough to be compared with."""
    better = {metric.name: settings.better(metric) for metric in settings.metrics}
    for (metric, subject), row in rows.items():
        number, group = number_of(row), groups.get(subject)
        if row["status"] == "ok" and number is not None and number.value is not None and group is not None:
            yield Taking(metric, group, number.value, better[metric])


@dataclass(frozen=True)
class Aim:
    """A goal, where anybody can set one, with the reason, and how many peers set it."""

    goal: Goal | None
    reasons: tuple[Text, ...]
    peers: int | None = None


def _proposed(asked: Asked, known: Known, metric: Metric, subject: Subject, source: Source) -> Iterator[Row]:
    person = known.people.get(subject, Person(None, None, None))
    row = known.now[metric.name, subject]
    aim = _aim(asked, known, metric, (subject, person), source)
    if aim is None:
        return
    line: Row = {name: row[name] for name in ("metric", "subject_id", "value", "numerator", "denominator", "status")}
    line |= {"source": source, "unit": row["unit"], "peers": aim.peers}
    line |= {"shop_id": person.shop, "role": person.role, "category": person.category}
    reasons = [*aim.reasons]
    if aim.goal is not None:
        more, words = _measured(asked, known, metric, (row, person), aim.goal)
        line, reasons = line | more, [*reasons, *words]
    if row["status"] == "below_minimum":
        reasons = [*reasons, FEW]
    yield {name: line.get(name) for name in COLUMNS} | {"reason": joined(reasons)}


def _aim(asked: Asked, known: Known, metric: Metric, whose: tuple[Subject, Person], source: Source) -> Aim | None:
    """What a source proposes; None where it is no source for such a subject or metric."""
    side: Bound = "at_most" if asked.settings.better(metric) == "lower" else "at_least"
    if source == "platform":
        return _required(asked.settings, metric)
    if source == "past":
        return _past(known.before.get((metric.name, whose[0])), side)
    if source.startswith("team") and asked.judged != "agent":
        return None
    return _of_peers(known, metric, whose, source, side)


def _required(settings: Settings, metric: Metric) -> Aim | None:
    rule = metric.requirement
    if rule is None:
        return None
    said = required((rule.bound, rule.value), rule.says, _grade(settings, metric))
    return Aim(Goal(millionths(rule.value), rule.bound), (said,))


def _past(row: Row | None, side: Bound) -> Aim:
    number = None if row is None else number_of(row)
    if row is None or number is None or number.value is None:
        return Aim(None, (NOBODY["past"],))
    few = (PAST_FEW,) if row["status"] == "below_minimum" else ()
    return Aim(Goal(number.value, side), (because("past", "", 1, (side, _decimal(number.value))), *few))


def _of_peers(known: Known, metric: Metric, whose: tuple[Subject, Person], source: Source, side: Bound) -> Aim:
    """What peers reach; who has no peer but itself has none."""
    kind, person = source.partition("_")[0], whose[1]
    group = person.category if kind == "industry" else team(person)
    mark = (known.industry if kind == "industry" else known.team).get((metric.name, group or ""))
    if mark is None or group is None or mark.peers - _takes_part(known, metric, whose, kind) < 1:
        return Aim(None, (NOBODY[kind],), 0)
    value = mark.mean if source.endswith("mean") else mark.best10
    shown = group if kind == "industry" else ""
    return Aim(Goal(value, side), (because(source, shown, mark.peers, (side, _decimal(value))),), mark.peers)


def _takes_part(known: Known, metric: Metric, whose: tuple[Subject, Person], kind: str) -> int:
    """1 where the subject, or its shop, is one of those compared: alone it is nobody's peer."""
    subject, person = whose
    rows, key = (known.now, subject) if kind == "team" else (known.shops, person.shop)
    row = rows.get((metric.name, key)) if key is not None else None
    return int(row is not None and row["status"] == "ok")


def _measured(
    asked: Asked, known: Known, metric: Metric, whose: tuple[Row, Person], goal: Goal
) -> tuple[dict[str, Any], list[Text]]:
    """The columns of gap and worth, and their words."""
    row, person = whose
    unit = row["unit"]
    columns: dict[str, Any] = {"target": _decimal(goal.target), "bound": goal.bound}
    number = number_of(row)
    if number is None or number.value is None:
        return columns, [NO_DATA]
    measure = asked.settings.measure(metric)
    by = needed(number, goal)
    shop_row = known.shops.get((metric.name, person.shop)) if person.shop is not None else None
    shop: Number | None = number_of(shop_row) if shop_row is not None else None
    change, how = worth(shop, goal, by), reached(measure.fact) if asked.judged == "agent" else "exact"
    amount = None if by is None else _decimal(by).quantize(_CENT) if unit == "money" else Decimal(by)
    whole = by if unit != "money" else amount
    columns |= {"gap": _decimal(goal.gap(number.value)), "met": by == 0, "needed": whole}
    words = [closing(measure.fact, unit, amount, upwards=goal.upwards)]
    if by and change is not None:
        columns |= {"worth": _decimal(change), "worth_is": how}
        words.append(gained(_decimal(change), how))
    return columns, words


def _grade(settings: Settings, metric: Metric) -> str:
    leaf = Leaf((("metrics",), (metric.id,), ("requirement",), ("value",)))
    found = [source.grade for source in settings.sources if any(leaf.met_by(pattern) for pattern in source.covers)]
    return min(found, key="SAB".index) if found else "X"


def _decimal(millionths: int) -> Decimal:
    return Decimal(millionths).scaleb(-6)
