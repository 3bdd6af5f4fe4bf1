"""The phone number in a cell: the first that can receive a message."""

from __future__ import annotations

import re

from proactive.feeds.identifiers import Checked, plain
from proactive.feeds.reasons import Warn
from proactive.people.phones import is_mobile, read_phone

__all__ = ["check_phone", "is_mobile"]

_SEPARATORS = re.compile(r"[/、,;|]|\s{2,}| 或 ")


def check_phone(text: str, region: str) -> Checked:
    """The first mobile number of a cell as E.164; else a landline, with a warning.

    A number that cannot be used is no reason to put a row aside: the person is told in person.
    """
    landline = ""
    for part in _SEPARATORS.split(plain(text)):
        number, mobile = read_phone(part, region)
        if mobile:
            return Checked(number)
        landline = landline or number
    if landline:
        return Checked(landline, warning=Warn.PHONE_LANDLINE)
    return Checked(warning=Warn.PHONE_UNUSABLE)
