"""How a home is: its last run, what it shows, how much room it takes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from steelyard.desk import schema
from steelyard.desk.home import FOLDERS, Home, open_database
from steelyard.desk.lock import holder
from steelyard.desk.models import RUNNING, Intake, Run
from steelyard.desk.publish import last_taken, shown_days, standing_folders, taken_days
from steelyard.desk.runs import DIED, counts, last_published, runs


@dataclass(frozen=True)
class Status:
    """What there is to say of a home at this moment."""

    database: str
    """Its URL without password."""
    revision: str
    at_work: str | None
    """Who writes into the home now."""
    runs: Mapping[str, int]
    """How many, by status."""
    last: Run | None
    last_published: Run | None
    taken: list[date]
    """Days of arrivals."""
    newest: Intake | None
    """The last of them, and what its tables held."""
    shown: Mapping[str, list[date]]
    """Days published, by scorecard."""
    missing: list[str]
    """Folders that are published and not there."""
    bytes: Mapping[str, int]
    """By folder; the database of the home's own is `database`."""

    @property
    def problem(self) -> str | None:
        """What is wrong with the last run: why it failed, or that it died; None where all is well or it is at work."""
        if self.last is None:
            return None
        return DIED if self.last.status == RUNNING and self.at_work is None else self.last.problem


def status(home: Home) -> Status:
    """The status of `home`; EngineError as `open_database`."""
    with open_database(home) as db:
        return Status(
            database=db.shown,
            revision=schema.newest(),
            at_work=holder(home),
            runs=counts(db),
            last=next(iter(runs(db, 1)), None),
            last_published=last_published(db),
            taken=taken_days(db),
            newest=last_taken(db),
            shown=shown_days(db),
            missing=[folder for folder in standing_folders(db) if not home.path(folder).exists()],
            bytes=_sizes(home),
        )


def _sizes(home: Home) -> dict[str, int]:
    sizes = {name: sum(map(_size, (home.folder / name).rglob("*"))) for name in FOLDERS}
    return sizes | {"database": sum(map(_size, home.folder.glob("*.db*")))}


def _size(file: Path) -> int:
    """Bytes of a file; 0 for a folder, and for what is gone meanwhile."""
    try:
        return file.stat().st_size if file.is_file() else 0
    except OSError:
        return 0
