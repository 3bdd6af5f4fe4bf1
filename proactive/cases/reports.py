"""What becomes of reports from below: who reads them, what visits said, what the rule missed."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text

from proactive.areas.store import path_in
from proactive.cases.reporting import seen_aad
from proactive.cases.store import case_report
from proactive.kernel.errors import Refused
from proactive.kernel.work import Work


@dataclass(frozen=True, slots=True)
class ReportSeen:
    """A report as those responsible for its case read it."""

    account_id: str
    at: datetime
    seen: str
    typed: bool
    joined: bool


def reports_of(work: Work, case_ids: Collection[UUID]) -> dict[UUID, list[ReportSeen]]:
    """Return for each case who reported it and what was seen, oldest first; the look is audited."""
    query = select(case_report).where(case_report.c.case_id.in_(case_ids))
    rows = work.db.execute(query.order_by(case_report.c.reported_at, case_report.c.id)).all()
    found: dict[UUID, list[ReportSeen]] = {case_id: [] for case_id in case_ids}
    for row in rows:
        seen = work.keys.decrypt(row.seen_cipher, aad=seen_aad(row.id))
        found[row.case_id].append(
            ReportSeen(row.account_id, row.reported_at, seen, row.typed, row.joined)
        )
    for row in {row.case_id: row for row in rows}.values():
        work.audit("read_report", "case", row.case_id, areas=path_in(row))
    return found


def get_report(work: Work, report_id: UUID) -> Row[Any]:
    """Return a report of the actor's own, or Refused `not_found`."""
    query = select(case_report).where(
        case_report.c.id == report_id, case_report.c.account_id == work.actor.id
    )
    row = work.db.execute(query).one_or_none()
    if row is None:
        raise Refused("not_found", "There is no such report.", todo="Go back to your list.")
    return row


# What visits said of a reported need, and whether the trigger has found it meanwhile by itself.
_JUDGE = text(
    """
UPDATE case_report SET result = :result,
  by_rule = EXISTS (SELECT FROM case_hit AS h WHERE h.case_id = case_report.case_id
    AND h.trigger = case_report.trigger)
WHERE case_id = :case_id
"""
)


def judge_reports(work: Work, case_id: UUID, result: str) -> None:
    """Bring a case's reports to what its events say; asking twice changes nothing."""
    work.db.execute(_JUDGE, {"case_id": case_id, "result": result})


@dataclass(frozen=True, slots=True)
class ReportCounts:
    """Reports for one trigger's help: how many, how many confirmed, how many the rule missed.

    Those that joined a case the trigger had raised are not counted: nothing was missed there.
    """

    reported: int = 0
    confirmed: int = 0
    no_need: int = 0
    missed: int = 0


def report_counts(work: Work, trigger: str) -> ReportCounts:
    """Count the needs that people reported where this trigger should have found them."""
    confirmed = case_report.c.result == "confirmed"
    query = select(
        func.count(),
        func.count().filter(confirmed),
        func.count().filter(case_report.c.result == "not_confirmed"),
        func.count().filter(confirmed, ~case_report.c.by_rule),
    ).where(case_report.c.trigger == trigger, ~case_report.c.joined)
    return ReportCounts(*work.db.execute(query).one())
