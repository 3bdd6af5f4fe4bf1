"""Why a family is on the list: the trigger's own sentence with its figures, and the records."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from string import Formatter

from proactive.cases.queries import Fact, Ground
from proactive.feeds.contract import Column, Contract
from proactive.feeds.words import ColumnType
from proactive.kernel.money import fen_from_text, yuan_text
from proactive.kernel.work import Work
from proactive.rules.conditions import Measure
from proactive.rules.grammar import AS_OF, ParameterType, TriggerRule
from proactive.rules.plan import plan_rule
from proactive.rules.service import rule_of
from web.access import platform
from web.display import day, money
from web.language import chosen_language
from web.say import gettext, ngettext

RECORD = "record."


@dataclass(frozen=True, slots=True)
class Reason:
    """The sentences that say why, and what the records leave open."""

    sentences: tuple[str, ...]
    gaps: tuple[str, ...] = ()
    basis: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FactLine:
    """One value of a record with its name."""

    label: str
    value: str


@dataclass(frozen=True, slots=True)
class Record:
    """One record behind a case: where it comes from, of which day, with which values."""

    source: str
    event_on: date | None
    recorded_on: date | None
    gone: bool
    facts: tuple[FactLine, ...]


def records_of(facts: Sequence[Fact]) -> tuple[Record, ...]:
    """Return the records behind a case in the words of their contracts."""
    return tuple(_record(fact, platform().contracts.get(fact.source)) for fact in facts)


def _record(fact: Fact, contract: Contract | None) -> Record:
    columns = {column.field: column for column in contract.columns} if contract else {}
    lines = [
        FactLine(_label(name, columns.get(name)), say_value(value, columns.get(name)))
        for name, value in fact.values.items()
        if value is not None
    ]
    return Record(
        source=feed_title(fact.source),
        event_on=fact.event_on,
        recorded_on=fact.recorded_on,
        gone=fact.gone,
        facts=tuple(lines),
    )


def feed_title(feed: str) -> str:
    """Return what the records of a feed are called."""
    contract = platform().contracts.get(feed)
    return str(getattr(contract.title, chosen_language())) if contract else feed


def _label(name: str, column: Column | None) -> str:
    return str(getattr(column.title, chosen_language())) if column else name


def say_value(value: object, column: Column | None, *, unit: bool = True) -> str:
    """Return a stored value as people write it: money, days, yes or no, the words of a code."""
    kind = column.type if column else None
    if kind is ColumnType.MONEY and isinstance(value, int):
        return money(value) if unit else yuan_text(value)
    if kind in (ColumnType.DATE, ColumnType.DATETIME):
        return day(date.fromisoformat(str(value)[:10]))
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if column and str(value) in column.codes:
        return _code_word(str(value), column.codes[str(value)])
    return str(value)


def _code_word(code: str, synonyms: Sequence[str]) -> str:
    """Return the Chinese word of a code among its synonyms; in English the code reads well."""
    if chosen_language() == "zh":
        return next((word for word in synonyms if not word.isascii()), code)
    return code.replace("_", " ")


def reasons_of(work: Work, grounds: Sequence[Ground], facts: Sequence[Fact]) -> Reason:
    """Return the trigger's sentence for each hit, filled with its own figures."""
    sentences, gaps, bases = [], [], []
    for ground in grounds:
        rule = rule_of(work, ground.trigger_version_id)
        sentences.append(explain(rule, ground, facts, chosen_language()))
        gaps += [_gap(name) for name in ground.unknowns]
        found_on = gettext(
            "Found by “%(title)s” in the records up to %(day)s.",
            title=rule.title.in_language(chosen_language()),
            day=day(ground.as_of),
        )
        bases.append(found_on)
        bases += [f"{basis.title} {basis.citation}" for basis in rule.legal_basis]
    return Reason(_once(sentences), _once(gaps), _once(bases))


def _once(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lines))


def explain(rule: TriggerRule, ground: Ground, facts: Sequence[Fact], language: str) -> str:
    """Return one plain sentence; a trigger without words of its own names what it looks for."""
    words = rule.hit.explain.zh if language == "zh" else rule.hit.explain.en
    if not words:
        return gettext(
            "This family was flagged because of: %(title)s.", title=rule.title.in_language(language)
        )
    names = {name for _, name, _, _ in Formatter().parse(words) if name}
    values = {name: _figure(name, rule, ground, facts) for name in names}
    # Names hold dots (record.field), which str.format would take for attributes.
    for name, value in values.items():
        words = words.replace("{" + name + "}", value)
    return words.replace("{{", "{").replace("}}", "}")


def _figure(name: str, rule: TriggerRule, ground: Ground, facts: Sequence[Fact]) -> str:
    if name == AS_OF:
        return day(ground.as_of)
    if name.startswith(RECORD):
        return _of_record(name.removeprefix(RECORD), facts)
    if name in rule.measures:
        return say_measure(rule.measures[name], ground.measures.get(name))
    used = ground.parameters.get(name)
    return say_parameter(rule.parameters[name].type, used["value"]) if used else unknown()


def _of_record(field: str, facts: Sequence[Fact]) -> str:
    fact = next((fact for fact in facts if fact.values.get(field) is not None), None)
    if fact is None:
        return unknown()
    contract = platform().contracts.get(fact.source)
    columns = {column.field: column for column in contract.columns} if contract else {}
    return say_value(fact.values[field], columns.get(field), unit=False)


def say_measure(measure: Measure, value: object) -> str:
    """Return a measure's figure; the sentence around it says the unit."""
    if value is None:
        return unknown()
    contract = platform().contracts.get(measure.feed)
    columns = {column.field: column for column in contract.columns} if contract else {}
    column = columns.get(measure.of_field)
    counts = measure.figure in ("count", "distinct")
    if column and column.type is ColumnType.MONEY and not counts and isinstance(value, int):
        return yuan_text(value)
    return str(value)


def say_parameter(kind: ParameterType, text: str) -> str:
    """Return a parameter's value as people write it; the sentence around it says the unit."""
    if kind is ParameterType.MONEY:
        return yuan_text(fen_from_text(text))
    if kind is ParameterType.RATIO:
        return f"{Decimal(text) * 100:f}".rstrip("0").rstrip(".") + "%"
    if kind is ParameterType.DURATION:
        return say_period(text)
    return text


def say_period(text: str) -> str:
    """Return a period such as P12M in words."""
    found = re.fullmatch(r"P(\d+)([DWMY])", text)
    if not found:
        return text
    count = int(found[1])
    words = {
        "D": ngettext("%(num)d day", "%(num)d days", count),
        "W": ngettext("%(num)d week", "%(num)d weeks", count),
        "M": ngettext("%(num)d month", "%(num)d months", count),
        "Y": ngettext("%(num)d full year", "%(num)d full years", count),
    }
    return words[found[2]]


def _gap(name: str) -> str:
    """Return what is not on record: `feed.field`, a feed, or a name of the trigger."""
    feed, _, field = name.partition(".")
    contract = platform().contracts.get(feed)
    what = feed_title(feed)
    if contract and field:
        column = next((each for each in contract.columns if each.field == field), None)
        what = f"{what}: {_label(field, column)}"
    return gettext("The records do not say this: %(what)s.", what=what)


def unknown() -> str:
    return gettext("(not known)")


def feeds_of(rule: TriggerRule) -> list[str]:
    """Return the feeds a trigger reads, in alphabetical order."""
    return sorted(plan_rule(rule, platform().contracts).feeds)
