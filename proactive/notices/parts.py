"""How many parts an SMS is sent in: GSM 03.38 packs 160/153 signs, everything else 70/67.

One sign outside the small alphabet turns the whole text into UCS-2, where a sign beyond the basic
plane costs two. A sign of the extension table costs two of the 160. None is split over two parts.
"""

from dataclasses import dataclass

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")
GSM_WHOLE, GSM_PART = 160, 153
UCS2_WHOLE, UCS2_PART = 70, 67


@dataclass(frozen=True, slots=True)
class Parts:
    """`units` are signs of the alphabet used; `left` is how many more fit into the last part."""

    encoding: str
    units: int
    parts: int
    left: int


def count_parts(text: str) -> Parts:
    """Count a text as the network will bill it."""
    if all(sign in BASIC or sign in EXTENDED for sign in text):
        wide = {sign for sign in text if sign in EXTENDED}
        units = len(text) + sum(text.count(sign) for sign in wide)
        return _fill("GSM-7", text, wide, units, GSM_WHOLE, GSM_PART)
    wide = {sign for sign in text if ord(sign) > 0xFFFF}
    units = len(text) + sum(text.count(sign) for sign in wide)
    return _fill("UCS-2", text, wide, units, UCS2_WHOLE, UCS2_PART)


def _fill(encoding: str, text: str, wide: set[str], units: int, whole: int, part: int) -> Parts:
    if units <= whole:
        return Parts(encoding, units, 1, whole - units)
    if not wide:
        parts = -(-units // part)
        return Parts(encoding, units, parts, parts * part - units)
    parts, room = 1, part
    for sign in text:
        size = 2 if sign in wide else 1
        if size > room:
            parts, room = parts + 1, part
        room -= size
    return Parts(encoding, units, parts, room)
