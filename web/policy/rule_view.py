"""A trigger as its readers see it: conditions, values through time, feeds, how fresh they are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from proactive.areas.queries import names as area_names
from proactive.feeds.contract import Contract
from proactive.feeds.queries import FeedStatus
from proactive.kernel.work import Work
from proactive.rules.closed import LegalBasis
from proactive.rules.conditions import LeafCondition, Measure, RecordTest
from proactive.rules.grammar import AS_OF, Parameter, TriggerRule, Value
from proactive.rules.plan import plan_rule
from proactive.rules.reading import RuleRefused
from proactive.rules.speaking import Speaker
from proactive.rules.telling import (
    Line,
    feeds_read,
    leaves_in,
    tell_condition,
    tell_hit,
    tell_measure,
    tell_schedule,
    tell_unknown,
)
from proactive.rules.words import describe_rule


@dataclass(frozen=True, slots=True)
class ValueLine:
    """One dated value; `time` is past, now or coming; `until` is its last day, if it has one."""

    value: str
    time: str
    since: date
    until: date | None
    whom: str
    where: str
    legal_basis: str
    note: str


@dataclass(frozen=True, slots=True)
class ParameterView:
    """A parameter and all its values; `dated_by` is the record's date that chooses, if one does."""

    name: str
    title: str
    dated_by: str
    lines: tuple[ValueLine, ...]


@dataclass(frozen=True, slots=True)
class FeedView:
    """A feed that is read: what is looked at, when it last came, whether it is late."""

    title: str
    fields: tuple[str, ...]
    last_delivery_at: datetime | None
    late: bool


@dataclass(frozen=True, slots=True)
class RuleView:
    """A whole trigger in one language."""

    title: str
    need: str
    note: str
    sentence: str
    conditions: Line
    exclusions: tuple[Line, ...]
    unknown: tuple[str, ...]
    afterwards: tuple[str, ...]
    schedule: str
    measures: tuple[tuple[str, str], ...]
    parameters: tuple[ParameterView, ...]
    feeds: tuple[FeedView, ...]
    legal_basis: tuple[LegalBasis, ...]


def view_rule(
    work: Work,
    rule: TriggerRule,
    language: str,
    contracts: Mapping[str, Contract],
    statuses: Mapping[str, FeedStatus],
) -> RuleView:
    """Return the trigger as it is read today; values are those in force now."""
    today = work.today
    speaker = Speaker(rule, language, contracts, today)
    places = places_named(work, rule)
    return RuleView(
        title=rule.title.in_language(language),
        need=rule.need,
        note=rule.note.in_language(language),
        sentence=describe_rule(rule, language, contracts, on=today),
        conditions=tell_condition(speaker, rule.when, "when"),
        exclusions=tuple(
            tell_condition(speaker, one, f"unless.{index}") for index, one in enumerate(rule.unless)
        ),
        unknown=tell_unknown(speaker),
        afterwards=tell_hit(speaker),
        schedule=tell_schedule(speaker, rule.schedule),
        measures=tuple(
            (speaker.measure(name), tell_measure(speaker, one))
            for name, one in rule.measures.items()
        ),
        parameters=tuple(_parameters(speaker, rule, places, today)),
        feeds=tuple(_feeds(speaker, rule, contracts, statuses)),
        legal_basis=rule.legal_basis,
    )


def places_named(work: Work, rule: TriggerRule) -> dict[str, str]:
    """Return the names of the areas that have values of their own."""
    codes = {value.area for each in rule.parameters.values() for value in each.values} - {""}
    return area_names(work.db, sorted(codes)) if codes else {}


def leaves_of(rule: TriggerRule) -> Iterator[LeafCondition]:
    """Yield every single condition of a rule."""
    for root in (rule.when, *rule.unless, *rule.classes.values()):
        yield from leaves_in(root)


def _parameters(
    speaker: Speaker, rule: TriggerRule, places: Mapping[str, str], today: date
) -> Iterator[ParameterView]:
    for name, parameter in rule.parameters.items():
        where = codes_of(rule, name)
        lines = (
            _line(speaker, parameter, value, places, today, where) for value in _ordered(parameter)
        )
        dated_by = "" if parameter.in_force_on == AS_OF else parameter.in_force_on
        feed = where[0] or _record_feed(rule)
        yield ParameterView(
            name=name,
            title=speaker.parameter(name),
            dated_by=speaker.field(feed, dated_by) if dated_by else "",
            lines=tuple(lines),
        )


def _ordered(parameter: Parameter) -> list[Value]:
    """For everybody before classes and areas; of each, the latest value first."""
    return sorted(parameter.values, key=lambda one: (one.area, one.class_, -one.from_.toordinal()))


def _line(
    speaker: Speaker,
    parameter: Parameter,
    value: Value,
    places: Mapping[str, str],
    today: date,
    where: tuple[str, str],
) -> ValueLine:
    later = [
        one.from_
        for one in parameter.values
        if (one.area, one.class_) == (value.area, value.class_) and one.from_ > value.from_
    ]
    until = min(later) - timedelta(days=1) if later else None
    time = "coming" if value.from_ > today else "past" if until and until < today else "now"
    return ValueLine(
        value=speaker.value(parameter, value, where),
        time=time,
        since=value.from_,
        until=until,
        whom=speaker.klass(value.class_) if value.class_ else "",
        where=places.get(value.area, value.area),
        legal_basis=value.legal_basis or "",
        note=value.note.in_language(speaker.language),
    )


def codes_of(rule: TriggerRule, parameter: str) -> tuple[str, str]:
    """Return the feed and field whose codes a parameter lists; two empty words if none does."""
    for one in (*leaves_of(rule), *rule.measures.values()):
        for test in getattr(one, "where", ()):
            if test.against in (parameter, (parameter,)):
                return feed_of(one), test.field
    return "", ""


def feed_of(one: LeafCondition | Measure) -> str:
    """Return the feed whose fields a condition or a figure tests."""
    names = ("feed", "record", "registered_in", "not_registered_in")
    return next((str(getattr(one, name)) for name in names if hasattr(one, name)), "")


def _record_feed(rule: TriggerRule) -> str:
    return next((one.record for one in leaves_of(rule) if isinstance(one, RecordTest)), "")


def _feeds(
    speaker: Speaker,
    rule: TriggerRule,
    contracts: Mapping[str, Contract],
    statuses: Mapping[str, FeedStatus],
) -> Iterator[FeedView]:
    try:
        plan = plan_rule(rule, contracts)
    except RuleRefused:
        return  # a contract changed since; the page of the version says so
    for read in feeds_read(plan, speaker):
        status = statuses.get(read.feed)
        came = status.last_delivery_at if status else None
        yield FeedView(read.title, read.fields, came, bool(status and status.silent and came))
