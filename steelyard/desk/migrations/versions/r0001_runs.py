"""Runs and their steps, days taken, results published."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "home", sa.Column("id", sa.String(32), nullable=False), sa.PrimaryKeyConstraint("id", name="pk_home")
    )
    _runs()
    _intakes()
    _publications()


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("status", sa.String(16), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("engine", sa.Text, nullable=False),
        sa.Column("program", sa.Text, nullable=False),
        sa.Column("host", sa.Text, nullable=False),
        sa.Column("pid", sa.Integer, nullable=False),
        sa.Column("problem", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
        sa.CheckConstraint("status IN ('running', 'published', 'failed')", name=op.f("ck_runs_status")),
        sa.CheckConstraint("(status = 'running') = (finished_at IS NULL)", name=op.f("ck_runs_finished")),
        sa.CheckConstraint("(status = 'failed') = (problem IS NOT NULL)", name=op.f("ck_runs_problem")),
    )
    op.create_index("ix_runs_status_as_of", "runs", ["status", "as_of"])
    op.create_table(
        "steps",
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.Column("number", sa.Integer, nullable=False, autoincrement=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("milliseconds", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("run_id", "number", name="pk_steps"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_steps_run_id"),
        sa.CheckConstraint("milliseconds >= 0", name=op.f("ck_steps_milliseconds")),
    )


def _intakes() -> None:
    op.create_table(
        "intakes",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_intakes"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_intakes_run_id"),
    )
    op.create_index("ix_intakes_run_id", "intakes", ["run_id"])
    op.create_table(
        "intake_tables",
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("rows_read", sa.BigInteger, nullable=False),
        sa.Column("quarantined", sa.BigInteger, nullable=False),
        sa.Column("fingerprint", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("day", "name", name="pk_intake_tables"),
        sa.ForeignKeyConstraint(["day"], ["intakes.day"], name="fk_intake_tables_day"),
        sa.CheckConstraint("rows_read >= 0", name=op.f("ck_intake_tables_rows_read")),
        sa.CheckConstraint("quarantined >= 0", name=op.f("ck_intake_tables_quarantined")),
    )


def _publications() -> None:
    op.create_table(
        "publications",
        sa.Column("id", sa.Integer, nullable=False),
        sa.Column("run_id", sa.Integer, nullable=False),
        sa.Column("scorecard", sa.Text, nullable=False),
        sa.Column("version", sa.Text, nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("known_on", sa.Date, nullable=False),
        sa.Column("folder", sa.Text, nullable=False),
        sa.Column("rows", sa.BigInteger, nullable=False),
        sa.Column("shops_scored", sa.BigInteger, nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("supersedes", sa.Integer, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_publications"),
        sa.ForeignKeyConstraint(["run_id"], ["runs.id"], name="fk_publications_run_id"),
        sa.ForeignKeyConstraint(["supersedes"], ["publications.id"], name="fk_publications_supersedes"),
        sa.UniqueConstraint("supersedes", name="uq_publications_supersedes"),
        sa.CheckConstraint("rows >= 0", name=op.f("ck_publications_rows")),
        sa.CheckConstraint("shops_scored >= 0", name=op.f("ck_publications_shops_scored")),
    )
    key = ["scorecard", "as_of", "known_on"]
    op.create_index("ix_publications_run_id", "publications", ["run_id"])
    op.create_index("ix_publications_scorecard_as_of_known_on", "publications", key)
    first = sa.text("supersedes IS NULL")
    op.create_index(
        "uq_publications_first", "publications", key, unique=True, sqlite_where=first, postgresql_where=first
    )
