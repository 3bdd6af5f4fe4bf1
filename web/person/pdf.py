"""Letters as one PDF in large print: what an envelope's window shows names nobody's matter."""

from collections.abc import Sequence
from datetime import datetime

from fpdf import FPDF
from fpdf.enums import XPos, YPos
from fpdf.fonts import TTFFont

from web.display import day
from web.language import joined
from web.person.fonts import Font
from web.person.lines import break_lines
from web.person.written import House, Letter, advice, says_what_is_wanted, says_who_comes
from web.say import gettext

A4 = (210, 297)  # all lengths in millimetres, sizes of print in points
MARGIN = 22
WINDOW = 45  # DIN 5008 and GB/T 1416: where the window of an envelope begins
FOLD = A4[1] / 3
PRINT, HEAD, TITLE, BIG = 16, 18, 24, 28
LEADING = 1.45  # GB/T 37668 asks for at least 1.3
POINT = 25.4 / 72
FACE = "letter"


class Sheets(FPDF):
    """The pages of all letters; each one says at its foot to which letter it belongs."""

    def __init__(self, font: Font, now: datetime, language: str) -> None:
        super().__init__(format="A4")
        self.foot = ""
        self.first_page = 1
        self.add_font(FACE, fname=font.path, collection_font_number=font.face)
        self.set_margins(MARGIN, MARGIN)
        self.set_auto_page_break(auto=True, margin=MARGIN + 4)
        self.set_creation_date(now)
        self.set_title(gettext("Letters"))
        self.set_lang(language)

    def close_fonts(self) -> None:
        """Let go of the font file, which is read until the last sign is embedded."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.close()

    def footer(self) -> None:
        """Say number and page, so that two sheets that fell apart find each other again."""
        self.set_y(-MARGIN)
        self.set_font(FACE, size=PRINT)
        page = str(self.page_no() - self.first_page + 1)
        words = gettext("Number %(ref)s, page %(page)s", ref=self.foot, page=page)
        self.cell(0, PRINT * POINT * LEADING, words, align="R")

    def say(self, words: str, size: float = PRINT, *, after: float = 2, indent: float = 0) -> None:
        """Write a paragraph in lines that begin with no comma; keep its lines on one page."""
        self.set_font(FACE, size=size)
        height = size * POINT * LEADING
        lines = break_lines(words, self.epw - indent, self.get_string_width)
        if self.will_page_break(height * len(lines)):
            self.add_page()
        for line in lines:
            self.set_x(MARGIN + indent)
            self.cell(0, height, line, new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.ln(after)


def letters_as_pdf(
    letters: Sequence[Letter], font: Font, *, written_by: House, now: datetime, language: str
) -> bytes:
    """Return the letters one after the other, each beginning on a page of its own."""
    sheets = Sheets(font, now, language)
    try:
        for letter in letters:
            _write(sheets, letter, written_by)
        return bytes(sheets.output())
    finally:
        sheets.close_fonts()


def lacking(letters: Sequence[Letter], font: Font, written_by: House) -> dict[str, str]:
    """Return the name on a letter → the signs that the font lacks for it."""
    found = {letter.name: font.lacks("".join(_words(letter, written_by))) for letter in letters}
    return {name: signs for name, signs in found.items() if signs}


def _words(letter: Letter, written_by: House) -> tuple[str, ...]:
    return (
        *(letter.addressee, letter.address, letter.need, *letter.found),
        *(letter.stands, letter.next, *letter.services, says_what_is_wanted(letter)),
        *(says_who_comes(letter, written_by), written_by.sender, *advice(written_by)),
    )


def _write(sheets: Sheets, letter: Letter, written_by: House) -> None:
    sheets.add_page()  # writes the foot of the letter before
    sheets.foot, sheets.first_page = letter.ref, sheets.page_no()
    _outside(sheets, letter, written_by)
    sheets.set_y(FOLD + 8)
    sheets.say(letter.need, TITLE)
    for sentence in letter.found:
        sheets.say(sentence)
    free = gettext("It costs nothing and you need not apply.")
    sheets.say(joined([letter.stands, letter.next, free]))
    for sentence in letter.services:
        sheets.say(sentence)
    if letter.wanted:
        sheets.say(says_what_is_wanted(letter))
    comer = says_who_comes(letter, written_by)
    if comer:
        sheets.say(gettext("Who answers for it"), HEAD, after=0)
        sheets.say(comer)
    _number_and_code(sheets, letter)
    sheets.say(gettext("What you can do"), HEAD, after=0)
    for number, sentence in enumerate(advice(written_by), start=1):
        sheets.say(f"{number}. {sentence}")


def _outside(sheets: Sheets, letter: Letter, written_by: House) -> None:
    """Write what is seen of the folded sheet: who writes, to whom, where; and where to fold."""
    sheets.set_y(MARGIN)
    sheets.say(f"{written_by.sender} · {day(written_by.today)}")
    sheets.set_y(WINDOW)
    sheets.say(letter.addressee, HEAD, after=0)
    sheets.say(letter.address)
    sheets.set_draw_color(120)
    sheets.set_dash_pattern(2, 3)
    sheets.line(5, FOLD, A4[0] - 5, FOLD)
    sheets.set_dash_pattern()


def _number_and_code(sheets: Sheets, letter: Letter) -> None:
    """Frame what must be copied: number and code, in the largest print."""
    height = 2 * (PRINT + BIG) * POINT * LEADING + 8
    if sheets.will_page_break(height):
        sheets.add_page()
    sheets.set_draw_color(0)
    sheets.rect(MARGIN - 3, sheets.get_y(), sheets.epw + 6, height)
    sheets.ln(3)
    sheets.say(gettext("Number"), after=0)
    sheets.say(letter.ref, BIG, after=0)
    sheets.say(gettext("Code, until %(day)s", day=day(letter.until)), after=0)
    sheets.say(letter.code, BIG, after=7)
