"""Engine against reference: what differs, in lines a person can read."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pyarrow as pa

from steelyard.engines import Engine
from steelyard.events.check import open_events
from steelyard.scorecards.library import library
from steelyard.scoring.run import score_events, tables_read
from tests.marketplace import write_events
from tests.reference import naive

KEYS = {"scores": (), "dimensions": ("dimension",), "indicators": ("indicator",), "adjustments": ()}
COLUMNS = {
    "scores": ("status", "score", "raw_score", "band", "peer_group", "peers", "peer_rank", "gated"),
    "dimensions": ("points", "weight"),
    "indicators": (
        "numerator",
        "denominator",
        "value",
        "points",
        "weight",
        "status",
        "peer_mean",
        "peer_best10",
    ),
    "adjustments": ("before", "after", "demoted"),
}
ABOUT_PEERS = ("peer_mean", "peer_best10")


def engine_result(engine: Engine, tables: naive.Tables, day: date, folder: Path) -> Mapping[str, pa.Table]:
    """The engine's result tables for a marketplace."""
    write_events(folder, tables)
    card = library().get("douyin/experience", "2022-09-26")
    result = score_events(engine, open_events(engine, folder, tables_read(card)), card, day)
    return {name: result.arrow(name) for name in KEYS}


def differences(engine: Engine, tables: naive.Tables, day: date, folder: Path) -> list[str]:
    """Every cell in which engine and reference differ; empty when they agree to the last digit."""
    expected = naive.score(tables, day)
    results = engine_result(engine, tables, day, folder)
    lines = []
    for table, keys in KEYS.items():
        found = {tuple(row[key] for key in ("subject_id", *keys)): _named(row) for row in results[table].to_pylist()}
        lines += [f"{table} {key}: only in the engine" for key in found.keys() - expected[table].keys()]
        lines += [f"{table} {key}: only in the reference" for key in expected[table].keys() - found.keys()]
        for key in found.keys() & expected[table].keys():
            lines += _cells(f"{table} {key}", COLUMNS[table], found[key], expected[table][key])
    return sorted(lines)


def _named(row: dict[str, Any]) -> dict[str, Any]:
    """The engine's names for what the reference calls otherwise."""
    return row | {"gated": row.get("gated_score"), "demoted": row.get("reason") == "demoted"}


def _cells(where: str, columns: tuple[str, ...], found: Mapping[str, Any], expected: Mapping[str, Any]) -> list[str]:
    lines = []
    for column in columns:
        ours, theirs = found[column], expected[column]
        if column in ABOUT_PEERS and expected["points"] is None:
            continue  # the engine shows the peers to everybody, the reference to who is ranked
        if column == "weight":
            theirs = None if theirs is None else naive.half_up(Fraction(theirs), 6)
            ours = None if ours == Decimal(0) else ours
        if ours != theirs:
            lines.append(f"{where} {column}: engine {ours}, reference {theirs}")
    return lines
