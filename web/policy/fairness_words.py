"""Sentences of the fairness page: groups, measures, alarms and what to look at."""

from collections.abc import Mapping

from proactive.outcomes.fairness import Alarm
from proactive.outcomes.fairness_model import UNKNOWN, Attribute, Interval, Measure, Rate
from web.say import gettext
from web.say import lazy as _l

ATTRIBUTES = {
    Attribute.SEX: _l("By sex"),
    Attribute.AGE: _l("By age"),
    Attribute.DISABILITY: _l("By disability"),
    Attribute.AREA: _l("By town"),
}
GROUPS: Mapping[str, object] = {
    "female": _l("Women"),
    "male": _l("Men"),
    "0-13": _l("Children up to 13"),
    "14-17": _l("Aged 14 to 17"),
    "18-44": _l("Aged 18 to 44"),
    "45-59": _l("Aged 45 to 59"),
    "60-74": _l("Aged 60 to 74"),
    "75+": _l("Aged 75 and more"),
    "grade_1_2": _l("Disability of grade 1 or 2"),
    "grade_3_4": _l("Disability of grade 3 or 4"),
    "none": _l("No disability on record"),
    UNKNOWN: _l("Not known"),
}
MEASURES = {
    Measure.FOUND: _l("Found"),
    Measure.VISITED: _l("Visited"),
    Measure.CONFIRMED: _l("Need confirmed"),
    Measure.GRANTED: _l("Helped"),
    Measure.REFUSED: _l("Refused by an office"),
    Measure.DECLINED: _l("Declined by the person"),
    Measure.NOT_REACHED: _l("Not reached"),
}
RESTS_ON = {
    Measure.FOUND: _l("of all people of the group"),
    Measure.VISITED: _l("of those found"),
    Measure.CONFIRMED: _l("of those visited"),
    Measure.GRANTED: _l("of those confirmed"),
    Measure.REFUSED: _l("of those confirmed"),
    Measure.DECLINED: _l("of those found"),
    Measure.NOT_REACHED: _l("of those found"),
}
WHAT = {
    (Measure.FOUND, "less"): _l("%(group)s: found less often than all others"),
    (Measure.VISITED, "less"): _l("%(group)s: once found, visited less often than all others"),
    (Measure.CONFIRMED, "less"): _l("%(group)s: need is confirmed less often than with others"),
    (Measure.CONFIRMED, "more"): _l("%(group)s: need is confirmed more often than with others"),
    (Measure.GRANTED, "less"): _l("%(group)s: once confirmed, helped less often than all others"),
    (Measure.REFUSED, "more"): _l("%(group)s: refused by offices more often than all others"),
    (Measure.DECLINED, "more"): _l("%(group)s: say no more often than all others"),
    (Measure.NOT_REACHED, "more"): _l("%(group)s: not reached more often than all others"),
}
LOOK_AT = {
    (Measure.FOUND, "less"): _l(
        "Look at whether their need really is smaller, whether a condition stands for something"
        " else (such as the kind of care), and whether their records reach the system at all."
    ),
    (Measure.VISITED, "less"): _l(
        "Look at which posts cover their places, and whether visits fit their day."
    ),
    (Measure.CONFIRMED, "less"): _l(
        "They are visited in vain more often. Look at which records or conditions bring them up."
    ),
    (Measure.CONFIRMED, "more"): _l(
        "Perhaps only the hardest cases of this group cross the line. Look at those just under it."
    ),
    (Measure.GRANTED, "less"): _l("Look at which items they do not get, and at the reasons."),
    (Measure.REFUSED, "more"): _l("Look at the reasons of refusal, office by office."),
    (Measure.DECLINED, "more"): _l("Look at how the offer is made, and at what it asks of them."),
    (Measure.NOT_REACHED, "more"): _l(
        "Look at telephone numbers, moves, and the hours at which somebody comes."
    ),
}


def group_name(attribute: Attribute, part: str, places: Mapping[str, str]) -> str:
    """Return a group's name; a town has its own."""
    if attribute is Attribute.AREA and part != UNKNOWN:
        return places.get(part, part)
    return str(GROUPS[part])


SHORT: Mapping[str, object] = {
    "grade_1_2": _l("grade 1–2"),
    "grade_3_4": _l("grade 3–4"),
    "none": _l("none on record"),
}


def short_name(attribute: Attribute, part: str, places: Mapping[str, str]) -> str:
    """Return a group's name as it fits beneath a bar."""
    if attribute is Attribute.AGE:
        return part.replace("-", "–")
    return str(SHORT[part]) if part in SHORT else group_name(attribute, part, places)


def per(measure: Measure, value: float) -> str:
    """Return a rate as people say it: found per 1,000, all else in percent."""
    if measure is Measure.FOUND:
        return gettext("%(rate)s per 1,000", rate=digits(value * 1000))
    return gettext("%(share)s %%", share=digits(value * 100))


def between(measure: Measure, interval: Interval) -> str:
    """Return an interval without repeating its unit."""
    factor = 1000 if measure is Measure.FOUND else 100
    return f"{digits(interval.low * factor)}–{digits(interval.high * factor)}"


def digits(value: float) -> str:
    """Return a rate with as many digits as it can bear."""
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 1 else f"{value:.2g}"


def times(interval: Interval) -> str:
    high = "∞" if interval.high > 99 else f"{interval.high:.2f}"
    return f"{interval.low:.2f}–{high}"


def alarm_title(alarm: Alarm, places: Mapping[str, str]) -> str:
    words = WHAT[alarm.measure, alarm.direction]
    return str(words) % {"group": group_name(alarm.attribute, alarm.part, places)}


def alarm_figures(alarm: Alarm) -> str:
    """Return how large the difference is; a small cell is told without its figure."""
    standing, measure = alarm.standing, alarm.measure
    if alarm.hidden or standing.rate.value is None or standing.rest.value is None:
        return gettext("There are so few of them that the figures are hidden.")
    rest = per(measure, standing.rest.value)
    if standing.ratio is None:
        return gettext("%(rate)s against %(rest)s.", rate=_rate(measure, standing.rate), rest=rest)
    return gettext(
        "%(rate)s against %(rest)s: %(ratio)s times as often; with 95 %% certainty between"
        " %(low)s and %(high)s times.",
        rate=_rate(measure, standing.rate),
        rest=rest,
        ratio=f"{standing.ratio:.2f}",
        low=f"{standing.ratio_interval.low:.2f}",
        high=f"{standing.ratio_interval.high:.2f}",
    )


def _rate(measure: Measure, rate: Rate) -> str:
    return per(measure, rate.value or 0.0)


def advice(alarm: Alarm) -> str:
    return str(LOOK_AT[alarm.measure, alarm.direction])
