"""Whose sale an order is: the queries against plain loops, the register, the precedence."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from marketplace import write_events
from pay_office import OCTOBER, version_of

from steelyard.events.check import open_events
from steelyard.service.pay.attribution import Clues, Heard, Order, credits_of
from steelyard.service.pay.reading import Reader, cutoff, heard, orders
from steelyard.service.pay.register import standing, winners
from steelyard.service.pay.registered import records_on
from steelyard.service.pay.tables import Claim

QUICK = (Phase.explicit, Phase.reuse, Phase.generate)
"""A query takes long: a failure is told as it was found."""
SHARED = [HealthCheck.function_scoped_fixture]
BASE = datetime(2022, 10, 10, 12)
TIMES = ("placed_at", "paid_at", "grouped_at")


def reader_of(engine, folder, version, tables):
    known = open_events(engine, write_events(folder, tables))
    return Reader(known, OCTOBER, version, cutoff(OCTOBER, version.cutoff_days))


@pytest.fixture(scope="module")
def plans(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plans")
    rule = "{{automatic: [chat], before: [{}], within_days: {}, automatic_replies: {}}}"
    return {
        "all": version_of(folder, attribution=rule.format("placed_at, paid_at, grouped_at", 3, "ignore")),
        "auto": version_of(folder, attribution=rule.format("paid_at", 1, "count")),
    }


def naive(tables, rule):
    """Plain loops over messages."""
    sessions = {row["session_id"]: row["agent_id"] for row in tables["sessions"]}
    found = {}
    for order in tables["orders"]:
        for name in rule.before:
            until = order.get(name)
            if until is None or order["buyer_id"] is None:
                continue
            since = datetime.combine(until.date() - timedelta(days=rule.within_days - 1), time())
            best = None
            for row in tables["messages"]:
                agent = row["agent_id"] if row["agent_id"] is not None else sessions[row["session_id"]]
                if row["sender"] != "agent" or agent is None or (row["auto"] and rule.automatic_replies == "ignore"):
                    continue
                if (row["shop_id"], row["buyer_id"]) != (order["shop_id"], order["buyer_id"]):
                    continue
                if since <= row["sent_at"] < until:
                    key = (row["sent_at"], row["session_id"], agent)
                    best = max(best or key, key)
            if best is not None:
                found[order["order_id"], name] = Heard(order["order_id"], name, best[2], best[1], best[0])
    return found


MOMENT = st.integers(-80, 80).map(lambda hours: BASE + timedelta(hours=hours))
MESSAGE = st.tuples(
    st.integers(1, 4),
    MOMENT,
    st.sampled_from(["agent", "agent", "buyer", "bot"]),
    st.sampled_from([True, False, None]),
    st.sampled_from([None, 1, 2, 3]),
)
ORDER = st.tuples(
    st.integers(1, 2), st.sampled_from([1, 2, None]), MOMENT, st.booleans(), st.integers(0, 3), st.booleans()
)


def world(said, sold):
    sessions = [
        {"session_id": number, "shop_id": 1 + number % 2, "buyer_id": 1 + number // 3, "agent_id": agent,
         "started_at": BASE - timedelta(days=9)} for number, agent in ((1, 1), (2, None), (3, 2), (4, 3))
    ]  # fmt: skip
    own = {row["session_id"]: row for row in sessions}
    messages = [
        {"session_id": session, "shop_id": own[session]["shop_id"], "buyer_id": own[session]["buyer_id"],
         "agent_id": agent if sender == "agent" else None, "sent_at": at, "sender": sender, "auto": auto}
        for session, at, sender, auto, agent in said
    ]  # fmt: skip
    orders = [
        {"order_id": number, "shop_id": shop, "buyer_id": buyer, "amount": 10.0,
         "placed_at": paid - timedelta(hours=gap) if has_placed else None, "paid_at": paid,
         "grouped_at": paid + timedelta(hours=gap) if grouped else None}
        for number, (shop, buyer, paid, has_placed, gap, grouped) in enumerate(sold)
    ]  # fmt: skip
    agents = [{"agent_id": number, "shop_id": 1} for number in (1, 2, 3)]
    return {"shops": [{"shop_id": 1}, {"shop_id": 2}], "orders": orders, "sessions": sessions, "messages": messages,
            "agents": agents}  # fmt: skip


@settings(max_examples=12, deadline=None, phases=QUICK, suppress_health_check=SHARED)
@given(
    said=st.lists(MESSAGE, max_size=12),
    sold=st.lists(ORDER, min_size=1, max_size=4),
    which=st.sampled_from(["all", "auto"]),
)
def test_who_was_heard_last_is_what_loops_find(duckdb, plans, tmp_path_factory, said, sold, which):
    tables, version = world(said, sold), plans[which]
    found = heard(reader_of(duckdb, tmp_path_factory.mktemp("world"), version, tables))
    assert {(each.order_id, each.before): each for each in found} == naive(tables, version.attribution)


def test_every_engine_finds_the_same(engine, plans, tmp_path):
    said = [(1, BASE - timedelta(hours=5), "agent", False, None), (1, BASE - timedelta(hours=5), "agent", True, 3),
            (3, BASE - timedelta(hours=2), "agent", False, 2), (1, BASE, "agent", None, 1)]  # fmt: skip
    tables = world(said, [(2, 1, BASE, True, 1, True), (2, 2, BASE + timedelta(hours=1), False, 0, False)])
    reader = reader_of(engine, tmp_path / "world", plans["all"], tables)
    assert {(each.order_id, each.before): each for each in heard(reader)} == naive(tables, plans["all"].attribution)
    assert sorted(each.order_id for each in orders(reader)) == [0, 1]


BEFORE = {name: Heard(1, name, agent, 40 + agent, BASE) for agent, name in enumerate(TIMES, start=1)}


def credit(rule, clues, platform=None):
    order = Order(1, 1, 1, Decimal(1), BASE, platform_agent=platform)
    return credits_of([order], clues, rule)[1]


@pytest.mark.parametrize(
    ("known", "agent", "words"),
    [
        (TIMES, 1, "chat placed_at"),
        (TIMES[1:], 2, "chat paid_at"),
        (TIMES[2:], 3, "chat grouped_at"),
        ((), None, "nobody"),
    ],
)
def test_before_ordering_then_before_payment_then_before_grouping(plans, known, agent, words):
    found = credit(plans["all"].attribution, Clues(tuple(BEFORE[name] for name in known)))
    assert (found.agent_id, found.words) == (agent, words)
    assert found.session_id == (40 + agent if agent else None)


def test_without_chats_nobody_can_tell(plans):
    assert credit(plans["all"].attribution, Clues(has_chats=False)).by == "undecided"


def claim(name="C1", agent="9", state="accepted", order="1", **rest):
    decided = {} if state == "open" else {"decided_by": "Lead", "decided_at": datetime(2022, 10, 20, 9)}
    rest = {"session_id": "5", **decided, **rest}
    return Claim(claim_id=name, order_id=order, agent_id=agent, claimed_at=datetime(2022, 10, 12), state=state, **rest)


@pytest.mark.parametrize("automatic", [["platform", "chat"], ["chat", "platform"]])
def test_an_accepted_claim_is_stronger_than_platform_and_chat(plans, automatic):
    rule = plans["all"].attribution.model_copy(update={"automatic": tuple(automatic)})
    both = Clues((BEFORE["placed_at"],), {}, {"9": 9})
    assert credit(rule, both, platform=7).agent_id == (7 if automatic[0] == "platform" else 1)
    claimed = Clues(both.heard, winners(standing([claim()], date(2022, 11, 3))), {"9": 9})
    found = credit(rule, claimed, platform=7)
    assert (found.agent_id, found.words, found.session_id) == (9, "register C1", "5")


@pytest.mark.parametrize(
    ("claims", "standings", "winner"),
    [
        ([claim()], ["wins"], "9"),
        ([claim(state="open")], ["open"], None),
        ([claim(state="refused")], ["refused"], None),
        ([claim(), claim("C2", "8", "open")], ["wins", "open"], "9"),
        ([claim(), claim("C2", "8")], ["in_conflict", "in_conflict"], None),
        ([claim(), claim("C2", "8", "refused")], ["wins", "refused"], "9"),
        ([claim(), claim("C2", "9")], ["wins", "repeats"], "9"),
    ],
)
def test_how_claims_on_one_order_stand(claims, standings, winner):
    entered = standing(reversed(claims), date(2022, 11, 3))
    assert [each.standing for each in entered["1"]] == standings
    assert [each.agent_id for each in winners(entered).values()] == ([winner] if winner else [])
    agents = {each.agent_id for each in claims if each.state != "refused"}
    rivals = {name for each in entered["1"] for name in each.rivals}
    assert rivals == (agents if len(agents) > 1 else rivals & agents)


@pytest.mark.parametrize(("day", "state"), [(20, "open"), (21, "wins")])
def test_a_decision_counts_from_the_day_after(day, state):
    assert [each.standing for each in standing([claim()], date(2022, 10, day))["1"]] == [state]
    assert standing([claim()], date(2022, 10, 12)) == {}


def test_a_record_opens_from_returns_and_complaints_and_tells_false_evidence(duckdb, tmp_path):
    tables = world([], [(1, 1, BASE, True, 1, True)])
    tables["sessions"] += [{"session_id": 5, "shop_id": 1, "buyer_id": 1, "started_at": BASE}]
    tables["after_sales"] = [{"case_id": 31, "order_id": 0, "shop_id": 1, "kind": "exchange", "applied_at": BASE}]
    tables["complaints"] = [{"complaint_id": 41, "order_id": 0, "shop_id": 1, "created_at": BASE}]
    known = open_events(duckdb, write_events(tmp_path / "world", tables))
    claims = [
        claim(order="0", agent="1"),
        claim("C2", "2", order="0", session_id="1"),
        claim("C3", order="77", session_id="66"),
    ]
    first, second = records_on(known, date(2022, 11, 3), standing(claims, date(2022, 11, 3)))
    assert (first.order_id, first.cases, first.complaints, first.rivals) == (0, (31,), (41,), ("1", "2"))
    assert first.faults == (("C2", "other_buyer"),)
    assert (second.order_id, second.faults) == (None, (("C3", "no_order"), ("C3", "no_agent"), ("C3", "no_session")))
