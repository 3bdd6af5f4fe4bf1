"""The font of letters as PDF: found once, named by a setting or where Debian keeps it."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from struct import error as StructError  # noqa: N812 - as an error is named

from proactive.kernel.errors import Refused

# Noto Sans CJK (SIL Open Font Licence): every sign of GB 18030's first two levels and more.
WHERE_DEBIAN_KEEPS_IT = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
SAMPLE = "您好龘 Aa0"
FACE = "SC"


@dataclass(frozen=True, slots=True)
class Font:
    """One face of a font file, and the code points that it has a sign for."""

    path: Path
    face: int
    signs: frozenset[int]

    def lacks(self, words: str) -> str:
        """Return the signs of `words` that would be missing on paper, each once."""
        wanted = dict.fromkeys(words)
        return "".join(s for s in wanted if not s.isspace() and ord(s) not in self.signs)


def find_font(named: Path | None) -> Font:
    """Return the font that is named, else Debian's.

    Raises Refused `no_font` where there is none, `bad_font` where the file named is none of use.
    """
    path = named or WHERE_DEBIAN_KEEPS_IT
    if not path.is_file():
        raise Refused(
            "no_font",
            "There is no font for letters as PDF on this server.",
            why="Chinese characters must be in the file, or they would be missing on paper.",
            todo="Print the letters from the page instead, or have the operator install "
            "fonts-noto-cjk or name a font file in PROACTIVE_FONT.",
        )
    font = _read(path, path.stat().st_mtime_ns)
    if font is None or font.lacks(SAMPLE):
        raise Refused(
            "bad_font",
            "The font file {file} cannot be used for letters.",
            why="It is no font file, or has no Chinese characters.",
            todo="Print the letters from the page instead, or have the operator name another "
            "font file in PROACTIVE_FONT.",
            file=path.name,
        )
    return font


@cache
def _read(path: Path, changed: int) -> Font | None:
    """Read which signs a file has; a changed file is read anew. None: it is no font file."""
    from fontTools.ttLib import TTCollection, TTFont, TTLibError  # slow to load

    with path.open("rb") as file:
        try:
            several = file.read(4) == b"ttcf"
            file.seek(0)
            faces = TTCollection(file, lazy=True).fonts if several else [TTFont(file, lazy=True)]
            names = [str(face["name"].getDebugName(4)) for face in faces]
            number = next((i for i, name in enumerate(names) if name.endswith(FACE)), 0)
            return Font(path, number, frozenset(faces[number].getBestCmap() or ()))
        except (TTLibError, KeyError, AssertionError, StructError):
            return None
