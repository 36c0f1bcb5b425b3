"""One writer per home: a lock of the operating system, which goes with the process that holds it, however it ends."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from filelock import FileLock, Timeout

from steelyard.desk.home import Home
from steelyard.errors import EngineError, Problem, UsageError

LOCK = ".lock"
HOLDER = ".lock.json"
"""Who holds the lock; it may outlive a process that was killed, so it says nothing while nobody holds it."""


_GLANCE = 0.3
"""Seconds that are always waited: `holder` takes the lock for a moment to see whether it is free."""


@contextmanager
def lock(home: Home, wait: float = 0.0) -> Iterator[None]:
    """Be the only writer of `home` within the block, after waiting at most `wait` seconds for another one to end.

    UsageError `run-in-progress`, with process, machine and beginning where known; EngineError `no-locks` on a file
    system that has none.
    """
    held = FileLock(home.folder / LOCK, timeout=wait + _GLANCE, fallback_to_soft=False, thread_local=False)
    try:
        held.acquire()
    except Timeout as error:
        fix = "wait for it to end, or give it longer to end"
        raise UsageError(Problem("run-in-progress", str(home.folder), _told(home.folder), fix)) from error
    except (OSError, NotImplementedError) as error:
        message, fix = f"it cannot be locked: {error}", "give the right to write, on a file system with locks"
        raise EngineError(Problem("no-locks", str(home.folder), message, fix)) from error
    holder = home.folder / HOLDER
    try:
        holder.write_text(json.dumps({"pid": os.getpid(), "host": socket.gethostname()}), encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        held.release()


def holder(home: Home) -> str | None:
    """Who holds the lock of `home` now, as text, or why that cannot be told; None where nobody does."""
    held = FileLock(home.folder / LOCK, timeout=0, fallback_to_soft=False, thread_local=False)
    try:
        held.acquire()
    except Timeout:
        return _told(home.folder)
    except (OSError, NotImplementedError) as error:
        return f"it cannot be told: {error}"
    held.release()
    return None


def _told(folder: Path) -> str:
    try:
        found = json.loads((folder / HOLDER).read_text(encoding="utf-8"))
        since = datetime.fromtimestamp((folder / HOLDER).stat().st_mtime, UTC)
    except (OSError, ValueError):
        return "another process works in it"
    return f"process {found.get('pid')} on {found.get('host')} works in it since {since:%Y-%m-%d %H:%M:%S} UTC"
