"""Folders that appear whole under their final name, or not at all."""

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from steelyard.errors import Problem, UsageError

_ADDRESS = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):/[^/]")
"""How a path keeps `s3a://bucket/…`: it makes one slash of two. A drive has one letter."""


def refuse_address(place: Path) -> None:
    """UsageError for an address such as `s3a://…` or `hdfs://…`, which as a path would be a strange local folder."""
    found = _ADDRESS.match(str(place))
    if found:
        fix = "mount the store, and give the path that this machine and every worker have it at; see docs/scale.md"
        where = str(place).replace(":/", "://", 1)
        raise UsageError(Problem("not-a-path", where, f"{found[1]}:// is an address, no path", fix))


def refuse_existing(target: Path, tables: Iterable[str]) -> None:
    """UsageError for a target that is no folder, and for every table that it has already."""
    if target.exists() and not target.is_dir():
        raise UsageError(Problem("not-a-folder", str(target), "it is a file", "name a folder"))
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
        message = "it is not empty"
        raise UsageError(Problem("folder-not-empty", str(target), message, "name a new folder"))


@contextmanager
def draft_beside(target: Path) -> Iterator[Path]:
    """A temporary folder on the file system of `target`, gone after the block.

    Raises UsageError `target-not-writable` where none can be made.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        message, fix = error.strerror or str(error), "name a folder that can be made"
        raise UsageError(Problem("target-not-writable", str(target), message, fix)) from error
    try:
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def landing(target: Path) -> Iterator[Path]:
    """A draft folder whose files move to `target`, beside what is there, once the block ends without an error."""
    target = target.resolve()
    with draft_beside(target) as beside:
        draft = beside / "new"
        draft.mkdir()
        yield draft
        try:
            draft.rename(target)  # nothing or an empty folder gives way, whatever landed there meanwhile does not
        except OSError:
            _move_into(draft, target)


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A draft folder that takes the place of `target`, and of all in it, once the block ends without an error."""
    target = target.resolve()
    with draft_beside(target) as beside:
        draft = beside / "new"
        draft.mkdir()
        yield draft
        settle(draft)
        _take_place(draft, target, beside)
        settle(target.parent, deep=False)


def put(draft: Path, target: Path) -> None:
    """Put a file in the place of `target`, so that even a power cut leaves the old one or the new one, whole."""
    settle(draft)
    draft.replace(target)
    settle(target.parent, deep=False)


def settle(place: Path, *, deep: bool = True) -> None:
    """Have the disk keep a file, or a folder with all in it; not `deep`: the names in the folder alone."""
    for each in [*(place.rglob("*") if deep and place.is_dir() else ()), place]:
        with suppress(OSError):  # a file system that cannot be told so keeps it in its own time
            handle = os.open(each, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def _take_place(draft: Path, target: Path, beside: Path) -> None:
    old = beside / "old"
    try:
        if target.exists():
            target.rename(old)
        draft.rename(target)
    finally:
        if old.exists() and not target.exists():
            old.rename(target)


def _move_into(draft: Path, target: Path) -> None:
    moved: list[Path] = []
    try:
        for file in sorted(draft.iterdir()):
            _move(file, target / file.name)
            moved.append(target / file.name)
    except OSError as error:
        for path in moved:
            path.unlink()
        code = "table-exists" if isinstance(error, FileExistsError) else "folder-not-writable"
        raise UsageError(Problem(code, str(target), str(error), "import into a new folder")) from error


def _move(file: Path, place: Path) -> None:
    """Move `file`; FileExistsError where something stands at `place`, which a rename would replace unasked."""
    try:
        os.link(file, place)
    except OSError as error:
        if os.path.lexists(place):
            raise FileExistsError(f"{place.name} has come into the folder meanwhile") from error
        file.rename(place)  # a file system without links
