"""Run by Alembic; the connection, already in a transaction, is handed over by stores/sql/schema.py."""

from alembic import context

from stores.sql.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,
    transactional_ddl=True,
)
with context.begin_transaction():
    context.run_migrations()
