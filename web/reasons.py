"""Why a family is on the list: the trigger's own sentence with its figures, and the records."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from proactive.cases.queries import Fact, Ground
from proactive.feeds.contract import Column
from proactive.feeds.words import ColumnType
from proactive.kernel.money import yuan_text
from proactive.kernel.work import Work
from proactive.rules.service import rule_of
from proactive.rules.words import describe_unknown, render_explain
from web.access import platform
from web.display import day, money
from web.language import chosen_language
from web.say import gettext


@dataclass(frozen=True, slots=True)
class Reason:
    """The sentences that say why, what the records leave open, and by which rule and law."""

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
    return tuple(_record(fact) for fact in facts)


def _record(fact: Fact) -> Record:
    columns = _columns(fact.source)
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


def _columns(feed: str) -> Mapping[str, Column]:
    contract = platform().contracts.get(feed)
    return {column.field: column for column in contract.columns} if contract else {}


def feed_title(feed: str) -> str:
    """Return what the records of a feed are called."""
    contract = platform().contracts.get(feed)
    return str(getattr(contract.title, chosen_language())) if contract else feed


def field_titles(feed: str) -> dict[str, str]:
    """Return what the fields of a feed are called, by their names in the contract."""
    contract = platform().contracts.get(feed)
    return {name: _label(name, one) for name, one in contract.fields.items()} if contract else {}


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


def reasons_of(
    work: Work,
    grounds: Sequence[Ground],
    facts: Sequence[Fact],
    *,
    organisation: bool = False,
    sample: bool = False,
    to_the_person: bool = False,
) -> Reason:
    """Return the trigger's sentence for each hit, filled with its own figures.

    Who was drawn as a sample was not flagged: the figures and the line stand there for themselves.
    The person reads what the records say, and not that anybody was flagged.
    """
    language, contracts = chosen_language(), platform().contracts
    sentences, gaps, basis = [], [], []
    for ground in grounds:
        rule = rule_of(work, ground.trigger_version_id)
        why = render_explain(rule, ground, language, facts=_said(facts))
        sentences.append(
            gettext("The records say: %(why)s", why=why)
            if to_the_person
            else _sentence(why, organisation=organisation, sample=sample)
        )
        gaps += [describe_unknown(rule, name, language, contracts) for name in ground.unknowns]
        basis.append(
            gettext(
                "Found by “%(title)s” in the records up to %(day)s.",
                title=rule.title.in_language(language),
                day=day(ground.as_of),
            )
        )
        basis += [f"{law.title} {law.citation}" for law in rule.legal_basis]
    return Reason(_once(sentences), _once(gaps), _once(basis))


def _sentence(why: str, *, organisation: bool, sample: bool) -> str:
    if sample:
        return gettext("The figures: %(why)s", why=why)
    if organisation:
        return gettext("This firm was flagged because: %(why)s", why=why)
    return gettext("This family was flagged because: %(why)s", why=why)


def _said(facts: Sequence[Fact]) -> dict[str, object]:
    """Return the fields of the records in words; of several records the newest speaks."""
    said: dict[str, object] = {}
    for fact in facts:
        columns = _columns(fact.source)
        for name, value in fact.values.items():
            if value is not None:
                said.setdefault(name, say_value(value, columns.get(name), unit=False))
    return said


def _once(lines: Sequence[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(lines))
