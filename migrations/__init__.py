"""Alembic migrations: numbered steps of the schema; roles and policies are applied after each."""
