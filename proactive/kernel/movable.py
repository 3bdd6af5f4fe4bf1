"""Business time that can be moved, for the told story: an offset in the database, shared by all."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, select
from sqlalchemy.dialects.postgresql import insert

from proactive.kernel.tables import business_clock


class DatabaseClock:
    """The machine's time plus the offset that stands in the database; one row, no row = none."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def now(self) -> datetime:
        with self._engine.begin() as connection:
            connection.exec_driver_sql("SET LOCAL ROLE proactive_worker")
            seconds = connection.execute(select(business_clock.c.moved_by_seconds)).scalar()
        return datetime.now(UTC) + timedelta(seconds=seconds or 0)


def move_clock(connection: Connection, moment: datetime) -> None:
    """Let business time be `moment` now; it goes on from there."""
    seconds = round((moment - datetime.now(UTC)).total_seconds())
    statement = insert(business_clock).values(id=1, moved_by_seconds=seconds)
    connection.execute(
        statement.on_conflict_do_update(index_elements=["id"], set_={"moved_by_seconds": seconds})
    )
