"""Files whose footer is whole and whose pages are not: an engine fails in the middle without naming the file."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import pyarrow as pa
import pyarrow.parquet as pq

from steelyard.errors import EngineError, InputError, Problem
from steelyard.events.folder import File
from steelyard.events.source import Source


@contextmanager
def naming_damaged(sources: Mapping[str, Source]) -> Iterator[None]:
    """InputError `unreadable-file` for every damaged file, where a query of the block failed over one."""
    try:
        yield
    except EngineError as error:
        failed = any(problem.code == "query-failed" for problem in error.problems)
        files = (file for source in sources.values() for file in source.files) if failed else ()
        problems = [problem for file in files for problem in _damage(file)]
        if problems:
            raise InputError(problems) from error
        raise


def _damage(file: File) -> Iterator[Problem]:
    try:
        with pq.ParquetFile(file.path) as whole:
            for _ in whole.iter_batches():
                pass
    except (pa.ArrowException, OSError) as error:
        message = f"its data is damaged ({str(error).splitlines()[0]})"
        yield Problem("unreadable-file", file.label, message, "write it again, or remove it")
