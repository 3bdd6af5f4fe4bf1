"""The building stones of the grammar: closed models over plain text values."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from proactive.kernel.errors import Refused
from proactive.kernel.languages import both_languages
from proactive.kernel.periods import Period

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,9})?")


class Closed(BaseModel):
    """A part of a trigger: unknown keys are refused, nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


def wrong(text: str) -> PydanticCustomError:
    """Return a mistake whose sentence is shown as it is."""
    return PydanticCustomError("wrong", "{text}", {"text": text})


def day_from_text(value: object) -> object:
    """Return the date of 2026-11-21; anything else is refused."""
    if isinstance(value, str):
        if _DAY.fullmatch(value):
            try:
                return date.fromisoformat(value)
            except ValueError:
                raise wrong(f"'{value}' is not a day of the calendar") from None
        raise wrong(f"'{value[:40]}' is not a date; write it like 2026-11-21")
    return value


def whole_from_text(value: object) -> object:
    """Return a whole number of at most 15 digits."""
    if isinstance(value, str):
        if not re.fullmatch(r"-?\d{1,15}", value):
            raise wrong(f"'{value[:40]}' is not a whole number")
        return int(value)
    return value


def decimal_from_text(value: object) -> object:
    """Return an exact decimal number: no exponent, no separators, no infinity."""
    if isinstance(value, str):
        if not _NUMBER.fullmatch(value):
            raise wrong(f"'{value[:40]}' is not a number; write it like 12 or 0.6")
        return Decimal(value)
    return value


def flag_from_text(value: object) -> object:
    """Return true or false; yes, no, on and 1 are not guessed at."""
    if isinstance(value, str):
        if value not in ("true", "false"):
            raise wrong(f"'{value[:40]}' is neither true nor false")
        return value == "true"
    return value


def period_from_text(value: object) -> object:
    """Return the period of P365D, P12M, P2W or P1Y; nothing shorter than a day."""
    if isinstance(value, str):
        try:
            period = Period.parse(value)
        except Refused as refused:
            raise wrong(refused.sentence()) from None
        if (
            (period.months <= 0 and period.days <= 0)
            or period.months > 1200
            or period.days > 40_000
        ):
            raise wrong(f"'{value}' must be at least a day and at most a hundred years")
        return period
    return value


def one_or_more(value: object) -> object:
    """Let a single word stand for a list of one."""
    return [value] if isinstance(value, str) else value


Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Words = Annotated[tuple[Word, ...], BeforeValidator(one_or_more), Field(min_length=1)]
Day = Annotated[date, BeforeValidator(day_from_text)]
Whole = Annotated[int, BeforeValidator(whole_from_text)]
Exact = Annotated[Decimal, BeforeValidator(decimal_from_text)]
Flag = Annotated[bool, BeforeValidator(flag_from_text)]


class Title(Closed):
    """A text in both languages, or in the one that is spoken."""

    en: Text
    zh: Text = Field(alias="zh-CN")

    _one_for_both = model_validator(mode="before")(both_languages)

    def in_language(self, language: str) -> str:
        return self.zh if language.lower().startswith("zh") else self.en


class Note(Closed):
    """What a reader should know, in the languages it was written in; a plain text serves all."""

    en: str = Field("", max_length=2000)
    zh: str = Field("", alias="zh-CN", max_length=2000)

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, value: object) -> object:
        return {"en": value, "zh-CN": value} if isinstance(value, str) else value

    def in_language(self, language: str) -> str:
        """Return it in a language, or in the other where it was written in one only."""
        one, other = (self.zh, self.en) if language.lower().startswith("zh") else (self.en, self.zh)
        return one or other


NO_NOTE = Note.model_validate("")


class LegalBasis(Closed):
    """The text a trigger rests on; `grade` says how good the source is, `note` what is open.

    A: law text or an agency's own page. B: news or a local office's page. C: a copy elsewhere.
    """

    title: Text
    citation: Text
    grade: Annotated[str, StringConstraints(pattern="^[ABC]$")] = "A"
    from_: Day | None = Field(None, alias="from")
    until: Day | None = None
    note: Note = NO_NOTE
