"""A bundle as policy staff write it: offices' items, their order, papers, fields and limits."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from proactive.bundles.parts import (
    Delivery,
    FormField,
    LegalBasis,
    Lenient,
    Level,
    Limit,
    Material,
    Selected,
)
from proactive.kernel.needs import Need
from proactive.kernel.offices import OfficeKind
from proactive.visits.definitions import Closed, Words
from proactive.visits.forms import Code


def _as_need(value: object) -> object:
    return {"item": value} if isinstance(value, str) else value


def _as_paper(value: object) -> object:
    return {"material": value} if isinstance(value, str) else value


class Prerequisite(Closed):
    """What must come first, granted or (`until: decided`) only decided either way."""

    item: Code
    until: Literal["granted", "decided"] = "granted"


class Paper(Closed):
    """A material as one item wants it."""

    material: Code
    lenient: Lenient | None = None


class RefusalReason(Closed):
    code: Code
    text: Words
    legal_basis: str = Field(min_length=1)


class Condition(Closed):
    """What a visit must have found: one answer, or all or any of several."""

    finding: Code | None = None
    answer: tuple[str, ...] = Field(default=(), alias="is")
    all_of: tuple["Condition", ...] = Field(default=(), alias="all")
    any_of: tuple["Condition", ...] = Field(default=(), alias="any")

    @model_validator(mode="before")
    @classmethod
    def _one_answer_is_a_list(cls, value: object) -> object:
        if isinstance(value, dict) and isinstance(value.get("is"), str):
            return {**value, "is": (value["is"],)}
        return value

    @model_validator(mode="after")
    def _one_form(self) -> "Condition":
        forms = [self.finding is not None, bool(self.all_of), bool(self.any_of)]
        if sum(forms) != 1 or (self.finding is not None) != bool(self.answer):
            raise ValueError("give finding with is, or all, or any")
        return self


class Limits(Closed):
    """The clocks of an item. `hand_in` runs for us, the others for the office."""

    legal: Limit | None = None
    promised: Limit
    hand_in: Limit = Limit(working_days=2)
    delivery: Limit = Limit(working_days=3)


class BundleLimits(Closed):
    legal: Limit | None = None
    promised: Limit


class Before(Closed):
    """What it took before, so that savings can be reported; `source` says who counted."""

    trips: int = Field(ge=0)
    days: int = Field(ge=0)
    steps: int = Field(ge=0)
    materials: int = Field(ge=0)
    source: str = Field(min_length=1)


class Item(Closed):
    """One office's matter inside the bundle."""

    code: Code = Field(alias="item")
    title: Words
    office: OfficeKind
    level: Level
    needs: tuple[Annotated[Prerequisite, BeforeValidator(_as_need)], ...] = ()
    done_when: tuple[str, ...] = ()
    selected: Selected = Selected.DEFAULT
    select_when: Condition | None = None
    fields: tuple[Code, ...] = ()
    materials: tuple[Annotated[Paper, BeforeValidator(_as_paper)], ...] = ()
    gives: tuple[Code, ...] = ()
    limits: Limits
    delivery: tuple[Delivery, ...] = Field(min_length=1)
    legal_basis: tuple[LegalBasis, ...] = Field(min_length=1)
    refusal_reasons: tuple[RefusalReason, ...] = Field(min_length=1)
    before: Before

    def reason(self, code: str) -> RefusalReason | None:
        return next((reason for reason in self.refusal_reasons if reason.code == code), None)


class BundleDefinition(Closed):
    """One file of `triggers/bundles/`.

    `lead_office` leads where the office whose feed sensed first is not known. `merge_hours` is how
    long the offices' requests for more are gathered before the person is asked once. `from_below`
    says that a coordinator may raise such a case for somebody whom no trigger found.
    """

    bundle: Code
    title: Words
    need: Need
    subject: Literal["person", "organisation"] = "person"
    town_gate: bool
    from_below: bool = True
    lead_office: OfficeKind
    select_when: Condition | None = None
    merge_hours: int = Field(default=2, ge=0, le=72)
    legal_basis: tuple[LegalBasis, ...] = Field(min_length=1)
    limits: BundleLimits
    fields: dict[Code, FormField] = Field(default_factory=dict)
    materials: dict[Code, Material] = Field(default_factory=dict)
    items: tuple[Item, ...] = Field(min_length=1)

    def item(self, code: str) -> Item:
        return next(item for item in self.items if item.code == code)

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(item.code for item in self.items)
