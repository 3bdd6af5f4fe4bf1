"""The start page of a desk, "what needs me today": stuck cases, why, and the button that helps."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from proactive.areas.queries import names
from proactive.cases.doubts import doubtful_cases
from proactive.kernel.states import DESKS
from proactive.notices.service import open_tellings
from proactive.outcomes.stuck import Why, count_reasons, describe, remind, stuck_rows
from proactive.routing.desks import Lying, count_lying
from proactive.routing.queries import my_cases
from proactive.voice.objections import open_objections
from web.access import Scope, policy, work
from web.errors import bad_request
from web.language import chosen_language
from web.reading import page_number
from web.supervisor.door import blueprint
from web.supervisor.late import late_lines
from web.supervisor.lines import StuckLine, stuck_lines
from web.supervisor.words import WHY_WORDS
from web.town.lists import posts_beneath

AT_ONCE = 10
A_PAGE = 20


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
        waiting=_what_waits(),
        nobody=[post for post in posts if not post.staffed][:AT_ONCE],
        all_nobody=sum(not post.staffed for post in posts),
        today=work().today,
    )


def _what_waits() -> list[tuple[str, str, int]]:
    """Return name, address and number of what waits on the desk's other pages; reads no names."""
    own = my_cases(work().db, work().actor.posts, work().today)
    lying = count_lying(work(), Lying.GATE, Lying.ANOTHER, Lying.LATE, Lying.PLACE)
    another = [("another", url_for("town.gate", only="another"), lying[Lying.ANOTHER])]
    return [
        ("gate", url_for("town.gate"), lying[Lying.GATE]),
        *(another if lying[Lying.ANOTHER] else []),
        ("late", url_for("supervisor.cases", stage="late"), lying[Lying.LATE]),
        ("place", url_for("county.unplaced"), lying[Lying.PLACE]),
        ("doubts", url_for("county.doubts"), len(doubtful_cases(work())[0])),
        ("answer", url_for("person.reviews"), len(open_objections(work()))),
        (
            "tell",
            url_for("coordinator.tellings"),
            len(open_tellings(work(), [row.id for row in own])),
        ),
    ]


@blueprint.get("/desk/stuck")
@policy(roles=DESKS, scope=Scope.AREA)
def stuck() -> ResponseReturnValue:
    """All stuck cases, of one reason and one town if they are named, a page at a time."""
    rows = every = stuck_rows(work())
    chosen, town = request.args.get("why", ""), request.args.get("town", "")
    if chosen and chosen not in set(Why):
        raise bad_request()
    if town:
        rows = [row for row in every if town_of(row) == town]
    wanted = [row for row in rows if chosen in ("", row.why)]
    page = page_number()
    start = (page - 1) * A_PAGE
    return render_template(
        "supervisor/stuck.html",
        stuck=_lines(wanted[start : start + A_PAGE]),
        found=len(wanted),
        all_stuck=len(rows),
        chosen=chosen,
        town=town,
        towns=_towns(every),
        page=page,
        more=start + A_PAGE < len(wanted),
        reasons=[(why, WHY_WORDS[why], n) for why, n in count_reasons(rows).items()],
    )


def _towns(rows: Sequence[Row[Any]]) -> list[tuple[str, str, int]]:
    """Return code, name and number of the stuck cases of each town that has some."""
    counts = Counter(map(town_of, rows))
    called = names(work().db, counts)
    return [(code, called.get(code, code), counts[code]) for code in sorted(counts)]


def town_of(row: Row[Any]) -> str:
    """Return the code of the town of a case, of the county where no town is known."""
    return str(row.area_4 or row.area_3 or row.area_2)


def _lines(rows: Sequence[Row[Any]]) -> list[StuckLine]:
    return stuck_lines(work(), describe(work(), rows, chosen_language()), chosen_language())


@blueprint.post("/desk/remind/<uuid:case_id>")
@policy(roles=DESKS, scope=Scope.AREA)
def do_remind(case_id: UUID) -> ResponseReturnValue:
    """Remind the post of a case; the page then says that it was done."""
    remind(work(), case_id)
    return redirect(url_for("supervisor.today") + f"#case-{case_id}", 303)
