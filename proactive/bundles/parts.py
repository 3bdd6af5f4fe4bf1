"""The parts a bundle definition is made of: kinds, limits, form fields and papers."""

from enum import StrEnum
from typing import Literal

from pydantic import Field, model_validator

from proactive.visits.definitions import Closed, Grade, Words
from proactive.visits.forms import Code


class Level(StrEnum):
    """The level of area whose office decides."""

    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    TOWN = "town"
    VILLAGE = "village"


class Delivery(StrEnum):
    """How a result reaches the person."""

    POST = "post"
    COLLECT = "collect"
    AT_HOME = "at_home"
    FILE = "file"


class Selected(StrEnum):
    """Whether an item is on the menu ticked, unticked, or ticked by what the visit found."""

    DEFAULT = "default"
    OPTIONAL = "optional"
    FOUND = "found"


class LegalBasis(Closed):
    title: Words
    citation: str = Field(min_length=1)
    grade: Grade
    note: str = ""


class Limit(Closed):
    """A length of time in one of the two kinds of days, with where it comes from."""

    working_days: int | None = Field(default=None, ge=0, le=400)
    calendar_days: int | None = Field(default=None, ge=0, le=1000)
    source: str = ""
    grade: Grade = Grade.LOCAL

    @model_validator(mode="after")
    def _one_kind(self) -> "Limit":
        if (self.working_days is None) == (self.calendar_days is None):
            raise ValueError("give working_days or calendar_days, one of them")
        return self

    @property
    def days(self) -> int:
        return self.working_days if self.working_days is not None else self.calendar_days or 0

    @property
    def working(self) -> bool:
        return self.working_days is not None


class Prefill(Closed):
    """Where a form field can be filled from, so that nobody is asked.

    A fact is `feed.field` of the newest record behind the case; a measure is a figure that the
    trigger worked out.
    """

    vault: Literal["name", "id_number", "phone", "address", "born_on"] | None = None
    fact: str | None = Field(default=None, pattern=r"^[a-z_]+\.[a-z_]+$")
    measure: Code | None = None
    finding: Code | None = None
    result: Code | None = None

    @model_validator(mode="after")
    def _one_source(self) -> "Prefill":
        sources = (self.vault, self.fact, self.measure, self.finding, self.result)
        if sum(source is not None for source in sources) != 1:
            raise ValueError("give one of vault, fact, measure, finding, result")
        return self


class FieldKind(StrEnum):
    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    PHONE = "phone"
    YES_NO = "yes_no"
    BANK_ACCOUNT = "bank_account"
    CHOICE = "choice"


class FieldChoice(Closed):
    code: str = Field(min_length=1, max_length=60)
    text: Words


class FormField(Closed):
    """One field of the one form; whichever items use it, it stands there once."""

    title: Words
    kind: FieldKind = FieldKind.TEXT
    prefill: tuple[Prefill, ...] = ()
    required: bool = True
    choices: tuple[FieldChoice, ...] = ()

    @model_validator(mode="after")
    def _choices_fit(self) -> "FormField":
        if (self.kind is FieldKind.CHOICE) != bool(self.choices):
            raise ValueError("choices stand with kind: choice, and only there")
        return self


class Replacement(Closed):
    """What makes a paper needless: a register, a field of the form, or another item's result."""

    register_feed: str | None = Field(default=None, alias="register", min_length=1)
    field: Code | None = None
    item: Code | None = None

    @model_validator(mode="after")
    def _one(self) -> "Replacement":
        if sum(v is not None for v in (self.register_feed, self.field, self.item)) != 1:
            raise ValueError("give one of register, field, item")
        return self


class Material(Closed):
    """One paper of the one set."""

    title: Words
    replaced_by: tuple[Replacement, ...] = ()
    note: Words | None = None


class Lenient(Closed):
    """A paper that may come later: by when, and whether the grant may go first."""

    working_days: int | None = Field(default=None, ge=1, le=400)
    calendar_days: int | None = Field(default=None, ge=1, le=1000)
    may_follow_grant: bool = False

    @model_validator(mode="after")
    def _one_kind(self) -> "Lenient":
        if (self.working_days is None) == (self.calendar_days is None):
            raise ValueError("give working_days or calendar_days, one of them")
        return self

    @property
    def limit(self) -> Limit:
        return Limit(working_days=self.working_days, calendar_days=self.calendar_days)
