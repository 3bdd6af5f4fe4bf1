"""Migrations: up from nothing, no drift from the code, down again, numbered."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, create_engine, inspect, text

from proactive.embedded import Servers
from proactive.kernel.db import metadata
from proactive.schema import (
    MIGRATIONS,
    migrate,
    migration_config,
    newest_revision,
    present_revision,
)
from tests.databases import drop_database


@pytest.fixture
def empty(servers: Servers) -> Iterator[Engine]:
    drop_database(servers, "migrated")
    owner = create_engine(servers.database_url, isolation_level="AUTOCOMMIT")
    with owner.connect() as connection:
        connection.execute(text("CREATE DATABASE migrated"))
    owner.dispose()
    engine = create_engine(owner.url.set(database="migrated"))
    yield engine
    engine.dispose()


def test_an_empty_database_comes_up_as_the_code_has_it_and_a_second_time_changes_nothing(
    empty: Engine,
) -> None:
    migrate(empty)
    migrate(empty)

    assert present_revision(empty) == newest_revision()
    with empty.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_last_step_can_be_taken_back(empty: Engine) -> None:
    migrate(empty)
    config = migration_config()
    with empty.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "base")

    assert inspect(empty).get_table_names() == ["alembic_version"]


def test_migrations_are_numbered_with_four_digits_without_gaps() -> None:
    numbers = sorted(file.name[:4] for file in Path(MIGRATIONS, "versions").glob("0*.py"))

    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]
