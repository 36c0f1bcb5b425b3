"""Backup and restore: the tables as lines of JSON, the configuration, and the folders of the engine if wanted.

A backup names no kind of database: what was kept in SQLite can be restored into PostgreSQL and the other way round.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Integer, MetaData, Table, func, select, text
from sqlalchemy.orm import Session

from steelyard.desk import schema
from steelyard.desk.archive import Packer, packing, unpack
from steelyard.desk.database import POSTGRESQL, Database, connect
from steelyard.desk.home import (
    CONFIGURATION,
    FOLDERS,
    IDENTITY,
    Home,
    open_home,
    with_database_url,
    write_configuration,
)
from steelyard.desk.lock import lock
from steelyard.desk.models import Base, Owner
from steelyard.errors import InputError, Problem, UsageError
from steelyard.landing import landing, refuse_content

FORMAT = 1
WHOLE = ("store", "ledger", "results")
"""The engine's folders. The arrivals are the user's, who has them."""
_TABLES = "database"
_ALLOWED = frozenset({CONFIGURATION, IDENTITY, _TABLES, *WHOLE})
_Rows = dict[str, list[dict[str, Any]]]


def backup(home: Home, file: Path, now: datetime, folders: Sequence[str] = ()) -> dict[str, int]:
    """Write `file`, a tar of the database's rows as of one moment, the configuration, and `folders` of the home.

    With folders no run may be at work (UsageError `run-in-progress`). Returns the rows of each table and the files of
    each folder. A database of an earlier version is backed up as it is. UsageError `file-exists`.
    """
    with lock(home) if folders else nullcontext(), connect(home.database_url) as db, packing(file) as pack:
        revision = schema.identify(db, home.id)
        rows = db.read(_dump)
        for table, found in rows.items():
            lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in found)
            pack.add(f"{_TABLES}/{table}.jsonl", lines.encode())
        for name in (CONFIGURATION, IDENTITY):
            pack.add_file(name, home.folder / name)
        packed = {folder: _pack_folder(pack, home.folder, folder) for folder in folders}
        counted = {table: len(found) for table, found in rows.items()}
        pack.finish(
            {
                "format": FORMAT,
                "revision": revision,
                "program": version("steelyard"),
                "made_at": now.astimezone(UTC).isoformat(),
                "rows": counted,
                "folders": list(folders),
            }
        )
    return counted | packed


def restore(file: Path, folder: Path, database_url: str | None = None) -> Home:
    """A new home in `folder` from a backup; its database must be empty, and is `database_url` where that is given.

    UsageError `folder-not-empty`, `database-not-empty`; InputError as `archive.unpack`; EngineError `database-newer`
    for a backup made by a later version. Nothing is left in `folder` where it fails.
    """
    refuse_content(folder)
    with landing(folder) as draft:
        manifest = unpack(file, draft, _ALLOWED)
        _refuse_newer(file, manifest)
        rows = dict(_read(draft / _TABLES))
        said = (draft / CONFIGURATION).read_text(encoding="utf-8")
        write_configuration(draft, said if database_url is None else with_database_url(said, database_url))
        for name in FOLDERS:
            (draft / name).mkdir(exist_ok=True)
        home = open_home(draft)
        with connect(home.database_url) as db:
            _refuse_rows(db)
            schema.upgrade(db, home.id, str(manifest["revision"]))
            db.write(lambda session: _load(session, rows))
            schema.upgrade(db, home.id)
    return open_home(folder)


def _refuse_newer(file: Path, manifest: Mapping[str, Any]) -> None:
    found, of = manifest.get("format"), manifest.get("revision")
    if found != FORMAT or of not in schema.revisions():
        message = f"its format is {found}, its tables are of revision {of}"
        fix = f"install the version that wrote it ({manifest.get('program')}), or a later one"
        raise InputError(Problem("backup-newer", str(file), message, fix))


def _pack_folder(pack: Packer, home: Path, folder: str) -> int:
    files = sorted(file for file in (home / folder).rglob("*") if file.is_file())
    for file in files:
        pack.add_file(file.relative_to(home).as_posix(), file)
    return len(files)


def _dump(session: Session) -> _Rows:
    return {
        name: [
            {column: _plain(value) for column, value in row.items()}
            for row in session.execute(select(table).order_by(*table.primary_key)).mappings()
        ]
        for name, table in _reflected(session.connection()).items()
    }


def _plain(value: Any) -> Any:
    """As JSON knows it; times in UTC, which is what one without a zone is in."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC).isoformat()
    return value.isoformat() if isinstance(value, date) else value


def _read(folder: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The rows of each table; the files are removed, as a home does not have them."""
    for file in sorted(folder.glob("*.jsonl")):
        with file.open(encoding="utf-8") as lines:
            yield file.stem, [json.loads(line) for line in lines]
        file.unlink()
    folder.rmdir()


def _refuse_rows(db: Database) -> None:
    if schema.exists(db) and db.read(_any_row):
        fix = "name an empty database with --database"
        raise UsageError(Problem("database-not-empty", db.shown, "it holds runs already", fix))


def _any_row(session: Session) -> bool:
    tables = _reflected(session.connection())
    return any(session.scalar(select(func.count()).select_from(table)) for table in tables.values())


def _load(session: Session, rows: Mapping[str, Iterable[Mapping[str, Any]]]) -> None:
    connection = session.connection()
    tables = _reflected(connection)
    for name, table in tables.items():
        values = [_values(table, row, connection) for row in rows.get(name, ())]
        if values:
            connection.execute(table.insert(), values)
        if connection.dialect.name == POSTGRESQL and "id" in table.c and isinstance(table.c.id.type, Integer):
            last = f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), max(id)) FROM {name} HAVING max(id) > 0"
            connection.execute(text(last))


def _reflected(connection: Connection) -> dict[str, Table]:
    """Our tables but the owner's, as they are in the database, those that others point at first.

    They may be of an earlier revision than the models, but have no tables that those lack.
    """
    found = MetaData()
    names = Base.metadata.tables.keys() - {Owner.__tablename__}
    found.reflect(connection, only=lambda name, _: name in names)
    return {table.name: table for table in found.sorted_tables}


def _values(table: Table, row: Mapping[str, Any], connection: Connection) -> dict[str, Any]:
    return {name: _value(value, table.c[name].type.python_type, connection) for name, value in row.items()}


def _value(value: Any, kind: type, connection: Connection) -> Any:
    if value is not None and kind is datetime:
        moment = datetime.fromisoformat(value)
        return moment if connection.dialect.name == POSTGRESQL else moment.replace(tzinfo=None)
    return date.fromisoformat(value) if value is not None and kind is date else value
