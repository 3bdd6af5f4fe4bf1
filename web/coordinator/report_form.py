"""Reading a report from below: who, where, what help, what was seen; each mistake by its field."""

import re
from collections.abc import Mapping
from datetime import date
from uuid import UUID, uuid5

from proactive.areas.queries import path_of
from proactive.bundles.from_below import help_for, help_kinds
from proactive.cases.reporting import Report
from proactive.feeds.identifiers import (
    birth_in,
    check_person_number,
    check_resident_id,
    plain,
    plain_number,
)
from proactive.kernel.db import NOWHERE, AreaPath
from proactive.kernel.errors import Refused
from proactive.kernel.work import Work
from proactive.people.phones import read_phone
from proactive.people.searching import ENDING
from proactive.people.typed import RESIDENT, TypedPerson
from proactive.routing.queries import villages_of
from web.access import platform, work
from web.reading import posted_text
from web.say import lazy as _l
from web.words import word

LONGEST_NAME, LONGEST_ADDRESS = 60, 200
EARLIEST_YEAR = 1900
WRONG = {
    "write the name": _l("Please write the name."),
    "the last four signs": _l("Please write the last four characters of the number."),
    "one of the two": _l("Please give the last four characters of the number, or the birth date."),
    "say what you saw": _l("Please say in a few words what you saw."),
    "too long": _l("This is too long."),
    "choose what kind of help": _l("Please choose what kind of help."),
    "not a citizen number": _l(
        "This is not a citizen number. Leave it empty if you do not know it."
    ),
    "belongs to another name": _l(
        "In the records this number belongs to another name. Compare it with the card. If you are "
        "not sure, leave it empty: a desk then finds out who it is."
    ),
    "registered elsewhere": _l(
        "This number is registered in a place that is not yours. Call the county desk, or leave it "
        "empty if the person lives here now."
    ),
    "open where you cannot see it": _l(
        "Such a matter is open for this person already, but you cannot see it. Send the report "
        "once more; if this stays, tell the county desk what you saw."
    ),
    "not a phone number": _l("This is not a phone number."),
    "not a day": _l("This is not a day. Write it like this: 1961-05-01."),
    "in the future": _l("This day has not come yet."),
    "not the day in the number": _l("The number says another birth date. Compare both."),
    "choose the village": _l("Please choose the village."),
}
TYPED = ("name", "number", "born_on", "phone", "address", "village")
FIELDS = (*TYPED, "need", "seen")
PERSON = ("name", "number", "born_on", "village")
# As people write a day: 1961-05-01, 1961/5/1, 1961.5.1, 19610501, 1961年5月1日.
_DAY = re.compile(
    r"(\d{4})(?:(\d\d)(\d\d)|\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?)", re.ASCII
)


def posted_report() -> dict[str, str]:
    """Return the fields of the form as they were written."""
    given = {name: posted_text(name, LONGEST_ADDRESS) for name in FIELDS if name != "seen"}
    given["seen"] = posted_text("seen").replace("\r\n", "\n")  # as the field counts its length
    return given


def report_of(report_id: UUID, key: int | None, given: Mapping[str, str]) -> Report:
    """Return the report that was filled in; Refused `report_incomplete` with the fields.

    Its id comes from the page's and from what was written: tapped twice it is one, but what is
    changed after going back is a report of its own, about the same typed person.
    """
    wrong: dict[str, str] = {}
    typed, path = (None, None) if key else _typed(given, wrong)
    if not given["seen"]:
        wrong["seen"] = "say what you saw"
    if given["need"] not in {need for need, _ in kinds_of_help()}:
        wrong["need"] = "choose what kind of help"
    if wrong:
        raise incomplete(wrong)
    return Report(
        uuid5(report_id, "\n".join((str(key), *(given[name] for name in FIELDS)))),
        help_for(work(), given["need"]),
        given["seen"],
        subject_key=key,
        typed=typed,
        typed_by=uuid5(report_id, "\n".join(given[name] for name in PERSON)) if typed else None,
        path=path,
    )


def _typed(given: Mapping[str, str], wrong: dict[str, str]) -> tuple[TypedPerson, AreaPath]:
    """Return the person as typed and where; what cannot be is named in `wrong`."""
    unit = work()
    name, number = plain(given["name"]), given["number"]
    scheme = platform().contracts.person_scheme
    checked = check_person_number(number, scheme, unit.today)
    phone = read_phone(given["phone"], unit.region)[0] if given["phone"] else ""
    written = day_in(given, wrong)
    in_number = birth_in(checked.value) if checked.value and scheme == RESIDENT else None
    if not name or len(name) > LONGEST_NAME:
        wrong["name"] = "write the name"
    if number and checked.reason is not None:
        wrong["number"] = "not a citizen number"
    if given["phone"] and not phone:
        wrong["phone"] = "not a phone number"
    if written and in_number and written != in_number:
        wrong.setdefault("born_on", "not the day in the number")
    path = _path(unit, given["village"])
    if path is None:
        wrong["village"] = "choose the village"
    typed = TypedPerson(name, checked.value, written or in_number, phone, given["address"], scheme)
    return typed, path or NOWHERE


def day_in(given: Mapping[str, str], wrong: dict[str, str]) -> date | None:
    """Return the birth date that was written; what is none, or has not come, stands in `wrong`."""
    text = plain(given["born_on"])
    if not text:
        return None
    parts = _DAY.fullmatch(text)
    try:
        day = date(*(int(one) for one in parts.groups() if one)) if parts else None
    except ValueError:
        day = None
    if day is None or day.year < EARLIEST_YEAR:
        wrong["born_on"] = "not a day"
    elif day > work().today:
        wrong["born_on"] = "in the future"
    return day


def ending_of(text: str, today: date) -> str:
    """Return the last four signs of a number; the whole one will do as well."""
    number = plain_number(text)
    whole = check_resident_id(number, today).value
    return (whole or number)[-ENDING:]


def kinds_of_help() -> list[tuple[str, str]]:
    """Return the needs that can be reported now, with their words."""
    return [(kind.need, word("need", kind.need)) for kind in help_kinds(work())]


def villages_here(unit: Work) -> tuple[str, ...]:
    """Return the codes of the villages whose post the reader holds or stands in for."""
    return villages_of(unit.db, unit.actor.posts)


def _path(unit: Work, village: str) -> AreaPath | None:
    """Return where the person lives: the reader's village; a desk's own area is placed later."""
    codes = villages_here(unit) or unit.actor.areas
    code = codes[0] if len(codes) == 1 else village
    return path_of(unit.db, code) if code in codes else None


def incomplete(wrong: Mapping[str, str]) -> Refused:
    return Refused(
        "report_incomplete",
        "The report is not complete yet.",
        todo="Fill in what is marked and send it again.",
        fields=dict(wrong),
    )
