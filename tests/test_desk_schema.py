"""The tables: the same on both databases, the same from the models as from the migrations, upgraded with their rows.

`desk_revisions/` has one database per revision and kind, as text: the statements of the migrations, then some rows.
A revision that was released never changes: its dump begins with what its migration says today.
"""

import io
import re
import threading
from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from desk import CARD, HASTY, NOW, later_version, one_run, worker
from sqlalchemy import inspect, text

from steelyard.desk import schema
from steelyard.desk.database import connect, create_file
from steelyard.desk.home import IDENTITY, create_home, open_database, open_home
from steelyard.desk.models import PUBLISHED, Base
from steelyard.desk.publish import history, publications, taken, taken_days
from steelyard.desk.runs import begin, runs
from steelyard.errors import EngineError

DUMPS = Path(__file__).parent / "desk_revisions"
KINDS = ("sqlite", "postgresql")
OWNER = "0123456789abcdef0123456789abcdef"


def ddl(kind: str, upto: str) -> str:
    """What the migrations up to a revision say in the words of one database."""
    said = io.StringIO()
    context = MigrationContext.configure(dialect_name=kind, opts={"as_sql": True, "output_buffer": said})
    with Operations.context(context):
        for script in reversed(list(schema._scripts().iterate_revisions(upto, "base"))):  # noqa: SLF001
            script.module.upgrade()
    return re.sub(r" +$", "", said.getvalue(), flags=re.MULTILINE)


def dump(kind: str, revision: str) -> str:
    return (DUMPS / f"{revision}.{kind}.sql").read_text(encoding="utf-8")


def load(url: str, sql: str) -> None:
    """A database as a dump says."""
    with connect(url, HASTY) as db:
        create_file(db.url)
        statements = [each for each in re.split(r";\n", sql) if each.strip()]
        db.write(lambda session: [session.connection().exec_driver_sql(each) for each in statements])


@pytest.fixture
def older(database_url, tmp_path):
    """A home whose database is loaded from a dump."""

    def loaded(revision: str):
        home = create_home(tmp_path / "home", f"sqlite:///{tmp_path / 'unused.db'}")
        (home.folder / IDENTITY).write_text(OWNER)
        toml = home.folder / "steelyard.toml"
        toml.write_text(f'[database]\nurl = "{database_url}"\n')
        load(database_url, dump(database_url.partition(":")[0], revision))
        return open_home(home.folder)

    return loaded


@pytest.mark.parametrize("kind", KINDS)
def test_every_revision_has_a_dump_and_says_what_it_said(kind):
    dumps = sorted(DUMPS.glob(f"*.{kind}.sql"))
    assert [file.name.partition(".")[0] for file in dumps] == schema.revisions()
    for file in dumps:
        said, _, rows = file.read_text(encoding="utf-8").partition("-- rows\n")
        assert said.strip() == ddl(kind, file.name.partition(".")[0]).strip()
        assert rows.count("INSERT") >= 6


@pytest.mark.parametrize("revision", schema.revisions())
def test_every_released_revision_is_upgraded_with_its_rows(older, revision):
    home = older(revision)
    with connect(home.database_url, HASTY) as db:
        assert schema.upgrade(db, OWNER) == (revision, schema.newest())
    with open_database(home, HASTY) as db:
        (run,) = runs(db)
        assert (run.id, run.as_of, run.status) == (7, date(2026, 3, 1), PUBLISHED)
        assert run.started_at == datetime(2026, 3, 1, 2, 30, 0, 123456, tzinfo=UTC)
        assert [(step.name, step.milliseconds) for step in run.steps] == [("take arrivals", 1234)]
        assert taken_days(db) == [date(2026, 2, 28)]
        assert taken(db)[date(2026, 2, 28)]["orders"].rows_read == 5_000_000_000
        shown = publications(db, CARD, date(2026, 3, 1), date(2026, 3, 1))
        assert [(each.folder, each.supersedes) for each in shown] == [("results/demo/quick/2", 3)]
        assert len(history(db, CARD, date(2026, 3, 1))) == 2


def test_models_and_migrations_say_the_same(db):
    def differences(session):
        context = MigrationContext.configure(
            session.connection(), opts={"compare_type": True, "compare_server_default": True}
        )
        return compare_metadata(context, Base.metadata)

    assert db.read(differences) == []


def test_models_and_migrations_make_the_same_database(db, tmp_path, request):
    """What the comparison above leaves out: constraints, their names, parts of indexes."""
    file = f"sqlite:///{tmp_path / 'models.db'}"
    url = file if db.kind == "sqlite" else request.getfixturevalue("postgres").empty()
    with connect(url, HASTY) as other:
        create_file(other.url)
        other.write(lambda session: Base.metadata.create_all(session.connection()))
        assert db.read(described) == other.read(described)


def described(session) -> dict[str, object]:
    """All tables with all that is known of them."""
    found = inspect(session.connection())
    return {
        table: {
            "columns": [
                (each["name"], str(each["type"]), each["nullable"], each["default"])
                for each in found.get_columns(table)
            ],
            "checks": sorted((each["name"], each["sqltext"]) for each in found.get_check_constraints(table)),
            "primary": found.get_pk_constraint(table),
            "foreign": sorted(
                (each["name"], each["constrained_columns"], each["referred_table"])
                for each in found.get_foreign_keys(table)
            ),
            "unique": sorted((each["name"], each["column_names"]) for each in found.get_unique_constraints(table)),
            "indexes": sorted(
                (each["name"], each["column_names"], bool(each["unique"]), condition(each))
                for each in found.get_indexes(table)
            ),
        }
        for table in found.get_table_names()
        if table != "alembic_version"
    }


def condition(index) -> str:
    options = index.get("dialect_options", {})
    return str(next((value for name, value in options.items() if name.endswith("_where")), ""))


def code_of(call, *arguments) -> str:
    with pytest.raises(EngineError) as refused:
        call(*arguments)
    (problem,) = refused.value.problems
    return problem.code


def test_a_database_without_tables_is_refused_until_upgraded(home):
    with connect(home.database_url, HASTY) as db:
        db.write(lambda session: session.execute(text("DROP TABLE alembic_version")))
    assert code_of(open_database, home, HASTY) == "database-outdated"


def test_a_missing_file_is_never_replaced_by_an_empty_one(tmp_path):
    home = create_home(tmp_path / "home")
    (home.folder / "steelyard.db").unlink()
    assert code_of(open_database, home, HASTY) == "no-such-database"
    assert not (home.folder / "steelyard.db").exists()
    with connect(home.database_url) as db:
        assert schema.upgrade(db, home.id) == (None, schema.newest())
    open_database(home, HASTY).close()


def test_a_newer_database_is_refused_and_left_alone(home):
    with connect(home.database_url, HASTY) as db:
        db.write(lambda session: session.execute(text("UPDATE alembic_version SET version_num = '9999'")))
        assert code_of(open_database, home, HASTY) == "database-newer"
        assert code_of(schema.upgrade, db, home.id) == "database-newer"
        assert schema.revision(db) == "9999"


def test_the_database_of_another_home_is_refused(home, tmp_path):
    with pytest.raises(EngineError, match="database-of-another-home"):
        create_home(tmp_path / "second", home.settings.database.url)
    assert not (tmp_path / "second").exists()
    (home.folder / IDENTITY).write_text("f" * 32)
    assert code_of(open_database, open_home(home.folder), HASTY) == "database-of-another-home"


def test_two_upgrades_at_once_make_one(database_url):
    done: list[tuple[str | None, str]] = []

    def upgrade() -> None:
        with connect(database_url) as db:
            done.append(schema.upgrade(db, OWNER))

    threads = [threading.Thread(target=upgrade) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    newest = schema.newest()
    assert sorted(done, key=str) == sorted([(None, newest), (newest, newest), (newest, newest)], key=str)


@pytest.fixture
def next_version(tmp_path):
    """This program as a later version, with one more migration."""
    with ExitStack() as stack:
        yield lambda more="pass": stack.enter_context(later_version(tmp_path, more))


def test_an_older_database_is_refused_then_upgraded_with_its_rows(home, next_version):
    with open_database(home, HASTY) as db:
        one_run(db)
    next_version()
    assert code_of(open_database, home, HASTY) == "database-outdated"
    with connect(home.database_url, HASTY) as db:
        assert schema.upgrade(db, home.id) == ("0001", "9001")
    with open_database(home, HASTY) as db:
        assert [run.status for run in runs(db)] == [PUBLISHED]
        assert "note" in db.read(lambda session: {each["name"] for each in columns(session)})


def columns(session):
    return inspect(session.connection()).get_columns("runs")


def test_an_upgrade_that_fails_changes_nothing(home, next_version):
    with open_database(home, HASTY) as db:
        one_run(db)
        next_version("op.execute('SELECT absent FROM runs')")
        assert code_of(schema.upgrade, db, home.id) == "database-failed"
        assert schema.revision(db) == "0001"
        assert "note" not in db.read(lambda session: {each["name"] for each in columns(session)})
        begin(db, date(2026, 3, 2), NOW, worker())
