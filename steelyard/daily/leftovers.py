"""What runs that were killed left behind: drafts, and results that were never published."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from steelyard.desk import runs
from steelyard.desk.database import Database
from steelyard.desk.home import Home

_DRAFT = re.compile(r"\..+-[a-z0-9_]{8}")
"""What `landing.draft_beside` calls its folders."""


def clear(home: Home, db: Database) -> None:
    """Remove what is nobody's; only for who holds the home's lock, as whatever is being written looks the same."""
    for folder in [*_drafts(home), *_unpublished(home, db)]:
        shutil.rmtree(folder, ignore_errors=True)


def _drafts(home: Home) -> Iterator[Path]:
    for room in (home.store, home.ledger, home.results):
        for place in list(room.rglob(".*")) if room.is_dir() else ():
            if place.is_dir() and not place.is_symlink() and _DRAFT.fullmatch(place.name):
                yield place


def _unpublished(home: Home, db: Database) -> Iterator[Path]:
    """Results of runs that the database knows and knows to have published nothing: others may be of its future."""
    for number in runs.unpublished(db):
        yield from home.results.glob(f"*/*/day=*/run={number}")
