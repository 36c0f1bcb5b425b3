"""More input made to break the tool: vast sheets, damaged pages, shifted row numbers, calls that make no sense."""

from datetime import date, datetime
from pathlib import Path
from types import SimpleNamespace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter
from command_line import QUICK

import steelyard as sy
from steelyard.calls import Score, choose, day_of, opened, subject_id
from steelyard.errors import InputError, SteelyardError, UsageError
from steelyard.events.importers.sheets import MOST_CELLS
from steelyard.events.importers.table import import_table
from steelyard.landing import landing
from steelyard.scoring.run import score_events

CARD = "douyin/experience"
DAY = "2022-11-01"
MAPPING = """
tables:
  orders:
    files: orders.*
    columns: {order_id: id, shop_id: {value: a}, paid_at: at}
"""


def codes(error: type[SteelyardError], call, *arguments, **named) -> list[str]:
    with pytest.raises(error) as caught:
        call(*arguments, **named)
    assert all(problem.where and problem.fix for problem in caught.value.problems)
    return [problem.code for problem in caught.value.problems]


def imported(folder: Path, csv: str, mapping: str = MAPPING):
    (folder / "orders.csv").write_text(csv, encoding="utf-8", newline="")
    (folder / "mapping.yaml").write_text(mapping, encoding="utf-8")
    return import_table(folder / "mapping.yaml", folder / "events")


def set_aside(folder: Path) -> list[tuple[int, str]]:
    found = pq.read_table(folder / "events" / "_quarantine.parquet").to_pylist()
    return sorted((row["row"], row["reason"]) for row in found)


def sheet(folder: Path, *, far: object, other: object = None) -> Path:
    """A workbook of two orders with `far` in the last corner of its first sheet, `other` in that of its second."""
    book = xlsxwriter.Workbook(folder / "orders.xlsx")
    for name, corner in (("订单", far), ("other", other)):
        page = book.add_worksheet(name)
        page.write_row(0, 0, ["id", "at"])
        page.write_row(1, 0, ["1", "2022-10-01"])
        page.write_row(2, 0, ["2", "2022-10-02"])
        page.write(1048575, 16383, corner, book.add_format({"bold": True}))
    book.close()
    (folder / "mapping.yaml").write_text(MAPPING, encoding="utf-8")
    return folder / "mapping.yaml"


def test_a_cell_in_the_last_corner_of_a_sheet_is_refused(tmp_path):
    with pytest.raises(InputError) as caught:
        import_table(sheet(tmp_path, far="x"), tmp_path / "events")
    (problem,) = caught.value.problems
    assert problem.code == "sheet-too-large"
    assert problem.where.endswith("orders.xlsx sheet 订单")
    assert f"row 1,048,576, column 16,384; at most {MOST_CELLS:,} cells" in problem.message
    assert not (tmp_path / "events").exists()


def test_a_format_without_content_and_another_sheet_do_not_count(tmp_path):
    report = import_table(sheet(tmp_path, far=None, other="x"), tmp_path / "events")
    assert report.rows == {"orders": 2}


@pytest.fixture
def whole(tmp_path) -> Path:
    """An events folder of one shop and a thousand orders."""
    ids = pa.array(range(1000), pa.int64())
    pq.write_table(pa.table({"shop_id": pa.array([1], pa.int64())}), tmp_path / "shops.parquet")
    times = pa.array([datetime(2022, 10, 1, 0, 0, n % 60) for n in range(1000)], pa.timestamp("us"))
    orders = {"order_id": ids, "shop_id": pa.array([1] * 1000, pa.int64()), "paid_at": times}
    pq.write_table(pa.table(orders), tmp_path / "orders.parquet")
    return tmp_path


def damage(file: Path) -> None:
    """Leave the footer whole and no page."""
    end = len(file.read_bytes()) - pq.read_metadata(file).serialized_size - 8
    with file.open("r+b") as stream:
        stream.seek(4)
        stream.write(b"\xff" * (end - 4))


def test_damaged_pages_are_told_with_their_file_and_not_as_a_failed_query(whole):
    damage(whole / "orders.parquet")
    with pytest.raises(InputError) as caught:
        sy.score(CARD, events=whole, as_of=DAY)
    assert [(problem.code, problem.where) for problem in caught.value.problems] == [
        ("unreadable-file", "orders.parquet")
    ]


def test_pages_the_check_did_not_need_are_told_by_the_score(whole, quick_file):
    chosen = choose("demo/quick@1", day_of(DAY), rules=[quick_file])
    with opened(chosen, whole, "duckdb") as events:
        damage(whole / "orders.parquet")
        assert codes(InputError, score_events, events.engine, events, chosen.scorecard, day_of(DAY)) == [
            "unreadable-file"
        ]


@pytest.fixture
def quick_file(tmp_path) -> Path:
    file = tmp_path / "quick.yaml"
    file.write_text(QUICK, encoding="utf-8")
    return file


BASE = QUICK.replace("demo/quick", "demo/base")
OWN = """
id: demo/own
version: "1"
extends: demo/base@1
volume: {minimum: 1}
assumptions:
  - covers: [volume.minimum]
    why: {zh: 店铺很小, en: small shops}
"""


def test_files_that_are_checked_together_may_extend_one_another(tmp_path, cli):
    for name, text in {"base": BASE, "own": OWN}.items():
        (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
    assert set(cli("scorecards", "check", tmp_path).codes()) == {"no-cases"}
    assert cli("scorecards", "check", tmp_path / "own.yaml").codes() == ["unknown-base"]
    done = cli("scorecards", "check", tmp_path / "own.yaml", "--rules", tmp_path / "base.yaml")
    assert (done.code, done.codes()) == (0, [])


def test_a_file_without_a_name_is_a_finding_among_others(tmp_path, cli):
    (tmp_path / "own.yaml").write_text(OWN, encoding="utf-8")
    (tmp_path / "nameless.yaml").write_text("version: 1\n", encoding="utf-8")
    found = cli("scorecards", "check", tmp_path).codes()
    assert {"unknown-base", "missing-key"} <= set(found)


@pytest.mark.parametrize("path", ["id", "version", "platform", "subject"])
def test_what_names_a_scorecard_cannot_be_set(path):
    assert codes(UsageError, choose, CARD, day_of(DAY), {path: "agent"}) == ["not-settable"]


def test_row_numbers_are_those_of_the_file(tmp_path):
    wide = "x" + ",y" * 9
    lines = ["id,at", "1,2022-10-01", "2,never", wide, '"3', '3",2022-10-01', "", "4,never", wide, wide, "5,never"]
    report = imported(tmp_path, "\n".join(lines) + "\n")
    assert report.rows == {"orders": 2}
    # the cell of two lines is one row: from there on a row's number is one less than its line's
    expected = [(3, "unparsable-value"), (4, "broken-row"), (7, "unparsable-value")]
    assert set_aside(tmp_path) == [*expected, (8, "broken-row"), (9, "broken-row"), (10, "unparsable-value")]


MERGED = MAPPING.replace("at}", "at, COLUMN: n}\n    merge: {by: order_id, columns: {COLUMN: sum}}")


@pytest.mark.parametrize("column", ["quantity", "amount"])
def test_a_sum_beyond_all_sums_is_set_aside(tmp_path, column):
    lines = ["1,2022-10-01,999999999999999"] * 9300 + ["2,2022-10-01,3", "2,2022-10-01,4"]
    report = imported(tmp_path, "\n".join(["id,at,n", *lines]) + "\n", MERGED.replace("COLUMN", column))
    assert report.rows == {"orders": 1}
    assert set_aside(tmp_path) == [(2, "unparsable-value")]
    assert pq.read_table(tmp_path / "events" / "orders.parquet")[column].to_pylist() == [7]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ({"as_of": 20221101}, "not-a-day"),
        ({"as_of": None}, "not-a-day"),
        ({"events": None}, "wrong-argument"),
        ({"scorecard": None}, "wrong-argument"),
        ({"values": ["volume.minimum=1"]}, "wrong-argument"),
    ],
)
def test_arguments_of_the_wrong_kind(tmp_path, arguments, code):
    assert codes(UsageError, sy.score, **{"scorecard": CARD, "events": tmp_path, "as_of": DAY, **arguments}) == [code]


def test_a_time_as_a_day_is_its_day():
    assert day_of(datetime(2022, 11, 1, 13)) == date(2022, 11, 1)


@pytest.mark.parametrize("subject", [None, 1.5, ["1"]])
def test_a_subject_that_is_no_id(subject):
    assert codes(UsageError, subject_id, SimpleNamespace(id_type="int64"), subject) == ["wrong-argument"]


def test_a_closed_score_says_so(market, quick_file):
    chosen = choose("demo/quick@1", day_of(DAY), rules=[quick_file])
    with opened(chosen, market, "duckdb") as events:
        score = Score(chosen, events, score_events(events.engine, events, chosen.scorecard, day_of(DAY)))
        assert codes(UsageError, score.explain, None) == ["wrong-argument"]
        assert score.rows("complaints", 1).num_rows
        score.close()
        for call, arguments in ((score.rows, ("complaints", 1)), (score.explain, (1,)), (score.table, ("scores",))):
            assert codes(UsageError, call, *arguments) == ["score-closed"]
        score.close()


def land(target: Path, names: list[str], meanwhile) -> None:
    with landing(target) as draft:
        for name in names:
            (draft / name).write_text("mine")
        meanwhile()


@pytest.mark.parametrize("links", [True, False])
def test_two_imports_at_once_do_not_replace_each_other(tmp_path, monkeypatch, links):
    if not links:
        monkeypatch.setattr("os.link", lambda *_: (_ for _ in ()).throw(PermissionError("no links here")))
    target = tmp_path / "events"
    other = lambda: land(target, ["orders.parquet"], lambda: None)  # noqa: E731
    assert codes(UsageError, land, target, ["agents.parquet", "orders.parquet"], other) == ["table-exists"]
    assert [path.name for path in tmp_path.rglob("*")] == ["events", "orders.parquet"]
    land(target, ["agents.parquet"], lambda: None)
    assert sorted(path.name for path in target.iterdir()) == ["agents.parquet", "orders.parquet"]
