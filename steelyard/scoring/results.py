"""Results: the tables of the result contract, from the steps; exact decimals instead of millionths."""

from datetime import date

import ibis
import ibis.expr.types as ir

from steelyard.fixed import shown
from steelyard.scorecards.consequences import Adjustment, Gate
from steelyard.scorecards.model import Scorecard

TABLES = ("scores", "dimensions", "indicators", "observed", "adjustments", "effects")
"""The tables a score writes; each starts with `scorecard`, `version`, `as_of`, `subject_id`."""


def _headed(rows: ir.Table, scorecard: Scorecard, columns: dict[str, ir.Value]) -> ir.Table:
    return rows.select(
        scorecard=ibis.literal(scorecard.id),
        version=ibis.literal(scorecard.version),
        as_of=rows.as_of,
        subject_id=rows.subject_id,
        **columns,
    )


def scores(totals: ir.Table, scorecard: Scorecard) -> ir.Table:
    """One row per day and subject."""
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
        "peer_difference": shown(totals.peer_difference, 6),
        "preview": _is_early(totals, scorecard),
    }
    return _headed(totals, scorecard, columns)


def dimensions(rows: ir.Table, scorecard: Scorecard) -> ir.Table:
    """One row per subject and dimension."""
    columns = {
        "dimension": rows.dimension,
        "points": rows.scored.ifelse(shown(rows.points, 6), ibis.null("decimal(20, 6)")),
        "weight": shown(rows.weight_used, 6),
    }
    return _headed(rows, scorecard, columns)


def indicators(rows: ir.Table, scorecard: Scorecard) -> ir.Table:
    """One row per subject and indicator."""
    rows = rows.filter(rows.dimension.notnull())
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
        "policy": rows.policy,
        "peer_difference": shown(rows.peer_difference, 6),
    }
    return _headed(rows, scorecard, columns)


def observed(rows: ir.Table, scorecard: Scorecard) -> ir.Table:
    """One row per subject and observed value: measured, compared, without points."""
    rows = rows.filter(rows.dimension.isnull())
    columns = {
        "indicator": rows.indicator,
        "numerator": rows.numerator,
        "denominator": rows.denominator,
        "value": shown(rows.value, 6),
        "status": rows.status,
        "peer_mean": shown(rows.peer_mean, 6),
        "peer_best10": shown(rows.peer_best10, 6),
        "peers": rows.peers,
        "not_better": rows.not_better,
        "peer_scope": rows.peer_scope,
    }
    return _headed(rows, scorecard, columns)


def is_preview(scorecard: Scorecard, day: date) -> bool:
    """Whether the version is not yet in force on `day`: its score touches nothing."""
    return scorecard.effective_from is not None and day < scorecard.effective_from


def _is_early(rows: ir.Table, scorecard: Scorecard) -> ir.BooleanValue:
    """As `is_preview`, of the day of each row."""
    if scorecard.effective_from is None:
        return ibis.literal(False)
    return rows.as_of < ibis.literal(scorecard.effective_from)


def adjustments(totals: ir.Table, dimensions: ir.Table, scorecard: Scorecard) -> ir.Table | None:
    """One row per subject and gate that moved it or was suspended, and per dimension an adjustment met.

    `rule` is the gate's id, or `ADJUSTMENT.DIMENSION`; `reason` demoted | reranked | suspended, or the degree. None
    for a scorecard that has neither.
    """
    parts = [_gate_rows(totals, scorecard, gate) for gate in scorecard.gates]
    parts += [_adjustment_rows(dimensions, scorecard, adjustment) for adjustment in scorecard.adjustments]
    if not parts:
        return None
    return ibis.union(parts[0], *parts[1:]) if len(parts) > 1 else parts[0]


def _gate_rows(totals: ir.Table, scorecard: Scorecard, gate: Gate) -> ir.Table:
    rows = totals.filter(totals[f"{gate.id}__did"].notnull())
    later = scorecard.gates[scorecard.gates.index(gate) + 1 :]
    after = rows[f"{later[0].id}__before"] if later else rows.score
    columns = {
        "rule": ibis.literal(gate.id),
        "before": shown(rows[f"{gate.id}__before"], 6),
        "after": shown(after, 6),
        "reason": rows[f"{gate.id}__did"],
    }
    return _headed(rows, scorecard, columns)


def _adjustment_rows(dimensions: ir.Table, scorecard: Scorecard, adjustment: Adjustment) -> ir.Table:
    rows = dimensions.filter(dimensions[f"{adjustment.id}__degree"].notnull())
    later = scorecard.adjustments[scorecard.adjustments.index(adjustment) + 1 :]
    after = rows[f"{later[0].id}__before"] if later else rows.points
    columns = {
        "rule": ibis.literal(f"{adjustment.id}.") + rows.dimension,
        "before": shown(rows[f"{adjustment.id}__before"], 6),
        "after": shown(after, 6),
        "reason": rows[f"{adjustment.id}__degree"],
    }
    return _headed(rows, scorecard, columns)


def effects(rows: ir.Table, scorecard: Scorecard) -> ir.Table:
    """One row per subject and effect that exists on the day; `since` is the first day of the run of days scored."""
    columns = {
        "effect": rows.effect,
        "state": rows.state,
        "since": rows.as_of,
        "condition": rows.condition,
        "value": shown(rows.value, 6),
        "reason": rows.reason,
    }
    return _headed(rows, scorecard, columns)


def schema_of(table: str, id_type: str) -> ibis.Schema:
    """The schema of a result table that a scorecard leaves without any row."""
    number = "decimal(20, 6)"
    head = {"scorecard": "string", "version": "string", "as_of": "date", "subject_id": id_type}
    rest = {
        "adjustments": {"rule": "string", "before": number, "after": number, "reason": "string"},
        "effects": {
            "effect": "string", "state": "string", "since": "date", "condition": "string", "value": number,
            "reason": "string",
        },
        "observed": {
            "indicator": "string", "numerator": "int64", "denominator": "int64", "value": number, "status": "string",
            "peer_mean": number, "peer_best10": number, "peers": "int64", "not_better": "int64",
            "peer_scope": "string",
        },
    }  # fmt: skip
    return ibis.schema(head | rest[table])
