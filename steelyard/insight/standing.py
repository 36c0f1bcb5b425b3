"""What a subject may and may not do: its effects, since when, why, and what would lift them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import ibis

from steelyard.events.check import Events
from steelyard.scorecards.consequences import Effect
from steelyard.scorecards.model import Scorecard
from steelyard.scorecards.rule import Text
from steelyard.scoring.running import Result
from steelyard.scoring.wording import Judged, condition_in_words, lifting

Row = Mapping[str, Any]

TABLES = ("scores", "dimensions", "indicators", "observed", "effects")
"""The result tables that tell how a subject stands."""


@dataclass(frozen=True)
class Placed:
    """A product that is in an activity."""

    product_id: str | int
    activity: str
    from_on: date


@dataclass(frozen=True)
class Standing:
    """One effect for one subject on one day."""

    scorecard: Scorecard
    subject: str | int
    effect: Effect
    state: str
    """holds | does_not_hold | not_assessed | not_set"""
    since: date
    """The first day of the unbroken run of days with this state, within the days looked at."""
    or_earlier: bool
    """Whether that run reaches back to the first day looked at."""
    conditions: tuple[Text, ...]
    """Each condition with the value beside its bound."""
    lift: tuple[Text, ...]
    """What would end the restriction, any one of them, or give the right, all of them."""
    reason: str | None
    """What decides, as the results say it."""
    value: Decimal | None
    """What the first condition judged."""
    goods: tuple[Placed, ...] = ()
    """The subject's goods in the activity it concerns."""

    @property
    def allowed(self) -> bool | None:
        """Whether the subject is as free as it can be; None where nobody knows, and for mere advice."""
        if self.state not in ("holds", "does_not_hold") or self.effect.kind == "advice":
            return None
        return (self.state == "holds") is (self.effect.kind == "right")


@dataclass(frozen=True)
class Seen:
    """What results of one scorecard and day say of the subjects asked for."""

    scorecard: Scorecard
    day: date
    tables: Mapping[str, Sequence[Row]]


def seen(result: Result, subject: str | int | None, names: Sequence[str] = TABLES) -> Seen:
    """The rows of a score that tell how `subject` stands, or all subjects; of the tables in `names`."""
    tables = {name: result.tables[name] for name in names}
    if subject is not None:
        tables = {
            name: table.filter(table.subject_id == ibis.literal(subject, table.subject_id.type()))
            for name, table in tables.items()
        }
    rows = {name: result.engine.arrow(table).to_pylist() for name, table in tables.items()}
    return Seen(result.scorecard, result.day, rows | {"states": _states(result, subject)})


def _states(result: Result, subject: str | int | None) -> list[Row]:
    """The states that conditions speak of: `subject_id`, `name`, `value`."""
    spoken = {condition.of for effect in result.scorecard.effects for condition in effect.when}
    names = sorted(of.partition(".")[2] for of in spoken if of.startswith("state."))
    found: list[Row] = []
    for name in names if result.past.has_states else ():
        days = result.tables["scores"].select(stands_on="as_of").distinct()
        table = result.past.states(name, days).drop("stands_on")
        if subject is not None:
            table = table.filter(table.subject_id == ibis.literal(subject, table.subject_id.type()))
        found += [{**row, "name": name} for row in result.engine.arrow(table).to_pylist()]
    return found


def standings(history: Sequence[Seen], effect: str | None = None) -> list[Standing]:
    """How the subjects stand on the last day of `history`, whose days are in order without a gap.

    One for every subject and effect that exists that day, or for the effect asked for, in the order of the scorecard.
    Effects of the same name under an earlier version are the same effect.
    """
    if not history:
        return []
    today = history[-1]
    judged = _judged(today)
    states = [{(row["subject_id"], row["effect"]): row["state"] for row in each.tables["effects"]} for each in history]
    rows = {(row["subject_id"], row["effect"]): row for row in today.tables["effects"]}
    found = []
    for wanted in today.scorecard.effects:
        for subject in sorted({key[0] for key in rows}):
            key = (subject, wanted.id)
            if key in rows and effect in (None, wanted.id):
                run = unbroken([state.get(key) for state in states])
                since, or_earlier = history[-run].day, run == len(history)
                found.append(
                    _standing(today.scorecard, wanted, rows[key], judged.get(subject, {}), (since, or_earlier))
                )
    return found


def unbroken(states: Sequence[str | None]) -> int:
    """How many of the last days have the state of the last one.

    >>> unbroken(["holds", "does_not_hold", "holds", "holds"])
    2
    """
    run = 0
    for state in reversed(states):
        if state != states[-1]:
            break
        run += 1
    return run


def _standing(card: Scorecard, effect: Effect, row: Row, judged: Judged, since: tuple[date, bool]) -> Standing:
    known = row["state"] in ("holds", "does_not_hold")
    return Standing(
        card,
        row["subject_id"],
        effect,
        row["state"],
        *since,
        tuple(condition_in_words(card, condition, judged) for condition in effect.when),
        lifting(card, effect, judged) if known else (),
        row["reason"],
        row["value"],
    )


def _judged(today: Seen) -> dict[str | int, dict[str, Decimal | str | None]]:
    """Per subject what conditions may speak of; nothing where there is no score."""
    found: dict[str | int, dict[str, Decimal | str | None]] = {}
    for row in today.tables["scores"]:
        found[row["subject_id"]] = {"score": row["gated_score"], "band": row["band"]}
    for row in today.tables["dimensions"]:
        found[row["subject_id"]][f"dimension.{row['dimension']}"] = row["points"]
    for row in [*today.tables["indicators"], *today.tables["observed"]]:
        value = row["value"] if row["status"] == "ok" else None
        found[row["subject_id"]][f"indicator.{row['indicator']}"] = value
    for row in today.tables.get("states", ()):
        found[row["subject_id"]][f"state.{row['name']}"] = row["value"]
    return found


def with_goods(found: Iterable[Standing], events: Events, day: date) -> Iterator[Standing]:
    """The standings with the subject's goods that are in the activity of each on `day`, by product.

    The events must have been opened with their `placements`.
    """
    kept = list(found)
    activities = sorted({each.effect.activity for each in kept if each.effect.activity})
    rows: list[Row] = []
    if activities and "placements" in events.present:
        table = events.engine.backend.table("placements")
        here = table.filter(table.activity.isin(activities), table.from_on <= day)
        here = here.filter(here.to_on.isnull() | (here.to_on > day))
        rows = events.engine.arrow(here.select("shop_id", "product_id", "activity", "from_on")).to_pylist()
    for each in kept:
        goods = [
            Placed(row["product_id"], row["activity"], row["from_on"])
            for row in rows
            if row["shop_id"] == each.subject and row["activity"] == each.effect.activity
        ]
        yield replace(each, goods=tuple(sorted(goods, key=lambda placed: (placed.product_id, placed.from_on))))
