"""Versions compared in words, and the pages generated from the model."""

import json
import re
from pathlib import Path

import pytest
from scorecards_tiny import TINY, write

from steelyard.scorecards.consequences import Adjustment, Band, Effect, Gate
from steelyard.scorecards.diff import SILENT, TOP, diff
from steelyard.scorecards.library import library
from steelyard.scorecards.load import load
from steelyard.scorecards.model import Dimension, Indicator, Observed
from steelyard.scorecards.problems import CODES
from steelyard.scorecards.reference import schema
from steelyard.scorecards.terms import FIELDS, PARAMS

DOCS = Path(__file__).parent.parent / "docs"

CHANGES = [
    ("weight: 6000", "weight: 7000", "dimensions.speed.weight", "Speed, weight: 60 % → 70 %"),
    ("weight: 2500", "weight: equal", "indicators.fast.weight", "Fast, weight: 25 % → 50 % (equal)"),
    ("{days: 30}", "{days: 90}", "window", "the whole score, window: last 30 days → last 90 days"),
    ("{days: 30}", "{calendar: month}", "window", "the whole score, window: last 30 days → the calendar month"),
    (
        "        unit: seconds",
        "        unit: seconds\n        window: {days: 90, skip: 14}",
        "indicators.near.window",
        "Near, window: that of the whole score → days 15 to 104 back",
    ),
    (
        "        unit: seconds",
        "        unit: seconds\n        low_volume: {policy: fixed_points, below: 5, points: 4.5}",
        "indicators.near.low_volume",
        "Near, with few rows: none → below 5 rows 4.5 points",
    ),
    ("params: {stars: 3,", "params: {stars: 2,", "indicators.kind.params.stars", "Kind, stars: 3 → 2"),
    ("grace_hours: 24", "grace_hours: 48", "params.grace_hours",
     "the whole score, hours of grace after the promised shipping time: 24 → 48"),
    ("bound: 0.9, points: 10", "bound: 0.95, points: 10", "indicators.fast.points",
     ("Fast, points: 10 points at 90 %; 5 points at 50 %; otherwise 0 points → "
      "10 points at 95 %; 5 points at 50 %; otherwise 0 points")),
    ("bound: 100, points: 0", "bound: 90, points: 0", "indicators.near.points",
     ("Near, points: 0 points at 100 s; 10 points at 10 s; in proportion between → "
      "0 points at 90 s; 10 points at 10 s; in proportion between")),
    ("target: 0.9", "target: required", "indicators.calm.points",
     ("Calm, points: 10 points at 90 %, 1 less for each 1 % short, at least 0 → "
      "10 points at (to be set), 1 less for each 1 % short, at least 0")),
    ("{curve: peer_share, min: 2,", "{curve: peer_share, min: 3,", "indicators.kind.points",
     "Kind, points: 2 to 10 points by rank among peers → 3 to 10 points by rank among peers"),
    ("points: 3}", "points: 4}", "adjustments.impatient.degrees",
     ("Impatient, degrees: Heavy (from 50 %) 3 points less; Light (from 20 %) at most 7 points → "
      "Heavy (from 50 %) 4 points less; Light (from 20 %) at most 7 points")),
    ("value_at_least: 0.5", "value_at_least: 0.15", "gates.unkind.value_at_least", "Limit, threshold: 50 % → 15 %"),
    ("when_missing: zero", "when_missing: leave_out", "indicators.near.when_missing",
     "Near, without data: no points → its weight goes to the others"),
    ("[{of: score, below: 4.8}, {of: dimension.care, at_most: 5}]", "[{of: indicator.fast, below: 0.6}]",
     "effects.ads.when",
     "Ads, condition: score below 4.8 points and Care at most 5 points → Fast below 60 %"),
    ("minimum: 3", "minimum: 30", "volume", "the whole score, volume needed: at least 3 rows → at least 30 rows"),
    ("at_least: 8}", "at_least: 9}", "bands.top.at_least", "Top, lowest score: 8 points → 9 points"),
    ("reasons: [force_majeure]", "reasons: [force_majeure, other]", "exemptions",
     "the whole score, exemptions: force majeure: out of Fast only → force majeure, other: out of Fast only"),
    ("title: {zh: 快, en: Fast}", "title: {zh: 更快, en: Faster}", "indicators.fast",
     "indicator renamed: Fast → Faster"),
]  # fmt: skip


def changed(tmp_path, *replacements):
    """What TINY became by the replacements, compared with it."""
    text = TINY
    for old, new in replacements:
        assert old in text
        text = text.replace(old, new, 1)
    return diff(load(write(tmp_path)), load(write(tmp_path, text, "2.yaml")))


@pytest.mark.parametrize(("old", "new", "path", "said"), CHANGES)
def test_a_change_in_words(tmp_path, old, new, path, said):
    (change,) = changed(tmp_path, (old, new))
    assert (change.path, change.said.en) == (path, said)
    assert change.what == ("renamed" if "renamed" in said else "changed")
    assert change.said.zh


def test_parts_that_came_and_went(tmp_path):
    found = changed(
        tmp_path,
        ("measure: paid\n", "measure: kindness\n        params: {stars: 1, opens: '08:00'}\n"),
        ("id: calm", "id: cool"),
    )
    assert [(change.what, change.path, change.said.en) for change in found] == [
        ("came", "indicators.cool", "new indicator: Calm (Care, weight 50 % (equal), last 30 days)"),
        ("went", "indicators.calm", "indicator dropped: Calm"),
    ]


def test_a_part_that_asks_the_same_under_another_name_is_renamed(tmp_path):
    (change,) = changed(tmp_path, ("id: calm", "id: cool"), ("{zh: 冷静, en: Calm}", "{zh: 沉着, en: Cool}"))
    assert (change.what, change.path) == ("renamed", "indicators.cool")
    assert change.said.zh == "指标改名：「冷静」→「沉着」"


def test_another_id_alone_is_no_change_a_merchant_sees(tmp_path):
    assert changed(tmp_path, ("id: calm", "id: cool")) == []


def test_an_indicator_that_moves_to_another_dimension(tmp_path):
    start, end = TINY.index("      - id: near"), TINY.index("  - id: care")
    near = TINY[start:end]
    text = TINY.replace(near, "").replace("weight: 2500", "weight: equal")
    text = text.replace("observed:", near.replace("weight: 7500", "weight: equal") + "observed:", 1)
    found = diff(load(write(tmp_path)), load(write(tmp_path, text, "2.yaml")))
    moved = [change for change in found if change.what == "moved"]
    assert [(change.path, change.said.en, change.said.zh) for change in moved] == [
        ("indicators.near", "Near: moved, Speed → Care", "「近」从「速度」移到「服务」")
    ]
    weights = {change.path: change.said.en for change in found if change.path.endswith("weight")}
    assert weights == {
        "indicators.fast.weight": "Fast, weight: 25 % → 100 %",
        "indicators.near.weight": "Near, weight: 75 % → 33.33 % (equal)",
        "indicators.kind.weight": "Kind, weight: 50 % (equal) → 33.33 % (equal)",
        "indicators.calm.weight": "Calm, weight: 50 % (equal) → 33.33 % (equal)",
    }


def test_effects_of_one_condition_are_still_different_effects(tmp_path):
    found = changed(tmp_path, ("id: ads", "id: banners"), ("{zh: 广告, en: Ads}", "{zh: 横幅, en: Banners}"))
    assert [change.said.zh for change in found] == [
        "新增影响「横幅」（限制：分数低于 4.8 分，且「服务」不高于 5 分，2022-03-01 起）",
        "取消影响「广告」",
    ]


def test_a_parameter_of_ones_own_where_the_other_version_shares_it(tmp_path):
    found = changed(
        tmp_path,
        ("params: {grace_hours: 24}\n", ""),
        ("measure: collected\n", "measure: collected\n        params: {grace_hours: 48}\n"),
    )
    assert [(change.path, change.said.en) for change in found] == [
        ("params.grace_hours",
         "the whole score, hours of grace after the promised shipping time: 24 → none"),
        ("indicators.fast.params.grace_hours",
         "Fast, hours of grace after the promised shipping time: 24 → 48"),
    ]  # fmt: skip


def test_a_version_is_equal_to_itself():
    scorecard = library().get("douyin/experience", "2022-09-26")
    assert diff(scorecard, scorecard) == []


def said(old, new, language):
    known = library()
    changes = diff(known.get("douyin/experience", old), known.get("douyin/experience", new))
    return {change.path: getattr(change.said, language) for change in changes}


def test_what_the_middle_of_2022_changed():
    words = said("50-15-35", "2022-mid", "zh")
    assert words["dimensions.goods.weight"] == "「商品体验」权重：50 % → 42.5 %"
    assert words["indicators.quality_return_rate"] == "取消指标「品质退货率」"
    assert words["indicators.logistics_return_rate"] == "新增指标「物流品退率」（物流体验，权重 33 %，前 15 至 104 天）"
    assert words["indicators.complaint_rate.weight"] == "「投诉率」权重：20 %（等权） → 16.67 %（等权）"


def test_what_the_version_of_2022_09_26_changed():
    words = said("2022-mid", "2022-09-26", "en")
    assert words["effective_from"] == "the whole score, in force from: open → 2022-09-26"
    assert words["restates_history"] == "the whole score, past days shown by this version: no → yes"
    assert words["indicators.delivery_duration.params.remote"].startswith(
        "Time on the way, remote orders left out: none → over 3000 km; over 700 km from "
    )
    assert words["gates.im_gate"] == (
        "new gate: Dissatisfaction limit from 4.8 points on (Dissatisfied chats from 15 % on: "
        "from 4.9 on into 4.8 to 4.9; from 4.8 on into 4.7 to 4.8)"
    )
    assert (
        words["observed.first_reply_time"] == "new value shown without points: Time to the first reply (last 90 days)"
    )


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_words_of_the_file_reach_the_reader(language):
    for old, new in (("50-15-35", "2022-mid"), ("2022-mid", "2022-09-26")):
        for sentence in said(old, new, language).values():
            assert not re.search(r"[a-z]_[a-z]|[{}\[\]]", sentence), sentence


def test_every_field_and_parameter_has_a_name():
    for part in (Indicator, Observed, Dimension, Adjustment, Gate, Band, Effect):
        assert set(part.model_fields) - SILENT <= set(FIELDS)
    assert set(TOP) <= set(FIELDS)
    known = library()
    cards = [known.get(name, version) for name in known.ids() for version in known.versions(name)]
    used = {key for card in cards for part in (card, *card.measured) for key in part.params}
    assert used - set(PARAMS) == set()


def test_the_schema_says_both_forms():
    whole = schema()
    assert json.loads(json.dumps(whole)) == whole
    assert whole["then"]["required"] == ["extends", "version"]
    assert set(whole["$defs"]["Scorecard"]["required"]) >= {"id", "version", "scale", "dimensions"}
    assert all("description" in field for field in whole["$defs"]["Scorecard"]["properties"].values())


def test_every_code_and_indicator_has_a_line():
    page = (DOCS / "scorecards.md").read_text(encoding="utf-8")
    assert all(f"`{code}`" in page for code in CODES)
    sheet = (DOCS / "rules" / "douyin-experience-2022-09-26.md").read_text(encoding="utf-8")
    scorecard = library().get("douyin/experience", "2022-09-26")
    assert all(f"`{indicator.id}`" in sheet and indicator.title.zh in sheet for indicator in scorecard.indicators)
