"""Alembic's entry: runs the steps on the connection that the store hands over."""

from alembic import context

from usagebill_tui.store.tables import Base

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
