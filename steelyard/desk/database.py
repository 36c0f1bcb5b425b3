"""A database by its URL: opened, read and written in whole transactions, failures told as problems."""

import sqlite3
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import quote

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.orm import Session

from steelyard.desk.failures import failure
from steelyard.errors import EngineError, Problem, UsageError
from steelyard.landing import draft_beside

T = TypeVar("T")

SQLITE, POSTGRESQL = "sqlite", "postgresql"
_WRITES = "steelyard_writes"
"""Set on connections that will write, which SQLite wants to know at once."""
_CONNECT_SECONDS = "10"
_POSTGRESQL_NAMES = {"postgres", "postgresql", "postgresql+psycopg"}


@dataclass(frozen=True)
class Patience:
    """How long to try before a failure that may pass is told."""

    waits: tuple[float, ...] = (0.2, 1.0, 3.0)
    """Seconds before each further attempt."""
    busy: float = 10.0
    """Seconds SQLite waits for another writer, each time."""
    sleep: Callable[[float], None] = field(default=time.sleep, repr=False)


class Database:
    """An open database. `read` and `write` each run a piece of work in one transaction, again where that may help.

    Work may run more than once, so it has no other effects; a commit whose answer got lost is repeated, so work that
    adds rows looks first whether they are there.
    """

    def __init__(self, url: URL, patience: Patience) -> None:
        self.url = url
        self.shown = shown(url)
        self._patience = patience
        engine = _engine(url, patience)
        self._writer = engine.execution_options(**{_WRITES: True})
        self._reader = engine
        if url.get_backend_name() == POSTGRESQL:
            self._reader = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    @property
    def kind(self) -> str:
        """`sqlite` or `postgresql`."""
        return self.url.get_backend_name()

    def read(self, work: Callable[[Session], T]) -> T:
        """What `work` reads, all of it from one state of the database."""
        return self._attempt(self._reader, work)

    def write(self, work: Callable[[Session], T]) -> T:
        """What `work` returns, once all it wrote is kept; nothing of it is kept where it raises."""
        return self._attempt(self._writer, work)

    def _attempt(self, engine: Engine, work: Callable[[Session], T]) -> T:
        waits = iter(self._patience.waits)
        while True:
            try:
                with Session(engine, expire_on_commit=False) as session, session.begin():
                    return work(session)
            except DBAPIError as error:
                failed, wait = failure(error, self.shown), next(waits, None)
                if wait is None or not failed.transient:
                    raise EngineError(failed.problem) from error
                self._patience.sleep(wait)

    def close(self) -> None:
        """Give the connections back."""
        self._reader.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def connect(url: URL | str, patience: Patience | None = None) -> Database:
    """The database at a URL, whatever is in it; nothing is opened before it is first used.

    `sqlite:////absolute/file.db` or `postgresql://user:password@host/name`. UsageError `bad-database-url`,
    EngineError `psycopg-not-installed`.
    """
    url = parsed(url) if isinstance(url, str) else url
    try:
        return Database(url, patience or Patience())
    except ModuleNotFoundError as error:
        message, fix = "PostgreSQL needs the extra `postgres`", "pip install 'steelyard[postgres]'"
        raise EngineError(Problem("psycopg-not-installed", shown(url), message, fix)) from error


def parsed(text: str) -> URL:
    """A URL of a kind we can open; UsageError `bad-database-url`, which never repeats a password."""
    fix = "write sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME, with %40 for an @ in the password"
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:
        raise UsageError(Problem("bad-database-url", "the database URL", "it cannot be read", fix)) from error
    if url.drivername in _POSTGRESQL_NAMES:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername == SQLITE and url.database not in {None, "", ":memory:"} and not url.query:
        return url
    message = "it is neither an SQLite file nor PostgreSQL"
    raise UsageError(Problem("bad-database-url", shown(url), message, fix))


def shown(url: URL) -> str:
    """A URL as it may be told: without passwords."""
    secret = [key for key in url.query if "password" in key.lower() or "key" in key.lower()]
    return url.difference_update_query(secret).render_as_string(hide_password=True)


def create_file(url: URL) -> None:
    """Make the file of an SQLite database, where it is one and not there, that concurrent readers do not block.

    It appears whole: of several that make it at once one is first, and the others take its file.
    """
    if url.get_backend_name() != SQLITE or Path(str(url.database)).exists():
        return
    file = Path(str(url.database))
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with draft_beside(file) as draft:
            new = draft / "database"
            connection = sqlite3.connect(new)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
            finally:
                connection.close()
            new.chmod(0o600)
            with suppress(FileExistsError):
                file.hardlink_to(new)
    except (OSError, sqlite3.Error) as error:
        fix = "name a place where a file can be made"
        raise EngineError(Problem("no-such-database", shown(url), f"it cannot be made: {error}", fix)) from error


def _engine(url: URL, patience: Patience) -> Engine:
    if url.get_backend_name() == SQLITE:
        return _sqlite(url, patience)
    query: Mapping[str, Any] = {"connect_timeout": _CONNECT_SECONDS, **url.query}
    return create_engine(url.set(query=query), pool_pre_ping=True, pool_size=1, max_overflow=4, hide_parameters=True)


def _sqlite(url: URL, patience: Patience) -> Engine:
    """SQLite with its own idea of transactions switched off, so that ours hold; a missing file stays missing."""
    place = f"file:{quote(str(Path(str(url.database)).absolute()))}?mode=rw"

    def opened() -> sqlite3.Connection:
        connection = sqlite3.connect(
            place, uri=True, timeout=patience.busy, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    engine = create_engine(url, creator=opened, poolclass=NullPool, hide_parameters=True)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
