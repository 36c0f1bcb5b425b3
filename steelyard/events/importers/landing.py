"""Where an import lands: its tables appear in the events folder whole, or not at all."""

import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from steelyard.errors import Problem, UsageError


def refuse_existing(target: Path, tables: Iterable[str]) -> None:
    """UsageError for a target that is no folder, and for every table that it has already."""
    if target.exists() and not target.is_dir():
        raise UsageError(Problem("not-a-folder", str(target), "is a file", "name a folder for the events"))
    problems = [
        Problem("table-exists", str(path), f"the folder has {table} already", "import into a new folder")
        for table in tables
        for path in (target / f"{table}.parquet", target / table)
        if path.exists()
    ]
    if problems:
        raise UsageError(problems)


def refuse_content(target: Path) -> None:
    """UsageError unless `target` is missing or an empty folder."""
    refuse_existing(target, ())
    if target.exists() and any(target.iterdir()):
        message = "the folder is not empty"
        raise UsageError(Problem("folder-not-empty", str(target), message, "import into a new folder"))


@contextmanager
def landing(target: Path) -> Iterator[Path]:
    """A temporary folder beside `target`, whose files move there once the block ends without an error."""
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield draft
        _appear(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _appear(draft: Path, target: Path) -> None:
    if target.exists() and any(target.iterdir()):
        _move_into(draft, target)
        return
    draft.chmod(0o755)
    if target.exists():
        target.rmdir()
    draft.rename(target)


def _move_into(draft: Path, target: Path) -> None:
    moved: list[Path] = []
    try:
        for file in sorted(draft.iterdir()):
            file.rename(target / file.name)
            moved.append(target / file.name)
    except OSError as error:
        for path in moved:
            path.unlink()
        fix = "import into a new folder"
        raise UsageError(Problem("folder-not-writable", str(target), str(error), fix)) from error
