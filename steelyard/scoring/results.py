"""Results: the tables of the result contract, from the steps; exact decimals instead of millionths."""

from collections.abc import Sequence
from datetime import date

import ibis
import ibis.expr.types as ir

from steelyard.fixed import shown
from steelyard.scorecards.model import Gate, Scorecard

TABLES = ("scores", "dimensions", "indicators", "adjustments", "effects")
"""The tables a score writes; each starts with `scorecard`, `version`, `as_of`, `subject_id`."""


def _headed(rows: ir.Table, scorecard: Scorecard, day: date, columns: dict[str, ir.Value]) -> ir.Table:
    return rows.select(
        scorecard=ibis.literal(scorecard.id),
        version=ibis.literal(scorecard.version),
        as_of=ibis.literal(day),
        subject_id=rows.subject_id,
        **columns,
    )


def scores(totals: ir.Table, scorecard: Scorecard, day: date) -> ir.Table:
    """One row per subject."""
    columns = {
        "peer_group": totals.peer_group,
        "status": totals.scored.ifelse("scored", "insufficient"),
        "score": shown(totals.score, scorecard.scale.decimals),
        "raw_score": shown(totals.raw, 6),
        "band": totals.band,
        "peers": totals.peers,
        "peer_rank": totals.peer_rank,
        "gated_score": shown(totals.score, 6),
        "volume": totals.volume,
    }
    return _headed(totals, scorecard, day, columns)


def dimensions(rows: ir.Table, scorecard: Scorecard, day: date) -> ir.Table:
    """One row per subject and dimension."""
    columns = {
        "dimension": rows.dimension,
        "points": rows.scored.ifelse(shown(rows.points, 6), ibis.null("decimal(20, 6)")),
        "weight": shown(rows.weight_used, 6),
    }
    return _headed(rows, scorecard, day, columns)


def indicators(rows: ir.Table, scorecard: Scorecard, day: date) -> ir.Table:
    """One row per subject and indicator."""
    columns = {
        "dimension": rows.dimension,
        "indicator": rows.indicator,
        "numerator": rows.numerator,
        "denominator": rows.denominator,
        "value": shown(rows.value, 6),
        "points": shown(rows.points, 6),
        "weight": shown(rows.weight_used, 6),
        "status": rows.status,
        "peer_mean": shown(rows.peer_mean, 6),
        "peer_best10": shown(rows.peer_best10, 6),
        "peers": rows.peers,
        "not_better": rows.not_better,
        "peer_scope": rows.peer_scope,
    }
    return _headed(rows, scorecard, day, columns)


def adjustments(totals: ir.Table, scorecard: Scorecard, day: date) -> ir.Table | None:
    """One row per subject and gate that moved it; None for a scorecard without gates."""
    parts = [_adjusted(totals, scorecard, gate, day) for gate in scorecard.gates]
    return _union(parts)


def _adjusted(totals: ir.Table, scorecard: Scorecard, gate: Gate, day: date) -> ir.Table:
    rows = totals.filter(totals[f"{gate.id}__did"].notnull())
    later = scorecard.gates[scorecard.gates.index(gate) + 1 :]
    after = rows[f"{later[0].id}__before"] if later else rows.score
    columns = {
        "rule": ibis.literal(gate.id),
        "before": shown(rows[f"{gate.id}__before"], 6),
        "after": shown(after, 6),
        "reason": rows[f"{gate.id}__did"],
    }
    return _headed(rows, scorecard, day, columns)


def effects(rows: ir.Table, scorecard: Scorecard, day: date) -> ir.Table:
    """One row per subject and effect in force on the day."""
    columns = {
        "effect": rows.effect,
        "state": rows.state,
        "condition": rows.condition,
        "value": shown(rows.value, 6),
    }
    return _headed(rows, scorecard, day, columns)


def schema_of(table: str, id_type: str) -> ibis.Schema:
    """The schema of a result table that a scorecard leaves without any row."""
    head = {"scorecard": "string", "version": "string", "as_of": "date", "subject_id": id_type}
    rest = {
        "adjustments": {
            "rule": "string",
            "before": "decimal(20, 6)",
            "after": "decimal(20, 6)",
            "reason": "string",
        },
        "effects": {"effect": "string", "state": "string", "condition": "string", "value": "decimal(20, 6)"},
    }
    return ibis.schema(head | rest[table])


def _union(parts: Sequence[ir.Table]) -> ir.Table | None:
    if not parts:
        return None
    return ibis.union(parts[0], *parts[1:]) if len(parts) > 1 else parts[0]
