"""Service metrics as the payroll reads them: receptions against plain loops, the rest as `replies` tells them."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from marketplace import write_events
from pay_office import OCTOBER, plan_of

from steelyard.events.check import open_events
from steelyard.service.pay.counted import OWN, Measured
from steelyard.service.pay.metrics import METRICS
from steelyard.service.report import Asked, report
from steelyard.service.settings import settings_of
from steelyard.windows import Period

QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
"""A query takes long: a failure is told as it was found."""
SHARED = [HealthCheck.function_scoped_fixture]
KNOWN = date(2022, 11, 3)
WANTED = frozenset(METRICS)
DAYS = st.sampled_from([datetime(2022, 9, 30), datetime(2022, 10, 1), datetime(2022, 10, 2), datetime(2022, 10, 31)])
MOMENT = st.builds(lambda day, second: day + timedelta(seconds=second), DAYS, st.sampled_from([0, 1, 40000, 86399]))
MESSAGE = st.tuples(
    st.integers(1, 3),
    MOMENT,
    st.sampled_from(["buyer", "buyer", "agent", "bot"]),
    st.booleans(),
    st.sampled_from([None, 1, 2]),
)
ORDER = st.tuples(
    st.sampled_from([1, 2, None]), st.integers(-20, 4), st.sampled_from([0, 43200]), st.sampled_from([None, 0, 3, 30])
)


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return plan_of(tmp_path_factory.mktemp("plan"))


def world(said, sold):
    sessions = [{"session_id": number, "shop_id": 1, "buyer_id": 1 + number // 3, "agent_id": agent,
                 "started_at": datetime(2022, 9, 1)} for number, agent in ((1, 1), (2, None), (3, 2))]  # fmt: skip
    messages = [
        {"session_id": session, "shop_id": 1, "buyer_id": 1 + session // 3, "sent_at": at, "sender": sender,
         "auto": auto if sender == "agent" else None, "agent_id": agent if sender == "agent" else None}
        for session, at, sender, auto, agent in said
    ]  # fmt: skip
    orders = []
    for number, (buyer, days, seconds, delivered) in enumerate(sold):
        paid = datetime(2022, 10, 2) + timedelta(days=days, seconds=seconds)
        there = None if delivered is None else paid + timedelta(days=delivered)
        orders.append({"order_id": number, "shop_id": 1, "buyer_id": buyer, "agent_id": 1, "paid_at": paid,
                       "grouped_at": paid, "delivered_at": there})  # fmt: skip
    agents = [{"agent_id": number, "shop_id": 1} for number in (1, 2)]
    return {"shops": [{"shop_id": 1}], "orders": orders, "sessions": sessions, "messages": messages, "agents": agents}


def agent_of(row, tables):
    if row["agent_id"] is not None:
        return row["agent_id"]
    return next(each["agent_id"] for each in tables["sessions"] if each["session_id"] == row["session_id"])


def naive(tables):
    """Receptions by agent."""
    mine = [row for row in tables["messages"] if row["sent_at"].month == 10]
    received = {(agent_of(row, tables), row["buyer_id"], row["sent_at"].date())
                for row in mine if row["sender"] == "agent" and not row["auto"]}  # fmt: skip
    return {agent: sum(who == agent for who, _, _ in received) for agent in (1, 2)}


@settings(max_examples=5, deadline=None, phases=QUICK, suppress_health_check=SHARED)
@given(said=st.lists(MESSAGE, min_size=2, max_size=14), sold=st.lists(ORDER, min_size=1, max_size=4))
def test_receptions_are_what_loops_find_and_the_rest_what_replies_tells(duckdb, plan, tmp_path_factory, said, sold):
    tables = world(said, sold)
    known = open_events(duckdb, write_events(tmp_path_factory.mktemp("world"), tables))
    found = Measured(known, plan).readings(OCTOBER, KNOWN, WANTED)
    assert {agent: each["receptions"].numerator for agent, each in found.items()} == naive(tables)
    names = [metric.name for metric in settings_of().metrics if metric.name in METRICS.keys() - OWN]
    asked = Asked(known, settings_of().only(names), "agent", Period(OCTOBER.first, OCTOBER.end))
    told = {(row["subject_id"], row["metric"]): row for row in report(asked) if row["subject_id"] in found}
    assert "answer_rate_30s" in names
    for (agent, metric), row in told.items():
        reading = found[agent].get(metric)
        if row["numerator"] is None:
            assert reading is None
        else:
            assert reading.numerator == row["numerator"]
            assert METRICS[metric].total or reading.denominator == row["denominator"]
    rates = [each["answer_rate_30s"] for each in found.values()]
    assert all(len(each.rows) == each.denominator for each in rates)
    assert all(sum(row.value == "1" for row in each.rows) == each.numerator for each in rates)


def test_online_time_good_reviews_and_changed_reviews(duckdb, plan, tmp_path):
    tables = world([], [(1, 0, 0, None)])
    at = datetime(2022, 10, 5)
    tables["presence"] = [
        {
            "agent_id": 1,
            "shop_id": 1,
            "state": "online",
            "from_at": datetime(2022, 9, 30, 23),
            "to_at": datetime(2022, 10, 1, 1),
        },
        {"agent_id": 1, "shop_id": 1, "state": "suspended", "from_at": at, "to_at": datetime(2022, 10, 6)},
        {
            "agent_id": 1,
            "shop_id": 1,
            "state": "online",
            "from_at": datetime(2022, 10, 31, 23),
            "to_at": datetime(2022, 11, 1, 1),
        },
    ]
    tables["sessions"] += [
        {
            "session_id": 10 + number,
            "shop_id": 1,
            "buyer_id": 1,
            "agent_id": 1,
            "started_at": at,
            "rating": stars,
            "rated_at": rated,
        }
        for number, (stars, rated) in enumerate([(5, at), (4, at), (3, at), (5, datetime(2022, 11, 1)), (None, None)])
    ]
    tables["after_sales"] = [
        {
            "case_id": number,
            "order_id": 0,
            "shop_id": 1,
            "agent_id": 2,
            "kind": "exchange",
            "applied_at": at,
            "completed_at": done,
            "review_changed": changed,
        }
        for number, (done, changed) in enumerate([(at, True), (at, False), (at, None), (datetime(2022, 11, 1), True)])
    ]
    found = Measured(open_events(duckdb, write_events(tmp_path / "w", tables)), plan).readings(OCTOBER, KNOWN, WANTED)
    assert (found[1]["online_time"].numerator, found[2]["online_time"].numerator) == (7200, 0)
    assert (found[1]["positive_rate"].numerator, found[1]["positive_rate"].denominator) == (2, 3)
    assert (found[1]["changed_reviews"].numerator, found[2]["changed_reviews"].numerator) == (0, 1)
    assert (found[1]["mean_response_time"].numerator, found[1]["mean_response_time"].denominator) == (0, 0)


def test_without_its_table_a_metric_has_no_reading(duckdb, plan, tmp_path):
    tables = {
        name: rows for name, rows in world([], [(1, 0, 0, None)]).items() if name in {"shops", "orders", "agents"}
    }
    found = Measured(open_events(duckdb, write_events(tmp_path / "w", tables)), plan).readings(OCTOBER, KNOWN, WANTED)
    ordered = {"conversion_rate", "items_per_buyer"}
    assert {agent: set(each) for agent, each in found.items()} == {1: ordered, 2: ordered}
