"""Numbers that name people and organisations: normalised and checked by their own rules.

Citizen number: GB 11643 (check digit ISO 7064 MOD 11-2), credit code: GB 32100. Area codes inside
a number are never a reason to reject it: codes retire, people keep their number.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from proactive.feeds.reasons import Reason, Warn
from proactive.feeds.words import Scheme

RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
RESIDENT_CHECKS = "10X98765432"
CREDIT_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CREDIT_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
CERTIFICATE_LENGTH = 20

_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\u061c\ufeff\u00ad]")
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?E\+?\d+", re.IGNORECASE)
_RESIDENT = re.compile(r"\d{17}[\dX]")
_OLD_RESIDENT = re.compile(r"\d{15}")
_CREDIT = re.compile(f"[{CREDIT_ALPHABET}]{{18}}")
_INNER = re.compile(r"[\s'’]")
_POINT_ZERO = re.compile(r"\.0+$")
_APOSTROPHES = "'’‘`＇"


@dataclass(frozen=True, slots=True)
class Checked:
    """A number in its one normal form, or the reason it is none; `warning` may come with it."""

    value: str = ""
    reason: Reason | None = None
    warning: Warn | None = None


def plain(text: str) -> str:
    """NFKC, without invisible signs, outer spaces and the apostrophe of spreadsheets."""
    if text.isascii():
        if text.isalnum():
            return text
    else:
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text))
    return text.strip().lstrip(_APOSTROPHES).strip()


def plain_number(text: str) -> str:
    """A number that names something: plain, without inner spaces, upper case, no `.0`."""
    return plain_code(text).upper()


def plain_code(text: str) -> str:
    """The same for codes whose letters differ by case, such as other countries' areas."""
    compact = plain(text)
    if not compact.isalnum():
        compact = _INNER.sub("", compact)
        compact = _POINT_ZERO.sub("", compact) if compact[:1].isdigit() else compact
    return compact


def resident_check_digit(first_17: str) -> str:
    """The last sign of a citizen number whose first 17 digits are given."""
    total = sum(
        int(digit) * weight for digit, weight in zip(first_17, RESIDENT_WEIGHTS, strict=True)
    )
    return RESIDENT_CHECKS[total % 11]


def check_resident_id(text: str, today: date) -> Checked:
    """A citizen number in 18 signs; 15-digit numbers are lengthened."""
    number = plain_number(text)
    if _SCIENTIFIC.fullmatch(number):
        return Checked(reason=Reason.SCIENTIFIC)
    warning = None
    if _OLD_RESIDENT.fullmatch(number):
        if number[12:] >= "996":
            return Checked(reason=Reason.ID_CENTURY)
        longer = f"{number[:6]}19{number[6:]}"
        number, warning = longer + resident_check_digit(longer), Warn.ID_UPGRADED
    if not _RESIDENT.fullmatch(number):
        return Checked(reason=Reason.ID_SHAPE)
    reason = _resident_fault(number, today)
    return Checked(reason=reason) if reason else Checked(number, warning=warning)


def birth_in(resident_id: str) -> date | None:
    """The birth date inside a citizen number of 18 signs."""
    try:
        return date(int(resident_id[6:10]), int(resident_id[10:12]), int(resident_id[12:14]))
    except ValueError:
        return None


def _resident_fault(number: str, today: date) -> Reason | None:
    if resident_check_digit(number[:17]) != number[17]:
        return Reason.ID_LOST_DIGITS if number.endswith("000") else Reason.ID_CHECK_DIGIT
    born = birth_in(number)
    if born is None or born.year < 1800:
        return Reason.ID_BIRTH_DATE
    return Reason.ID_FUTURE_BIRTH if born > today else None


def check_credit_code(text: str) -> Checked:
    """A unified social credit code in 18 signs, letters allowed at the first place."""
    code = plain_number(text).replace("-", "")
    if _SCIENTIFIC.fullmatch(code):
        return Checked(reason=Reason.SCIENTIFIC)
    if not _CREDIT.fullmatch(code):
        return Checked(reason=Reason.ID_SHAPE)
    fits = credit_check_sign(code[:17]) == code[17]
    return Checked(code) if fits else Checked(reason=Reason.CREDIT_CODE)


def check_person_number(text: str, scheme: str, today: date) -> Checked:
    """A number of a person as the place writes it (`Contracts.person_scheme`)."""
    return check_opaque(text) if scheme == Scheme.OPAQUE else check_resident_id(text, today)


def credit_check_sign(first_17: str) -> str:
    """The last sign of a credit code whose first 17 signs are given."""
    values = (CREDIT_ALPHABET.index(sign) for sign in first_17)
    total = sum(value * weight for value, weight in zip(values, CREDIT_WEIGHTS, strict=True))
    return CREDIT_ALPHABET[(31 - total % 31) % 31]


def check_certificate_no(text: str, today: date) -> Checked:
    """A disability certificate number: citizen number, kind 1-7, grade 1-4; longer is a warning."""
    number = plain_number(text)
    if _SCIENTIFIC.fullmatch(number):
        return Checked(reason=Reason.SCIENTIFIC)
    if len(number) < CERTIFICATE_LENGTH or check_resident_id(number[:18], today).reason:
        return Checked(reason=Reason.CERTIFICATE_NO)
    if number[18] not in "1234567" or number[19] not in "1234":
        return Checked(reason=Reason.CERTIFICATE_NO)
    long = len(number) > CERTIFICATE_LENGTH
    return Checked(number, warning=Warn.CERTIFICATE_LONG if long else None)


def check_opaque(text: str) -> Checked:
    """A number of a foreign register: taken as it stands, only tidied."""
    number = plain(text)
    if _SCIENTIFIC.fullmatch(number):
        return Checked(reason=Reason.SCIENTIFIC)
    return Checked(number)
