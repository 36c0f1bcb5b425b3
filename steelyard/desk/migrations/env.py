"""What Alembic runs: the steps, on the connection it is given (schema.py)."""

from alembic import context

from steelyard.desk.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
