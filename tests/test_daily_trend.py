"""How published scores went from day to day."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from steelyard.daily.trend import trend
from steelyard.desk import runs
from steelyard.desk.home import Home, create_home, open_database
from steelyard.desk.publish import Scored, publish
from steelyard.errors import EngineError, InputError, UsageError

FIRST = date(2022, 9, 26)
NUMBER = pa.decimal128(20, 6)


def published(
    home: Home, day: date, score: str | None, run_id: str = "a", shop: str = "S1", indicator: str = "bad_rate"
) -> None:
    """One day's results of a scorecard with one dimension and one indicator, for one shop."""
    folder = f"results/demo/tiny/day={day}/run={run_id}"
    place = home.path(folder)
    place.mkdir(parents=True)
    number = None if score is None else Decimal(score)
    tables: dict[str, dict[str, Any]] = {
        "scores": {"status": "insufficient" if score is None else "scored", "score": number},
        "dimensions": {"dimension": "goods", "points": number},
        "indicators": {"indicator": indicator, "value": Decimal("0.25"), "points": number, "status": "ok"},
        "observed": {"indicator": "seen", "value": Decimal("0.5"), "status": "no_data"},
    }
    for name, columns in tables.items():
        rows = {
            key: pa.array([value], NUMBER if isinstance(value, Decimal | None) else pa.string())
            for key, value in columns.items()
        }
        pq.write_table(pa.table({"subject_id": pa.array([shop]), **rows}), place / f"{name}.parquet")
    with open_database(home) as db:
        now = datetime(2022, 10, 1, tzinfo=UTC)
        run = runs.begin(db, day, now, runs.Worker("duckdb"))
        publish(db, run, [], [Scored("demo/tiny", "1", day, day, folder, 1, 1)], now)


@pytest.fixture
def followed(tmp_path: Path) -> Home:
    """A home with four published days: 4.5, no score, 4.2, 4.35."""
    home = create_home(tmp_path / "home")
    for number, score in enumerate(("4.5", None, "4.2", "4.35")):
        published(home, FIRST + timedelta(days=number), score)
    return home


def test_a_score_from_day_to_day(followed: Home) -> None:
    points = trend(followed, "demo/tiny", "S1", (FIRST, FIRST + timedelta(days=9)))
    assert [(point.as_of.day, point.value, point.change, point.status) for point in points] == [
        (26, Decimal("4.5"), None, "scored"),
        (27, None, None, "insufficient"),
        (28, Decimal("4.2"), None, "scored"),
        (29, Decimal("4.35"), Decimal("0.15"), "scored"),
    ]


@pytest.mark.parametrize(
    ("of", "value", "points"),
    [("goods", Decimal("4.5"), None), ("bad_rate", Decimal("0.25"), Decimal("4.5")), ("seen", Decimal("0.5"), None)],
)
def test_a_dimension_and_indicators(followed: Home, of: str, value: Decimal, points: Decimal | None) -> None:
    (point,) = trend(followed, "demo/tiny", "S1", (FIRST, FIRST), of)
    assert (point.value, point.points) == (value, points)


def test_what_was_published_last_is_shown(followed: Home) -> None:
    published(followed, FIRST, "4.9", "b")
    (point,) = trend(followed, "demo/tiny", "S1", (FIRST, FIRST))
    assert point.value == Decimal("4.9")


def test_a_shop_that_came_later_has_the_days_since(followed: Home) -> None:
    published(followed, FIRST + timedelta(days=4), "4.6", shop="S2")
    days = (FIRST, FIRST + timedelta(days=9))
    (point,) = trend(followed, "demo/tiny", "S2", days)
    assert (point.as_of.day, point.value, point.change) == (30, Decimal("4.6"), None)
    assert len(trend(followed, "demo/tiny", "S1", days)) == 4


def test_an_indicator_that_a_later_version_brought(followed: Home) -> None:
    published(followed, FIRST + timedelta(days=4), "4.6", indicator="new_rate")
    days = (FIRST, FIRST + timedelta(days=9))
    assert [point.as_of.day for point in trend(followed, "demo/tiny", "S1", days, "new_rate")] == [30]
    assert [point.as_of.day for point in trend(followed, "demo/tiny", "S1", days, "bad_rate")] == [26, 27, 28, 29]
    with pytest.raises(UsageError, match="use one of score, goods, bad_rate, seen, new_rate"):
        trend(followed, "demo/tiny", "S1", days, "nothing")


def test_what_is_not_there(followed: Home) -> None:
    days = (FIRST, FIRST)
    with pytest.raises(UsageError, match=r"unknown-indicator.*use one of score, goods, bad_rate, seen"):
        trend(followed, "demo/tiny", "S1", days, "nothing")
    with pytest.raises(InputError, match="unknown-subject"):
        trend(followed, "demo/tiny", "S2", days)
    with pytest.raises(InputError, match="nothing-published"):
        trend(followed, "demo/other", "S1", days)


def test_the_command_line(followed: Home, cli: Any) -> None:
    said = cli("trend", "demo/tiny", "S1", "--home", followed.folder, "--to", "2022-09-29", "--format", "csv")
    assert said.code == 0
    assert said.out.splitlines()[0] == "as_of,version,value,change,points,status"
    assert said.out.splitlines()[-1].startswith("2022-09-29,1,4.35")
    assert (
        cli("trend", "demo/tiny", "S1", "--home", followed.folder, "--to", "2022-09-29", "--from", "2022-10-09").code
        == 2
    )


def test_a_published_file_that_is_damaged_is_named(followed: Home) -> None:
    file = followed.path(f"results/demo/tiny/day={FIRST}/run=a/scores.parquet")
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(EngineError, match="results-damaged"):
        trend(followed, "demo/tiny", "S1", (FIRST, FIRST + timedelta(days=9)))
