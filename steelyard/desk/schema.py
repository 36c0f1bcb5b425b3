"""The version of the tables in a database, and the way to the newest one.

Opening a database changes nothing: an older one is refused with the command that upgrades it, after a backup.
"""

from functools import cache
from pathlib import Path
from typing import NoReturn

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text
from sqlalchemy.orm import Session

from steelyard.desk.database import POSTGRESQL, Database, create_file
from steelyard.desk.models import Owner
from steelyard.errors import EngineError, Problem

MIGRATIONS = Path(__file__).parent / "migrations"
_UPGRADES = 0x57EE1
"""The advisory lock of PostgreSQL under which one process at a time upgrades."""


@cache
def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    return config


@cache
def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


def newest() -> str:
    """The revision this program works with."""
    return str(_scripts().get_current_head())


def revisions() -> list[str]:
    """All revisions, the oldest first."""
    return [script.revision for script in reversed(list(_scripts().walk_revisions()))]


def revision(db: Database) -> str | None:
    """The revision of the tables in `db`; None where it has none of ours."""
    return db.read(_revision)


def _revision(session: Session) -> str | None:
    return MigrationContext.configure(session.connection()).get_current_revision()


def exists(db: Database) -> bool:
    """Whether the database has tables of ours; a file of SQLite that is not there has none."""
    is_file = db.kind == POSTGRESQL or Path(str(db.url.database)).exists()
    return is_file and revision(db) is not None


def check(db: Database, home_id: str) -> None:
    """EngineError unless `db` has the newest tables and belongs to the home of this id."""
    found = identify(db, home_id)
    if found != newest():
        _refuse_older(db, f"its tables are of revision {found}, not {newest()}")


def identify(db: Database, home_id: str) -> str:
    """The revision of the tables, ours or an earlier one; EngineError where they are newer, another home's, or none."""
    found = revision(db)
    _refuse_newer(db, found)
    if found is None:
        _refuse_older(db, "it has no tables yet")
    _refuse_foreign(db, db.read(lambda session: session.scalar(select(Owner.id))), home_id)
    return found


def upgrade(db: Database, home_id: str, to: str = "head") -> tuple[str | None, str]:
    """Bring the tables to the newest revision, or to the one named, in one transaction; from nothing too.

    Without an owner the database becomes that of the home `home_id`. Returns the revision before and after. EngineError
    `database-newer`, `database-of-another-home`. Rows stay as they are.
    """
    create_file(db.url)

    def work(session: Session) -> tuple[str | None, str]:
        connection = session.connection()
        if db.kind == POSTGRESQL:
            session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _UPGRADES})
        before = _revision(session)
        _refuse_newer(db, before)
        config = _config()
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, to)
        finally:
            del config.attributes["connection"]
        owner = session.scalar(select(Owner.id)) if inspect(connection).has_table(Owner.__tablename__) else home_id
        if owner is None:
            session.add(Owner(id=home_id))
        _refuse_foreign(db, owner or home_id, home_id)
        return before, str(_revision(session))

    return db.write(work)


def _refuse_older(db: Database, message: str) -> NoReturn:
    fix = "run `steelyard home backup`, then `steelyard home upgrade`"
    raise EngineError(Problem("database-outdated", db.shown, message, fix))


def _refuse_newer(db: Database, found: str | None) -> None:
    if found is not None and found not in revisions():
        message = f"its tables are of revision {found}, which a newer version of this program made"
        raise EngineError(Problem("database-newer", db.shown, message, "install that version, or a later one"))


def _refuse_foreign(db: Database, owner: str | None, home_id: str) -> None:
    if owner != home_id:
        message = "it holds the runs of another home"
        fix = "give each home its own, in steelyard.toml or STEELYARD_DATABASE_URL; empty it where its home is lost"
        raise EngineError(Problem("database-of-another-home", db.shown, message, fix))
