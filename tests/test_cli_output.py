"""What commands write and print: the result contract, ranges of days, data and nothing else on stdout."""

import csv
import io
import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command_line import (
    CARD,
    TABLES,
    TOLD,
    UNTIL,
    VERSION,
    days_in,
    finished,
    in_order,
    started,
    tables_of,
    with_settings,
)
from marketplace import PAID, small

from steelyard.cli import run

TEXT, COUNT, DAY, SIX = pa.string(), pa.int64(), pa.date32(), pa.decimal128(20, 6)
HEAD = {"scorecard": TEXT, "version": TEXT, "as_of": DAY, "subject_id": COUNT}
CONTRACT = {
    "scores": {
        "peer_group": TEXT,
        "status": TEXT,
        "score": pa.decimal128(20, 2),
        "raw_score": SIX,
        "band": TEXT,
        "peers": COUNT,
        "peer_rank": COUNT,
    },
    "dimensions": {"dimension": TEXT, "points": SIX, "weight": SIX},
    "indicators": {
        "dimension": TEXT,
        "indicator": TEXT,
        "numerator": COUNT,
        "denominator": COUNT,
        "value": SIX,
        "points": SIX,
        "weight": SIX,
        "status": TEXT,
        "peer_mean": SIX,
        "peer_best10": SIX,
    },
    "adjustments": {"rule": TEXT, "before": SIX, "after": SIX, "reason": TEXT},
}
"""The result contract for a scorecard with two decimals and ids that are numbers; columns may be added."""

DAYS = [UNTIL - timedelta(days=number) for number in (1, 0)]


@pytest.fixture(scope="module")
def results(market: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Two days in one call, and each of them in its own."""
    home = tmp_path_factory.mktemp("results")
    assert run(with_settings([*score(market, home / "all", DAYS[-1]), "--from", DAYS[0]])) == 0
    for day in DAYS:
        assert run(with_settings(score(market, home / str(day), day))) == 0
    return {path.name: path for path in home.iterdir()}


def score(market: Path, out: Path, day: date = UNTIL) -> list[object]:
    return ["score", CARD, "--events", market, "--as-of", day, "--out", out]


@pytest.mark.parametrize("run", ["all", str(UNTIL)])
@pytest.mark.parametrize("table", CONTRACT)
def test_result_files_have_the_columns_and_types_of_the_contract(results, table, run):
    schema = pq.read_schema(results[run] / f"{table}.parquet")
    wanted = HEAD | CONTRACT[table]
    types = {field.name: field.type for field in schema}
    assert [name for name in types if name in wanted] == list(wanted)
    assert {name: types[name] for name in wanted} == wanted


def test_one_row_per_shop_day_and_part(market, results):
    found = tables_of(results["all"])
    shops = pq.read_metadata(market / "shops.parquet").num_rows
    assert found["scores"].num_rows == shops * len(DAYS)
    assert found["dimensions"].num_rows == shops * len(DAYS) * 3
    for name, keys in {
        "scores": ["as_of", "subject_id"],
        "dimensions": ["as_of", "subject_id", "dimension"],
        "indicators": ["as_of", "subject_id", "indicator"],
        "adjustments": ["as_of", "subject_id", "rule"],
    }.items():
        assert found[name].group_by(keys).aggregate([]).num_rows == found[name].num_rows


def without_since(table):
    """Rows without `since`, which looks back over the days of the run."""
    return table.drop([name for name in ("since",) if name in table.column_names]).to_pylist()


def test_a_range_of_days_equals_its_days_scored_one_by_one(results):
    ranged, singles = tables_of(results["all"]), [tables_of(results[str(day)]) for day in DAYS]
    assert days_in(results["all"]) == [str(DAYS[0]), str(DAYS[-1])]
    for name in TABLES:
        together = in_order(pa.concat_tables([single[name] for single in singles]))
        assert without_since(ranged[name]) == without_since(together)
    assert set(ranged["scores"]["as_of"].to_pylist()) == set(DAYS)
    assert len({str(single["scores"].drop(["as_of"]).to_pylist()) for single in singles}) == len(DAYS)


def test_a_score_is_its_raw_score_after_gates_and_rounding(results):
    rows = tables_of(results[str(UNTIL)])["scores"].to_pylist()
    assert {row["status"] for row in rows} == {"scored", "insufficient"}
    for row in rows:
        assert (row["score"] is None) == (row["raw_score"] is None) == (row["status"] == "insufficient")
        assert row["score"] is None or Decimal(3) <= row["score"] <= Decimal(5)


COMMANDS = {
    "explain": ["demo/quick", "1", "--events", "{events}", "--as-of", UNTIL],
    "rows": ["demo/quick", "complaints", "1", "--events", "{events}", "--as-of", UNTIL],
    "sql": [CARD, "--as-of", UNTIL],
    "check": ["events", "{events}"],
    "sample": ["{out}", "--shops", 2, "--days", 2, "--until", UNTIL],
    "scorecards list": [],
    "scorecards show": [CARD],
    "scorecards diff": [f"{CARD}@{VERSION}", f"{CARD}@{VERSION}"],
}


def arguments(command: str, events: Path, out: Path) -> list[object]:
    said = [str(part).format(events=events, out=out) for part in COMMANDS[command]]
    return [*command.split(), *said]


@pytest.mark.parametrize("command", COMMANDS)
def test_stdout_is_data_and_nothing_else(cli, market, quick, tmp_path, command):
    found, more = {}, quick if command in {"explain", "rows"} else []
    for how in ("json", "csv"):
        done = cli(*arguments(command, market, tmp_path / how), *more, "--format", how)
        assert done.code == 0, done.err
        told = [line for line in done.err.splitlines() if not TOLD.fullmatch(line)]
        assert all(line.startswith("counted ") for line in told), told
        found[how] = json.loads(done.out) if how == "json" else list(csv.DictReader(io.StringIO(done.out), strict=True))
    if command == "scorecards show":
        assert found["json"]["id"] == CARD
        assert set(found["csv"][0]) == {"number", "value", "grade", "where"}
    else:
        assert [list(row) for row in found["csv"]] == [list(row) for row in found["json"]]
        texts = [["" if value is None else str(value) for value in row.values()] for row in found["json"]]
        assert [list(row.values()) for row in found["csv"]] == texts


def test_a_csv_without_rows_has_its_headings(cli):
    done = cli("scorecards", "diff", f"{CARD}@{VERSION}", f"{CARD}@{VERSION}", "--format", "csv")
    assert done.out == "what,path,said\n"


@pytest.mark.parametrize(
    ("how", "read"),
    [("json", json.loads), ("csv", lambda text: next(csv.DictReader(io.StringIO(text))))],
)
def test_a_score_prints_its_summary_and_nothing_else(market, quick, tmp_path, how, read):
    call = ["score", "demo/quick", *quick, "--events", market, "--as-of", UNTIL, "--out", tmp_path / "out"]
    done = finished(started(*call, "--format", how))
    assert done.code == 0
    assert done.codes() == []
    facts = read(done.out)
    scores = tables_of(tmp_path / "out")["scores"].to_pylist()
    assert facts["scorecard"] == "demo/quick@1"
    assert int(facts["subjects"]) == len(scores)
    assert int(facts["scored"]) == sum(row["status"] == "scored" for row in scores)
    assert [line for line in done.err.splitlines() if line.startswith("written: ")] == [
        f"written: {tmp_path / 'out' / table}.parquet" for table in TABLES
    ]


def test_rows_quarantined_are_told_counted_and_written(cli, quick, tmp_path):
    orders = [{"order_id": n, "shop_id": 1 + n % 2, "paid_at": PAID} for n in range(10, 16)]
    events = small(tmp_path / "events", orders=[*orders, {"order_id": 77, "shop_id": 9, "paid_at": PAID}])
    done = cli("score", "demo/quick", *quick, "--events", events, "--as-of", UNTIL, "--out", tmp_path / "out")
    assert done.code == 0
    assert f"1 rows quarantined, see {tmp_path / 'out' / 'quarantine.parquet'}" in done.err.splitlines()
    assert done.codes() == ["unknown-shop"]
    quarantined = pq.read_table(tmp_path / "out" / "quarantine.parquet").to_pylist()
    assert [(row["table"], row["row_id"], row["reason"]) for row in quarantined] == [("orders", "77", "unknown-shop")]


@pytest.mark.parametrize(("more", "code"), [([], 0), (["--strict"], 1)])
def test_only_a_strict_check_fails_where_rows_are_quarantined(cli, tmp_path, more, code):
    events = small(tmp_path / "events", orders=[{"order_id": 77, "shop_id": 9, "paid_at": PAID}])
    done = cli("check", "events", events, "--quarantine", tmp_path / "bad.parquet", "--format", "json", *more)
    assert done.code == code
    assert "1 rows quarantined" in done.err
    assert sum(row["quarantined"] for row in json.loads(done.out)) == 1
    assert pq.read_table(tmp_path / "bad.parquet")["row_id"].to_pylist() == ["77"]
    assert {path.name for path in tmp_path.iterdir()} == {"events", "bad.parquet"}


def test_a_clean_folder_passes_the_strict_check(cli, market):
    done = cli("check", "events", market, "--strict", "--format", "json")
    assert done.code == 0
    assert all(row["quarantined"] == 0 and row["read"] == row["good"] for row in json.loads(done.out))


def test_the_language_changes_texts_and_no_figure(cli, market, quick):
    call = ["explain", "demo/quick", "1", "--events", market, "--as-of", UNTIL, *quick]
    chinese, english = (cli(*call, "--lang", lang).out for lang in ("zh", "en"))
    assert "投诉率" in chinese
    assert "Complaints" in english
    figures = [[word for word in text.split() if word.replace(".", "").isdigit()] for text in (chinese, english)]
    assert figures[0] == figures[1]


def test_without_a_word_the_environment_decides_the_language(cli, monkeypatch):
    assert "Douyin" in cli("scorecards", "list").out
    monkeypatch.setenv("STEELYARD_LANG", "zh")
    assert "抖音" in cli("scorecards", "list").out
    assert "Douyin" in cli("scorecards", "list", "--lang", "en").out


def test_the_summary_of_a_range_is_that_of_its_last_day(cli, market, quick, tmp_path):
    score = ["score", "demo/quick", *quick, "--events", market, "--as-of", UNTIL, "--format", "json"]
    one = cli(*score, "--out", tmp_path / "one")
    several = cli(*score, "--from", UNTIL - timedelta(days=2), "--out", tmp_path / "several")
    assert json.loads(one.out) == json.loads(several.out)
    assert json.loads(one.out)["subjects"] == pq.read_metadata(market / "shops.parquet").num_rows
