"""Commission of a whole month from an events folder, against a plain reckoning that shares no code with it."""

from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from marketplace import write_events
from pay_office import amounts_of, half_up, plan_of

from steelyard.events.check import open_events
from steelyard.service.pay.folder import month_of
from steelyard.service.pay.run import Case, pay_month

DAY = st.integers(0, 75).map(lambda days: datetime(2022, 9, 15) + timedelta(days=days))
EDGE = st.sampled_from([datetime(2022, 9, 30, 23, 59, 59), datetime(2022, 10, 1), datetime(2022, 10, 31, 23, 59, 59),
                        datetime(2022, 11, 1), datetime(2022, 11, 2, 23, 59, 59), datetime(2022, 11, 3)])  # fmt: skip
TIME = DAY | EDGE
MONEY = st.none() | st.integers(0, 10**6).map(lambda cents: cents / 100)
ORDER = st.tuples(
    st.sampled_from([1, 2]), MONEY, TIME, st.none() | TIME, st.none() | TIME, st.sampled_from([None, 1, 2, 3, 9])
)
CASE = st.tuples(
    st.integers(0, 3),
    st.sampled_from(["return_refund", "refund_only", "exchange"]),
    st.sampled_from(["refunded", "refunded", "rejected", None]),
    MONEY,
    st.none() | TIME,
)
EXCLUSION = st.tuples(
    st.sampled_from(["orders", "after_sales"]),
    st.integers(0, 3),
    st.sampled_from([None, "pay", "conversion_rate"]),
    TIME,
)
SHOP_OF = {1: 1, 2: 1, 3: 2}
QUICK = (Phase.explicit, Phase.reuse, Phase.generate)


def world(sold, cases, excluded):
    orders = [
        {
            "order_id": number,
            "shop_id": shop,
            "amount": amount,
            "paid_at": paid,
            "grouped_at": grouped,
            "cancelled_at": gone,
            "agent_id": agent,
        }
        for number, (shop, amount, paid, grouped, gone, agent) in enumerate(sold)
    ]
    returned = [
        {"case_id": number, "order_id": order % len(sold), "shop_id": 1, "kind": kind, "outcome": outcome,
         "refund_amount": amount, "applied_at": datetime(2022, 9, 1), "completed_at": done}
        for number, (order, kind, outcome, amount, done) in enumerate(cases)
    ]  # fmt: skip
    exclusions = [
        {"table": table, "row_id": row, "indicator": name, "reason": "other", "decided_at": at}
        for table, row, name, at in excluded
    ]
    agents = [{"agent_id": agent, "shop_id": shop} for agent, shop in SHOP_OF.items()]
    return {"shops": [{"shop_id": 1}, {"shop_id": 2}], "orders": orders, "after_sales": returned, "messages": [],
            "agents": agents, "exclusions": exclusions}  # fmt: skip


def cents(amount):
    return Fraction(0) if amount is None else Fraction(str(amount))


def naive(tables, counted_by, kinds):
    """Own sales, own returns and the pool of October, as known on 3 November."""
    first, end, known = datetime(2022, 10, 1), datetime(2022, 11, 1), datetime(2022, 11, 3)
    out = {
        (row["table"], row["row_id"])
        for row in tables["exclusions"]
        if row["indicator"] in {None, "pay"} and row["decided_at"] < known
    }
    orders = {
        row["order_id"]: row
        for row in tables["orders"]
        if ("orders", row["order_id"]) not in out and row["paid_at"] < known
    }
    sales, returns = {}, {}

    def owner(row):
        return ("agent", row["agent_id"]) if row["agent_id"] is not None else ("shop", row["shop_id"])

    for row in orders.values():
        at, gone = row[counted_by], row["cancelled_at"]
        if at is None or at >= end:
            continue
        if at >= first and (gone is None or gone >= end):
            sales[owner(row)] = sales.get(owner(row), 0) + cents(row["amount"])
        if at < first and gone is not None and first <= gone < end:
            sales[owner(row)] = sales.get(owner(row), 0) - cents(row["amount"])
    for case in tables["after_sales"]:
        row = orders.get(case["order_id"])
        if row is None or ("after_sales", case["case_id"]) in out or case["kind"] not in kinds:
            continue
        if case["outcome"] != "refunded" or case["completed_at"] is None or not first <= case["completed_at"] < end:
            continue
        if row["cancelled_at"] is not None and row["cancelled_at"] < end:
            continue
        amount = cents(row["amount"] if case["refund_amount"] is None else case["refund_amount"])
        returns[owner(row)] = returns.get(owner(row), 0) + amount
    return sales, returns


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans")
    grouped = "{counted_by: grouped_at, return_kinds: [return_refund, refund_only]}"
    return {
        ("paid_at", ("return_refund",)): plan_of(folder),
        ("grouped_at", ("return_refund", "refund_only")): plan_of(folder, sales=grouped),
    }


@settings(max_examples=20, deadline=None, phases=QUICK, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sold=st.lists(ORDER, min_size=1, max_size=6),
    cases=st.lists(CASE, max_size=5),
    excluded=st.lists(EXCLUSION, max_size=2),
    number=st.integers(0, 1),
)
def test_the_commission_of_a_month(duckdb, plans, tmp_path_factory, sold, cases, excluded, number):
    (counted_by, kinds), plan = list(plans.items())[number]
    tables = world(sold, cases, excluded)
    known = open_events(duckdb, write_events(tmp_path_factory.mktemp("world"), tables))
    made = pay_month(Case(known, plan), month_of("2022-10"), [])
    sales, returns = naive(tables, counted_by, kinds)
    pools = {1: [], 2: []}
    for each in made.statements:
        agent, amounts = each.member.agent_id, amounts_of(each)
        assert amounts["own_sales"] == half_up(Fraction(2, 100) * sales.get(("agent", agent), 0))
        assert amounts["own_returns"] == half_up(-Fraction(4, 100) * returns.get(("agent", agent), 0))
        pools[SHOP_OF[agent]].append(amounts["unassisted"])
    for shop, parts in pools.items():
        net = Fraction(sales.get(("shop", shop), 0)) - returns.get(("shop", shop), 0)
        assert sum(parts) == half_up(net / 100)
        assert max(parts) - min(parts) <= Decimal("0.01")
    strange = {("agent", 9)} & {*sales, *returns}
    assert bool(made.notes) == bool(strange)
