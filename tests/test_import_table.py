"""Exports with any headings into the contract: cells, files, mapping, chats, and what goes wrong."""

from datetime import datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from steelyard.errors import InputError, UsageError
from steelyard.events.importers.report import ImportReport
from steelyard.events.importers.table import import_table

SHOPS = "  shops: {rows: [{shop_id: '007', name: 示例, opened_on: 2020-02-29}]}\n"
ORDERS = """
  orders:
    files: orders.csv
    columns: {order_id: 订单号, shop_id: {value: '007'}, paid_at: 支付时间, amount: 金额(元)}
"""


class Desk:
    """A folder with a mapping and its exports."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, name: str, text: str, encoding: str = "utf-8") -> None:
        (self.folder / name).write_bytes(text.encode(encoding))

    def run(self, tables: str, head: str = "") -> ImportReport:
        self.file("mapping.yaml", f"{head}\ntables:\n{tables}")
        return import_table(self.folder / "mapping.yaml", self.folder / "events")

    def codes(self, tables: str, head: str = "") -> list[str]:
        with pytest.raises((InputError, UsageError)) as caught:
            self.run(tables, head)
        assert not [path for path in self.folder.iterdir() if path.name.startswith(".")]
        self.problems = caught.value.problems
        return [problem.code for problem in self.problems]

    def rows(self, table: str) -> list[dict]:
        return pq.read_table(self.folder / "events" / f"{table}.parquet").to_pylist()


@pytest.fixture
def desk(tmp_path) -> Desk:
    return Desk(tmp_path)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_encodings_and_delimiters_are_found_out(desk, encoding, delimiter):
    lines = ["订单号,支付时间,金额（元）,备注", "1,2024-05-01 08:00:00,5,甲", "2,2024-05-02 08:00:00,6,乙"]
    desk.file("orders.csv", "\r\n".join(lines).replace(",", delimiter), encoding)
    report = desk.run(ORDERS)
    assert desk.rows("orders") == [
        {"order_id": "1", "shop_id": "007", "amount": 5.0, "paid_at": at("2024-05-01 08:00:00")},
        {"order_id": "2", "shop_id": "007", "amount": 6.0, "paid_at": at("2024-05-02 08:00:00")},
    ]
    assert report.notes[0] == "orders: headings not used: 备注"


def test_ids_keep_every_digit(desk):
    desk.file(
        "orders.csv",
        "订单号,支付时间,金额(元)\n"
        '="6917000000000000123",2024-05-01,1\n"=""6917000000000000124""",2024-05-01,1\n'
        "\t6917000000000000125\t,2024-05-01,1\n'6917000000000000126,2024-05-01,1\n"
        "0042,2024-05-01,1\n6.917E+18,2024-05-01,1\n",
    )
    report = desk.run(ORDERS)
    assert [row["order_id"] for row in desk.rows("orders")] == [
        "0042", "6917000000000000123", "6917000000000000124", "6917000000000000125", "6917000000000000126",
    ]  # fmt: skip
    assert report.quarantined == {("orders", "digits-lost"): 1}


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ('"¥1,234.50"', 1234.5), ("￥99", 99.0), ("１２．５０元", 12.5), ("-3.20", -3.2),
        ("5", 5.0), (" 7 ", 7.0), ("1e2", 100.0), ("-", None), ("--", None), ("无", None), ("", None),
    ],
)  # fmt: skip
def test_amounts(desk, cell, amount):
    desk.file("orders.csv", f"订单号,支付时间,金额(元)\n1,2024-05-01,{cell}\n")
    desk.run(ORDERS)
    assert desk.rows("orders")[0]["amount"] == amount


@pytest.mark.parametrize("cell", ["abc", '"1,23"', "nan", "inf", "1e300", "12 万", "6917000000000000123"])
def test_amounts_that_are_none(desk, cell):
    desk.file("orders.csv", f"订单号,支付时间,金额(元)\n1,2024-05-01,{cell}\n")
    assert desk.run(ORDERS).quarantined == {("orders", "unparsable-value"): 1}
    (row,) = pq.read_table(desk.folder / "events" / "_quarantine.parquet").to_pylist()
    assert (row["table"], row["file"], row["row"], row["row_id"]) == ("orders", "orders.csv", 2, "1")
    assert (row["column"], row["value"]) == ("amount", cell.strip('"'))
    assert "amount is no number" in row["message"]


@pytest.mark.parametrize(
    "cell",
    [
        "2024-05-01 09:03:00", "2024/5/1 9:03", "2024/05/01 09:03:00", "2024年5月1日 9:03", "20240501090300",
        "２０２４－０５－０１ ０９：０３", "2024-05-01T09:03:00.000", "2024.05.01 09:03:00",
    ],
)  # fmt: skip
def test_times(desk, cell):
    desk.file("orders.csv", f"订单号,支付时间,金额(元)\n1,{cell},1\n")
    desk.run(ORDERS)
    assert desk.rows("orders")[0]["paid_at"] == at("2024-05-01 09:03:00")


@pytest.mark.parametrize("cell", ["2024-02-30 08:00:00", "1/5/2024", "2024-05-01 08:00:00+08:00", "昨天", "24"])
def test_times_that_are_none(desk, cell):
    desk.file("orders.csv", f"订单号,支付时间,金额(元)\n1,{cell},1\n")
    assert desk.run(ORDERS).quarantined == {("orders", "unparsable-value"): 1}
    assert desk.rows("orders") == []


def test_times_in_a_format_of_ones_own(desk):
    desk.file("orders.csv", "订单号,支付时间,金额(元)\n1,01/05/2024 21.30,1\n")
    desk.run(ORDERS.replace("paid_at: 支付时间", "paid_at: {heading: 支付时间, format: '%d/%m/%Y %H.%M'}"))
    assert desk.rows("orders")[0]["paid_at"] == at("2024-05-01 21:30:00")


def test_ways_to_make_a_value(desk):
    desk.file(
        "r.csv",
        "单号,日期,时间,追评时间,等级,星,标记,图,店\n9,2024-05-01,08:30,-,好评,4星,无,3,甲店\n8,2024-05-02,,2024-05-03,一般,-,Y,x,乙店\n",
    )
    desk.run("""
  reviews:
    files: r.csv
    columns:
      review_id: {join: [单号, 等级], separator: "/", prefix: r-}
      order_id: {heading: 单号, prefix: pdd-}
      shop_id: {heading: 店, values: {甲店: '1'}, otherwise: '2'}
      created_at: {first_of: [追评时间, 日期]}
      replied_at: {join: [日期, 时间], separator: " "}
      stars: {heading: 等级, values: {好评: 5, 一般: 3}}
      goods_stars: {heading: 星, remove: 星}
      follow_up: {heading: 标记, values: {无: false}}
      media_count: {heading: 图, values: {x: null}}
      reply: {heading: 备注, optional: true}
      text: {heading: 图, when: {店: 甲店}}
""")
    first, second = sorted(desk.rows("reviews"), key=lambda row: row["order_id"], reverse=True)
    assert first == {
        "review_id": "r-9/好评", "order_id": "pdd-9", "shop_id": "1", "created_at": at("2024-05-01"),
        "stars": 5, "goods_stars": 4, "follow_up": False, "text": "3", "media_count": 3, "reply": None,
        "replied_at": at("2024-05-01 08:30"),
    }  # fmt: skip
    assert (second["shop_id"], second["created_at"], second["replied_at"]) == ("2", at("2024-05-03"), None)
    assert (second["goods_stars"], second["follow_up"], second["media_count"], second["text"]) == (
        None,
        True,
        None,
        None,
    )


def test_money_in_fen_is_exact(desk):
    desk.file("orders.csv", "订单号,支付时间,金额(元)\n1,2024-05-01,12345\n")
    desk.run(ORDERS.replace("金额(元)", "{heading: 金额(元), multiply: 0.01}"))
    assert repr(desk.rows("orders")[0]["amount"]) == "123.45"


def test_one_row_per_order_and_the_newest_copy_of_each_line(desk):
    desk.file(
        "orders-1.csv",
        "订单,行,付款,件,元,货\nA,1,2024-05-01,1,0.10,x\nA,2,2024-05-01,1,0.20,y\n,,,,,\n合计,,,2,0.3,\n",
    )
    desk.file("orders-2.csv", "元,货,订单,行,付款,件\n0.20,y,A,2,2024-05-01,5\n0.7,z,B,3,,1\n")
    report = desk.run("""
  orders:
    files: [orders-*.csv]
    last_of: [订单, 行]
    leave_out: {订单: 合计, 付款: [null]}
    merge: {by: order_id, columns: {quantity: sum, amount: sum}}
    columns: {order_id: 订单, shop_id: {value: s}, product_id: 货, quantity: 件, amount: 元, paid_at: 付款}
""")
    (row,) = desk.rows("orders")
    assert (row["quantity"], repr(row["amount"]), row["product_id"]) == (6, "0.3", "x")
    told = {note for note in report.notes if note.startswith("orders:")}
    assert told == {
        "orders: empty rows: 1", "orders: rows left out by 订单: 1", "orders: rows left out by 付款: 1",
        "orders: older copies left out: 1",
    }  # fmt: skip


def book(path: Path, sheets: dict[str, list[list]]) -> None:
    with xlsxwriter.Workbook(path, {"default_date_format": "yyyy/m/d h:mm:ss"}) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for number, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, str):
                        sheet.write_string(number, column, cell)
                    elif cell is not None:
                        sheet.write(number, column, cell)


def test_spreadsheets(desk):
    days = [datetime(2024, 5, 1) + timedelta(seconds=977 * number) for number in range(200)]
    rows = [["订单导出"], ["订单号", "支付时间", "金额(元)"]]
    rows += [[str(6917000000000000000 + number), day, 1.5] for number, day in enumerate(days)]
    rows += [[6917000000000000123, "2024/5/1", "¥2"], [42, "2024/5/1", "¥1,000"]]
    book(desk.folder / "o.xlsx", {"说明": [["x"]], "数据": rows})
    report = desk.run(ORDERS.replace("files: orders.csv", "files: o.xlsx\n    sheet: 数据\n    header_row: 2"))
    found = {row["order_id"]: row for row in desk.rows("orders")}
    assert [found[str(6917000000000000000 + n)]["paid_at"] for n in range(200)] == days
    assert (found["42"]["amount"], found["42"]["paid_at"]) == (1000.0, at("2024-05-01"))
    assert report.quarantined == {("orders", "digits-lost"): 1}
    (aside,) = pq.read_table(desk.folder / "events" / "_quarantine.parquet").to_pylist()
    assert aside["row"] == 203
    assert desk.codes("  agents: {files: o.xlsx, sheet: 数居, columns: {agent_id: a, shop_id: b}}") == ["unknown-sheet"]


def test_parquet_export(desk):
    table = pa.table({
        "订单号": pa.array([6917000000000000123, 5]),
        "支付时间": pa.array([at("2024-05-01 08:00:00.250")] * 2),
        "金额(元)": pa.array([None, 2.0]),
    })  # fmt: skip
    pq.write_table(table, desk.folder / "o.parquet")
    desk.run(ORDERS.replace("orders.csv", "o.parquet"))
    assert [(row["order_id"], row["amount"]) for row in desk.rows("orders")] == [
        ("5", 2.0), ("6917000000000000123", None),
    ]  # fmt: skip
    assert desk.rows("orders")[0]["paid_at"] == at("2024-05-01 08:00:00.250")


def test_broken_lines_do_not_take_others_along(desk):
    desk.file(
        "orders.csv",
        '订单号,支付时间,金额(元)\n1,2024-05-01,1\n2,2024-05-01,1,surplus\n3,"2024"x,1\n4,2024-05-01\n"5",2024-05-01,"1\n"\n',
    )
    report = desk.run(ORDERS)
    assert [row["order_id"] for row in desk.rows("orders")] == ["1", "4", "5"]
    assert report.quarantined == {("orders", "broken-row"): 2}


def test_values_outside_the_contract(desk):
    desk.file("m.csv", "会话,谁,时间\ns,买家,2024-05-01\ns,路人,2024-05-01\n,买家,2024-05-01\n")
    report = desk.run(
        """
  messages:
    files: m.csv
    columns:
      session_id: 会话
      buyer_id: {value: b}
      sent_at: 时间
      sender: {heading: 谁, values: {买家: buyer}}
""",
        "constants: {shop_id: a}",
    )
    assert report.rows == {"messages": 1}
    assert report.quarantined == {("messages", "missing-value"): 1, ("messages", "value-not-in-list"): 1}
    assert report.quarantined_rows == 2
    assert {"table": "messages", "reason": "missing-value", "rows": 1} in report.records()
    assert "quarantined: messages: missing-value: 1 rows" in str(report)


MESSAGES = """
  messages:
    files: m.csv
    sessions: {by: silence, silence_minutes: 30}
    columns: {shop_id: 店, buyer_id: 买家, agent_id: 客服, sent_at: 时间, sender: 谁}
"""


def test_sessions_are_cut_at_silence(desk):
    desk.file(
        "m.csv",
        "店,买家,客服,时间,谁\n"
        "a,b,,2024-05-01 08:29:59,buyer\na,b,w2,2024-05-01 08:40:00,agent\n"
        "a,b,,2024-05-01 08:00:00,buyer\na,b,,2024-05-01 09:10:00,buyer\na,b,,2024-05-01 09:10:01,bot\n"
        "a,c,w1,2024-05-01 08:10:00,agent\nz,b,,2024-05-01 08:10:00,system\n",
    )
    report = desk.run(MESSAGES)
    assert report.rows == {"sessions": 4, "messages": 7}
    sessions = {row.pop("session_id"): row for row in desk.rows("sessions")}
    assert sessions["a:b:20240501080000"] == {
        "shop_id": "a", "buyer_id": "b", "agent_id": "w2", "handled_by": "human",
        "started_at": at("2024-05-01 08:00:00"), "ended_at": at("2024-05-01 08:40:00"),
    }  # fmt: skip
    assert sessions["a:b:20240501091000"]["handled_by"] == "bot"
    assert sessions["a:c:20240501081000"]["agent_id"] == "w1"
    assert sessions["z:b:20240501081000"]["handled_by"] is None
    per_session = [row["session_id"] for row in desk.rows("messages")]
    assert sorted(map(per_session.count, sessions)) == [1, 1, 2, 3]


def test_sessions_from_their_id(desk):
    desk.file("m.csv", "会话,店,买家,客服,时间,谁\nx,a,b,,2024-05-01,buyer\nx,a,b,w,2024-05-03,agent\n")
    desk.run(
        MESSAGES.replace("{by: silence, silence_minutes: 30}", "{by: session_id}").replace(
            "{shop_id", "{session_id: 会话, shop_id"
        )
    )
    (session,) = desk.rows("sessions")
    assert (session["session_id"], session["ended_at"], session["agent_id"]) == ("x", at("2024-05-03"), "w")


def test_several_sources_and_constants_fill_one_table(desk):
    desk.file("a.csv", "no,t\n1,2024-05-01\n")
    desk.file("b.csv", "nr;d;s\n2;2024-05-02;other\n")
    desk.run(
        SHOPS
        + """
  orders:
    - {files: a.csv, columns: {order_id: no, paid_at: t}}
    - {files: b.csv, columns: {order_id: nr, paid_at: d, shop_id: s}}
""",
        "constants: {shop_id: '007'}",
    )
    assert [(row["order_id"], row["shop_id"]) for row in desk.rows("orders")] == [
        ("1", "007"),
        ("2", "other"),
    ]
    assert desk.rows("shops")[0]["opened_on"] == at("2020-02-29").date()
