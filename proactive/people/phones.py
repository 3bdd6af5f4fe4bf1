"""Phone numbers in E.164, and whether one can receive a message."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import PhoneNumberType

_CN_MOBILE = re.compile(r"(?:\+?(?:00)?86)?(1[3-9]\d{9})")
_MOBILE = {PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE}


def read_phone(text: str, region: str | None) -> tuple[str, bool]:
    """E.164 ('' where the text is no valid number) and whether it is a mobile."""
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


def is_mobile(e164: str) -> bool:
    """Can this number receive a message?"""
    return read_phone(e164, None)[1]
