"""What Alembic runs: the metadata of all stages, on the connection it is handed."""

from alembic import context

from proactive.kernel.db import metadata
from proactive.schema import load_tables

load_tables()
context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    compare_type=True,
    transaction_per_migration=True,
)
with context.begin_transaction():
    context.run_migrations()
