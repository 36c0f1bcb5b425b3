"""Versions compared in words, and the pages generated from the model."""

import json
from pathlib import Path

import pytest
from scorecards_tiny import TINY, write

from steelyard.scorecards.cases import CaseFile
from steelyard.scorecards.diff import LABELS, diff
from steelyard.scorecards.library import library
from steelyard.scorecards.load import load
from steelyard.scorecards.model import Band, Dimension, Effect, Gate, Indicator
from steelyard.scorecards.problems import CODES
from steelyard.scorecards.reference import codes, origins, schema, tables

DOCS = Path(__file__).parent.parent / "docs"

CHANGES = [
    ("weight: 6000", "weight: 7000", "dimensions.speed.weight", "Speed: weight 60 % → 70 %"),
    ("weight: 2500", "weight: equal", "indicators.fast.weight", "Fast: weight 25 % → equal"),
    ("{days: 30}", "{days: 90}", "window", "the whole score: window last 30 days → last 90 days"),
    (
        "        unit: seconds",
        "        unit: seconds\n        window: {days: 90, skip: 14}",
        "indicators.near.window",
        "Near: window none → days 15 to 104 back",
    ),
    (
        "params: {stars: 3,",
        "params: {stars: 2,",
        "indicators.kind.params",
        "Kind: definition stars 3, opens 08:00 → stars 2, opens 08:00",
    ),
    ("at_least: 0.5", "at_least: 0.15", "gates.unkind.value_at_least", "Limit: threshold 0.5 → 0.15"),
    ("when_missing: zero", "when_missing: leave_out", "indicators.near.when_missing",
     "Near: when data is missing zero → leave_out"),
    ("[{of: score, below: 4.8}, {of: dimension.care, at_most: 5}]", "[{of: score, below: 4.6}]",
     "effects.ads.when",
     "Ads: condition of score, below 4.8; of dimension.care, at_most 5 → of score, below 4.6"),
    ("minimum: 3", "minimum: 30", "volume",
     "the whole score: volume needed measure paid, minimum 3 → measure paid, minimum 30"),
]  # fmt: skip


def test_parts_that_came_and_went(tmp_path):
    before = load(write(tmp_path))
    after = load(write(tmp_path, TINY.replace("id: calm", "id: cool"), "2.yaml"))
    assert [(change.what, change.path, change.said.en) for change in diff(before, after)] == [
        ("came", "indicators.cool", "new indicator: Calm"),
        ("went", "indicators.calm", "indicator dropped: Calm"),
    ]


@pytest.mark.parametrize(("old", "new", "path", "said"), CHANGES)
def test_a_change_in_words(tmp_path, old, new, path, said):
    before = load(write(tmp_path))
    after = load(write(tmp_path, TINY.replace(old, new, 1), "2.yaml"))
    (change,) = diff(before, after)
    assert (change.what, change.path, change.said.en) == ("changed", path, said)
    assert change.said.zh


def test_chinese_words(tmp_path):
    before = load(write(tmp_path))
    after = load(
        write(
            tmp_path,
            TINY.replace("weight: 6000", "weight: equal").replace("id: ads", "id: advertising"),
            "2.yaml",
        )
    )
    assert [change.said.zh for change in diff(before, after)] == [
        "「速度」权重:60 % → 等权", "新增影响「广告」", "取消影响「广告」",
    ]  # fmt: skip


def test_a_version_is_equal_to_itself():
    scorecard = library().get("douyin/experience", "2022-09-26")
    assert diff(scorecard, scorecard) == []


def test_every_field_has_a_name():
    for part in (Indicator, Dimension, Gate, Band, Effect):
        assert set(part.model_fields) - {"id", "title", "advice", "indicators"} <= set(LABELS)


def test_the_schema_says_both_forms():
    whole = schema()
    assert json.loads(json.dumps(whole)) == whole
    assert whole["then"]["required"] == ["extends", "version"]
    assert set(whole["$defs"]["Scorecard"]["required"]) >= {"id", "version", "scale", "dimensions"}
    assert all("description" in field for field in whole["$defs"]["Scorecard"]["properties"].values())


@pytest.mark.parametrize(
    ("page", "name", "text"),
    [
        ("scorecards.md", "keys", tables()),
        ("scorecards.md", "cases", tables(CaseFile)),
        ("scorecards.md", "codes", codes()),
        (
            "rules/douyin-experience-2022-09-26.md",
            "numbers",
            origins(library().get("douyin/experience", "2022-09-26")),
        ),
    ],
)
def test_generated_tables_are_current(page, name, text):
    written = (DOCS / page).read_text(encoding="utf-8")
    start, end = f"<!-- {name}: generated -->\n\n", f"\n\n<!-- {name}: end -->"
    assert written[written.index(start) + len(start) : written.index(end)] == text


def test_every_code_and_indicator_has_a_line():
    page = (DOCS / "scorecards.md").read_text(encoding="utf-8")
    assert all(f"`{code}`" in page for code in CODES)
    sheet = (DOCS / "rules" / "douyin-experience-2022-09-26.md").read_text(encoding="utf-8")
    scorecard = library().get("douyin/experience", "2022-09-26")
    assert all(f"`{indicator.id}`" in sheet and indicator.title.zh in sheet for indicator in scorecard.indicators)
