"""What readers see: everything a run says becomes visible in one transaction, and stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePosixPath

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from steelyard.desk.database import Database
from steelyard.desk.models import PUBLISHED, RUNNING, Intake, IntakeTable, Publication, Run
from steelyard.errors import EngineError, InputError, Problem


@dataclass(frozen=True)
class ArrivedTable:
    """What one table of a day's arrivals held."""

    name: str
    rows_read: int
    quarantined: int
    fingerprint: str


@dataclass(frozen=True)
class Arrived:
    """One day's arrivals, which the run has taken."""

    day: date
    tables: tuple[ArrivedTable, ...] = ()


@dataclass(frozen=True)
class Scored:
    """One scorecard's result for a day, as known on a day, in `folder` below the home (with `/`)."""

    scorecard: str
    version: str
    as_of: date
    known_on: date
    folder: str
    rows: int
    shops_scored: int

    def __post_init__(self) -> None:
        place = PurePosixPath(self.folder)
        if place.is_absolute() or ".." in place.parts or not place.parts:
            raise ValueError(f"{self.folder!r} is no folder below the home")

    @property
    def key(self) -> tuple[str, date, date]:
        """What only one folder is shown for."""
        return self.scorecard, self.as_of, self.known_on


def publish(
    db: Database, run: Run, arrived: Sequence[Arrived], scored: Sequence[Scored], now: datetime
) -> list[Publication]:
    """Make all that `run` says visible at once, and the run `published`. Returns what is shown for each of `scored`.

    A folder that is shown already stays as it is; another one supersedes it. Publishing the same run again changes
    nothing. EngineError `run-not-running` where the run was given up meanwhile; InputError `arrivals-changed` where a
    day was taken before with other files.
    """
    if len({each.key for each in scored}) < len(scored):
        raise ValueError("two results for one scorecard, day and knowledge")

    def work(session: Session) -> list[Publication]:
        found = session.get_one(Run, run.id, with_for_update=True)
        if found.status == RUNNING:
            found.status, found.finished_at = PUBLISHED, now
            _take(session, run.id, arrived)
            return [_show(session, run.id, each, now) for each in scored]
        if found.status == PUBLISHED:
            return [each for each in (_standing(session, each) for each in scored) if each is not None]
        message = f"run {run.id} was given up: {found.problem}"
        raise EngineError(Problem("run-not-running", db.shown, message, "start the run again"))

    return db.write(work)


def _take(session: Session, run_id: int, arrived: Sequence[Arrived]) -> None:
    changed = []
    for new in arrived:
        before = session.get(Intake, new.day)
        tables = [IntakeTable(day=new.day, **vars(table)) for table in new.tables]
        if before is None:
            session.add(Intake(day=new.day, run_id=run_id, tables=tables))
        elif _prints(before.tables) != _prints(tables):
            changed.append(new.day)
    if changed:
        message = "this day was taken before, with other files"
        fix = "put the files back as they were, and the new rows into a later day's folder"
        raise InputError([Problem("arrivals-changed", f"arrivals/{day}", message, fix) for day in changed])


def _prints(tables: Sequence[IntakeTable]) -> dict[str, str]:
    return {table.name: table.fingerprint for table in tables}


def _show(session: Session, run_id: int, new: Scored, now: datetime) -> Publication:
    before = _standing(session, new)
    if before is not None and (before.folder, before.version) == (new.folder, new.version):
        return before
    supersedes = None if before is None else before.id
    added = Publication(run_id=run_id, published_at=now, supersedes=supersedes, **vars(new))
    session.add(added)
    session.flush()
    return added


def _standing(session: Session, new: Scored) -> Publication | None:
    """What is shown now for the same scorecard, day and knowledge."""
    same = (
        Publication.scorecard == new.scorecard,
        Publication.as_of == new.as_of,
        Publication.known_on == new.known_on,
    )
    return session.scalar(select(Publication).where(*same).order_by(Publication.id.desc()).limit(1))


def published(db: Database, scorecard: str, as_of: date, known_on: date | None = None) -> Publication | None:
    """What is shown for a day: of what was known latest, or by `known_on`, the last publication; None without one."""
    query = _of(scorecard).where(Publication.as_of == as_of)
    if known_on is not None:
        query = query.where(Publication.known_on <= known_on)
    newest = query.order_by(Publication.known_on.desc(), Publication.id.desc()).limit(1)
    return db.read(lambda session: session.scalar(newest))


def publications(db: Database, scorecard: str, first: date, last: date) -> list[Publication]:
    """What is shown for each day from `first` to `last`, both included, in order; days without are left out."""
    query = _of(scorecard).where(Publication.as_of.between(first, last))
    in_order = query.order_by(Publication.as_of, Publication.known_on, Publication.id)
    found = db.read(lambda session: session.scalars(in_order).all())
    return list({each.as_of: each for each in found}.values())


def history(db: Database, scorecard: str, as_of: date) -> list[Publication]:
    """Everything ever published for a day, superseded or not, in the order it was."""
    query = _of(scorecard).where(Publication.as_of == as_of).order_by(Publication.id)
    return db.read(lambda session: list(session.scalars(query)))


def shown_days(db: Database) -> dict[str, list[date]]:
    """The days with a publication, in order, by scorecard."""
    query = select(Publication.scorecard, Publication.as_of).distinct()
    days: dict[str, list[date]] = {}
    for scorecard, as_of in sorted(db.read(lambda session: session.execute(query).all())):
        days.setdefault(scorecard, []).append(as_of)
    return days


def standing_folders(db: Database) -> list[str]:
    """The folders of all publications, superseded ones too: replays show them."""
    return db.read(lambda session: list(session.scalars(select(Publication.folder).distinct())))


def taken(db: Database) -> dict[date, Mapping[str, IntakeTable]]:
    """The days whose arrivals were taken by published runs, in order, and what each table held."""
    query = select(Intake).order_by(Intake.day)
    found = db.read(lambda session: session.scalars(query).all())
    return {intake.day: {table.name: table for table in intake.tables} for intake in found}


def last_taken(db: Database) -> Intake | None:
    """The last day whose arrivals were taken by a published run, and what each table held."""
    return db.read(lambda session: session.scalar(select(Intake).order_by(Intake.day.desc()).limit(1)))


def taken_days(db: Database) -> list[date]:
    """The days whose arrivals were taken by published runs, in order."""
    return db.read(lambda session: list(session.scalars(select(Intake.day).order_by(Intake.day))))


def _of(scorecard: str) -> Select[Publication]:
    return select(Publication).where(Publication.scorecard == scorecard)
