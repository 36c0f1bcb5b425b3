"""Homes and runs for the tests of the desk."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from steelyard.desk import schema
from steelyard.desk.database import Database, Patience
from steelyard.desk.models import Publication, Run
from steelyard.desk.publish import Arrived, ArrivedTable, Scored, publish
from steelyard.desk.runs import Worker, begin, step

NOW = datetime(2026, 3, 1, 2, 30, 0, 123456, tzinfo=UTC)
DAY = date(2026, 3, 1)
CARD = "demo/quick"
HASTY = Patience(waits=(0.0, 0.0), busy=0.05, sleep=lambda _: None)
"""Tries again at once, so that tests of failures do not wait."""


def worker(pid: int = 1) -> Worker:
    return Worker("duckdb", "0.1.0", "here", pid)


def scored(folder: str = "results/demo/quick/1", day: date = DAY, known_on: date | None = None) -> Scored:
    return Scored(CARD, "1", day, known_on or day, folder, rows=40, shops_scored=38)


def arrived(day: date = DAY - timedelta(days=1), fingerprint: str = "abc") -> Arrived:
    return Arrived(day, (ArrivedTable("orders", 100, 2, fingerprint), ArrivedTable("shops", 40, 0, "def")))


def one_run(db: Database, day: date = DAY, folder: str = "results/demo/quick/1") -> tuple[Run, list[Publication]]:
    """A run that took a day, did a step and published a result."""
    run = begin(db, day, NOW, worker())
    step(db, run, 1, "take arrivals", 1.2345)
    taken = [arrived(day - timedelta(days=1))]
    return run, publish(db, run, taken, [scored(folder, day)], NOW + timedelta(minutes=1))


NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9001"
down_revision = "{before}"


def upgrade():
    op.create_table("notes", sa.Column("id", sa.Integer, primary_key=True))
    op.add_column("runs", sa.Column("note", sa.Text, nullable=True))
    {more}
"""


@contextmanager
def later_version(folder: Path, more: str = "pass") -> Iterator[None]:
    """This program as a later version, with one more migration, kept in `folder`."""
    before, later = schema.MIGRATIONS, folder / "migrations"
    shutil.copytree(before, later, ignore=shutil.ignore_patterns("__pycache__"))
    (later / "versions" / "r9001_next.py").write_text(NEXT.format(before=schema.newest(), more=more))
    try:
        _read_anew(later)
        yield
    finally:
        _read_anew(before)


def _read_anew(migrations: Path) -> None:
    schema.MIGRATIONS = migrations
    schema._config.cache_clear()  # noqa: SLF001
    schema._scripts.cache_clear()  # noqa: SLF001
