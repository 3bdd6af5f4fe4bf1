"""The start page of a desk, "what needs me today": stuck cases, why, and the button that helps."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from proactive.cases.doubts import doubtful_cases
from proactive.cases.model import CaseState, NextStep
from proactive.notices.service import open_tellings
from proactive.outcomes.stuck import Why, count_reasons, describe, remind, stuck_rows
from proactive.routing.queries import PostLine, my_cases
from proactive.voice.objections import open_objections
from web.access import Scope, policy, work
from web.errors import bad_request
from web.language import chosen_language
from web.supervisor.door import DESKS, blueprint
from web.supervisor.late import late_lines
from web.supervisor.lines import StuckLine, stuck_lines
from web.supervisor.words import WHY_WORDS
from web.town.lists import posts_beneath

AT_ONCE = 10
A_PAGE = 50


@blueprint.get("/desk")
@policy(roles=DESKS, scope=Scope.AREA)
def today() -> ResponseReturnValue:
    rows, posts = stuck_rows(work()), posts_beneath(work())
    late, all_late = late_lines(work(), AT_ONCE)
    return render_template(
        "supervisor/today.html",
        stuck=_lines(rows[:AT_ONCE]),
        all_stuck=len(rows),
        late=late,
        all_late=all_late,
        reasons=[(why, WHY_WORDS[why], n) for why, n in count_reasons(rows).items()],
        waiting=_what_waits(posts),
        nobody=[post for post in posts if not post.staffed],
        today=work().today,
    )


def _what_waits(posts: Sequence[PostLine]) -> list[tuple[str, int]]:
    """Return endpoint and number of what waits on the desk's other pages; reads no names."""
    own = my_cases(work().db, work().actor.posts, work().today)
    return [
        ("town.gate", sum(row.state == CaseState.CONFIRMED for row in own)),
        ("town.escalations", sum(post.overdue for post in posts)),
        ("county.unplaced", sum(row.next_step == NextStep.PLACE for row in own)),
        ("county.doubts", len(doubtful_cases(work())[0])),
        ("person.reviews", len(open_objections(work()))),
        ("coordinator.tellings", len(open_tellings(work(), [row.id for row in own]))),
    ]


@blueprint.get("/desk/stuck")
@policy(roles=DESKS, scope=Scope.AREA)
def stuck() -> ResponseReturnValue:
    """All stuck cases, of one reason if `why` names it, a page at a time."""
    rows = stuck_rows(work())
    chosen = request.args.get("why", "")
    if chosen and chosen not in set(Why):
        raise bad_request()
    wanted = [row for row in rows if chosen in ("", row.why)]
    page = max(request.args.get("page", 1, type=int), 1)
    start = (page - 1) * A_PAGE
    return render_template(
        "supervisor/stuck.html",
        stuck=_lines(wanted[start : start + A_PAGE]),
        found=len(wanted),
        all_stuck=len(rows),
        chosen=chosen,
        page=page,
        more=start + A_PAGE < len(wanted),
        reasons=[(why, WHY_WORDS[why], n) for why, n in count_reasons(rows).items()],
        today=work().today,
    )


def _lines(rows: Sequence[Row[Any]]) -> list[StuckLine]:
    return stuck_lines(work(), describe(work(), rows, chosen_language()), chosen_language())


@blueprint.post("/desk/remind/<uuid:case_id>")
@policy(roles=DESKS, scope=Scope.AREA)
def do_remind(case_id: UUID) -> ResponseReturnValue:
    """Remind the post of a case; the page then says that it was done."""
    remind(work(), case_id)
    return redirect(url_for("supervisor.today") + f"#case-{case_id}", 303)
