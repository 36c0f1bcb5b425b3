"""Corrections: a delta in the next statement, never a change of the old; floors kept, nothing posted twice."""

import json
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from marketplace import write_events
from pay_office import OCTOBER, books, member, order, plan_of, version_of, worked

from steelyard.errors import InputError, UsageError
from steelyard.events.check import open_events
from steelyard.service.pay.corrections import Again, corrections, settled, stated
from steelyard.service.pay.folder import month_of, paid_before, refuse_gap, write_payroll
from steelyard.service.pay.metrics import Reading
from steelyard.service.pay.payroll import statements
from steelyard.service.pay.record import read_record, text_of
from steelyard.service.pay.run import Case, Office, pay_month
from steelyard.service.pay.statement import Payroll
from steelyard.service.pay.tables import Claim, Entry, StaffRow
from steelyard.service.pay.words import NOTES

NOVEMBER, DECEMBER = month_of("2022-11"), month_of("2022-12")


def payroll(month, made):
    return Payroll(month, "test/plan", "1", "CNY", "f", tuple(made))


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return version_of(tmp_path_factory.mktemp("plan"))


def october(plan, sales, people=(1, 2)):
    """October with these sales: {order: (agent, amount)}."""
    sold = [order(number, agent, amount) for number, (agent, amount) in sales.items()]
    return statements(plan, worked([member(number) for number in people], books(sold)))


def month(plan, which, people=(1, 2)):
    """Another month, in which nothing happens."""
    made = statements(plan, worked([member(number) for number in people], books([])))
    return [replace(each, month=which) for each in made]


AMOUNTS = st.integers(0, 5_000_000).map(lambda cents: f"{Decimal(cents) / 100:.2f}")
SALES = st.dictionaries(st.integers(1, 6), st.tuples(st.sampled_from([1, 2, None]), AMOUNTS), max_size=6)


@settings(max_examples=80, deadline=None)
@given(SALES, SALES, SALES)
def test_what_is_posted_is_new_less_old_and_never_twice(plan, first, second, third):
    paid = payroll(OCTOBER, october(plan, first))
    now = [Again(OCTOBER, october(plan, second))]
    november = payroll(NOVEMBER, settled(month(plan, NOVEMBER), now, [paid], NOVEMBER))
    for each in november.statements:
        before, after = paid.of(each.member.agent_id), now[0].statements[each.member.agent_id - 1]
        assert each.corrected == after.earned - before.earned
        assert each.payout >= each.floor
        for correction in each.corrections:
            assert correction.delta == correction.now - correction.before != 0
    again = [Again(OCTOBER, october(plan, third)), Again(NOVEMBER, month(plan, NOVEMBER))]
    december = payroll(DECEMBER, settled(month(plan, DECEMBER), again, [paid, november], DECEMBER))
    for each in december.statements:
        agent = each.member.agent_id
        months = [payroll.of(agent) for payroll in (paid, november, december)]
        due = again[0].statements[agent - 1].earned + sum(other.earned for other in months[1:])
        assert sum(other.payout for other in months) == due + each.carried_over
        assert each.payout >= each.floor
    last = stated([paid, november, december])
    assert corrections([paid, november, december], again) == {}
    assert {key: last[1, "2022-10", key].amount for key in ("own_sales", "unassisted")} == {
        line.key: line.amount for line in again[0].statements[0].lines if line.key in {"own_sales", "unassisted"}
    }


@settings(max_examples=30, deadline=None)
@given(SALES, SALES)
def test_a_payroll_read_back_says_the_same(plan, first, second):
    paid = payroll(OCTOBER, october(plan, first))
    made = payroll(NOVEMBER, settled(month(plan, NOVEMBER), [Again(OCTOBER, october(plan, second))], [paid], NOVEMBER))
    for each in (paid, made):
        back = read_record(text_of(each), "here")
        assert stated([back]).keys() == stated([each]).keys()
        for key, line in stated([each]).items():
            found = stated([back])[key]
            assert (found.amount, found.rows, found.inputs) == (line.amount, line.rows, line.inputs)
        assert [one.carried_over for one in back.statements] == [one.carried_over for one in each.statements]


def test_the_rows_and_inputs_that_changed_are_named(plan):
    paid = payroll(OCTOBER, october(plan, {1: (1, "100.00"), 2: (1, "50.00")}))
    again = october(plan, {1: (1, "120.00"), 3: (1, "1.00")})
    found = corrections([paid], [Again(OCTOBER, again)])
    (only,) = found[1]
    assert (only.key, only.before, only.now, only.delta) == (
        "own_sales",
        Decimal("3.00"),
        Decimal("2.42"),
        Decimal("-0.58"),
    )
    changed = [(old and old.value, new and new.value) for old, new in only.changed_rows]
    assert changed == [("100.00", "120.00"), ("50.00", None), (None, "1.00")]
    assert only.changed_inputs == {"own_sales": ("150.00", "121.00")}
    assert 2 not in found


def test_a_correction_below_the_floor_is_put_off(plan):
    paid = payroll(OCTOBER, october(plan, {1: (1, "50000.00")}))
    gone = [Again(OCTOBER, october(plan, {}))]
    first, _ = settled(month(plan, NOVEMBER), gone, [paid], NOVEMBER)
    assert (first.corrected, first.carried_over, first.payout) == (
        Decimal("-1000.00"),
        Decimal("1000.00"),
        Decimal("1100.00"),
    )
    assert NOTES["carried_over"] in first.notes
    november = payroll(NOVEMBER, [first])
    rich = statements(plan, worked([member(1)], books([order(9, 1, "30000")])))
    (second,) = settled(rich, [*gone, Again(NOVEMBER, month(plan, NOVEMBER, (1,)))], [paid, november], DECEMBER)
    assert (second.corrections, second.brought_forward, second.carried_over) == (
        (),
        Decimal("-1000.00"),
        Decimal("400.00"),
    )
    assert second.payout == Decimal("1100.00")
    assert {NOTES["brought_forward"], NOTES["carried_over"]} <= set(second.notes)


def test_who_is_gone_gets_a_statement_for_corrections_alone(plan):
    paid = payroll(OCTOBER, october(plan, {1: (2, "100.00")}))
    again = [Again(OCTOBER, october(plan, {1: (2, "300.00")}))]
    made = settled(month(plan, NOVEMBER, (1,)), again, [paid], NOVEMBER)
    assert [each.member.agent_id for each in made] == [1, 2]
    assert made[1].payout == Decimal("4.00") == made[1].corrected
    assert made[1].lines == ()
    assert NOTES["corrections_only"] in made[1].notes


def test_a_line_that_is_no_more_is_taken_back(plan, tmp_path):
    rich = version_of(tmp_path, performance="{per_reception: 2}")
    before = statements(rich, worked([member(1)], books([]), a1={"receptions": Reading(10)}))
    found = corrections([payroll(OCTOBER, before)], [Again(OCTOBER, october(plan, {}, (1,)))])
    assert [(each.key, each.delta) for each in found[1]] == [("base_bonus", Decimal("-20.00"))]


AT = datetime(2022, 10, 10, 12)


def world(**changes):
    sold = {1: 100.0, 2: 200.0, 3: 300.0}
    orders = [
        {
            "order_id": number,
            "shop_id": 1,
            "buyer_id": number,
            "amount": amount,
            "paid_at": AT,
            "agent_id": 1 if number < 3 else None,
        }
        for number, amount in sold.items()
    ]
    later = {
        "order_id": 4,
        "shop_id": 1,
        "buyer_id": 4,
        "amount": 50.0,
        "paid_at": datetime(2022, 11, 5),
        "agent_id": 2,
    }
    agents = [
        {"agent_id": 1, "shop_id": 1, "name": "=1+1", "role": "presale"},
        {"agent_id": 2, "shop_id": 1, "name": "乙", "role": "presale", "joined_on": date(2022, 11, 16)},
    ]
    return {
        "shops": [{"shop_id": 1}],
        "orders": [*orders, later],
        "agents": agents,
        "after_sales": [],
        "messages": [],
        **changes,
    }


@pytest.fixture
def office(duckdb, tmp_path):
    """Pay a month of a world by the test plan, after those paid before; gives the payroll."""
    plan = plan_of(tmp_path)

    def pay(name, text, paid=(), files=None):
        known = open_events(duckdb, write_events(tmp_path / name, world(**text)))
        return pay_month(Case(known, plan, files or Office()), month_of("2022-1" + str(len(paid))), list(paid))

    return pay


def test_a_return_is_booked_when_it_happens_and_the_paid_month_stays(office):
    paid = office("first", {})
    returned = {
        "case_id": 7,
        "order_id": 2,
        "shop_id": 1,
        "kind": "return_refund",
        "outcome": "refunded",
        "refund_amount": 200.0,
        "applied_at": datetime(2022, 10, 30),
        "completed_at": datetime(2022, 11, 2),
    }
    made = office("second", {"after_sales": [returned]}, [paid])
    first, second = made.statements
    assert not first.corrections
    line = next(each for each in first.lines if each.key == "own_returns")
    assert (line.amount, [row.row_id for row in line.rows]) == (Decimal("-8.00"), [7])
    assert second.member.days == 15
    assert [each.member.agent_id for each in paid.statements] == [1]


def test_late_rows_claims_and_exclusions_become_deltas(office):
    paid = office("first", {})
    base = paid.statements[0].earned
    assert base == Decimal("1109.00")  # 1100 + 2 % of 300 + 1 % of 300
    late = {
        "order_id": 9,
        "shop_id": 1,
        "amount": 1000.0,
        "paid_at": AT,
        "agent_id": 1,
        "arrived_at": datetime(2022, 11, 20),
    }
    made = office("second", {"orders": [*world()["orders"], late]}, [paid])
    assert [(each.key, each.delta) for each in made.statements[0].corrections] == [("own_sales", Decimal("20.00"))]
    fake = {"table": "orders", "row_id": 2, "reason": "fake_trade", "decided_at": datetime(2022, 11, 20)}
    made = office("third", {"exclusions": [fake]}, [paid])
    assert [(each.key, each.delta) for each in made.statements[0].corrections] == [("own_sales", Decimal("-4.00"))]
    claim = Claim(claim_id="C1", order_id="3", agent_id="1", claimed_at=AT, chat="x", state="accepted", decided_by="L",
                  decided_at=datetime(2022, 11, 20))  # fmt: skip
    files = Office(claims=[claim])
    assert office("again", {}, files=files).statements == paid.statements
    made = office("fourth", {}, [paid], files)
    assert [(each.key, each.delta) for each in made.statements[0].corrections] == [
        ("own_sales", Decimal("6.00")), ("unassisted", Decimal("-3.00")),
    ]  # fmt: skip


def test_what_only_happened_later_corrects_nothing(office):
    paid = office("first", {})
    gone = [
        {**row, "cancelled_at": datetime(2022, 11, 9)} if row["order_id"] == 1 else row for row in world()["orders"]
    ]
    made = office("second", {"orders": gone}, [paid])
    assert not made.statements[0].corrections
    line = next(each for each in made.statements[0].lines if each.key == "own_sales")
    assert line.amount == Decimal("-2.00")
    assert NOTES["reversed"] in line.notes


def test_a_joiner_shares_the_pool_by_days(office):
    paid = office("first", {})
    orders = [*world()["orders"], {"order_id": 8, "shop_id": 1, "amount": 4500.0, "paid_at": datetime(2022, 11, 3)}]
    first, second = office("second", {"orders": orders}, [paid]).statements
    parts = [next(line.amount for line in each.lines if line.key == "unassisted") for each in (first, second)]
    assert parts == [Decimal("30.00"), Decimal("15.00")]


def test_a_paid_month_is_written_once(office, tmp_path):
    paid, out = office("first", {}), tmp_path / "out"
    assert not write_payroll(paid, out, "en").stood
    before = {file.name: file.read_bytes() for file in (out / "2022-10").iterdir()}
    assert write_payroll(paid, out, "zh").stood
    other = replace(paid, statements=paid.statements[:0])
    with pytest.raises(InputError, match="already-paid"):
        write_payroll(other, out, "en")
    assert {file.name: file.read_bytes() for file in (out / "2022-10").iterdir()} == before
    assert [each.month for each in paid_before(out, NOVEMBER, "test/plan")] == [OCTOBER]
    assert paid_before(out, OCTOBER, "test/plan") == []
    assert paid_before(tmp_path / "none", NOVEMBER, "test/plan") == []
    with pytest.raises(UsageError, match="later-month-paid"):
        refuse_gap(out, month_of("2022-09"))
    refuse_gap(out, OCTOBER)
    with pytest.raises(InputError, match="another-plan"):
        paid_before(out, NOVEMBER, "other/plan")


def test_a_folder_with_something_else_in_it_is_left_alone(office, tmp_path):
    folder = tmp_path / "out" / "2022-10"
    folder.mkdir(parents=True)
    assert not write_payroll(office("first", {}), tmp_path / "out", "en").stood
    (folder / "statements.json").unlink()
    with pytest.raises(UsageError, match="folder-not-empty"):
        write_payroll(office("second", {}), tmp_path / "out", "en")


def test_what_is_no_payroll_is_refused(office, tmp_path):
    folder = tmp_path / "out" / "2022-10"
    write_payroll(office("first", {}), tmp_path / "out", "en")
    file = folder / "statements.json"
    good = json.loads(file.read_text(encoding="utf-8"))
    good["statements"][0]["lines"][0]["amount"] = "1.00"
    for text in (b"{", b"[]", b"\xff", json.dumps(good).encode()):
        file.write_bytes(text)
        with pytest.raises(InputError, match="not-a-payroll"):
            paid_before(tmp_path / "out", NOVEMBER, "test/plan")


def test_the_same_events_give_the_same_text(office):
    rows = world()
    turned = {name: list(reversed(those)) for name, those in rows.items()}
    assert text_of(office("first", {})) == text_of(office("turned", turned))


def test_a_folder_without_agents_pays_nobody(duckdb, tmp_path):
    tables = {name: rows for name, rows in world().items() if name != "agents"}
    known = open_events(duckdb, write_events(tmp_path / "w", tables))
    with pytest.raises(InputError, match="no-agents"):
        pay_month(Case(known, plan_of(tmp_path)), OCTOBER, [])


def test_another_measurement_comes_in_by_the_door(duckdb, tmp_path):
    class Measured:
        def readings(self, month, known_on, wanted):
            assert (month, known_on, wanted) == (OCTOBER, date(2022, 11, 3), {"mean_response_time"})
            return {1: {"mean_response_time": Reading(90, 2)}}

    one = "[{id: it, title: {zh: 甲, en: a}, metric: mean_response_time, steps: [{at_most: 45, amount: 7}]}]"
    known = open_events(duckdb, write_events(tmp_path / "w", world()))
    made = pay_month(Case(known, plan_of(tmp_path, flexible=one), metrics=Measured()), OCTOBER, [])
    assert made.statements[0].section("flexible_performance") == 7


def test_amounts_may_be_decimals(duckdb, tmp_path):
    folder = write_events(tmp_path / "w", world())
    file = folder / "orders.parquet"
    table = pq.read_table(file)
    exact = pa.array([Decimal("0.10"), Decimal("1234567.89"), Decimal("3.00"), None], pa.decimal128(18, 2))
    pq.write_table(table.set_column(table.schema.get_field_index("amount"), "amount", exact), file)
    made = pay_month(Case(open_events(duckdb, folder), plan_of(tmp_path)), OCTOBER, [])
    line = next(each for each in made.statements[0].lines if each.key == "own_sales")
    assert (line.numbers, line.amount) == ("1234567.99 × 0.02", Decimal("24691.36"))


def test_a_plan_keeps_its_currency(office):
    paid = office("first", {})
    with pytest.raises(InputError, match="another-plan"):
        office("second", {}, [replace(paid, currency="USD")])


def test_a_month_paid_by_other_rules_is_told(office):
    paid = office("first", {})
    made = office("second", {}, [replace(paid, fingerprint="other")])
    assert [each.en for each in made.notes] == [
        "2022-10 was paid by other rules than the plan file says now; corrections follow the file"
    ]
    assert office("third", {}, [paid]).notes == ()


def test_what_touches_nobody_is_told(office):
    claims = [
        Claim(claim_id=name, order_id=order, agent_id=agent, claimed_at=AT, chat="x")
        for name, order, agent in (("C1", "3", "1"), ("C2", "3", "2"), ("C3", "99", "1"), ("C4", "1", "77"))
    ]
    files = Office(
        claims,
        [StaffRow(agent_id="55")],
        [Entry(entry_id="E1", agent_id="66", month="2022-10", amount=Decimal(1), reason="r", entered_by="L")],
    )
    orders = [*world()["orders"], {"order_id": 9, "shop_id": 1, "amount": 1.0, "paid_at": AT, "agent_id": 44}]
    assert [each.en for each in office("first", {"orders": orders}, files=files).notes] == [
        "sales are credited to people who are not in agents (44): nobody is paid for them",
        "claim C4: the agent is not in agents",
        "order 3 is claimed by several agents (1, 2): a lead should decide",
        "claim C3: the events have no such order",
        "entry E1 is not in agents and is not used",
        "55 of the staff list is not in agents and is not used",
    ]
