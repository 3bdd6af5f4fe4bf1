"""Who reported a matter from below: it stands where a trigger's evidence would stand."""

from collections.abc import Sequence

from proactive.accounts.queries import account_names
from proactive.cases.reports import ReportSeen
from proactive.kernel.clock import local_date
from proactive.kernel.work import Work
from web.display import day
from web.say import gettext


def say_reports(work: Work, reports: Sequence[ReportSeen]) -> tuple[str, ...]:
    """Return one sentence a report: who told of the need and when, without what was seen."""
    names = account_names(work.db, {one.account_id for one in reports})
    return tuple(
        gettext(
            "Reported by %(who)s on %(day)s.",
            who=names.get(one.account_id, ""),
            day=day(local_date(one.at, work.zone)),
        )
        for one in reports
    )
