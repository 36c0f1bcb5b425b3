"""Staffing: hours, one more agent by a model played second by second, load, suspensions, weakest items."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marketplace import write_events

from steelyard.service.staffing import (
    Message,
    Stretch,
    Wanted,
    hours,
    load,
    merged,
    rescued,
    suspensions,
    usual_answer,
    weakest,
)
from steelyard.windows import Period

HOUR = datetime(2022, 9, 5, 10)
WEEK = Period(date(2022, 9, 5), date(2022, 9, 12))


def at(second, session=1, wait=None, limit=30, agent=11):
    in_time = wait is not None and wait <= limit
    return Message(session, HOUR + timedelta(seconds=second), wait, asked=True, in_time=in_time, agent_id=agent)


def played(misses, answer, limit):
    """The model, one second after another: who waits longest is taken, unless it is too late for them."""
    waiting = sorted(misses, key=lambda each: (each.sent_at, str(each.session_id)))
    saved, busy_until, current = set(), 0, None
    for second in range(3600 + limit + answer + 1):
        if current is not None and second == busy_until:
            for number, miss in enumerate(waiting):
                written = int((miss.sent_at - HOUR).total_seconds())
                if miss.session_id == current.session_id and written < second <= written + limit:
                    saved.add(number)
            current = None
        while current is None:
            ready = [
                (number, miss)
                for number, miss in enumerate(waiting)
                if number not in saved
                and int((miss.sent_at - HOUR).total_seconds()) <= second
                and second + answer <= int((miss.sent_at - HOUR).total_seconds()) + limit
            ]
            if not ready:
                break
            current, busy_until = ready[0][1], second + answer
    return len(saved)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 120), st.integers(1, 4)), max_size=12),
    st.integers(1, 40),
    st.integers(1, 60),
)
def test_one_more_agent_equals_the_model_played_second_by_second(misses, answer, limit):
    messages = [at(second, session) for second, session in misses]
    count = rescued(messages, HOUR, answer, limit)
    assert count == played(messages, answer, limit)
    assert 0 <= count <= len(messages)


@pytest.mark.parametrize(("answer", "count"), [(29, 1), (30, 1), (31, 0)])
def test_the_limit_itself_is_in_time(answer, count):
    assert rescued([at(0)], HOUR, answer, 30) == count


def test_one_reply_answers_all_of_its_session_written_before():
    assert rescued([at(0, 1), at(5, 1), at(5, 2)], HOUR, 20, 30) == 2
    assert rescued([at(0, 1), at(20, 1)], HOUR, 20, 30) == 2  # the second, written at the reply, is taken by itself
    assert rescued([at(0, 1), at(0, 2), at(0, 3)], HOUR, 10, 30) == 3


def test_the_usual_answer_is_the_median_wait_of_those_in_time():
    assert usual_answer([at(0, wait=10), at(1, wait=20), at(2, wait=30), at(3, wait=31), at(4)]) == 20
    assert usual_answer([at(0, wait=0)]) == 1
    assert usual_answer([at(0, wait=31), at(1)]) is None


def test_an_hour_has_its_counts_and_what_one_more_agent_would_have_done():
    night = Message(9, HOUR.replace(hour=3), None, asked=False, in_time=False, agent_id=None)
    written = [at(0, 1, 10), at(5, 2, 40), at(400, 3), night]
    online = [Stretch(11, HOUR, HOUR + timedelta(minutes=30)), Stretch(11, HOUR, HOUR + timedelta(minutes=10))]
    rows = hours(written, online, WEEK, Wanted(30, Decimal("0.9"), 3))
    assert [(row["weekday"], row["hour"], row["written"], row["messages"], row["state"]) for row in rows] == [
        (1, 3, 1, 0, "no_data"), (1, 10, 3, 3, "with_one_more"),
    ]  # fmt: skip
    row = rows[1]
    assert (row["in_time"], row["misses"], row["value"]) == (1, 2, Decimal("0.333333"))
    assert row["status"] == "ok"
    (row,) = hours(written[:2], online, WEEK, Wanted(30, Decimal("0.9"), 3))
    assert row["status"] == "below_minimum"
    row = rows[1]
    assert (row["mean_wait"], row["median"], row["p90"]) == (25, 10, 40)
    assert (row["rescued"], row["value_with_one_more"], row["agents_online"]) == (2, 1, Decimal("0.5"))


@pytest.mark.parametrize(("target", "state"), [
    ("0.333333", "met"), ("0.333334", "with_one_more"),
    ("0.666667", "with_one_more"), ("0.666668", "not_with_one_more"),
])  # fmt: skip
def test_states_at_their_bounds(target, state):
    # The agent takes 30 seconds each, so that of two misses at one instant only one is answered.
    written = [at(0, 1, 30), at(100, 2), at(100, 3)]
    (row,) = hours(written, [], WEEK, Wanted(30, Decimal(target), 3))
    assert row["state"] == state


def test_nobody_estimates_without_an_answer_in_time_and_nobody_is_online_without_presence():
    (row,) = hours([at(0, 1)], None, WEEK, Wanted(30, Decimal("0.5"), 3))
    assert (row["rescued"], row["value_with_one_more"], row["agents_online"]) == (None, None, None)
    assert row["state"] == "not_with_one_more"


STRETCHES = st.lists(
    st.builds(
        lambda agent, begins, lasts: Stretch(
            agent, HOUR + timedelta(minutes=begins), HOUR + timedelta(minutes=begins + lasts)
        ),
        st.integers(1, 2),
        st.integers(0, 300),
        st.integers(0, 60),
    ),
    max_size=15,
)


@settings(max_examples=80, deadline=None)
@given(STRETCHES)
def test_merged_stretches_hold_the_same_minutes_and_never_touch(stretches):
    whole = merged(stretches)
    assert _minutes(whole) == _minutes(stretches)
    for one, other in pairwise(whole):
        assert one.agent_id != other.agent_id or one.to_at < other.from_at
    online = {
        (row["weekday"], row["hour"]): row["agents_online"]
        for row in hours([], stretches, WEEK, Wanted(30, Decimal(1), 3))
    }
    by_hour = {}
    for _, minute in _minutes(stretches):
        by_hour[minute.isoweekday(), minute.hour] = by_hour.get((minute.isoweekday(), minute.hour), 0) + 1
    assert online == {key: (Decimal(count) / 60).quantize(Decimal("0.000001")) for key, count in by_hour.items()}


def _minutes(stretches):
    return {
        (each.agent_id, each.from_at + timedelta(minutes=number))
        for each in stretches
        for number in range((each.to_at - each.from_at) // timedelta(minutes=1))
    }


def suspended(agent, begins, seconds):
    return Stretch(agent, HOUR + timedelta(seconds=begins), HOUR + timedelta(seconds=begins + seconds))


def test_suspensions_are_listed_above_fifteen_minutes_in_one_stretch():
    stretches = [suspended(1, 0, 899), suspended(2, 0, 900), suspended(3, 0, 901), suspended(4, 0, 500)]
    stretches += [suspended(4, 500, 500), suspended(5, 0, 500), suspended(5, 501, 500)]
    rows = suspensions(stretches, WEEK, 900)
    assert [(row["agent_id"], row["seconds"]) for row in rows] == [(3, 901), (4, 1000)]
    assert suspensions(stretches, Period(date(2022, 9, 6), date(2022, 9, 7)), 900) == []


def test_load_is_messages_per_hour_online_against_the_team():
    messages = [at(0, 1, 5, agent=1)] * 6 + [at(0, 1, 5, agent=2)] * 2 + [at(0, 1, 5, agent=3), at(0, 1, agent=None)]
    online = [suspended(1, 0, 3600), suspended(2, 0, 3600)]
    rows = load(messages, online, WEEK)
    assert [(row["agent_id"], row["per_hour"], row["against_team"]) for row in rows] == [
        (1, 6, Decimal("1.333333")), (2, 2, Decimal("0.444444")), (3, None, None),
    ]  # fmt: skip
    assert sum(row["share_of_messages"] for row in rows) == Decimal("1.000000")


def proposal(agent, metric, values, source="team_mean", status="ok"):
    value, mean, met = values
    return {
        "subject_id": agent, "metric": metric, "source": source, "status": status, "value": Decimal(value),
        "target": Decimal(mean), "met": met, "needed": 3, "peers": 2,
    }  # fmt: skip


def test_the_weakest_item_lies_furthest_behind_in_proportion():
    rows = [
        proposal(1, "rate", ("0.8", "0.9", False)),
        proposal(1, "wait", ("80", "40", False)),
        proposal(1, "few", ("0.1", "0.9", False), status="below_minimum"),
        proposal(1, "alone", ("0.1", "0.9", False), source="industry_mean"),
        proposal(2, "rate", ("0.95", "0.9", True)),
        proposal(2, "rate", ("0.95", "0.99", False), source="industry_mean"),
    ]
    first, second = weakest(rows, [2, 1])
    assert (first["agent_id"], first["metric"], first["against"]) == (1, "alone", "industry_mean")
    assert (second["agent_id"], second["metric"]) == (2, None)
    first, _ = weakest([row for row in rows if row["metric"] != "alone"], [1, 2])
    assert (first["metric"], first["behind"], first["against"]) == ("wait", Decimal("0.500000"), "team_mean")


@pytest.fixture
def events(tmp_path):
    """Shop 1: of three questions between ten and eleven one is answered in time. Shop 2 has nothing."""
    row = {"shop_id": 1, "buyer_id": 5}
    sessions, messages = [], []
    for number, (second, wait) in enumerate([(0, 10), (300, 60), (600, None)], start=1):
        own = row | {"session_id": number}
        sent = HOUR + timedelta(seconds=second)
        sessions.append(own | {"agent_id": 11, "started_at": sent, "order_id": None})
        messages.append(own | {"sent_at": sent, "sender": "buyer"})
        if wait:
            messages.append(own | {"sent_at": sent + timedelta(seconds=wait), "sender": "agent", "agent_id": 11})
    presence = [
        {"agent_id": 11, "shop_id": 1, "state": "online", "from_at": HOUR, "to_at": HOUR + timedelta(hours=1)},
        {"agent_id": 11, "shop_id": 1, "state": "suspended", "from_at": HOUR, "to_at": HOUR + timedelta(seconds=901)},
    ]
    return write_events(tmp_path / "events", {
        "shops": [{"shop_id": 1}, {"shop_id": 2}], "orders": [], "agents": [{"agent_id": 11, "shop_id": 1}],
        "sessions": sessions, "messages": messages, "presence": presence,
    })  # fmt: skip


def asked(cli, events, *more, shop=1):
    return cli("staffing", "--events", events, "--shop", shop, "--from", "2022-09-05", "--to", "2022-09-06", *more)


def test_the_command_tells_all_four(cli, events):
    done = asked(cli, events, "--target", "0.9", "--format", "json", "--lang", "en")
    assert done.code == 0, done.err
    found = json.loads(done.out)
    assert found["aim"] == {
        "metric": "answer_rate_30s", "within_seconds": 30, "target": "0.9", "target_from": "given",
        "answer_seconds": 10,
    }  # fmt: skip
    (row,) = found["hours"]
    assert (row["messages"], row["misses"], row["rescued"], row["state"]) == (3, 2, 2, "with_one_more")
    assert [row["agent_id"] for row in found["load"]] == [11]
    assert [row["seconds"] for row in found["suspended"]] == [901]
    assert [row["metric"] for row in found["training"]] == [None]
    assert "estimate: one more agent takes late messages in turn, 10 seconds each" in done.err


def test_without_a_target_it_is_the_shops_own_value(cli, events):
    done = asked(cli, events, "--part", "hours", "--format", "json", "--lang", "en")
    assert [row["target"] for row in json.loads(done.out)] == ["0.333333"]
    assert "target: answer_rate_30s at least 0.333333 (the shop's own value of the period)" in done.err


@pytest.mark.parametrize(("bound", "target"), [("at_least", "0.333333"), ("above", "0.333334")])
def test_a_requirement_is_the_target_where_there_is_one(cli, events, tmp_path, bound, target):
    file = tmp_path / "ours.yaml"
    file.write_text(
        "id: ours\nextends: sheet\ntitle: {zh: 自用, en: Ours}\nmetrics:\n  - id: answer_rate_30s\n"
        f"    requirement: {{bound: {bound}, value: 0.333333, says: {{zh: 自定, en: our own}}}}\n",
        encoding="utf-8",
    )
    done = asked(cli, events, "--part", "hours", "--format", "json", "--settings", file)
    assert [row["target"] for row in json.loads(done.out)] == [target]


def test_a_table_and_one_list_as_csv(cli, events, tmp_path):
    assert "分时段" in asked(cli, events, "--part", "hours", "--lang", "zh").out
    csv = asked(cli, events, "--part", "suspended", "--format", "csv")
    assert csv.out.splitlines()[1] == "11,2022-09-05 10:00:00,2022-09-05 10:15:01,901,15.016667"
    assert asked(cli, events, "--part", "suspended", "--out", tmp_path / "long.csv").code == 0
    assert (tmp_path / "long.csv").read_text(encoding="utf-8") == csv.out


@pytest.mark.parametrize("part", ["hours", "load", "suspended"])
def test_a_shop_without_anything_is_no_error(cli, events, part):
    assert json.loads(asked(cli, events, "--part", part, "--format", "json", shop=2).out) == []


@pytest.mark.parametrize(("more", "shop", "code", "exit_code"), [
    (["--metric", "mean_response_time"], 1, "not-a-clock", 2),
    (["--metric", "nothing"], 1, "unknown-metric", 2),
    (["--target", "2"], 1, "bad-target", 2),
    (["--target", "NaN"], 1, "bad-target", 2),
    (["--part", "weather"], 1, "unknown-part", 2),
    (["--format", "csv"], 1, "part-needed", 2),
    ([], 3, "unknown-subject", 1),
])  # fmt: skip
def test_mistakes_are_told(cli, events, more, shop, code, exit_code):
    done = asked(cli, events, *more, shop=shop)
    assert (done.code, done.codes()) == (exit_code, [code])
