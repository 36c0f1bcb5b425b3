"""Rows that must not count: which exclusions act on which indicator as of a day."""

from collections.abc import Mapping
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

VOLUME = "volume"
"""Stands for the minimum volume of a scorecard: only exclusions from every indicator act on it."""


@dataclass(frozen=True)
class Acting:
    """Which exclusions act on one indicator, by the rule of its scorecard."""

    indicator: str
    """The name an exclusion must give, if it gives any."""
    limited: frozenset[str] = frozenset()
    """Reasons that act on some indicators only, and never on what hangs on the row."""
    allowed: frozenset[str] = frozenset()
    """Those of `limited` that act on this one."""
    evidence_only: frozenset[str] = frozenset()
    """Reasons that take away what counts against the subject, while the row itself stays."""

    def on_row(self, exclusions: ir.Table) -> ir.BooleanValue:
        """Whether each exclusion removes its own row."""
        return self.on_evidence(exclusions) & ~self._reason_in(exclusions, self.evidence_only)

    def on_evidence(self, exclusions: ir.Table) -> ir.BooleanValue:
        """Whether each exclusion removes its row where it is evidence for another."""
        return self._named(exclusions) & ~self._reason_in(exclusions, self.limited - self.allowed)

    def on_what_hangs(self, exclusions: ir.Table) -> ir.BooleanValue:
        """Whether each exclusion of an order removes the cases, sessions … of that order."""
        return self._named(exclusions) & ~self._reason_in(exclusions, self.limited)

    @staticmethod
    def _reason_in(exclusions: ir.Table, reasons: frozenset[str]) -> ir.BooleanValue:
        return exclusions.reason.isin(sorted(reasons)) if reasons else ibis.literal(False)

    def _named(self, exclusions: ir.Table) -> ir.BooleanValue:
        everywhere = exclusions.indicator.isnull()
        return everywhere if self.indicator == VOLUME else everywhere | (exclusions.indicator == self.indicator)


def in_force(exclusions: ir.Table, now: ir.TimestampValue) -> ir.Table:
    """The exclusions decided and known before the instant `now` and not revoked before it."""
    return exclusions.filter(
        exclusions.decided_at < now,
        exclusions.arrived_at.isnull() | (exclusions.arrived_at < now),
        exclusions.revoked_at.isnull() | (exclusions.revoked_at >= now),
    )


def reasons(exclusions: ir.Table, table: str, actings: Mapping[str, Acting], *, hanging: bool) -> ir.Table:
    """One row per excluded row of `table`: `row_id` and, per column of `actings`, the reason it is out, or NULL.

    `hanging` asks what the exclusion means for rows that hang on the excluded one.
    """
    rows = exclusions.filter(exclusions.table == table)
    return rows.group_by("row_id").agg(
        **{
            column: rows.reason.min(where=acting.on_what_hangs(rows) if hanging else acting.on_row(rows))
            for column, acting in actings.items()
        }
    )
