"""The database: one metadata, area columns, and an engine whose sessions own nothing."""

from enum import StrEnum
from typing import Any

from psycopg.errors import InsufficientPrivilege, InvalidParameterValue, UndefinedObject
from sqlalchemy import Column, Engine, MetaData, Text, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection

from proactive.kernel.errors import Refused

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

APP = "proactive_app"  # what every session begins as
AREA_COLUMNS = ("area_1", "area_2", "area_3", "area_4", "area_5")
AreaPath = tuple[str, str, str, str, str]
NOWHERE: AreaPath = ("", "", "", "", "")


class Access(StrEnum):
    """Who may touch a table; `kernel.access` turns it into grants and row policies.

    Every table says one in its `info`; a test fails on a table that does not.
    """

    AREA = "area"  # rows about persons: by area; offices see what their items belong to
    OFFICE = "office"  # rows handed to one office
    REFERENCE = "reference"  # areas, offices, versions: everyone reads
    TUNING = "tuning"  # the policy desk's own: drafts, trials; policy staff and the operator
    FIGURES = "figures"  # counts by place, no persons: written by the worker, read by area
    FAIRNESS = "fairness"  # counts by group: written by the worker, read by the fairness role only
    MACHINE = "machine"  # deliveries, runs, steps: the worker and the operator
    ACCOUNT = "account"  # sign-in


def area_columns() -> list[Column[Any]]:
    """Return the path columns, outermost first; '' where the place is not known that deep."""
    return [Column(name, Text, nullable=False, server_default="") for name in AREA_COLUMNS]


def open_engine(url: str) -> Engine:
    """Return an engine; its sessions act as the role APP, which owns nothing and sees nothing.

    A transaction takes up a working role with SET LOCAL, so nothing stays on a pooled connection.
    """
    engine = create_engine(
        url,
        pool_size=5,
        max_overflow=10,
        pool_pre_ping=True,
        hide_parameters=True,  # an error's text may reach a terminal or a mail: no values in it
        connect_args={"options": "-c timezone=UTC", "connect_timeout": 5},
    )

    @event.listens_for(engine, "connect")
    def _act_as(connection: DBAPIConnection, _record: object) -> None:
        try:
            cursor = connection.cursor()
            cursor.execute(f"SET ROLE {APP}")
            cursor.close()
            connection.commit()
        except (InvalidParameterValue, UndefinedObject, InsufficientPrivilege):
            connection.close()
            raise Refused(
                "not_migrated",
                "The database has not been prepared.",
                why="It lacks the role '{role}', or this account may not take it up.",
                todo="Run: proactive migrate",
                role=APP,
            ) from None

    return engine
