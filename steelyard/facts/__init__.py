"""One row per thing: order, case, session, product on the shelf; built from what was known before a day.

`Past` is the events as known on that day. Each fact function takes it with the uses (which indicator needs which
evidence) and returns one table per kind of thing, every use's evidence joined in one pass.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import ibis
import ibis.expr.types as ir

from steelyard.events.contract import ARRIVED_AT, CONTRACT, IdType
from steelyard.events.exclusions import Acting, in_force, reasons
from steelyard.windows import known_before, midnight

STATES = "states"
"""The table of states on an engine."""


@dataclass(frozen=True)
class Past:
    """The events folder as known on the morning of `day`."""

    day: date
    id_type: IdType
    present: frozenset[str]
    has_states: bool = False
    """Whether the table `states` was given: what assessments over time have made of subjects."""

    def table(self, name: str) -> ir.Table:
        """All rows of an event table, known or not."""
        return ibis.table(CONTRACT[name].schema(self.id_type), name=name)

    def rows(self, name: str) -> ir.Table:
        """The rows that existed and had arrived before the day; `known_at` is the later of the two times."""
        table = self.table(name)
        own = table[CONTRACT[name].own_time]
        now = ibis.literal(midnight(self.day))
        known_at = ibis.greatest(own, ibis.coalesce(table[ARRIVED_AT], own))
        return table.filter(own < now, table[ARRIVED_AT].isnull() | (table[ARRIVED_AT] < now)).mutate(known_at=known_at)

    def masked(self, table: ir.Table, *columns: str) -> ir.Table:
        """`table` with those times NULL where they had not happened yet."""
        return table.mutate(**{column: known_before(self.day, table[column]) for column in columns})

    def states(self, name: str) -> ir.Table:
        """The value of the state `name` that stands on the day: `subject_id`, `value`."""
        table = ibis.table(states_schema(self.id_type), name=STATES)
        day = ibis.literal(self.day)
        begun = table.filter(table["name"] == name, table.from_on <= day)
        stands = begun.filter(begun.to_on.isnull() | (begun.to_on > day))
        return stands.group_by("subject_id").agg(value=stands.value.max())

    def standing(self, table: ir.Table, name: str, acting: Acting) -> ir.Table:
        """Evidence rows of `table` that no exclusion of theirs removes."""
        if "exclusions" not in self.present:
            return table
        excluded = in_force(self.table("exclusions"), self.day)
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
    active = in_force(past.table("exclusions"), past.day)
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
