"""Breaks plain text into lines of a given width: between words, and between Chinese signs."""

import re
from collections.abc import Callable

# A line begins with none of these and ends with none of those (GB/T 15834).
NOT_FIRST = "，。、；：？！）》〉」』】”’…—·,.;:?!)]}%"
NOT_LAST = "（《〈「『【“‘([{"
HAN = r"\u2e80-\u2fdf\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
FULL_WIDTH = r"\u3000-\u303f\uff00-\uffef\u2018-\u201d\u2026\u2014"
PIECES = re.compile(rf"\s+|[{HAN}{FULL_WIDTH}]|[^\s{HAN}{FULL_WIDTH}]+")


def break_lines(words: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """Return `words` as lines no wider than `width`; what has no place to break is cut."""
    lines, line = [], ""
    for piece in _joined(PIECES.findall(" ".join(words.split()))):
        if line and measure((line + piece).rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        piece = piece.lstrip() if not line else piece
        while measure(piece) > width:
            fits = next(
                n for n in range(len(piece), 0, -1) if n == 1 or measure(piece[:n]) <= width
            )
            lines.append(piece[:fits])
            piece = piece[fits:]
        line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


def _joined(pieces: list[str]) -> list[str]:
    """Join to its neighbour what must not stand at the beginning or the end of a line."""
    joined: list[str] = []
    for piece in pieces:
        sticks = joined and (piece[0] in NOT_FIRST or joined[-1][-1] in NOT_LAST)
        if sticks:
            joined[-1] += piece
        else:
            joined.append(piece)
    return joined
