"""Alembic's entry: runs migrations on the connection that `Database.migrate` holds."""

from alembic import context

from pipeline.stores.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata, transactional_ddl=True)
context.run_migrations()
