"""Brings a database to the present schema, its roles and row policies."""

import importlib
import pkgutil

from sqlalchemy import Engine

import proactive
from proactive.kernel.access import apply_access
from proactive.kernel.db import metadata


def load_tables() -> None:
    """Import every module that declares tables, so that the metadata is whole."""
    for module in pkgutil.walk_packages(proactive.__path__, "proactive."):
        if module.name.rpartition(".")[2] in ("store", "tables"):
            importlib.import_module(module.name)


def create_all(owner: Engine) -> None:
    """Make all tables, roles and policies in an empty database."""
    load_tables()
    with owner.begin() as connection:
        metadata.create_all(connection)
        apply_access(connection, metadata)
