"""`steelyard pay` and `steelyard claims`: what is printed, what is written, and what is refused."""

import csv
import io
import json
import zipfile
from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command_line import content
from marketplace import write_events
from pay_office import PLAN, reckoned
from python_calamine import CalamineWorkbook

from steelyard.service.pay import workbook

AT = datetime(2022, 10, 10, 12)
CLAIMS = """\
claim_id,order_id,agent_id,claimed_at,session_id,chat,state,decided_by,decided_at,note
C1,3,2,2022-10-12 09:00:00,,chats/3.txt,accepted,李主管,2022-10-13 10:00:00,
C2,3,1,2022-10-12 10:00:00,5,,open,,,
"""


@pytest.fixture
def world(tmp_path):
    orders = [{"order_id": number, "shop_id": 1, "buyer_id": number, "amount": 100.0 * number, "paid_at": AT,
               "agent_id": 1 if number < 3 else None} for number in (1, 2, 3)]  # fmt: skip
    returned = {"case_id": 7, "order_id": 3, "shop_id": 1, "kind": "return_refund", "outcome": "refunded",
                "refund_amount": 30.0, "applied_at": AT, "completed_at": datetime(2022, 10, 20)}  # fmt: skip
    agents = [{"agent_id": 1, "shop_id": 1, "name": '=HYPERLINK("x")', "role": "presale"},
              {"agent_id": 2, "shop_id": 1, "name": "乙", "role": "aftersale"}]  # fmt: skip
    write_events(tmp_path / "events", {
        "shops": [{"shop_id": 1}], "orders": orders, "agents": agents, "after_sales": [returned], "messages": [],
        "sessions": [{"session_id": 5, "shop_id": 1, "buyer_id": 8, "started_at": AT}],
        "complaints": [{"complaint_id": 4, "order_id": 3, "shop_id": 1, "created_at": AT}],
    })  # fmt: skip
    (tmp_path / "plan.yaml").write_text(PLAN, encoding="utf-8")
    (tmp_path / "claims.csv").write_text(CLAIMS, encoding="utf-8")
    (tmp_path / "staff.yaml").write_text("rows:\n  - {agent_id: '2', region: north}\n", encoding="utf-8")
    rows = [
        {"entry_id": "E1", "agent_id": 1, "month": "2022-10", "amount": "20.50", "reason": "排班", "entered_by": "L"}
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "entries.parquet")
    return tmp_path


@pytest.fixture
def pay(cli, world):
    def call(*more, month="2022-10"):
        return cli("pay", world / "plan.yaml", "--events", world / "events", "--month", month, "--out", world / "out",
                   *more)  # fmt: skip

    return call


def office(world):
    return "--register", world / "claims.csv", "--staff", world / "staff.yaml", "--entries", world / "entries.parquet"


def test_statements_are_printed_and_written(pay, world):
    done = pay(*office(world), "--format", "json")
    assert (done.code, done.codes()) == (0, [])
    rows = json.loads(done.out)
    assert [
        (row["agent_id"], row["base"], row["commission"], row["flexible_performance"], row["payout"]) for row in rows
    ] == [
        (1, "1100.00", "6.00", "20.50", "1126.50"),
        (2, "2000.00", "4.80", "0.00", "2004.80"),
    ]
    written = json.loads((world / "out" / "2022-10" / "statements.json").read_text(encoding="utf-8"))
    for statement in written["statements"]:
        for line in statement["lines"]:
            assert round(reckoned(line["numbers"]), 2) == Decimal(line["amount"])
    own = next(line for line in written["statements"][1]["lines"] if line["key"] == "own_sales")
    assert own["rows"] == [{"table": "orders", "row_id": 3, "value": "300.00", "credit": "register C1"}]
    back = next(line for line in written["statements"][1]["lines"] if line["key"] == "own_returns")
    assert back["rows"][0]["credit"] == "register C1, order 3"
    assert written["teams"][-1]["payout"] == "3131.30"
    assert "order 3 is claimed by several agents (1, 2): a lead should decide" in done.err
    assert "claim C2: the session is of another shop or buyer" in done.err


def test_the_table_is_for_people_and_csv_for_programs(pay):
    done = pay("--lang", "zh")
    assert done.code == 0
    for text in ("客服编号", "底薪", "实发", "合计", "2022-10 · test/plan@1 · CNY"):
        assert text in done.out
    again = pay("--format", "csv")
    assert (again.code, "nothing is changed" in again.err) == (0, True)
    rows = list(csv.DictReader(io.StringIO(again.out)))
    assert [row["agent_id"] for row in rows] == ["1", "2"]
    assert sum(Decimal(row["payout"]) for row in rows) == Decimal("2208.70")


@pytest.mark.parametrize(
    ("lang", "sheets", "head"),
    [
        ("zh", ["汇总", "明细", "依据", "更正", "基本要求"], "客服编号"),
        ("en", ["Summary", "Lines", "Rows", "Corrections", "Requirements"], "agent id"),
    ],
)
def test_the_workbook_holds_text_as_text(pay, world, lang, sheets, head):
    pay("--lang", lang)
    file = world / "out" / "2022-10" / "statements.xlsx"
    book = CalamineWorkbook.from_path(file)
    assert book.sheet_names == sheets
    rows = book.get_sheet_by_index(0).to_python()
    assert (rows[0][0], rows[1][1], rows[-1][-2]) == (head, '=HYPERLINK("x")', 2208.70)
    with zipfile.ZipFile(file) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert not any(b"<f>" in part for name, part in parts.items() if name.startswith("xl/worksheets/"))
    assert not any(b"hyperlink" in part.lower() for name, part in parts.items() if name.endswith(".rels"))


def test_a_long_list_goes_on_in_a_further_sheet(pay, world, monkeypatch):
    monkeypatch.setattr(workbook, "MOST_ROWS", 2)
    pay("--lang", "en")
    book = CalamineWorkbook.from_path(world / "out" / "2022-10" / "statements.xlsx")
    assert [name for name in book.sheet_names if name.startswith("Rows")] == ["Rows", "Rows 2"]
    rows = [row for name in ("Rows", "Rows 2") for row in book.get_sheet_by_name(name).to_python()[1:]]
    assert [(row[1], row[3], row[4]) for row in rows] == [
        ("1", "orders", "1"), ("1", "orders", "2"), ("", "orders", "3"), ("", "after_sales", "7"),
    ]  # fmt: skip


def test_the_same_call_writes_the_same_bytes(cli, world):
    for name in ("one", "two"):
        cli("pay", world / "plan.yaml", "--events", world / "events", "--month", "2022-10", "--out", world / name)
    assert content(world / "one") == content(world / "two")


def test_a_paid_month_is_not_changed_but_corrected_in_the_next(pay, world):
    assert pay().code == 0
    before = content(world / "out")
    refused = pay(*office(world))
    assert (refused.code, refused.codes(), content(world / "out")) == (1, ["already-paid"], before)
    done = pay(*office(world), "--format", "json", month="2022-11")
    assert done.code == 0
    assert [(row["corrections"], row["payout"]) for row in json.loads(done.out)] == [
        ("19.15", "1119.15"), ("903.45", "2903.45"),
    ]  # fmt: skip
    assert {name: text for name, text in content(world / "out").items() if "2022-10" in name} == before
    late = pay(month="2022-09")
    assert (late.code, late.codes()) == (2, ["later-month-paid"])
    elsewhere = pay("--before", world / "none", "--format", "json", month="2022-12")
    assert [row["corrections"] for row in json.loads(elsewhere.out)] == ["0.00", "0.00"]


@pytest.mark.parametrize(
    ("file", "text", "code"),
    [
        ("claims.csv", CLAIMS.replace("accepted", "granted"), "bad-row"),
        ("claims.csv", CLAIMS.replace("李主管", ""), "bad-row"),
        ("claims.csv", CLAIMS.replace(",5,,open", ",,,open"), "bad-row"),
        ("claims.csv", CLAIMS.replace("C2", "C1"), "bad-row"),
        ("claims.csv", CLAIMS.replace(",,open,,,", ",,open,,,,,"), "bad-row"),
        ("claims.csv", CLAIMS.replace("李主管", "2"), "bad-row"),
        ("claims.csv", CLAIMS.replace("note\n", "remark\n").replace(",\n", ",x\n", 1), "bad-row"),
        ("claims.csv", CLAIMS.replace("2022-10-12 09:00:00", "2022-10-12 09:00:00+08:00"), "bad-row"),
        ("staff.yaml", "rows: {}\n", "bad-row"),
        ("staff.yaml", "rows:\n  - {agent_id: '2', joined_on: 2022-10-05, left_on: 2022-10-04}\n", "bad-row"),
        ("staff.yaml", "rows: [1\n", "not-yaml"),
        ("entries.parquet", "no parquet", "unreadable-file"),
    ],
)
def test_a_mistake_in_a_file_is_told(pay, world, file, text, code):
    (world / file).write_text(text, encoding="utf-8")
    done = pay(*office(world))
    assert (done.code, set(done.codes())) == (1, {code})
    assert not (world / "out").exists()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        (("--register", "none.csv"), "no-such-file"),
        (("--set", "floor.otherwise=1"), "not-settable"),
        (("--month", "2022-1"), "not-a-month"),
        (("--example", "gold"), "unknown-plan"),
        (("--engine", "abacus"), "unknown-engine"),
    ],
)
def test_a_wrong_call_is_told(pay, more, code):
    done = pay(*more)
    assert (done.code, done.codes()) == (2, [code])


def test_a_file_of_another_kind_is_refused(pay, world):
    (world / "claims.txt").write_text(CLAIMS, encoding="utf-8")
    done = pay("--register", world / "claims.txt")
    assert (done.code, done.codes()) == (2, ["unknown-file-type"])


def test_an_example_is_printed_and_pays(cli, world):
    done = cli("pay", "--example", "performance")
    assert (done.code, done.err) == (0, "")
    (world / "plan.yaml").write_text(done.out, encoding="utf-8")
    paid = cli("pay", world / "plan.yaml", "--events", world / "events", "--month", "2022-10", "--out", world / "out")
    assert (paid.code, paid.codes()) == (0, [])


def test_claims_are_shown_with_what_hangs_on_the_order(cli, world):
    call = [
        "claims",
        world / "claims.csv",
        "--events",
        world / "events",
        "--known-on",
        "2022-11-03",
        "--format",
        "json",
    ]
    rows = json.loads(cli(*call).out)
    assert [(row["claim_id"], row["standing"], row["rivals"], row["returns"], row["complaints"]) for row in rows] == [
        ("C1", "accepted: the sale is this agent's", "1", "7", "4"), ("C2", "open", "2", "7", "4"),
    ]  # fmt: skip
    assert rows[1]["faults"] == "the session is of another shop or buyer"
    for wanted, count in (
        (("--return", "7"), 2),
        (("--complaint", "4"), 2),
        (("--order", "3"), 2),
        (("--return", "9"), 0),
    ):
        assert len(json.loads(cli(*call, *wanted).out)) == count


def test_one_agent_is_shown_line_by_line(pay, world):
    rows = json.loads(pay(*office(world), "--agent", "2", "--format", "json").out)
    assert [(row["line"], row["amount"], row["numbers"]) for row in rows][:3] == [
        ("base wage", "2000.00", "2000"),
        ("commission on own sales", "6.00", "300.00 × 0.02"),
        ("deduction for own returns", "-1.20", "0 − 30.00 × 0.04"),
    ]
    table = pay(*office(world), "--agent", "2", "--lang", "zh").out
    assert "个人销售额 × 提成比例" in table
    assert "2004.80" in table


def test_an_agent_without_a_statement_is_told_before_anything_is_written(pay, world):
    done = pay("--agent", "9")
    assert (done.code, done.codes()) == (1, ["unknown-subject"])
    assert not (world / "out").exists()
