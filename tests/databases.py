"""Databases for tests: a copy of a filled one in a moment, and away with it."""

from uuid import uuid4

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from proactive.embedded import Servers


def copy_database(servers: Servers, template: str, prefix: str = "test") -> str:
    """Copy the database `template` under a new name and return the copy's address.

    Nobody may be connected to `template`. Hundreds of files are copied for every test, so the
    system is asked to do it without passing them through PostgreSQL (its setting
    `file_copy_method`); where the file system cannot, PostgreSQL copies as it always did.
    """
    name = f"{prefix}_{uuid4().hex}"
    engine = create_engine(servers.database_url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        try:
            connection.execute(text("SET file_copy_method = clone"))
            _create(connection, f"{name} TEMPLATE {template} STRATEGY FILE_COPY")
        except DBAPIError:
            _create(connection, f"{name} TEMPLATE {template}")
    engine.dispose()
    return database_url(servers, name)


def database_url(servers: Servers, name: str) -> str:
    """Return the address of another database of these servers."""
    url = make_url(servers.database_url).set(database=name)
    return url.render_as_string(hide_password=False)


def database_name(url: str) -> str:
    """Return the name of the database at `url`."""
    return str(make_url(url).database)


def drop_database(servers: Servers, name: str) -> None:
    """Drop a database as superuser: its owner may not end an autovacuum that is looking at it."""
    admin = create_engine(servers.admin_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    admin.dispose()


def _create(connection: Connection, what: str) -> None:
    connection.execute(text(f"CREATE DATABASE {what}"))
