"""What was started and how it went.

A run is `running` until `publish` or `fail`. Whoever begins one holds the lock of the home (lock.py), so a run that
is still `running` then has died; it is marked failed, and cannot publish any more should it live after all.
"""

import os
import socket
from dataclasses import dataclass, field
from datetime import date, datetime
from importlib.metadata import version

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from steelyard.desk.database import Database
from steelyard.desk.models import FAILED, PUBLISHED, RUNNING, Run, Step

DIED = "the process ended without saying why"
"""The problem of a run that was found running though nobody held the lock."""


@dataclass(frozen=True)
class Worker:
    """Who does a run: engine, version of this program, and the process."""

    engine: str
    program: str = field(default_factory=lambda: version("steelyard"))
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)


def begin(db: Database, as_of: date, now: datetime, worker: Worker) -> Run:
    """A new run, visible as `running`. The caller holds the lock; runs that died before are marked failed."""

    def work(session: Session) -> Run:
        for run in session.scalars(select(Run).where(Run.status == RUNNING).with_for_update()):
            if _is(run, as_of, now, worker):
                return run
            run.status, run.finished_at, run.problem = FAILED, now, DIED
        run = Run(as_of=as_of, status=RUNNING, started_at=now, steps=[], **vars(worker))
        session.add(run)
        return run

    return db.write(work)


def _is(run: Run, as_of: date, now: datetime, worker: Worker) -> bool:
    """Whether `run` is the one being begun: the answer to the first attempt got lost."""
    return (run.host, run.pid, run.as_of, run.started_at) == (worker.host, worker.pid, as_of, now)


def fail(db: Database, run: Run, problem: str, now: datetime) -> None:
    """Say that `run` is over without results; nothing changes where it is over already."""

    def work(session: Session) -> None:
        found = session.get_one(Run, run.id, with_for_update=True)
        if found.status == RUNNING:
            found.status, found.finished_at, found.problem = FAILED, now, problem

    db.write(work)


def step(db: Database, run: Run, number: int, name: str, seconds: float) -> None:
    """Keep that the step `number` of `run`, from 1, is done and how long it took; telling it again changes nothing."""

    def work(session: Session) -> None:
        if session.get(Step, (run.id, number)) is None:
            session.add(Step(run_id=run.id, number=number, name=name, milliseconds=round(seconds * 1000)))

    db.write(work)


def runs(db: Database, limit: int = 20) -> list[Run]:
    """The latest runs with their steps, newest first."""
    return db.read(lambda session: list(session.scalars(select(Run).order_by(Run.id.desc()).limit(limit))))


def last_published(db: Database) -> Run | None:
    """The published run of the latest day; of that day the last one."""
    query = select(Run).where(Run.status == PUBLISHED).order_by(Run.as_of.desc(), Run.id.desc()).limit(1)
    return db.read(lambda session: session.scalar(query))


def unpublished(db: Database) -> list[int]:
    """The ids of the runs that published nothing: failed ones, and those still said to be running."""
    query = select(Run.id).where(Run.status != PUBLISHED)
    return db.read(lambda session: list(session.scalars(query)))


def counts(db: Database) -> dict[str, int]:
    """How many runs there are of each status."""
    query = select(Run.status, func.count()).group_by(Run.status)
    found = db.read(lambda session: session.execute(query).all())
    return dict.fromkeys((PUBLISHED, FAILED, RUNNING), 0) | dict(found)
