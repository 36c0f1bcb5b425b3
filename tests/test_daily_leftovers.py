"""What a killed run leaves is gone after the next; what is published, or of a run nobody knows, stays."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from steelyard.desk import runs
from steelyard.desk.home import open_database
from steelyard.desk.lock import lock
from steelyard.errors import UsageError
from tests.arriving import now, quick_home, run, seen, shown, write
from tests.test_daily_errors import FIRST

DAY = date(2022, 11, 1)


def test_drafts_and_unpublished_results_are_removed(tmp_path: Path) -> None:
    home = quick_home(tmp_path / "home")
    write(home.arrivals / str(DAY - timedelta(days=1)), FIRST)
    run(home, DAY)
    (published,) = [home.path(each.folder) for each in shown(home).values()]
    with open_database(home) as db:
        died = runs.begin(db, DAY + timedelta(days=1), now(), runs.Worker("duckdb"))
    lost = [
        home.store / "orders" / f".day={DAY}-a1b2c3d_",
        published.parents[1] / f"day={DAY}" / f".run={died.id}-x1y2z3_4",
        published.parent / f"run={died.id}",
    ]
    kept = [published.parent / f"run={died.id + 1}", home.store / "orders" / ".hidden"]
    for folder in (*lost, *kept):
        folder.mkdir()
        (folder / "rows.parquet").write_bytes(b"half")
    before = seen(home)
    write(home.arrivals / str(DAY), {})
    run(home, DAY + timedelta(days=1))
    assert [folder for folder in lost if folder.exists()] == []
    assert [folder for folder in kept if not folder.exists()] == []
    assert before.items() <= seen(home).items()


def test_nothing_is_removed_while_another_run_has_the_home(tmp_path: Path) -> None:
    home = quick_home(tmp_path / "home")
    write(home.arrivals / str(DAY - timedelta(days=1)), FIRST)
    draft = home.store / "orders" / f".day={DAY}-a1b2c3d4"
    draft.mkdir(parents=True)

    with lock(home), pytest.raises(UsageError, match="run-in-progress"):
        run(home, DAY)
    assert draft.exists()
