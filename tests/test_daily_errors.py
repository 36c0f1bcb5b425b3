"""What a daily run refuses: each with its code, its place and what to do, and nothing of it published."""

import shutil
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from command_line import Done

from steelyard.desk.home import Home
from tests.arriving import QUICKLY, configure, days_from, quick_home, run, seen, shown, write
from tests.marketplace import Row

DAY = date(2022, 11, 1)
ARRIVE = days_from(DAY - timedelta(days=3), 3)
PAID = datetime(2022, 10, 20, 12)


def order(number: object, **more: object) -> Row:
    return {"order_id": number, "shop_id": 1, "buyer_id": number, "paid_at": PAID} | more


FIRST = {"shops": [{"shop_id": 1}], "orders": [order(n) for n in range(5)]}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home in which nothing was run; the first day has arrived."""
    made = quick_home(tmp_path / "home")
    write(made.arrivals / str(ARRIVE[0]), FIRST)
    return made


@pytest.fixture
def refused(home: Home, cli: Callable[..., Done]) -> Callable[..., None]:
    """Runs a day and expects one kind of problem, with parts of what is said, and that nothing was published."""

    def call(code: str, *parts: str, day: date = DAY, exit_code: int = 1) -> None:
        before = shown(home).keys()
        done = cli("run", "--home", home.folder, "--as-of", day)
        assert (done.code, set(done.codes()), done.out) == (exit_code, {code}, "")
        assert [part for part in parts if part not in done.err] == []
        assert shown(home).keys() == before

    return call


def test_a_day_without_arrivals(home: Home, refused: Callable[..., None]) -> None:
    write(home.arrivals / str(ARRIVE[1]), {})
    refused("arrivals-missing", f"arrivals/{ARRIVE[2]}", "an empty one where nothing arrived")


def test_a_missed_day_without_arrivals(home: Home, refused: Callable[..., None]) -> None:
    run(home, ARRIVE[1])
    write(home.arrivals / str(ARRIVE[2]), {})
    refused("arrivals-missing", f"arrivals/{ARRIVE[1]}")


def test_no_scorecard_can_be_scored(home: Home, refused: Callable[..., None]) -> None:
    config = home.folder / "steelyard.toml"
    before = config.read_text(encoding="utf-8")
    config.write_text('[scorecards]\nonly = ["jd/aftersales_provider"]\n', encoding="utf-8")
    refused("nothing-to-score", "required-parameter", "scorecards.values", day=ARRIVE[1])
    config.write_text(before, encoding="utf-8")
    assert [each.day for each in run(home, ARRIVE[1]).days] == [ARRIVE[1]]


def test_arrivals_of_an_earlier_day_come_late(home: Home, refused: Callable[..., None]) -> None:
    run(home, ARRIVE[1])
    write(home.arrivals / str(ARRIVE[1]), {})
    early = ARRIVE[0] - timedelta(days=1)
    write(home.arrivals / str(early), {"orders": [order(9)]})
    refused("arrivals-late", f"arrivals/{early}", "the folder of the day they came", day=ARRIVE[2])


def test_arrivals_of_a_taken_day_are_others_now(home: Home, refused: Callable[..., None]) -> None:
    run(home, ARRIVE[1])
    write(home.arrivals / str(ARRIVE[1]), {})
    write(home.arrivals / str(ARRIVE[0]), FIRST | {"orders": [order(1)]})
    refused("arrivals-changed", f"arrivals/{ARRIVE[0]}", "a later day's folder", day=ARRIVE[2])
    write(home.arrivals / str(ARRIVE[0]), FIRST)
    assert [each.day for each in run(home, ARRIVE[2]).days] == [ARRIVE[2]]


def test_a_table_in_parts_has_changed(home: Home, refused: Callable[..., None]) -> None:
    parts = home.arrivals / str(ARRIVE[0]) / "orders"
    parts.mkdir()
    parts.with_suffix(".parquet").rename(parts / "part-0")
    run(home, ARRIVE[1])
    write(home.arrivals / str(ARRIVE[1]), {})
    pq.write_table(pq.read_table(parts / "part-0").slice(1), parts / "part-0")
    refused("arrivals-changed", f"arrivals/{ARRIVE[0]}", day=ARRIVE[2])


@pytest.mark.parametrize("name", ["yesterday", f"{ARRIVE[0]:%Y%m%d}", f"{ARRIVE[0]:%G-W%V-%u}"])
def test_a_folder_named_after_no_day(home: Home, refused: Callable[..., None], name: str) -> None:
    write(home.arrivals / name, {"orders": [order(99)]})
    refused("not-a-day", f"arrivals/{name}", "YYYY-MM-DD", day=ARRIVE[1])


def test_ids_of_another_type(home: Home, refused: Callable[..., None]) -> None:
    run(home, ARRIVE[1])
    write(home.arrivals / str(ARRIVE[1]), {"orders": [order("x9") | {"shop_id": "1"}]}, "string")
    refused("id-type-changed", f"arrivals/{ARRIVE[1]}", "ids are text, and numbers", day=ARRIVE[2])


@pytest.mark.parametrize("gone", ["shops", "orders"])
def test_a_table_that_never_came(home: Home, refused: Callable[..., None], gone: str) -> None:
    (home.arrivals / str(ARRIVE[0]) / f"{gone}.parquet").unlink()
    refused("missing-table", f"{gone} never arrived", day=ARRIVE[1])


def test_nothing_ever_came(home: Home, refused: Callable[..., None]) -> None:
    write(home.arrivals / str(ARRIVE[2]), {})
    for name in FIRST:
        (home.arrivals / str(ARRIVE[0]) / f"{name}.parquet").unlink()
    refused("missing-table", "shops never arrived")


def test_a_scorecard_that_is_not_there(home: Home, refused: Callable[..., None]) -> None:
    configure(home.folder, ["demo/slow"], 'rules = ["quick.yaml"]\n')
    refused("unknown-scorecard", "steelyard.toml scorecards", "demo/slow", QUICKLY, day=ARRIVE[1])


def test_a_broken_file(home: Home, refused: Callable[..., None]) -> None:
    run(home, ARRIVE[1])
    before = seen(home)
    broken = write(home.arrivals / str(ARRIVE[1]), {"orders": [order(9)]}) / "orders.parquet"
    broken.write_bytes(broken.read_bytes()[:-9])
    refused("unreadable-file", "orders.parquet", day=ARRIVE[2])
    write(home.arrivals / str(ARRIVE[1]), {"orders": [order(9)]})
    run(home, ARRIVE[2])
    assert seen(home)[QUICKLY, ARRIVE[1]] == before[QUICKLY, ARRIVE[1]]


def test_a_column_of_another_type(home: Home, refused: Callable[..., None]) -> None:
    table = pa.table({"order_id": [9], "shop_id": [1], "paid_at": [True]})
    write(home.arrivals / str(ARRIVE[1]), {})
    run(home, ARRIVE[1])
    pq.write_table(table, home.arrivals / str(ARRIVE[1]) / "orders.parquet")
    refused("wrong-type", "paid_at", day=ARRIVE[2])


def test_bad_rows_are_put_aside_and_counted(home: Home, cli: Callable[..., Done]) -> None:
    late = [order(7, paid_at=None), order(8, quantity=1), order(8, quantity=2), order(9, shop_id=2), order(10)]
    write(home.arrivals / str(ARRIVE[1]), {"orders": late})
    run(home, ARRIVE[1])
    done = cli("run", "--home", home.folder, "--as-of", ARRIVE[2])
    assert (done.code, f"{ARRIVE[1]}: 5 rows taken, 4 quarantined" in done.err) == (0, True)
    file = home.store / "quarantine" / f"day={ARRIVE[1]}" / "rows.parquet"
    kept = {(row["row_id"], row["reason"]) for row in pq.read_table(file).to_pylist()}
    assert {row_id for row_id, _ in kept} == {"7", "8", "9"}
    assert pq.read_table(home.store / "orders" / f"day={ARRIVE[1]}" / "rows.parquet")["order_id"].to_pylist() == [10]


def test_the_lost_ledger_is_made_anew(home: Home) -> None:
    run(home, ARRIVE[1])
    for day in ARRIVE[1:]:
        write(home.arrivals / str(day), {"orders": [order(100 + day.day)]})
    (home.ledger / f"at={ARRIVE[1]}.json").unlink()
    run(home, ARRIVE[2])
    next(home.ledger.glob("*/opened=*/*.parquet")).unlink()
    run(home, DAY)
    assert list(seen(home)) == [(QUICKLY, day) for day in (*ARRIVE[1:], DAY)]


def test_a_ledger_that_was_cut_off_is_made_anew(home: Home) -> None:
    run(home, ARRIVE[1])
    write(home.arrivals / str(ARRIVE[1]), {})
    before = seen(home)
    cut_off(next(home.ledger.glob("*/opened=*/*.parquet")))
    run(home, ARRIVE[2])
    shops = {day: [row.replace(str(day), "") for row in tables["scores"]] for (_, day), tables in seen(home).items()}
    assert seen(home)[QUICKLY, ARRIVE[1]] == before[QUICKLY, ARRIVE[1]]
    assert len(shops[ARRIVE[2]]) == len(shops[ARRIVE[1]])


def test_a_store_that_was_cut_off(home: Home, refused: Callable[..., None]) -> None:
    run(home, ARRIVE[1])
    write(home.arrivals / str(ARRIVE[1]), {})
    cut_off(home.store / "shops" / f"day={ARRIVE[0]}" / "rows.parquet")
    refused("unreadable-file", "shops", day=ARRIVE[2])


def cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-9])


def test_ids_are_text_though_the_first_days_have_none(home: Home) -> None:
    shutil.rmtree(home.arrivals / str(ARRIVE[0]))
    write(home.arrivals / str(ARRIVE[0]), {"scenarios": [{"scenario": "s", "module": "goods"}]})
    rows = {"shops": [{"shop_id": "s1"}], "orders": [order(f"o{n}", shop_id="s1") for n in range(5)]}
    write(home.arrivals / str(ARRIVE[1]), rows, "string")
    run(home, ARRIVE[2])
    assert list(seen(home)) == [(QUICKLY, ARRIVE[2])]


@pytest.mark.parametrize("day", ["tomorrow", "2022-13-01"])
def test_no_day(home: Home, cli: Callable[..., Done], day: str) -> None:
    done = cli("run", "--home", home.folder, "--as-of", day)
    assert (done.code, done.codes()) == (2, ["not-a-day"])


def test_no_home(tmp_path: Path, cli: Callable[..., Done]) -> None:
    done = cli("run", "--home", tmp_path / "nowhere", "--as-of", DAY)
    assert (done.code, done.codes()) == (2, ["no-such-home"])
