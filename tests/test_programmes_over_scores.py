"""Scores and what assessments over time make of them: one scorecard for both, states for the effects of later days."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from marketplace import write_events

from steelyard.cli import run

STRICTER = """\
extends: jd/aftersales_provider@2023-01
version: "2023-01-stricter"
replaces: "2023-01"
title: {zh: 更严, en: Stricter}
dimensions:
  - {id: satisfaction, indicators: [{id: satisfied_rate, points: {target: 0.9}}]}
  - {id: review, indicators: [{id: reviewed_in_time, points: {target: 0.9}}]}
  - {id: handling, indicators: [{id: handled_in_time, points: {target: 0.9}}]}
  - {id: standard, indicators: [{id: standard_met, points: {target: 0.9}}]}
  - {id: awaiting_customer, indicators: [{id: awaiting_customer_rate, points: {steps: [{bound: 0.2, points: 0}]}}]}
bands:
  - {id: met, at_least: 85}
  - {id: failed_2000, at_least: 81}
assumptions:
  - covers: ["**"]
    why: {zh: 测试, en: a test}
"""
"""The standard and the highest penalty tier five and eleven points higher."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """January: 80 points, for no review was in time; February: 100."""
    cases = [
        {
            "case_id": month, "shop_id": "S", "order_id": "O", "kind": "repair",
            "applied_at": datetime(2023, month, 5, 10), "reviewed_at": datetime(2023, month, 5, 10 + month % 2, 5),
        }
        for month in (1, 2)
    ]  # fmt: skip
    cases = [case | {"case_id": f"C{case['case_id']}"} for case in cases]
    write_events(
        tmp_path / "events",
        {
            "shops": [{"shop_id": "S", "category": "家电"}],
            "orders": [{"order_id": "O", "shop_id": "S", "paid_at": datetime(2022, 12, 1)}],
            "after_sales": cases,
        },
    )
    (tmp_path / "stricter.yaml").write_text(STRICTER, encoding="utf-8")
    return tmp_path


def told(capsys: pytest.CaptureFixture[str], *arguments: object) -> list[dict[str, Any]]:
    """The rows a call prints as JSON."""
    capsys.readouterr()
    assert run([*map(str, arguments), "--format", "json", "--lang", "en"]) == 0
    rows: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    return rows


def test_an_overlay_moves_the_score_and_its_programme_alike(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rules = ("--rules", folder / "stricter.yaml")
    common = ("jd/aftersales_provider", *rules, "--events", folder / "events")
    assert run(["score", *map(str, common), "--as-of", "2023-02-01", "--out", str(folder / "out")]) == 0
    (row,) = pq.read_table(folder / "out" / "scores.parquet").to_pylist()
    assert (row["score"], row["band"]) == (80, "failed_5000")
    (entry,) = told(capsys, "programme", "jd/aftersales_provider", "--results", folder / "out", *rules)
    assert (entry["event"], entry["penalty"], entry["next_phase"]) == ("failed", 5_000, "improving")


def test_the_month_to_improve_is_told_by_the_states_of_the_programme(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    common = ("jd/aftersales_provider", "--rules", folder / "stricter.yaml", "--events", folder / "events")
    results: list[object] = []
    for first in ("2023-02-01", "2023-03-01"):
        assert run(["score", *map(str, common), "--as-of", first, "--out", str(folder / first)]) == 0
        results += ["--results", folder / first]
    states = folder / "states.parquet"
    rules = ("--rules", folder / "stricter.yaml")
    told(capsys, "programme", "jd/aftersales_provider", *results, *rules, "--out", states)
    assert {day: improving(capsys, common, day, "--states", states) for day in DAYS} == DAYS
    assert improving(capsys, common, "2023-02-15") == "not_assessed"


DAYS = {"2023-01-11": "not_assessed", "2023-02-15": "holds", "2023-03-01": "does_not_hold"}
"""The phase is not known before the first month was judged; February, at 100 so far, is the month to improve."""


def improving(capsys: pytest.CaptureFixture[str], common: tuple[object, ...], day: str, *states: object) -> str:
    """The state of the effect on a day."""
    rows = told(capsys, "effects", "S", "--scorecard", *common, "--as-of", day, "--from", day, *states)
    return next(row["state"] for row in rows if row["effect"] == "improvement_month")
