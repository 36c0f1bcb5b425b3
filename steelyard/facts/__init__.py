"""One row per thing: order, case, session, product on the shelf; built from what was known before a day.

`Past` is the events as known on that day. Each fact function takes it with the uses (which indicator needs which
evidence) and returns one table per kind of thing, every use's evidence joined in one pass.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

import ibis
import ibis.expr.types as ir

from steelyard.events.contract import ARRIVED_AT, CONTRACT, IdType
from steelyard.events.exclusions import Acting, in_force, reasons
from steelyard.windows import known_before, midnight

STATES = "states"
"""The table of states on an engine."""

HAPPENS: Mapping[str, tuple[str, ...]] = {
    "orders": ("grouped_at", "shipped_at", "collected_at", "delivered_at", "completed_at", "cancelled_at"),
    "reviews": ("removed_at",),
    "after_sales": (
        "reviewed_at",
        "last_reviewed_at",
        "pending_at",
        "handled_at",
        "awaiting_customer_at",
        "return_delivered_at",
        "completed_at",
        "platform_intervened_at",
    ),
    "sessions": ("ended_at", "rated_at"),
    "work_orders": ("closed_at",),
}
"""Times by table that come to a row later: until then they read as NULL. A promise or a due date is no such time."""


Judged = Literal["shop", "agent", "day"]
"""Who is counted for: each shop, each agent credited, or each calendar day of all shops together."""


@dataclass(frozen=True)
class History:
    """A table with the history of its rows in two parts: a join of both, over everything, is dear."""

    rows: ir.Table
    """All rows, with the time since which each is there."""
    fresh: ir.Table
    """Those of them with a time that has not passed: no other changes by itself."""
    gone: ir.Table | None
    """The key and that time of rows that have another in their place, and since when; None: no row has."""
    identity: tuple[str, ...]
    """The columns of the key."""


@dataclass(frozen=True)
class Past:
    """The events folder as known on the morning of `day`."""

    day: date
    id_type: IdType
    present: frozenset[str]
    has_states: bool = False
    """Whether the table `states` was given: what assessments over time have made of subjects."""
    known_on: date | None = None
    """The day whose knowledge counts: what had arrived, been decided and been removed by then. None: `day` itself."""
    copies: Mapping[str, ir.Table] = field(default_factory=dict, compare=False)
    """Tables to be read instead of those of the folder."""
    histories: Mapping[str, "History"] = field(default_factory=dict, compare=False)
    """Of copies that tell their history, the two parts it comes from."""
    law_on: date | None = None
    """The day whose catalogue of scenarios applies. None: `day` itself."""
    judged: Judged = "shop"
    """Who is counted for: the `subject_id` of facts."""

    def subject(self, rows: ir.Table) -> ir.Column:
        """The `subject_id` of rows that name a shop and an agent; of days, tallies take the day of the anchor."""
        return rows.agent_id if self.judged == "agent" else rows.shop_id

    @property
    def informed_on(self) -> date:
        """The day whose knowledge counts."""
        return self.known_on or self.day

    @property
    def catalogue_on(self) -> date:
        """The day whose catalogue of scenarios applies."""
        return self.law_on or self.day

    def table(self, name: str) -> ir.Table:
        """All rows of an event table, known or not."""
        return self.copies[name] if name in self.copies else ibis.table(CONTRACT[name].schema(self.id_type), name=name)

    def rows(self, name: str, *columns: str) -> ir.Table:
        """The rows that existed and had arrived before the day, times that had not happened yet NULL.

        `known_at` is the later of a row's own time and its arrival; its own, where it arrived only after the day and
        the knowledge of a later one counts.

        Of `columns` and what decides the rest, or of all: whoever needs few of a large table should name them, as what
        is read alike in several places is kept whole.
        """
        table = self.table(name)
        if columns:
            table = table.select(*dict.fromkeys((*columns, CONTRACT[name].own_time, ARRIVED_AT)))
        own = table[CONTRACT[name].own_time].cast("timestamp")
        now, informed = ibis.literal(midnight(self.day)), ibis.literal(midnight(self.informed_on))
        known = table.filter(own < now, table[ARRIVED_AT].isnull() | (table[ARRIVED_AT] < informed))
        later = {column: known_before(self.day, known[column]) for column in HAPPENS.get(name, ()) if column in known}
        if name == "reviews" and "removed_at" in known:
            later["removed_at"] = known_before(self.informed_on, known.removed_at)
        own = known[CONTRACT[name].own_time].cast("timestamp")
        arrived = ibis.coalesce(known_before(self.day, known[ARRIVED_AT]), own)
        return known.mutate(**later, known_at=ibis.greatest(own, arrived))

    def in_force(self) -> ir.Table:
        """The exclusions that stand."""
        return in_force(self.table("exclusions"), ibis.literal(midnight(self.informed_on)))

    def in_force_at(self, exclusions: ir.Table, now: ir.TimestampValue) -> ir.Table:
        """Those of `exclusions` that stand at the instant `now` of their row, or on the day whose knowledge counts."""
        return in_force(exclusions, now if self.known_on is None else ibis.literal(midnight(self.known_on)))

    def states(self, name: str, days: ir.Table) -> ir.Table:
        """The value of the state `name` on each day of the column `stands_on`: `stands_on`, `subject_id`, `value`."""
        table = ibis.table(states_schema(self.id_type), name=STATES)
        of_name = table.filter(table["name"] == name)
        begun = of_name.join(days, of_name.from_on <= days.stands_on)
        stands = begun.filter(begun.to_on.isnull() | (begun.to_on > begun.stands_on))
        return stands.group_by("stands_on", "subject_id").agg(value=stands.value.max())

    def standing(self, table: ir.Table, name: str, acting: Acting) -> ir.Table:
        """Evidence rows of `table` that no exclusion of theirs removes."""
        if "exclusions" not in self.present:
            return table
        excluded = self.in_force()
        removing = excluded.filter(excluded.table == name, acting.on_evidence(excluded))
        return table.anti_join(removing, table[CONTRACT[name].key[0]] == removing.row_id)


def states_schema(id_type: IdType) -> ibis.Schema:
    """The table of states: who, which state, its value, from which day on, and the first day it is over (or NULL)."""
    return ibis.schema({"subject_id": id_type, "name": "string", "value": "string", "from_on": "date", "to_on": "date"})


@dataclass(frozen=True)
class Use:
    """One question's use of a fact: the prefix of its columns, the evidence it needs, what excludes rows from it."""

    name: str
    acting: Acting
    needs: Mapping[str, Hashable] = field(default_factory=dict)
    """Alias → evidence to join; its columns appear as `name__alias__column`."""
    since: datetime = datetime.min  # noqa: DTZ901 - the marketplace's wall clock has no zone
    """The start of the window: rows that lie before it count nothing."""
    until: datetime = datetime(9999, 1, 1)
    """The end of the window: rows that lie at it or later count nothing, but may be evidence."""


@dataclass(frozen=True)
class Shared:
    """Evidence that several uses need alike: found once, under a name of its own."""

    prefix: str
    need: Hashable
    acting: Acting
    since: datetime
    columns: tuple[str, ...]
    """The prefixes `name__alias` under which it is wanted."""


def shared_needs(uses: Sequence[Use]) -> list[Shared]:
    """What all uses need, each evidence once, from the earliest start of the windows that want it."""
    wanted: dict[tuple[Hashable, Acting], list[tuple[str, datetime]]] = {}
    for use in uses:
        for alias, need in use.needs.items():
            wanted.setdefault((need, use.acting), []).append((f"{use.name}__{alias}", use.since))
    return [
        Shared(f"found{number}", need, acting, min(since for _, since in by), tuple(column for column, _ in by))
        for number, ((need, acting), by) in enumerate(wanted.items())
    ]


def under_own_names(fact: ir.Table, shared: Sequence[Shared]) -> ir.Table:
    """`fact` with the columns of shared evidence under the names its users gave them."""
    own = {
        f"{name}{column.removeprefix(each.prefix)}": fact[column]
        for each in shared
        for column in fact.columns
        if column.startswith(f"{each.prefix}__")
        for name in each.columns
    }
    prefixes = tuple(f"{each.prefix}__" for each in shared)
    kept = [column for column in fact.columns if not column.startswith(prefixes)] if prefixes else fact.columns
    return fact.select(*kept, **own)


def excluded_column(name: str) -> str:
    """The fact column with the reason why a row is excluded from the use called `name`, NULL where it is not."""
    return f"{name}__excluded"


def with_exclusions(
    past: Past, fact: ir.Table, own: tuple[str, str], uses: Sequence[Use], *, order_id: bool
) -> ir.Table:
    """`fact` with one column per use saying why its rows are excluded; `own` is (table, key column).

    With `order_id` what hangs on an excluded order is excluded too.
    """
    if "exclusions" not in past.present:
        return fact.mutate(**{excluded_column(use.name): ibis.null("string") for use in uses})
    distinct = list(dict.fromkeys(use.acting for use in uses))
    columns = {f"because{number}": acting for number, acting in enumerate(distinct)}
    active = past.in_force()
    table, key = own
    joins = [(key, reasons(active, table, columns, hanging=False))]
    if order_id:
        joins.append(("order_id", reasons(active, "orders", columns, hanging=True)))
    for number, (column, excluded) in enumerate(joins):
        renamed = excluded.rename({f"x{number}__{name}": name for name in ("row_id", *columns)})
        fact = fact.left_join(renamed, fact[column] == renamed[f"x{number}__row_id"])
    found = {
        acting: ibis.coalesce(*(fact[f"x{number}__{name}"] for number in range(len(joins))))
        for name, acting in columns.items()
    }
    fact = fact.mutate(**{excluded_column(use.name): found[use.acting] for use in uses})
    return fact.drop([column for column in fact.columns if column.startswith(("x0__", "x1__"))])
