"""Targets: what closing a gap takes equals a naive search; peers, past and requirements set them as they say."""

import json
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marketplace import write_events

from steelyard.service.benchmarks import Taking, benchmarks
from steelyard.service.settings import settings_of
from steelyard.service.targets import Goal, Number, needed, worth

BOUNDS = ["at_least", "above", "at_most", "below"]


def shown(numerator: int, number: Number) -> Decimal:
    """Numerator ÷ denominator as it is printed."""
    parts = 10**6 if number.unit == "money" else 1
    exact = Decimal(numerator) / parts / number.denominator
    return exact.quantize(Decimal("0.000001"), ROUND_HALF_UP)


def meets(value: Decimal, goal: Goal) -> bool:
    target = Decimal(goal.target).scaleb(-6)
    return {
        "at_least": value >= target, "above": value > target, "at_most": value <= target, "below": value < target,
    }[goal.bound]  # fmt: skip


def searched(number: Number, goal: Goal, most: int) -> int | None:
    """The least change of the numerator that does it, tried one after another."""
    for by in range(0, most + 1, number.step):
        after = number.numerator + (by if goal.bound in {"at_least", "above"} else -by)
        if after < 0 or (number.unit == "rate" and after > number.denominator):
            return None
        if meets(shown(after, number), goal):
            return by
    return None


@settings(max_examples=300, deadline=None)
@given(
    st.integers(1, 60).flatmap(lambda rows: st.tuples(st.integers(0, rows), st.just(rows))),
    st.integers(0, 1_000_001),
    st.sampled_from(BOUNDS),
)
def test_rows_needed_equal_a_search(counts, target, bound):
    number, goal = Number(*counts, "rate"), Goal(target, bound)
    assert needed(number, goal) == searched(number, goal, counts[1] + 1)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 500), st.integers(1, 9), st.integers(0, 90), st.sampled_from(BOUNDS))
def test_seconds_needed_equal_a_search(total, rows, seconds, bound):
    number, goal = Number(total, rows, "seconds"), Goal(seconds * 1_000_000, bound)
    assert needed(number, goal) == searched(number, goal, 1_000)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 900), st.integers(1, 7), st.integers(0, 1_200_000), st.sampled_from(["at_least", "above"]))
def test_money_is_needed_in_cents(cents, buyers, target, bound):
    number, goal = Number(cents * 10_000, buyers, "money"), Goal(target, bound)
    by = needed(number, goal)
    assert by is not None
    assert by % 10_000 == 0
    assert by == searched(number, goal, 10**9)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), min_size=1, max_size=6),
    st.integers(0, 1_000_000),
    st.sampled_from(BOUNDS),
)
def test_what_it_is_worth_is_the_difference_of_two_shown_values(agents, target, bound):
    agents = [(min(good, rows), rows) for good, rows in agents]
    goal, first = Goal(target, bound), Number(*agents[0], "rate")
    shop = Number(sum(good for good, _ in agents), sum(rows for _, rows in agents), "rate")
    by = needed(first, goal)
    if by is None:
        assert worth(shop, goal, by) is None
        return
    after = shop.numerator + (by if goal.upwards else -by)
    expected = shown(after, shop) - shown(shop.numerator, shop)
    assert Decimal(worth(shop, goal, by)).scaleb(-6) == expected


@pytest.mark.parametrize(("bound", "value", "met"), [
    ("at_least", 499_999, False), ("at_least", 500_000, True),
    ("above", 500_000, False), ("above", 500_001, True),
    ("at_most", 500_001, False), ("at_most", 500_000, True),
    ("below", 500_000, False), ("below", 499_999, True),
])  # fmt: skip
def test_the_bound_itself(bound, value, met):
    assert Goal(500_000, bound).met_by(value) is met


def test_two_thirds_reach_two_thirds():
    assert needed(Number(1, 3, "rate"), Goal(666_667, "at_least")) == 1


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("ab"), st.integers(0, 2_000_000)), max_size=40), st.booleans())
def test_peers_are_the_mean_and_the_best_tenth(rows, lower):
    found = benchmarks([Taking("m", group, value, "lower" if lower else "higher") for group, value in rows])
    for group in {group for group, _ in rows}:
        values = sorted((value for name, value in rows if name == group), reverse=not lower)
        mark = found["m", group]
        mean = Fraction(sum(values), len(values))
        assert (mark.peers, mark.best10) == (len(values), values[-(-len(values) // 10) - 1])
        assert mark.mean == int(mean + Fraction(1, 2))


DAY = datetime(2022, 9, 5, 10)


def chats(folder: Path) -> Path:
    """Shops 1 and 2 sell food, 3 shoes. Of ten questions each agent 11, 12, 21, 31 answers so many within 30 s."""
    in_time = {11: 9, 12: 4, 21: 7, 31: 5}
    before = {11: 8, 12: 6}
    sessions, messages = [], []
    for at, counts in ((DAY, in_time), (DAY - timedelta(days=2), before)):
        for agent, good in counts.items():
            shop = agent // 10
            row = {"session_id": len(sessions) + 1, "shop_id": shop, "buyer_id": 5}
            sessions.append(row | {"agent_id": agent, "started_at": at})
            for number in range(10):
                asked = at + timedelta(minutes=number)
                reply = asked + timedelta(seconds=20 if number < good else 40)
                messages.append(row | {"sent_at": asked, "sender": "buyer"})
                messages.append(row | {"sent_at": reply, "sender": "agent", "agent_id": agent})
    return write_events(folder, {
        "shops": [{"shop_id": 1, "category": "food"}, {"shop_id": 2, "category": "food"},
                  {"shop_id": 3, "category": "shoes"}],
        "orders": [],
        "agents": [{"agent_id": agent, "shop_id": agent // 10, "role": "presale"} for agent in (11, 12, 21, 31)]
        + [{"agent_id": 13, "shop_id": 1, "role": "aftersale"}],
        "sessions": sessions, "messages": messages,
    })  # fmt: skip


@pytest.fixture
def events(tmp_path):
    return chats(tmp_path / "events")


def asked(cli, events, *more):
    return cli(
        "targets",
        "--events",
        events,
        "--from",
        "2022-09-05",
        "--to",
        "2022-09-07",
        "--metric",
        "answer_rate_30s",
        *more,
    )


def proposed(cli, events, *more):
    done = asked(cli, events, "--set", "low_volume=1", "--format", "json", *more)
    assert done.code == 0, done.err
    return {(row["subject_id"], row["source"]): row for row in json.loads(done.out)}


def test_agents_are_held_against_industry_team_and_past(cli, events):
    rows = proposed(cli, events)
    targets = {key: row["target"] for key, row in rows.items() if key[0] in {11, 12}}
    assert targets == {
        (11, "industry_mean"): "0.675000",  # 13 of 20 and 7 of 10
        (11, "industry_best10"): "0.700000",
        (11, "team_mean"): "0.650000",
        (11, "team_best10"): "0.900000",
        (11, "past"): "0.800000",
        (12, "industry_mean"): "0.675000",
        (12, "industry_best10"): "0.700000",
        (12, "team_mean"): "0.650000",
        (12, "team_best10"): "0.900000",
        (12, "past"): "0.600000",
    }
    lacking = rows[12, "team_mean"]
    assert (lacking["gap"], lacking["needed"], lacking["met"]) == ("0.250000", 3, False)
    assert (lacking["worth"], lacking["worth_is"]) == ("0.150000", "exact")  # 16 of 20 instead of 13
    assert "3 more good messages needed" in lacking["reason"]["en"]
    assert "还需多 3 条消息达标" in lacking["reason"]["zh"]
    ahead = rows[11, "team_mean"]
    assert (ahead["gap"], ahead["needed"], ahead["met"], ahead["worth"]) == ("-0.250000", 0, True, None)


def test_who_is_alone_has_no_peers_and_who_did_nothing_no_gap(cli, events):
    rows = proposed(cli, events)
    assert [rows[31, source]["target"] for source in ("industry_mean", "team_mean", "past")] == [None, None, None]
    assert "no other shop of the category" in rows[31, "industry_mean"]["reason"]["en"]
    idle = rows[13, "industry_mean"]
    assert (idle["status"], idle["target"], idle["gap"], idle["needed"]) == ("no_data", "0.675000", None, None)


def test_one_shop_and_its_agents_alone(cli, events):
    rows = proposed(cli, events, "--shop", "2", "--source", "industry")
    assert {subject for subject, _ in rows} == {21}
    assert asked(cli, events, "--shop", "9", "--source", "industry").codes() == ["unknown-subject"]


def test_shops_have_no_team(cli, events):
    rows = proposed(cli, events, "--by", "shop")
    assert {source for _, source in rows} == {"industry_mean", "industry_best10", "past"}
    assert (rows[1, "industry_best10"]["needed"], rows[1, "industry_best10"]["worth"]) == (1, "0.050000")


def test_the_platform_sets_a_target_only_where_it_publishes_one(cli, events):
    more = ["--metric", "human_reply_rate_3min", "--source", "platform", "--platform", "pdd"]
    rows = proposed(cli, events, *more)
    assert {row["metric"] for row in rows.values()} == {"human_reply_rate_3min"}
    row = rows[11, "platform"]
    assert (row["target"], row["bound"], row["met"], row["worth_is"]) == ("0.500000", "at_least", True, None)
    assert "B 级来源" in row["reason"]["zh"]
    published = {m.name for platform in ("pdd", "jd") for m in settings_of(platform).metrics if m.requirement}
    assert published == {"human_reply_rate_3min", "reply_rate_5min", "effective_reply_rate", "mean_response_time"}
    assert not [m for platform in ("sheet", "taobao", "douyin") for m in settings_of(platform).metrics if m.requirement]


def test_a_requirement_of_your_own_is_one_of_the_settings(cli, events, tmp_path):
    file = tmp_path / "ours.yaml"
    file.write_text(
        "id: ours\nextends: sheet\ntitle: {zh: 自用, en: Ours}\nmetrics:\n  - id: answer_rate_30s\n"
        "    requirement: {bound: above, value: 0.4, says: {zh: 自定, en: our own}}\n",
        encoding="utf-8",
    )
    row = proposed(cli, events, "--settings", file, "--source", "platform")[12, "platform"]
    assert (row["met"], row["gap"], row["needed"]) == (False, "0.000000", 1)
    assert "grade X" in row["reason"]["en"]


def test_few_rows_are_marked_and_set_nobody_a_target(cli, events):
    done = asked(cli, events, "--format", "json")
    rows = {(row["subject_id"], row["source"]): row for row in json.loads(done.out)}
    assert rows[12, "team_mean"]["target"] is None
    assert (rows[12, "past"]["status"], rows[12, "past"]["target"]) == ("below_minimum", "0.600000")
    assert "few rows, to be read with care" in rows[12, "past"]["reason"]["en"]


def test_a_table_and_a_file(cli, events, tmp_path):
    done = asked(cli, events, "--lang", "zh", "--source", "past")
    assert "自身上一个等长时段的水平" in done.out.replace("\n", "")
    assert asked(cli, events, "--out", tmp_path / "targets.csv").code == 0
    head = (tmp_path / "targets.csv").read_text(encoding="utf-8").splitlines()[0]
    assert head.startswith("metric,subject_id,source,bound,target,value,gap,met,needed,worth,worth_is,")


@pytest.mark.parametrize(("more", "code"), [
    (["--by", "day"], "unknown-subject-kind"), (["--source", "guess"], "unknown-source"),
    (["--to", "2022-09-05"], "empty-period"), (["--out", "targets.txt"], "unknown-document"),
])  # fmt: skip
def test_mistakes_are_told(cli, events, more, code):
    done = asked(cli, events, *more)
    assert (done.code, done.codes()) == (2, [code])
