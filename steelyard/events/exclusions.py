"""Rows that must not count: which exclusions act on which indicator as of a day."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import ibis
import ibis.expr.types as ir

from steelyard.windows import midnight

VOLUME = "volume"
"""Stands for the minimum volume of a scorecard: only exclusions from every indicator act on it."""


@dataclass(frozen=True)
class Exemptions:
    """Reasons whose exclusions act on some indicators only, and never on what hangs on the row."""

    indicators: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Reason → the indicators it can act on."""

    def acts(self, exclusions: ir.Table, indicator: str) -> ir.BooleanValue:
        """Whether each exclusion removes its own row from `indicator`."""
        allowed = [reason for reason, indicators in self.indicators.items() if indicator in indicators]
        on_all = self.acts_on_what_hangs(exclusions, indicator)
        return on_all | (self._named(exclusions, indicator) & exclusions.reason.isin(allowed)) if allowed else on_all

    def acts_on_what_hangs(self, exclusions: ir.Table, indicator: str) -> ir.BooleanValue:
        """Whether each exclusion of an order removes the cases, sessions … of that order from `indicator`."""
        return self._named(exclusions, indicator) & ~self._exempt(exclusions)

    def _exempt(self, exclusions: ir.Table) -> ir.BooleanValue:
        if not self.indicators:
            return ibis.literal(False)
        return exclusions.reason.isin(sorted(self.indicators))

    @staticmethod
    def _named(exclusions: ir.Table, indicator: str) -> ir.BooleanValue:
        everywhere = exclusions.indicator.isnull()
        return everywhere if indicator == VOLUME else everywhere | (exclusions.indicator == indicator)


def in_force(exclusions: ir.Table, day: date) -> ir.Table:
    """The exclusions decided and known before `day` and not revoked before it."""
    now = ibis.literal(midnight(day))
    return exclusions.filter(
        exclusions.decided_at < now,
        exclusions.arrived_at.isnull() | (exclusions.arrived_at < now),
        exclusions.revoked_at.isnull() | (exclusions.revoked_at >= now),
    )


def reasons(
    exclusions: ir.Table, table: str, indicators: Sequence[str], exemptions: Exemptions, *, hanging: bool
) -> ir.Table:
    """One row per excluded row of `table`: `row_id` and, per indicator, the reason it is out, or NULL.

    `hanging` asks what the exclusion means for rows that hang on the excluded one.
    """
    rows = exclusions.filter(exclusions.table == table)
    acts = exemptions.acts_on_what_hangs if hanging else exemptions.acts
    return rows.group_by("row_id").agg(
        **{indicator: rows.reason.min(where=acts(rows, indicator)) for indicator in indicators}
    )
