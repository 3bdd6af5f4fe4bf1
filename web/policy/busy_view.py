"""Charts of a dry run: the busiest posts in weeks, and who was found by town."""

from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from web.charts import Frame, Mark, Series, bar_chart
from web.say import gettext, ngettext

MOST_BARS = 12


def busiest(result: Mapping[str, Any]) -> Markup | None:
    """Return bars of the weeks that the busiest posts would need; None where all can be done."""
    known = [row for row in result["load"] if row["weeks"] is not None]
    rows = sorted(known, key=lambda row: -row["weeks"])[:MOST_BARS]
    due = result["due_weeks"]
    if not rows or rows[0]["weeks"] <= due:
        return None
    frame = Frame(
        "busy",
        gettext("Weeks of work that would lie with the busiest posts"),
        gettext(
            "%(over)s of %(posts)s posts would have more than they can do before it is due.",
            over=result["over"],
            posts=result["posts"],
        ),
        gettext("posts, numbered as in the table"),
        gettext("weeks"),
    )
    place = {row["code"]: number for number, row in enumerate(result["load"], 1)}
    limit = Mark(ngettext("due within %(num)d week", "due within %(num)d weeks", due), due)
    series = Series(gettext("weeks to clear"), [row["weeks"] for row in rows])
    return bar_chart(frame, [str(place[row["code"]]) for row in rows], [series], limit=limit)


def town_bars(result: Mapping[str, Any], places: Mapping[str, str]) -> Markup | None:
    """Return bars by town, found and new; a count that is hidden has no bar."""
    rows = [row for row in result["towns"] if row["found"]][:MOST_BARS]
    if len(rows) < 2:
        return None
    frame = Frame(
        "towns",
        gettext("People found, by town"),
        gettext("Towns with fewer than five people have no bar."),
        gettext("town"),
        gettext("people"),
    )
    series = [
        Series(gettext("found"), [row["found"] for row in rows]),
        Series(gettext("new"), [row["new"] for row in rows]),
    ]
    return bar_chart(frame, [places[row["area"]] for row in rows], series)
