"""Brings a database to the present schema, its roles and row policies."""

import importlib
import pkgutil

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, select, text
from sqlalchemy.dialects.postgresql import insert

import proactive
from proactive.config import PACKAGES
from proactive.kernel.access import apply_access
from proactive.kernel.db import metadata
from proactive.kernel.tables import installation

MIGRATIONS = PACKAGES / "migrations"


def load_tables() -> None:
    """Import every module that declares tables, so that the metadata is whole."""
    for module in pkgutil.walk_packages(proactive.__path__, "proactive."):
        if module.name.rpartition(".")[2] in ("store", "tables"):
            importlib.import_module(module.name)


def migrate(owner: Engine) -> None:
    """Run all migrations that are missing, then apply roles and row policies; harmless twice.

    `owner` connects as the owner of the database, not as the application's role.
    """
    load_tables()
    config = migration_config()
    with owner.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    with owner.begin() as connection:
        apply_access(connection, metadata)


def present_revision(engine: Engine) -> str | None:
    """Return the number of the last migration the database has seen, None for an empty one."""
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str | None:
    """Return the number of the last migration this release brings."""
    return ScriptDirectory.from_config(migration_config()).get_current_head()


def known_keys_mark(owner: Engine) -> str | None:
    """Return the mark of the keys this database was filled with; None where there is none yet."""
    with owner.connect() as connection:
        if not inspect(connection).has_table(installation.name):
            return None
        return connection.execute(select(installation.c.keys_mark)).scalar()


def remember_keys(owner: Engine, mark: str) -> None:
    """Write down once which keys belong to this database."""
    with owner.begin() as connection:
        connection.execute(text("SELECT set_config('app.actor', 'operator:migrate', true)"))
        statement = insert(installation).values(id=1, keys_mark=mark)
        connection.execute(statement.on_conflict_do_nothing())


def migration_config() -> Config:
    """Return what Alembic needs; the caller puts a connection into its attributes."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    return config
