"""The fact `served`: one row per session and per complaint about an agent, to set complaints against buyers served."""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis
import ibis.expr.types as ir

from steelyard.facts import Past, Use, excluded_column, with_exclusions
from steelyard.facts.clocks import not_in_phases

_COLUMNS = ("row_id", "shop_id", "agent_id", "buyer_id", "phase", "handled_by", "own_at", "complaint", "upheld")


@dataclass(frozen=True)
class Buyers:
    """Whose sessions serve: those of other phases (where any are named) and of these handlers are `out`."""

    phases: tuple[str, ...] = ()
    left_out_handlers: tuple[str, ...] = ("bot",)

    def out(self, rows: ir.Table) -> ir.BooleanValue:
        """Whether a row is of another phase, or a session of those handlers."""
        handled = ~rows.complaint & rows.handled_by.isin(self.left_out_handlers).fill_null(False)
        return handled | not_in_phases(rows.phase, self.phases) if self.phases else handled


def served(past: Past, uses: Sequence[Use]) -> ir.Table:
    """One row per session begun and complaint about an agent made in the window, with `PREFIX__out`.

    `complaint` tells them apart; the phase of a complaint is that of the buyer's last session with the shop before it.
    """
    since, until = (ibis.literal(edge) for edge in (min(use.since for use in uses), max(use.until for use in uses)))
    sessions = past.rows("sessions")
    begun = sessions.filter(sessions.started_at >= since, sessions.started_at < until)
    begun = with_exclusions(past, begun, ("sessions", "session_id"), uses, order_id=True)
    complaints = past.rows("complaints")
    made = complaints.filter(complaints.about == "agent", complaints.created_at >= since, complaints.created_at < until)
    made = with_exclusions(past, _with_phase(made, sessions), ("complaints", "complaint_id"), uses, order_id=True)
    out = [excluded_column(use.name) for use in uses]
    yes = ibis.literal("session ") + begun.session_id.cast("string")
    begun = begun.mutate(row_id=yes, own_at=begun.started_at, complaint=False, upheld=ibis.null("boolean"))
    named = ibis.literal("complaint ") + made.complaint_id.cast("string")
    made = made.mutate(row_id=named, own_at=made.created_at, complaint=True, handled_by=ibis.null("string"))
    fact = begun.select(*_COLUMNS, *out).union(made.select(*_COLUMNS, *out))
    fact = fact.mutate(subject_id=past.subject(fact))
    columns: dict[str, ir.Value] = {}
    for use in uses:
        for alias, need in use.needs.items():
            if not isinstance(need, Buyers):
                raise TypeError(f"{use.name}__{alias} needs {need!r}, which buyers served cannot give")
            columns |= {f"{use.name}__{alias}__out": need.out(fact)}
    return fact.mutate(**columns)


def _with_phase(complaints: ir.Table, sessions: ir.Table) -> ir.Table:
    before = sessions.select("phase", of_shop="shop_id", of_buyer="buyer_id", began_at="started_at", which="session_id")
    same = [
        complaints.shop_id == before.of_shop,
        complaints.buyer_id == before.of_buyer,
        before.began_at <= complaints.created_at,
    ]
    pairs = complaints.select("complaint_id", "shop_id", "buyer_id", "created_at").inner_join(before, same)
    latest = ibis.struct({"at": pairs.began_at, "which": pairs.which, "phase": pairs.phase.fill_null("")})
    found = pairs.group_by(of_complaint="complaint_id").agg(latest=latest.max())
    found = found.select("of_complaint", phase=found.latest["phase"])
    return complaints.left_join(found, complaints.complaint_id == found.of_complaint)
