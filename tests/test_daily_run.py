"""The daily run: once per day, caught up where it was missed, and late news changes later days only."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from command_line import Done, content

from steelyard.desk.home import Home, open_database
from steelyard.desk.runs import runs
from steelyard.engines import Engine
from tests.arriving import QUICKLY, Arriving, days_from, ever, new_home, quick_home, run, seen, shown, spread, write
from tests.marketplace import Row, write_events
from tests.reference.hostile import Size
from tests.reference.hostile_full import full_marketplace

DAY = date(2022, 11, 1)
ARRIVE = days_from(DAY - timedelta(days=4), 4)
SMALL = Size(4, 40, 40, 12, 6, 6, bulk=(0, 3, 40), least=0.7)


@pytest.fixture(scope="module")
def arriving(duckdb: Engine, tmp_path_factory: pytest.TempPathFactory) -> Arriving:
    tables = full_marketplace(7, DAY, [], SMALL)
    asked = {name: tables.get(name, []) for name in ("shops", "orders", "complaints", "exclusions")}
    return spread(duckdb, write_events(tmp_path_factory.mktemp("whole"), asked), ARRIVE, 7)


@pytest.fixture(scope="module")
def daily(arriving: Arriving, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """A home that was run every day; only to be read."""
    home = quick_home(tmp_path_factory.mktemp("daily") / "home")
    arriving.deliver(home.arrivals)
    for day in ARRIVE:
        run(home, day + timedelta(days=1))
    return home


def engines_own(home: Home) -> dict[str, bytes]:
    return {
        f"{folder.name}/{name}": text
        for folder in (home.store, home.ledger, home.results)
        for name, text in content(folder).items()
    }


def test_the_same_day_again_does_nothing(daily: Home) -> None:
    files, before = engines_own(daily), ever(daily)
    for day in (DAY, DAY - timedelta(days=2)):
        outcome = run(daily, day)
        assert (outcome.days, outcome.last) == ((), DAY)
    assert (engines_own(daily), ever(daily)) == (files, before)
    with open_database(daily) as db:
        assert [each.status for each in runs(db)] == ["published"] * len(ARRIVE)


def test_a_home_is_explained_by_the_rules_it_was_scored_by(
    arriving: Arriving, tmp_path: Path, cli: Callable[..., Done]
) -> None:
    own = f'[scorecards.values."{QUICKLY}"]\n"volume.minimum" = 1\n'
    home = quick_home(tmp_path / "home", own)
    arriving.deliver(home.arrivals)
    run(home, DAY)
    published = pq.read_table(home.path(shown(home)[QUICKLY, DAY].folder) / "scores.parquet").to_pylist()
    asked = ("--events", home.folder, "--as-of", str(DAY), "--out", tmp_path / "out")
    done = cli("score", QUICKLY, *asked)
    assert (done.code, "scorecards.values: volume.minimum=1" in done.err) == (0, True)
    assert sorted(map(repr, pq.read_table(tmp_path / "out" / "scores.parquet").to_pylist())) == sorted(
        map(repr, published)
    )
    done = cli("score", QUICKLY, *asked, "--set", "volume.minimum=1000000")
    assert (done.code, "volume.minimum=1" in done.err) == (0, False)
    assert set(pq.read_table(tmp_path / "out" / "scores.parquet")["status"].to_pylist()) == {"insufficient"}
    shop = published[0]["subject_id"]
    done = cli("explain", QUICKLY, shop, "--events", home.folder, "--as-of", str(DAY), "--format", "json")
    assert done.code == 0


def test_the_command_says_that_there_is_nothing_to_do(daily: Home, cli: Callable[..., Done]) -> None:
    done = cli("run", "--home", daily.folder, "--as-of", str(DAY))
    assert (done.code, f"{DAY}: published already; nothing to do" in done.err) == (0, True)
    assert "已发布，无须再跑" in cli("run", "--home", daily.folder, "--as-of", str(DAY), "--lang", "zh").err


def test_missed_days_are_caught_up(daily: Home, arriving: Arriving, tmp_path: Path) -> None:
    home = quick_home(tmp_path / "home")
    arriving.deliver(home.arrivals)
    first = run(home, ARRIVE[1])
    assert [each.day for each in first.days] == [ARRIVE[1]]
    later = run(home, DAY)
    assert [each.day for each in later.days] == days_from(ARRIVE[2], 3)
    assert seen(home) == seen(daily)


def test_the_first_run_takes_all_days_there_are(daily: Home, arriving: Arriving, tmp_path: Path) -> None:
    home = quick_home(tmp_path / "home")
    arriving.deliver(home.arrivals)
    (only,) = run(home, DAY).days
    assert [taken.day for taken in only.taken] == ARRIVE
    assert seen(home) == {(QUICKLY, DAY): seen(daily)[QUICKLY, DAY]}


def test_days_before_the_one_asked_for_are_taken_only(arriving: Arriving, tmp_path: Path) -> None:
    home = quick_home(tmp_path / "home")
    arriving.deliver(home.arrivals)
    (only,) = run(home, ARRIVE[1]).days
    assert [taken.day for taken in only.taken] == ARRIVE[:1]


def market(**more: list[Row]) -> dict[str, list[Row]]:
    """One shop of forty orders and ten complaints, of which some may go."""
    paid = datetime(2022, 10, 20, 12)
    orders = [{"order_id": n, "shop_id": 1, "buyer_id": n, "paid_at": paid} for n in range(40)]
    complaints = [
        {"complaint_id": n, "order_id": n, "shop_id": 1, "created_at": paid, "channel": "platform"} for n in range(10)
    ]
    return {"shops": [{"shop_id": 1, "name": "one"}], "orders": orders, "complaints": complaints} | more


def decided(day: date, **more: object) -> Row:
    at = datetime(day.year, day.month, day.day, 12)
    return {"table": "complaints", "row_id": 3, "reason": "appeal_upheld", "source": "court", "decided_at": at} | more


def complaints(home: Home) -> dict[date, tuple[int, int]]:
    """Numerator and denominator of the complaint rate by published day."""
    found = {}
    for (_, day), each in shown(home).items():
        (row,) = pq.read_table(home.path(each.folder) / "indicators.parquet").to_pylist()
        found[day] = (row["numerator"], row["denominator"])
    return found


def test_an_upheld_appeal_changes_later_days_only(tmp_path: Path) -> None:
    revoked = datetime(2022, 10, 30, 12)
    days = {
        ARRIVE[0]: market(),
        ARRIVE[1]: {"exclusions": [decided(ARRIVE[0])]},
        ARRIVE[2]: {"exclusions": [decided(ARRIVE[0], revoked_at=revoked), decided(ARRIVE[0], row_id=5)]},
        ARRIVE[3]: {"exclusions": [decided(ARRIVE[0])]},
    }
    home = quick_home(tmp_path / "home")
    for day, tables in days.items():
        write(home.arrivals / str(day), tables)
        run(home, day + timedelta(days=1))
    # ten complaints in forty orders; one excluded; that one back and another gone; the first gone again
    assert list(complaints(home).values()) == [(10, 40), (9, 40), (9, 40), (8, 40)]


def test_a_removed_row_is_as_if_it_had_never_been(tmp_path: Path) -> None:
    home = quick_home(tmp_path / "home")
    later = {"complaint_id": 1, "order_id": 1, "shop_id": 1, "created_at": datetime(2023, 1, 1), "channel": "platform"}
    write(home.arrivals / str(ARRIVE[0]), market())
    write(home.arrivals / str(ARRIVE[1]), {"complaints": [later]})
    write(home.arrivals / str(ARRIVE[2]), {"complaints": [later | {"created_at": datetime(2022, 10, 21)}]})
    run(home, ARRIVE[1])
    run(home, ARRIVE[3])
    assert list(complaints(home).values()) == [(10, 40), (9, 40), (10, 40)]


def test_rows_wait_for_what_they_point_at(tmp_path: Path) -> None:
    """A complaint waits for its shop; of one that came again meanwhile the last counts, and only once."""
    lost = {
        "complaint_id": 99,
        "order_id": 20,
        "shop_id": 1,
        "created_at": datetime(2022, 10, 21),
        "channel": "platform",
    }
    nowhere = lost | {"shop_id": 2}
    order = {"order_id": 77, "shop_id": 2, "buyer_id": 5, "paid_at": datetime(2022, 10, 21)}
    days = {
        ARRIVE[0]: market() | {"complaints": [*market()["complaints"], nowhere]},
        ARRIVE[1]: {"complaints": [nowhere | {"order_id": 77}], "orders": [order]},
        ARRIVE[2]: {"shops": [{"shop_id": 2}]},
        ARRIVE[3]: {"complaints": [lost]},
    }
    home = quick_home(tmp_path / "home")
    found = []
    for day, tables in days.items():
        write(home.arrivals / str(day), tables)
        run(home, day + timedelta(days=1))
        folder = home.path(shown(home)[QUICKLY, day + timedelta(days=1)].folder)
        rows = pq.read_table(folder / "indicators.parquet").to_pylist()
        found.append({row["subject_id"]: (row["numerator"], row["denominator"]) for row in rows})
    assert found == [
        {1: (10, 40)},
        {1: (10, 40)},
        {1: (10, 40), 2: (1, 1)},
        {1: (11, 40), 2: (0, 1)},
    ]


def test_effects_stand_since_the_first_day_they_were_published(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home", ["kuaishou/star"])
    write(home.arrivals / str(ARRIVE[0]), market())
    for day in ARRIVE[1:3]:
        write(home.arrivals / str(day), {})
    run(home, ARRIVE[1])
    run(home, ARRIVE[3])
    since = {
        day: {row["since"] for row in pq.read_table(home.path(each.folder) / "effects.parquet").to_pylist()}
        for (_, day), each in shown(home).items()
    }
    assert since == {day: {ARRIVE[1]} for day in ARRIVE[1:]}
