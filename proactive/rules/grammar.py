"""A trigger as it stands in its file: every key there is, and nothing else."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, field_validator, model_validator

from proactive.kernel.needs import Need
from proactive.rules.closed import (
    NO_NOTE,
    Closed,
    Day,
    Exact,
    Flag,
    LegalBasis,
    Name,
    Note,
    Text,
    Title,
    Whole,
    Word,
    Words,
    one_or_more,
    wrong,
)
from proactive.rules.conditions import Condition, Measure
from proactive.rules.cron import check_cron

OTHER = "other"
AS_OF = "as_of"
NEVER_AGAIN = "never_again"


class SubjectKind(StrEnum):
    PERSON = "person"
    ORGANISATION = "organisation"


class ParameterType(StrEnum):
    MONEY = "money"
    RATIO = "ratio"
    INTEGER = "integer"
    NUMBER = "number"
    DURATION = "duration"
    CODE = "code"
    CODES = "codes"


class Route(StrEnum):
    """Which desk gets the case: the coordinator of the place unless the trigger says otherwise."""

    COORDINATOR = "coordinator"
    TOWN = "town"
    COUNTY = "county"
    ENTERPRISE_SERVICE = "enterprise_service"


class Schedule(Closed):
    """When full scans run, and which feeds' deliveries are looked at as they arrive.

    Without `on_feed` it is every feed that the trigger reads; without `cron` only those.
    """

    cron: Word | None = None
    on_feed: Annotated[tuple[Name, ...], BeforeValidator(one_or_more)] = ()
    timezone: Word = "Asia/Shanghai"

    @field_validator("cron")
    @classmethod
    def _readable(cls, value: str | None) -> str | None:
        return check_cron(value) if value else value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except Exception:
            raise wrong(f"'{value}' is not a time zone; write it like Asia/Shanghai") from None
        return value


class Value(Closed):
    """A parameter's value from a day on, for an area, for a class, or for all."""

    from_: Day = Field(alias="from")
    area: Word = ""
    class_: Name | Literal[""] = Field("", alias="class")
    value: Words
    legal_basis: Text | None = None
    note: Note = NO_NOTE


class Parameter(Closed):
    """A figure of the rule with its dated values; `in_force_on` names the date that chooses."""

    type: ParameterType
    title: Title | None = None
    unit: Annotated[str, Field(pattern="^([A-Z]{3})?$")] = ""
    in_force_on: Name = AS_OF
    values: tuple[Value, ...] = Field(min_length=1)


class CoolDown(Closed):
    """How long a closed case keeps its subject off the list, and what growth breaks that."""

    after: dict[Literal["not_confirmed", "declined", "completed"], Word] = Field(min_length=1)
    unless_grows: "Growth | None" = None


class Growth(Closed):
    measure: Name
    by: Exact = Field(gt=0)


class DueIn(Closed):
    working_days: Whole = Field(ge=1, le=250)


class Priority(Closed):
    """Breaks ties among equal due dates when capacity is short; never a score."""

    order_by: Name
    descending: Flag = True


class Explain(Closed):
    """The reason in plain words, with {placeholders}; a language left out gets a plain sentence."""

    en: Text | None = None
    zh: Text | None = Field(None, alias="zh-CN")


class Band(Closed):
    """Hits per thousand subjects of the feed read first; outside, a full scan stops and asks."""

    at_least: Exact = Field(ge=0)
    at_most: Exact = Field(gt=0)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.at_least >= self.at_most:
            raise wrong("'at_least' must be under 'at_most'")
        return self


class Cap(Closed):
    """Most new hits of one run, or of one day; above it a run stops before anything is raised."""

    per_run: Whole | None = Field(None, ge=1)
    per_day: Whole | None = Field(None, ge=1)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.per_run is None and self.per_day is None:
            raise wrong("a cap needs 'per_run' or 'per_day'")
        return self


class Sample(Closed):
    """A few visits just under the line, to see whom the rule misses.

    `share` of those between `down_to` times the line and the line, drawn anew each quarter.
    """

    share: Exact = Field(gt=0, le=Decimal("0.5"))
    down_to: Exact = Field(ge=Decimal("0.3"), lt=1)
    per_run: Whole = Field(ge=1, le=100)


class Hit(Closed):
    """What happens with a subject that meets the rule."""

    pending_period: Word | None = None
    cool_down: CoolDown | None = None
    due_in: DueIn = DueIn(working_days=5)
    priority: Priority | None = None
    route: Route = Route.COORDINATOR
    explain: Explain = Field(default_factory=lambda: Explain.model_validate({}))
    evidence: Annotated[tuple[Name, ...], BeforeValidator(one_or_more)] = ()
    band: Band | None = None
    cap: Cap | None = None
    sample: Sample | None = None


class TriggerRule(Closed):
    """A whole trigger."""

    trigger: Name
    title: Title
    note: Note = NO_NOTE
    subject: SubjectKind
    need: Need
    proposes: Annotated[tuple[Name, ...], BeforeValidator(one_or_more), Field(min_length=1)]
    legal_basis: tuple[LegalBasis, ...] = Field(min_length=1)
    schedule: Schedule = Schedule()
    parameters: dict[Name, Parameter] = Field(default_factory=dict)
    classes: dict[Name, Condition] = Field(default_factory=dict)
    class_titles: dict[Name, Title] = Field(default_factory=dict)
    measures: dict[Name, Measure] = Field(default_factory=dict)
    when: Condition
    unless: tuple[Condition, ...] = ()
    hit: Hit = Hit()


CoolDown.model_rebuild()
