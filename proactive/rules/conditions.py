"""Measures and conditions of the grammar: what is computed and what must hold."""

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, Tag, model_validator

from proactive.rules.closed import Closed, Flag, Name, Title, Word, Words, wrong

NUMBER_TESTS = ("at_least", "at_most", "more_than", "less_than")
FIELD_TESTS = ("is", "is_not", "in", "not_in", *NUMBER_TESTS, "within", "older_than", "known")
FIGURES = ("sum", "max", "min", "count", "distinct")


class IfUnknown(StrEnum):
    """What an unknown condition counts as; `ask` keeps it open and puts it on the case."""

    ASK = "ask"
    MET = "met"
    NOT_MET = "not_met"


class Per(StrEnum):
    PERSON = "person"
    HOUSEHOLD = "household"
    RECORD = "record"


def _one_of(model: Closed, names: tuple[str, ...], what: str) -> str:
    """Return the one name of `names` that the file gives; none or two are mistakes."""
    fields = type(model).model_fields
    given = [name for name in names if _attribute(name, fields) in model.model_fields_set]
    if len(given) != 1:
        found = "none stands here" if not given else f"here stand {', '.join(given)}"
        raise wrong(f"needs exactly one {what} of {', '.join(names)}; {found}")
    return given[0]


def _attribute(name: str, fields: object) -> str:
    return f"{name}_" if f"{name}_" in fields else name  # type: ignore[operator]


class FieldTest(Closed):
    """A test of one field of a record: `{field: grade, at_most: severe_grade}`."""

    field: Name
    is_: Word | None = Field(None, alias="is")
    is_not: Word | None = None
    in_: Words | None = Field(None, alias="in")
    not_in: Words | None = None
    at_least: Word | None = None
    at_most: Word | None = None
    more_than: Word | None = None
    less_than: Word | None = None
    within: Word | None = None
    older_than: Word | None = None
    known: Flag | None = None

    @model_validator(mode="after")
    def _has_one_test(self) -> Self:
        _one_of(self, FIELD_TESTS, "test")
        return self

    @property
    def test(self) -> str:
        return _one_of(self, FIELD_TESTS, "test")

    @property
    def against(self) -> str | tuple[str, ...] | bool:
        """The word, words or flag that the field is tested against."""
        value = getattr(self, _attribute(self.test, type(self).model_fields))
        if not isinstance(value, str | tuple | bool):
            raise TypeError(self.test)
        return value


class Measure(Closed):
    """A figure over the records of an event feed, per person, household or single record.

    `window` is a period, the name of a duration parameter, `calendar_year`, or `record` (no
    bound in time). `by` names the field that holds the rows of one record together (a stay);
    without it they are held together as the feed's contract says.
    """

    feed: Name
    title: Title | None = None
    sum_: Name | None = Field(None, alias="sum")
    max_: Name | None = Field(None, alias="max")
    min_: Name | None = Field(None, alias="min")
    count_: Literal["records"] | None = Field(None, alias="count")
    distinct: Name | None = None
    per: Per = Per.PERSON
    by: Name | None = None
    window: Word
    where: tuple[FieldTest, ...] = ()

    @model_validator(mode="after")
    def _has_one_figure(self) -> Self:
        _one_of(self, FIGURES, "figure")
        return self

    @property
    def figure(self) -> str:
        return _one_of(self, FIGURES, "figure")

    @property
    def of_field(self) -> str:
        """The field summed, compared or counted; empty when records are counted."""
        name = getattr(self, _attribute(self.figure, type(self).model_fields))
        return "" if self.figure == "count" else str(name)


class Leaf(Closed):
    if_unknown: IfUnknown = IfUnknown.ASK


class MeasureTest(Leaf):
    """A measure against a parameter, or against a share (`of`) of a figure known elsewhere.

    `of` names another feed's field (`household_income.annual_income`, the latest record) or a
    money parameter that holds an area's yearly reference value.
    """

    measure: Name
    at_least: Name | None = None
    at_most: Name | None = None
    more_than: Name | None = None
    less_than: Name | None = None
    of: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?$")] | None = None
    of_within: Word | None = None

    @model_validator(mode="after")
    def _has_one_test(self) -> Self:
        _one_of(self, NUMBER_TESTS, "comparison")
        if self.of_within and "." not in (self.of or ""):
            raise wrong("'of_within' needs 'of: feed.field'")
        return self

    @property
    def test(self) -> str:
        return _one_of(self, NUMBER_TESTS, "comparison")

    @property
    def parameter(self) -> str:
        return str(getattr(self, self.test))


class RecordTest(Leaf):
    """One record of an event feed fulfils all of `where`; each such record is its own episode."""

    record: Name
    where: tuple[FieldTest, ...] = ()


class Registered(Leaf):
    """An entry of a register counts on the as-of day (or within a period that ends on it)."""

    registered_in: Name
    where: tuple[FieldTest, ...] = ()
    within: Word | None = None


class NotRegistered(Leaf):
    not_registered_in: Name
    where: tuple[FieldTest, ...] = ()
    within: Word | None = None


class Receiving(Leaf):
    """One of the named benefits is being received (or was within the period)."""

    receiving: Words
    within: Word | None = None


class NotReceiving(Leaf):
    not_receiving: Words
    within: Word | None = None


class All(Closed):
    all: "tuple[Condition, ...]" = Field(min_length=1)


class Any_(Closed):  # noqa: N801 - `Any` is taken by typing
    any: "tuple[Condition, ...]" = Field(min_length=1)


class Not(Closed):
    not_: "Condition" = Field(alias="not")


KINDS = (
    "all", "any", "not", "measure", "record",
    "registered_in", "not_registered_in", "receiving", "not_receiving",
)  # fmt: skip


def kind_of(value: object) -> str | None:
    """Return which kind of condition a mapping writes, by the key that gives it away."""
    if isinstance(value, dict):
        found = [f"<{kind}>" for kind in KINDS if kind in value]
        return found[0] if len(found) == 1 else None
    return next((kind for kind, model in MODELS.items() if type(value) is model), None)


Condition = Annotated[
    Annotated[All, Tag("<all>")]
    | Annotated[Any_, Tag("<any>")]
    | Annotated[Not, Tag("<not>")]
    | Annotated[MeasureTest, Tag("<measure>")]
    | Annotated[RecordTest, Tag("<record>")]
    | Annotated[Registered, Tag("<registered_in>")]
    | Annotated[NotRegistered, Tag("<not_registered_in>")]
    | Annotated[Receiving, Tag("<receiving>")]
    | Annotated[NotReceiving, Tag("<not_receiving>")],
    Discriminator(
        kind_of,
        custom_error_type="no_condition",
        custom_error_message="is not one condition",
    ),
]
LeafCondition = MeasureTest | RecordTest | Registered | NotRegistered | Receiving | NotReceiving
MODELS: dict[str, type[Closed]] = {
    "<all>": All,
    "<any>": Any_,
    "<not>": Not,
    "<measure>": MeasureTest,
    "<record>": RecordTest,
    "<registered_in>": Registered,
    "<not_registered_in>": NotRegistered,
    "<receiving>": Receiving,
    "<not_receiving>": NotReceiving,
}
All.model_rebuild()
Any_.model_rebuild()
Not.model_rebuild()
