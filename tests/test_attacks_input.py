"""Input made to break the tool: every one ends in problems with a code, and nothing is lost without a word."""

import os
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steelyard.calls import choose, day_of
from steelyard.engines import connect
from steelyard.errors import InputError, RulesError, SteelyardError, UsageError
from steelyard.events.check import open_events
from steelyard.events.importers.table import import_table
from steelyard.scorecards.tree import parse

DAY = day_of("2022-11-01")
CARD = "douyin/experience"
MAPPING = """
tables:
  orders:
    files: orders.csv
    columns: {order_id: id, shop_id: {value: a}, paid_at: at}
"""


def events(folder, order_ids):
    pq.write_table(pa.table({"shop_id": pa.array([1], pa.int64())}), folder / "shops.parquet")
    count = len(order_ids)
    orders = {
        "order_id": pa.array(order_ids, pa.int64()),
        "shop_id": pa.array([1] * count, pa.int64()),
        "paid_at": pa.array([datetime(2022, 10, 1)] * count, pa.timestamp("us")),
    }
    pq.write_table(pa.table(orders), folder / "orders.parquet")
    return folder


def opened(folder):
    engine = connect("duckdb", {"threads": "1"})
    try:
        return open_events(engine, folder).report
    finally:
        engine.close()


def codes(error: type[SteelyardError], call, *arguments) -> list[str]:
    with pytest.raises(error) as caught:
        call(*arguments)
    return [problem.code for problem in caught.value.problems]


def imported(folder, csv, mapping=MAPPING):
    (folder / "orders.csv").write_bytes(csv.encode())
    (folder / "mapping.yaml").write_text(mapping)
    return import_table(folder / "mapping.yaml", folder / "events")


def test_ids_at_both_ends_of_64_bits(tmp_path):
    report = opened(events(tmp_path, [-(2**63), 0, 2**63 - 1]))
    assert report.quarantined == 0


@pytest.mark.parametrize("target", ["nowhere", "reviews.parquet"])
def test_a_link_that_leads_nowhere_is_no_missing_table(tmp_path, target):
    (events(tmp_path, [1]) / "reviews.parquet").symlink_to(target)
    assert codes(InputError, opened, tmp_path) == ["unreadable-file"]


def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(events(tmp_path, [1]) / "reviews.parquet")
    assert codes(InputError, opened, tmp_path) == ["unreadable-file"]


@pytest.mark.parametrize("number", ["1e999999999", "1e-999999999", "9" * 4000, ".nan"])
def test_numbers_nobody_can_reckon_with(number):
    assert codes(RulesError, parse, f"id: {number}", "file") == ["wrong-value"]


def test_rules_nested_without_end():
    assert codes(RulesError, parse, "a: " + "[" * 4000, "file") == ["not-yaml"]


@pytest.mark.parametrize(
    ("path", "value"),
    [("volume.measure", "nope"), ("dimensions.goods.indicators.goods_base_score.measure", "nope")],
)
def test_setting_a_measure_that_is_none(path, value):
    assert "unknown-measure" in codes(UsageError, choose, CARD, DAY, {path: value})


def test_setting_a_part_by_a_digit_that_is_no_number():
    assert codes(UsageError, choose, CARD, DAY, {"dimensions.²": "1"}) == ["unknown-path"]


@pytest.mark.parametrize(
    "setting",
    [("threads", "0"), ("threads", "1000000"), ("threads", ""), ("memory", "-5GB"), ("memory", "lots"), ("spill", "")],
)
def test_engine_settings_that_mean_nothing(setting):
    assert codes(UsageError, connect, "duckdb", dict([setting])) == ["bad-setting"]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("tail", ['"2,2022-10-02{0}3,2022-10-03{0}', '"2,2022-10-02'])
def test_a_quote_that_never_ends_swallows_no_row_in_silence(tmp_path, newline, tail):
    csv = f"id,at{newline}1,2022-10-01{newline}" + tail.format(newline)
    assert codes(InputError, imported, tmp_path, csv) == ["open-quote"]
    assert not (tmp_path / "events").exists()


@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_quotes_that_end_are_fine(tmp_path, newline, end):
    csv = f'id,at\n"1","2022-10-01"\n"2",2022-10-02{end}'
    report = imported(tmp_path, csv.replace("\n", newline))
    assert (report.rows["orders"], report.quarantined_rows) == (2, 0)


@pytest.mark.parametrize("option", ["encoding: hex", "encoding: undefined", "delimiter: '\"'"])
def test_source_options_that_read_no_text(tmp_path, option):
    mapping = MAPPING.replace("files: orders.csv", f"files: orders.csv\n    {option}")
    assert codes(InputError, imported, tmp_path, "id,at\n1,2022-10-01\n", mapping) == ["wrong-mapping"]


def test_a_time_format_of_one_letter_too_many(tmp_path):
    assert codes(InputError, imported, tmp_path, "id,at\n", "times: ['%-T']" + MAPPING) == ["wrong-mapping"]


def test_aliases_that_grow_without_end(tmp_path):
    lines = ["a0: &b0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &b{n} [{', '.join([f'*b{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert codes(InputError, imported, tmp_path, "", "\n".join(lines)) == ["not-yaml"]


def test_an_amount_beyond_all_amounts_is_set_aside(tmp_path):
    mapping = MAPPING.replace("paid_at: at", "paid_at: at, amount: {heading: sum, multiply: 10000}")
    report = imported(tmp_path, "id,at,sum\n1,2022-10-01,9e14\n2,2022-10-01,5\n", mapping)
    assert (report.rows["orders"], report.quarantined_rows) == (1, 1)
