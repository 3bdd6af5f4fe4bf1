"""One office's line: the next call on it, what came over it, and when it is left alone."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Row, exists, func, select, update
from sqlalchemy.dialects.postgresql import insert

from proactive.bundles.store import office
from proactive.connectors.model import pause_after
from proactive.connectors.store import office_call, office_line
from proactive.kernel.logs import get_logger
from proactive.kernel.work import Work
from proactive.plugins.office_connector import OfficeConnector, Unknown

log = get_logger(__name__)
Answer = TypeVar("Answer")


def next_call(
    work: Work,
    connectors: Mapping[str, OfficeConnector],
    *due: ColumnElement[bool],
    first: ColumnElement[Any],
) -> Row[Any] | None:
    """Lock the call that is next over these lines, with its `office_code`; None where none is due.

    What another process holds is passed over, and so is an office that is left alone just now.
    """
    left_alone = exists().where(
        office_line.c.office_id == office_call.c.office_id,
        office_line.c.until > func.clock_timestamp(),
    )
    query = (
        select(office_call, office.c.code.label("office_code"))
        .join(office, office.c.id == office_call.c.office_id)
        .where(*due, office.c.code.in_(list(connectors)), ~left_alone)
        .order_by(first)
        .limit(1)
        .with_for_update(of=office_call, skip_locked=True)
    )
    return work.db.execute(query).one_or_none()


def heard(office_code: str, speak: Callable[[], Answer]) -> Answer | Unknown:
    """Return what an office answered; a connector that raises leaves it unknown."""
    try:
        return speak()
    except Exception as error:
        log.error("An office's line raised.", office=office_code, error=type(error).__name__)
        return Unknown(type(error).__name__)


def note_line(work: Work, office_id: UUID, *, well: bool) -> None:
    """Count troubles in a row of an office's system; after some it is left alone for a while."""
    if well:
        line = update(office_line).where(
            office_line.c.office_id == office_id, office_line.c.troubles > 0
        )
        work.db.execute(line.values(troubles=0, until=None))
        return
    count = insert(office_line).values(office_id=office_id, troubles=1)
    troubles = work.db.execute(
        count.on_conflict_do_update(
            index_elements=["office_id"], set_={"troubles": office_line.c.troubles + 1}
        ).returning(office_line.c.troubles)
    ).scalar_one()
    pause = pause_after(troubles)
    if pause is not None:
        stopped = update(office_line).where(office_line.c.office_id == office_id)
        work.db.execute(stopped.values(until=func.clock_timestamp() + pause))
        work.audit("office_line.pause", "office", office_id, troubles=troubles)
