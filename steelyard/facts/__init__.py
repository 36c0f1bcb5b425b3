"""One row per thing: order, case, session, product on the shelf; built from what was known before a day.

`Past` is the events as known on that day. Each fact function takes it with the uses (which indicator needs which
evidence) and returns one table per kind of thing, every use's evidence joined in one pass.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import ibis
import ibis.expr.types as ir

from steelyard.events.contract import ARRIVED_AT, CONTRACT, IdType
from steelyard.events.exclusions import Exemptions, in_force, reasons
from steelyard.windows import known_before, midnight


@dataclass(frozen=True)
class Past:
    """The events folder as known on the morning of `day`."""

    day: date
    id_type: IdType
    present: frozenset[str]
    exemptions: Exemptions = field(default_factory=Exemptions)

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

    def without_excluded(self, table: ir.Table, name: str, indicator: str) -> ir.Table:
        """Evidence rows of `table` that no exclusion removes from `indicator`."""
        if "exclusions" not in self.present:
            return table
        excluded = in_force(self.table("exclusions"), self.day)
        acting = excluded.filter(excluded.table == name, self.exemptions.acts(excluded, indicator))
        return table.anti_join(acting, table[CONTRACT[name].key[0]] == acting.row_id)


@dataclass(frozen=True)
class Use:
    """One indicator's use of a fact: what it is called, the evidence it needs, the start of its window."""

    indicator: str
    needs: Mapping[str, object] = field(default_factory=dict)
    """Alias → evidence to join; its columns appear as `indicator__alias__column`."""
    since: datetime = datetime.min  # noqa: DTZ901 - the marketplace's wall clock has no zone


def excluded_column(indicator: str) -> str:
    """The fact column with the reason why a row is excluded from `indicator`, NULL where it is not."""
    return f"{indicator}__excluded"


def with_exclusions(
    past: Past, fact: ir.Table, own: tuple[str, str], uses: Sequence[Use], *, order_id: bool
) -> ir.Table:
    """`fact` with one column per use saying why its rows are excluded; `own` is (table, key column).

    With `order_id` what hangs on an excluded order is excluded too.
    """
    indicators = [use.indicator for use in uses]
    if "exclusions" not in past.present:
        return fact.mutate(**{excluded_column(name): ibis.null("string") for name in indicators})
    active = in_force(past.table("exclusions"), past.day)
    table, key = own
    joins = [(key, reasons(active, table, indicators, past.exemptions, hanging=False))]
    if order_id:
        joins.append(("order_id", reasons(active, "orders", indicators, past.exemptions, hanging=True)))
    for number, (column, excluded) in enumerate(joins):
        renamed = excluded.rename({f"x{number}__{name}": name for name in ("row_id", *indicators)})
        fact = fact.left_join(renamed, fact[column] == renamed[f"x{number}__row_id"])
    found = {name: [fact[f"x{number}__{name}"] for number in range(len(joins))] for name in indicators}
    fact = fact.mutate(**{excluded_column(name): ibis.coalesce(*columns) for name, columns in found.items()})
    return fact.drop([column for column in fact.columns if column.startswith(("x0__", "x1__"))])
