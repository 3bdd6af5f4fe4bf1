"""Why a run of a trigger stopped itself, in the reader's words."""

from web.display import count
from web.reasons import feed_title
from web.say import gettext


def say_why_stopped(why: object) -> str:
    """Return why a run stopped itself; nothing was raised by it."""
    told = why if isinstance(why, dict) else {}
    code = told.get("code")
    if code == "stale_exclusion":
        feeds = gettext(", ").join(feed_title(feed) for feed in told["feeds"])
        return gettext(
            "these records are too old to be sure whom to leave in peace: %(feeds)s", feeds=feeds
        )
    if code == "outside_band":
        return gettext(
            "it found %(hits)s among %(known)s, and the rule expects %(least)s to %(most)s in"
            " 1,000",
            hits=count(told["hits"]),
            known=count(told["known"]),
            least=f"{told['at_least']:g}",
            most=f"{told['at_most']:g}",
        )
    if code == "over_cap_run":
        return gettext(
            "it found %(new)s new ones, and one run may bring at most %(most)s",
            new=count(told["new"]),
            most=count(told["most"]),
        )
    if code == "over_cap_day":
        return gettext(
            "it found %(new)s new ones after %(before)s the same day, and a day may bring at most"
            " %(most)s",
            new=count(told["new"]),
            before=count(told["before"]),
            most=count(told["most"]),
        )
    if code == "more_than_accepted":
        return gettext(
            "it found %(hits)s, and somebody has vouched for no more than %(most)s",
            hits=count(told["hits"]),
            most=count(told["most"]),
        )
    if code == "not_in_use":
        return gettext("this version was not in use any more")
    return gettext("it found something that the trigger does not expect")
