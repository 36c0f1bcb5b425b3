"""Backup and restore: all comes back, in either kind of database, and no archive writes where it should not."""

import io
import json
import tarfile
from datetime import timedelta

import pytest
from desk import CARD, DAY, HASTY, NOW, arrived, later_version, one_run, scored, worker

from steelyard.desk import schema
from steelyard.desk.archive import MANIFEST
from steelyard.desk.backup import WHOLE, backup, restore
from steelyard.desk.home import CONFIGURATION, create_home, open_database
from steelyard.desk.lock import lock
from steelyard.desk.models import RUNNING, Base
from steelyard.desk.publish import history, publish, published, taken_days
from steelyard.desk.runs import begin, counts, fail, runs, step
from steelyard.errors import SteelyardError


def code_of(call, *arguments) -> str:
    with pytest.raises(SteelyardError) as refused:
        call(*arguments)
    (problem,) = refused.value.problems
    return problem.code


def rows(home) -> dict[str, list[tuple]]:
    """All rows of a home's database."""
    with open_database(home, HASTY) as db:
        return {
            name: sorted(db.read(lambda session, table=table: [tuple(row) for row in session.execute(table.select())]))
            for name, table in Base.metadata.tables.items()
            if name != "runs"
        } | {"runs": sorted(str(vars(run) | {"_sa_instance_state": 0, "steps": 0}) for run in runs(db))}


@pytest.fixture
def lived(home):
    """A home with some history, and files of the engine."""
    with open_database(home, HASTY) as db:
        one_run(db)
        one_run(db, folder="results/demo/quick/2")
        broken = begin(db, DAY + timedelta(days=1), NOW, worker())
        step(db, broken, 1, "读取", 0.5)
        fail(db, broken, "磁盘已满", NOW)
        begin(db, DAY + timedelta(days=2), NOW, worker())
    (home.ledger / "day=2026-03-01").mkdir()
    (home.ledger / "day=2026-03-01" / "part.parquet").write_bytes(b"ledger\x00" * 100_000)
    (home.results / "demo").mkdir()
    (home.results / "demo" / "scores.parquet").write_bytes(b"scores")
    (home.arrivals / "2026-02-28").mkdir()
    (home.arrivals / "2026-02-28" / "orders.parquet").write_bytes(b"orders")
    return home


@pytest.fixture
def empty_url(lived, request):
    """An empty database of the same kind as that of `lived`."""
    if lived.database_url.get_backend_name() == "sqlite":
        return "sqlite:///steelyard.db"
    return request.getfixturevalue("postgres").empty()


def test_all_rows_and_the_configuration_come_back(lived, empty_url, tmp_path):
    counted = backup(lived, tmp_path / "b.tar", NOW)
    assert counted == {"runs": 4, "intakes": 1, "publications": 2, "steps": 3, "intake_tables": 2}
    home = restore(tmp_path / "b.tar", tmp_path / "again", empty_url)
    assert rows(home) == rows(lived)
    assert home.id == lived.id
    assert (home.folder / CONFIGURATION).stat().st_mode & 0o077 == 0
    assert not any(home.results.iterdir())


def test_a_restored_home_goes_on(lived, empty_url, tmp_path):
    backup(lived, tmp_path / "b.tar", NOW)
    home = restore(tmp_path / "b.tar", tmp_path / "again", empty_url)
    with lock(home), open_database(home, HASTY) as db:
        day = DAY + timedelta(days=2)
        run = begin(db, day, NOW + timedelta(hours=1), worker())
        assert run.id == 5
        new = scored("results/new", day)
        (shown,) = publish(db, run, [arrived(day)], [new], NOW + timedelta(hours=1))
        assert shown.id == 3
        assert taken_days(db) == [DAY - timedelta(days=1), day]
        assert counts(db) == {"published": 3, "failed": 2, "running": 0}
        assert len(history(db, CARD, DAY)) == 2


def test_the_engines_folders_come_along_if_wanted(lived, empty_url, tmp_path):
    counted = backup(lived, tmp_path / "b.tar", NOW, WHOLE)
    assert {name: counted[name] for name in WHOLE} == {"store": 0, "ledger": 1, "results": 1}
    home = restore(tmp_path / "b.tar", tmp_path / "again", empty_url)
    assert (home.ledger / "day=2026-03-01" / "part.parquet").read_bytes() == b"ledger\x00" * 100_000
    assert (home.results / "demo" / "scores.parquet").read_bytes() == b"scores"
    assert list(home.arrivals.iterdir()) == []


def test_a_backup_moves_between_the_kinds_of_database(lived, tmp_path, postgres):
    backup(lived, tmp_path / "b.tar", NOW)
    other = postgres.empty() if lived.database_url.get_backend_name() == "sqlite" else "sqlite:///other.db"
    home = restore(tmp_path / "b.tar", tmp_path / "again", other)
    assert home.database_url.get_backend_name() != lived.database_url.get_backend_name()
    assert rows(home) == rows(lived)
    with open_database(home, HASTY) as db:
        assert begin(db, DAY, NOW + timedelta(days=1), worker()).id == 5


def test_a_backup_is_of_one_moment_while_a_run_is_at_work(lived, tmp_path):
    with lock(lived):
        backup(lived, tmp_path / "b.tar", NOW)
        assert code_of(backup, lived, tmp_path / "whole.tar", NOW, WHOLE) == "run-in-progress"
    assert not (tmp_path / "whole.tar").exists()
    with tarfile.open(tmp_path / "b.tar") as tar:
        content = tar.extractfile("database/runs.jsonl")
        assert content is not None
        assert [json.loads(line)["status"] for line in content][-1] == RUNNING


def test_a_backup_is_for_its_owner_only_and_overwrites_nothing(lived, tmp_path):
    file = tmp_path / "b.tar"
    backup(lived, file, NOW)
    assert file.stat().st_mode & 0o077 == 0
    before = file.read_bytes()
    assert code_of(backup, lived, file, NOW) == "file-exists"
    assert file.read_bytes() == before


def test_a_backup_that_fails_leaves_nothing(lived, tmp_path):
    (lived.folder / CONFIGURATION).unlink()
    (tmp_path / "backups").mkdir()
    with pytest.raises(FileNotFoundError):
        backup(lived, tmp_path / "backups" / "b.tar", NOW)
    assert list((tmp_path / "backups").iterdir()) == []


def test_a_database_with_runs_is_not_restored_into(lived, tmp_path):
    backup(lived, tmp_path / "b.tar", NOW)
    url = lived.settings.database.url
    assert code_of(restore, tmp_path / "b.tar", tmp_path / "again", url) == "database-not-empty"
    assert not (tmp_path / "again").exists()
    with open_database(lived, HASTY) as db:
        assert len(runs(db)) == 4


def test_a_folder_with_content_is_not_restored_into(lived, tmp_path):
    backup(lived, tmp_path / "b.tar", NOW)
    assert code_of(restore, tmp_path / "b.tar", lived.folder) == "folder-not-empty"


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A home on SQLite with one run."""
    monkeypatch.delenv("STEELYARD_DATABASE_URL", raising=False)
    home = create_home(tmp_path / "home")
    with open_database(home) as db:
        one_run(db)
    return home


@pytest.fixture
def archive(own, tmp_path):
    """The backup of `own`."""
    backup(own, tmp_path / "b.tar", NOW, WHOLE)
    return tmp_path / "b.tar"


@pytest.fixture
def changed(archive, tmp_path):
    """A changed copy of the backup: members replaced or added, or (None) left out."""

    def change(members: dict[str, bytes | None], *odd: tarfile.TarInfo):
        target = tmp_path / "changed.tar"
        with tarfile.open(archive) as old, tarfile.open(target, "w") as new:
            for member in odd:
                new.addfile(member)
            kept = {each.name: old.extractfile(each).read() for each in old}
            for name, content in (kept | members).items():
                if content is not None:
                    info = tarfile.TarInfo(name)
                    info.size = len(content)
                    new.addfile(info, io.BytesIO(content))
        return target

    return change


def link(name: str, target: str, kind: bytes) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


@pytest.mark.parametrize(
    "name",
    ["../evil", "/evil", "results/../../evil", "results//evil", "./evil", "evil", "results\\..\\evil", "C:/evil"],
)
def test_a_path_that_leads_out_of_the_home_is_refused(changed, tmp_path, name):
    assert code_of(restore, changed({name: b"x"}), tmp_path / "again") == "unsafe-archive"
    assert not list(tmp_path.rglob("*evil*"))
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.FIFOTYPE])
def test_a_member_that_is_no_plain_file_is_refused(changed, tmp_path, kind):
    odd = changed({}, link("results/x", "/etc/passwd", kind))
    assert code_of(restore, odd, tmp_path / "again") == "unsafe-archive"


def test_a_member_that_stands_twice_is_refused(changed, tmp_path):
    odd = changed({}, tarfile.TarInfo(CONFIGURATION))
    assert code_of(restore, odd, tmp_path / "again") == "not-a-backup"


def test_what_was_changed_or_left_out_is_found(changed, tmp_path):
    for content in (b'{"id": 1}\n', None):
        assert code_of(restore, changed({"database/runs.jsonl": content}), tmp_path / "again") == "backup-damaged"
    assert code_of(restore, changed({"results/extra": b"x"}), tmp_path / "again") == "backup-damaged"
    assert code_of(restore, changed({MANIFEST: None}), tmp_path / "again") == "not-a-backup"
    assert code_of(restore, changed({MANIFEST: b"[]"}), tmp_path / "again") == "not-a-backup"


def test_a_file_that_was_cut_is_found_wherever(archive, tmp_path):
    whole = archive.read_bytes()
    for end in range(0, len(whole) - 1024, 512):
        (tmp_path / "cut.tar").write_bytes(whole[: end + 100])
        assert code_of(restore, tmp_path / "cut.tar", tmp_path / "again") in {"not-a-backup", "backup-damaged"}
    assert not (tmp_path / "again").exists()


def test_what_is_no_tar_is_refused(tmp_path):
    (tmp_path / "x.tar").write_bytes(b"no tar at all" * 100)
    assert code_of(restore, tmp_path / "x.tar", tmp_path / "again") == "not-a-backup"


def test_a_backup_of_a_later_version_is_refused(archive, changed, tmp_path):
    with tarfile.open(archive) as tar:
        manifest = json.load(tar.extractfile(MANIFEST))
    for key, value, code in (("format", 2, "backup-newer"), ("revision", "9999", "backup-newer")):
        later = changed({MANIFEST: json.dumps(manifest | {key: value}).encode()})
        assert code_of(restore, later, tmp_path / "again") == code


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_backup_of_an_older_version_is_restored_and_upgraded(archive, kind, tmp_path, request):
    """The archive of today, restored by a program that has one more migration."""
    url = "sqlite:///steelyard.db" if kind == "sqlite" else request.getfixturevalue("postgres").empty()
    with later_version(tmp_path):
        home = restore(archive, tmp_path / "again", url)
        with open_database(home, HASTY) as db:
            assert schema.revision(db) == "9001"
            assert published(db, CARD, DAY) is not None


def test_a_database_that_is_to_be_upgraded_can_be_backed_up_before(lived, empty_url, tmp_path):
    """What `database-outdated` advises; the backup is of the old tables, and restored into the new ones."""
    before = rows(lived)
    with later_version(tmp_path):
        assert code_of(open_database, lived, HASTY) == "database-outdated"
        backup(lived, tmp_path / "b.tar", NOW)
    assert rows(restore(tmp_path / "b.tar", tmp_path / "again", empty_url)) == before
