"""Phone numbers: which one of a cell can receive a message."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import PhoneNumberType

from proactive.feeds.identifiers import Checked, plain
from proactive.feeds.reasons import Warn

_CN_MOBILE = re.compile(r"(?:\+?(?:00)?86)?(1[3-9]\d{9})")
_SEPARATORS = re.compile(r"[/、,;|]|\s{2,}| 或 ")
_MOBILE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def check_phone(text: str, region: str = "CN") -> Checked:
    """The first mobile number of a cell as E.164; else a landline, with a warning.

    A number that cannot be used is no reason to put a row aside: the person is told in person.
    """
    landline = ""
    for part in _SEPARATORS.split(plain(text)):
        number, mobile = _read(part, region)
        if mobile:
            return Checked(number)
        landline = landline or number
    if landline:
        return Checked(landline, warning=Warn.PHONE_LANDLINE)
    return Checked(warning=Warn.PHONE_UNUSABLE)


def is_mobile(e164: str) -> bool:
    """Can this number receive a message?"""
    return _read(e164, None)[1]


def _read(text: str, region: str | None) -> tuple[str, bool]:
    digits = re.sub(r"[\s\-()]", "", text)
    if region in {"CN", None}:
        match = _CN_MOBILE.fullmatch(digits)
        if match and (region or digits.startswith("+86")):
            return f"+86{match[1]}", True
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return "", False
    if not phonenumbers.is_valid_number(number):
        return "", False
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return e164, phonenumbers.number_type(number) in _MOBILE
