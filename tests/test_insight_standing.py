"""What a shop may and may not do: since when, what would lift it, for one shop and for all."""

import csv
import io
import json
from datetime import date
from pathlib import Path

import pytest
from insight_market import DAY, RULE, small_market

from steelyard.insight.contest import routes
from steelyard.insight.history import versions_on
from steelyard.insight.standing import unbroken
from steelyard.scorecards.library import library


@pytest.fixture(scope="module")
def rule(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("rules") / "rule.yaml"
    file.write_text(RULE, encoding="utf-8")
    return file


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_market(tmp_path_factory.mktemp("small") / "events")


@pytest.fixture
def asked(cli, rule, events):
    def ask(*arguments):
        call = ("effects", *arguments, "--scorecard", "demo/insight", "--events", events, "--as-of", DAY)
        return cli(*call, "--rules", rule, "--format", "json")

    return ask


def by_effect(done) -> dict[str, dict[str, object]]:
    assert done.code == 0, done.err
    return {row["effect"]: row for row in json.loads(done.out)}


@pytest.mark.parametrize(
    ("states", "run"),
    [(["a"], 1), (["a", "b"], 1), (["b", "b"], 2), (["b", "a", "b", "b"], 2), ([None, "b"], 1)],
)
def test_a_run_ends_at_the_last_other_state(states, run):
    assert unbroken(states) == run


def test_a_shop_is_told_what_it_may_and_may_not_do(asked):
    found = by_effect(asked(1, "--from", "2022-09-30"))
    assert {name: (row["state"], row["allowed"]) for name, row in found.items()} == {
        "enrol": ("does_not_hold", False),
        "limited": ("holds", False),
        "marked": ("does_not_hold", False),
        "closed": ("not_set", None),
    }
    assert found["enrol"]["condition"] == "score at least 8.00 (is 4.72)"
    assert found["enrol"]["lift"] == "score 4.72, needs at least 8.00: 3.28 more"
    assert found["enrol"]["note"] == "Back as soon as the score is"
    assert found["enrol"]["goods"] == "910"  # the shop's product in that activity, not in another one
    assert found["closed"]["condition"] == "the threshold is not published and not given"


def test_a_restriction_began_the_day_after_the_second_complaint(asked):
    row = by_effect(asked(1, "--from", "2022-09-27"))["limited"]
    assert (row["since"], row["or_earlier"]) == ("2022-09-29", False)  # complained on the 28th, known on the 29th
    row = by_effect(asked(1, "--from", "2022-09-29"))["limited"]
    assert (row["since"], row["or_earlier"]) == ("2022-09-29", True)


def test_without_a_score_nothing_is_assessed(asked):
    found = by_effect(asked(3, "--from", DAY))
    assert {row["state"] for name, row in found.items() if name != "closed"} == {"not_assessed"}
    assert found["enrol"]["condition"] == "no score"
    assert found["enrol"]["lift"] is None


def test_a_threshold_that_is_set_is_judged(asked):
    found = by_effect(asked(1, "--from", DAY, "--set", "effects.closed.when.0.below=5"))
    assert (found["closed"]["state"], found["closed"]["condition"]) == ("holds", "score below 5.00 (is 4.72)")


def test_all_shops_with_an_effect_are_a_list(cli, rule, events):
    call = (
        "effects",
        "--scorecard",
        "demo/insight",
        "--events",
        events,
        "--as-of",
        DAY,
        "--from",
        DAY,
        "--rules",
        rule,
    )
    held = list(csv.DictReader(io.StringIO(cli(*call, "--effect", "enrol", "--format", "csv").out)))
    assert [(row["subject_id"], row["state"]) for row in held] == [("2", "holds")]
    every = cli(*call, "--effect", "enrol", "--state", "any", "--format", "csv").out
    assert [row["state"] for row in csv.DictReader(io.StringIO(every))] == [
        "does_not_hold", "holds", "not_assessed", "not_assessed",
    ]  # fmt: skip


def test_published_results_say_the_same_as_scoring_again(cli, rule, events, asked, tmp_path):
    out = tmp_path / "results"
    call = ("score", "demo/insight", "--events", events, "--as-of", DAY, "--from", "2022-09-27", "--out", out)
    assert cli(*call, "--rules", rule).code == 0
    anew = by_effect(asked(1, "--from", "2022-09-27"))
    read = by_effect(cli("effects", 1, "--results", out, "--rules", rule, "--format", "json"))
    assert read == {name: row | {"goods": None} for name, row in anew.items()}  # goods stand in the events
    earlier = by_effect(
        cli("effects", 1, "--results", out, "--as-of", "2022-09-28", "--rules", rule, "--format", "json")
    )
    assert earlier["limited"]["state"] == "does_not_hold"


def test_a_version_not_yet_in_force_has_no_effects(cli, rule, events):
    call = ("effects", 1, "--scorecard", "demo/insight@1", "--events", events, "--as-of", "2022-01-20", "--rules", rule)
    done = cli(*call, "--format", "json")
    assert (done.code, json.loads(done.out)) == (0, [])
    assert "it has no effects" in done.err


def test_what_was_in_force_then_stands_though_scores_are_restated():
    days = [date(2022, 9, 25), date(2022, 9, 26)]
    assert [card.version for card in versions_on(library(), "douyin/experience", days).values()] == [
        "2022-mid", "2022-09-26",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["1"], "one-source"),
        (["--effect", "enrol", "--as-of", DAY], "one-source"),
        (["1", "--events", "x"], "missing-day"),
        (["--results", "x"], "missing-effect"),
        (["1", "--results", "x", "--set", "volume.minimum=1"], "set-with-all"),
        (["1", "--results", "nowhere"], "not-a-result"),
    ],
)
def test_unclear_calls_are_refused(cli, arguments, code):
    done = cli("effects", *arguments)
    assert done.code != 0
    assert code in done.codes()


def test_unknown_shops_effects_and_days_are_told(cli, rule, events, asked, tmp_path):
    assert asked(99, "--from", DAY).codes() == ["unknown-subject"]
    assert asked(1, "--from", DAY, "--effect", "nonsense").codes() == ["unknown-effect"]
    out = tmp_path / "results"
    assert cli("score", "demo/insight", "--events", events, "--as-of", DAY, "--out", out, "--rules", rule).code == 0
    read = ("effects", "--results", out, "--rules", rule)
    assert cli(*read, 1, "--as-of", "2022-09-01").codes() == ["day-not-scored"]
    assert cli(*read, 99).codes() == ["unknown-subject"]


def test_people_see_words_in_their_language(cli, rule, events):
    call = (
        "effects",
        1,
        "--scorecard",
        "demo/insight",
        "--events",
        events,
        "--as-of",
        DAY,
        "--from",
        DAY,
        "--rules",
        rule,
    )
    out = cli(*call, "--lang", "zh").out
    assert all(word in out for word in ("可报名", "不可以", "受限", "门槛未设定", "涉及商品", "910"))


def test_appeals_close_on_the_day_the_rule_says():
    card = library().get("douyin/experience", "2022-09-26")
    complaint = [route for route in routes(card, date(2022, 9, 26)) if "complaint_rate" in route.indicators]
    assert [route.open_on(date(2022, 9, 25)) for route in complaint] == [True, True]
    assert [route.open_on(date(2022, 9, 26)) for route in complaint] == [True, False]
    assert list(routes(library().get("kuaishou/dynamic", "90-days"), date(2022, 9, 26))) == []


@pytest.mark.parametrize(
    ("scorecard", "version", "named"),
    [
        ("pdd/experience", "2021-09", ["举报恶意买家", "服务数据-消费者体验指标"]),
        ("jd/shop_rating", "legacy", ["纠纷申诉"]),
        ("jd/aftersales_provider", "2023-01", []),
    ],
)
def test_routes_of_other_platforms_name_their_own_indicators(scorecard: str, version: str, named: list[str]) -> None:
    card = library().get(scorecard, version)
    found = list(routes(card, date(2023, 2, 1)))
    assert len(found) == len(named)
    for route, words in zip(found, named, strict=True):
        assert words in route.title.zh
        assert set(route.indicators) <= {part.id for part in card.indicators}
