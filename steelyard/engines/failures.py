"""What a database says when it fails, as one error of ours: the same codes for every engine."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from steelyard.errors import EngineError, Problem

_KNOWN = (
    (
        ("no space left on device", "max_temp_directory_size"),
        "disk-full",
        "free some disk, or point engine.spill at a larger one",
    ),
    (
        ("out of memory", "outofmemory", "gc overhead limit", "java heap space"),
        "out-of-memory",
        "raise engine.memory, or score fewer days at once",
    ),
    (
        ("failed_read_file.file_not_exist", "filenotfoundexception"),
        "file-not-found",
        "let every worker have the events at the path that they have here, and leave them alone during a run",
    ),
)
_UNKNOWN = (
    "query-failed",
    "see which rows are wrong with `steelyard check events`; else report the statement",
)
_LONGEST = 400


@contextmanager
def reported(where: str, *errors: type[Exception], words: Callable[[Exception], str] = str) -> Iterator[None]:
    """Turn a backend's `errors` into an EngineError at `where`; the original stays its cause, `words` are what it says.

    >>> with reported("duckdb facts_orders", ZeroDivisionError):
    ...     1 / 0
    Traceback (most recent call last):
    steelyard.errors.EngineError: duckdb facts_orders: query-failed: division by zero; see which rows are ...
    """
    try:
        yield
    except errors as error:
        raise EngineError(problem(where, words(error))) from error


def problem(where: str, message: str) -> Problem:
    """The problem behind a backend's message: disk-full, out-of-memory, file-not-found or query-failed."""
    lowered = message.lower()
    code, fix = next(((code, fix) for signs, code, fix in _KNOWN if any(sign in lowered for sign in signs)), _UNKNOWN)
    return Problem(code, where, shortened(message), fix)


def shortened(message: str) -> str:
    """The first paragraph of a backend's message on one line, without its stack trace."""
    paragraph = message.strip().split("\n\n")[0].split("\n\tat ")[0]
    line = " ".join(paragraph.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"


def unreadable(where: str, message: str) -> Problem:
    """A file that is no Parquet, or only part of one."""
    return Problem("unreadable-parquet", where, shortened(message), "write the file again, or take it away")
