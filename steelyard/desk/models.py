"""The tables of the desk.

home ─ one row: which home folder this database belongs to
runs ─┬─ steps          how long each part of a run took
      ├─ intakes        the days of arrivals a published run has taken ── intake_tables
      └─ publications   results that readers see; each may supersede an earlier one, none is ever removed
"""

from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

RUNNING, PUBLISHED, FAILED = "running", "published", "failed"
"""What a run is: at work, its results visible, or over without results."""


class UtcTime(TypeDecorator[datetime]):
    """A point in time: aware for the caller, UTC in the database, also where that keeps no zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To UTC; ValueError for a time without a zone, which could be any."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value} has no zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - SQLAlchemy's signature
        """An aware time in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Every constraint has a name, so that migrations can change it on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcTime, str: Text}  # noqa: RUF012 - read by SQLAlchemy


class Owner(Base):
    """The home this database belongs to: one row, so that no second home writes into it."""

    __tablename__ = "home"
    id: Mapped[str] = mapped_column(String(32), primary_key=True)


class Run(Base):
    """One attempt to bring the home to a day."""

    __tablename__ = "runs"
    __table_args__: Any = (
        CheckConstraint(f"status IN ('{RUNNING}', '{PUBLISHED}', '{FAILED}')", name="status"),
        CheckConstraint(f"(status = '{RUNNING}') = (finished_at IS NULL)", name="finished"),
        CheckConstraint(f"(status = '{FAILED}') = (problem IS NOT NULL)", name="problem"),
        Index(None, "status", "as_of"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    as_of: Mapped[date]
    status: Mapped[str] = mapped_column(String(16))
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    engine: Mapped[str]
    program: Mapped[str]
    """The version of this program."""
    host: Mapped[str]
    pid: Mapped[int]
    problem: Mapped[str | None]
    """Why it failed, as it was told; None unless failed."""
    steps: Mapped[list["Step"]] = relationship(lazy="selectin", order_by="Step.number")


class Step(Base):
    """One part of a run and how long it took, kept as soon as it is done."""

    __tablename__ = "steps"
    __table_args__: Any = (CheckConstraint("milliseconds >= 0", name="milliseconds"),)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """From 1, in the order they ended."""
    name: Mapped[str]
    milliseconds: Mapped[int] = mapped_column(BigInteger)


class Intake(Base):
    """One day's arrivals, taken by a published run; never taken again."""

    __tablename__ = "intakes"
    day: Mapped[date] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), index=True)
    tables: Mapped[list["IntakeTable"]] = relationship(lazy="selectin", order_by="IntakeTable.name")


class IntakeTable(Base):
    """What one table of a day's arrivals held."""

    __tablename__ = "intake_tables"
    __table_args__: Any = (
        CheckConstraint("rows_read >= 0", name="rows_read"),
        CheckConstraint("quarantined >= 0", name="quarantined"),
    )
    day: Mapped[date] = mapped_column(ForeignKey("intakes.day"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    rows_read: Mapped[int] = mapped_column(BigInteger)
    quarantined: Mapped[int] = mapped_column(BigInteger)
    fingerprint: Mapped[str]
    """Of the files as they were read; the caller says how it is made."""


class Publication(Base):
    """One scorecard's result for a day, as it was known on a day. Stays for ever."""

    __tablename__ = "publications"
    __table_args__: Any = (
        CheckConstraint("rows >= 0", name="rows"),
        CheckConstraint("shops_scored >= 0", name="shops_scored"),
        Index(None, "scorecard", "as_of", "known_on"),
        Index(
            "uq_publications_first",
            "scorecard",
            "as_of",
            "known_on",
            unique=True,
            sqlite_where=text("supersedes IS NULL"),
            postgresql_where=text("supersedes IS NULL"),
        ),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("runs.id"), index=True)
    scorecard: Mapped[str]
    version: Mapped[str]
    as_of: Mapped[date]
    known_on: Mapped[date]
    """The day whose knowledge it shows: the `as_of` of the run, unless a past day was scored anew."""
    folder: Mapped[str]
    """Below the home, with `/`."""
    rows: Mapped[int] = mapped_column(BigInteger)
    shops_scored: Mapped[int] = mapped_column(BigInteger)
    published_at: Mapped[datetime]
    supersedes: Mapped[int | None] = mapped_column(ForeignKey("publications.id"), unique=True)
    """The publication of the same scorecard, day and knowledge that this one replaces for readers."""
