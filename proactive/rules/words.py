"""Triggers in plain words: what one looks for, and why a hit is one, in zh-CN and English."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from string import Formatter
from typing import Any, Protocol

from proactive.kernel.money import yuan_text
from proactive.rules.conditions import (
    All,
    Any_,
    Condition,
    MeasureTest,
    Not,
)
from proactive.rules.grammar import AS_OF, ParameterType, TriggerRule
from proactive.rules.hits import RECORD_PREFIX
from proactive.rules.speaking import Contracts, Speaker, chinese, say_day, say_parameter


class Told(Protocol):
    """What an explanation needs of a hit: `results.HitRow` with its day, or a case's ground."""

    @property
    def as_of(self) -> date: ...

    @property
    def measures(self) -> Mapping[str, Any]: ...

    @property
    def parameters(self) -> Mapping[str, Any]: ...


def render_explain(
    rule: TriggerRule, hit: Told, language: str, *, facts: Mapping[str, object] | None = None
) -> str:
    """Return why a hit is one; `facts` are the fields of its record, for {record.…}.

    Where a language has no words of its own, the trigger's title stands in with the figures.
    """
    words = rule.hit.explain.zh if chinese(language) else rule.hit.explain.en
    values = {name: _value(rule, name, hit, facts or {}, language) for name in _names(rule, words)}
    if words:
        for name, value in values.items():
            words = words.replace("{" + name + "}", value)
        return words.replace("{{", "{").replace("}}", "}")
    speaker = Speaker(rule, language, {})
    figures = [
        f"{speaker.measure(name)} {_value(rule, name, hit, {}, language)}" for name in rule.measures
    ]
    return _joined(rule.title.in_language(language), figures, language)


def describe_rule(
    rule: TriggerRule,
    language: str,
    contracts: Contracts | None = None,
    *,
    on: date | None = None,
) -> str:
    """Return one sentence that says whom the trigger looks for.

    Values are those in force `on` a day, without one the newest. `contracts` give feeds, fields
    and codes their titles; without them their own names are used.
    """
    speaker = Speaker(rule, language, contracts or {}, on)
    found = speaker.say(rule.when)
    if not rule.unless:
        return f"{found}。" if speaker.chinese else f"{found[:1].upper()}{found[1:]}."
    left_out = speaker.any_of([speaker.say(one) for one in rule.unless])
    if speaker.chinese:
        return f"{found}；但{left_out}的除外。"
    return f"{found[:1].upper()}{found[1:]}; except whoever {left_out}."


def describe_unknown(
    rule: TriggerRule, fact: str, language: str, contracts: Contracts | None = None
) -> str:
    """Return what is not on record, for a fact such as household_income.annual_income."""
    speaker = Speaker(rule, language, contracts or {})
    feed, _, name = fact.partition(".")
    if fact in rule.measures:
        what = speaker.measure(fact)
    elif feed == "parameter":
        what = speaker.parameter(name)
    else:
        what = speaker.feed(feed) + (f" · {speaker.field(feed, name)}" if name else "")
    return f"未见记录：{what}" if speaker.chinese else f"Not on record: {what}"


def is_money(rule: TriggerRule, measure: str) -> bool:
    """Is the measure an amount? Told by what it, or one over the same field, is compared with."""
    wanted = rule.measures[measure]
    if wanted.figure in ("count", "distinct"):
        return False
    for test in _measure_tests(rule):
        other = rule.measures.get(test.measure)
        if other is None or (other.feed, other.of_field) != (wanted.feed, wanted.of_field):
            continue
        against = test.of if test.of and "." not in test.of else test.parameter
        parameter = rule.parameters.get(against)
        if parameter is not None and parameter.type is ParameterType.MONEY:
            return True
    return False


def _measure_tests(rule: TriggerRule) -> Iterator[MeasureTest]:
    roots: list[Condition] = [rule.when, *rule.unless, *rule.classes.values()]
    while roots:
        one = roots.pop()
        if isinstance(one, MeasureTest):
            yield one
        elif isinstance(one, All):
            roots += one.all
        elif isinstance(one, Any_):
            roots += one.any
        elif isinstance(one, Not):
            roots.append(one.not_)


def _names(rule: TriggerRule, words: str | None) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(words or "") if name]


def _value(
    rule: TriggerRule, name: str, hit: Told, facts: Mapping[str, object], language: str
) -> str:
    unknown = "（未知）" if chinese(language) else "(not known)"
    if name == AS_OF:
        return say_day(hit.as_of, language)
    if name.startswith(RECORD_PREFIX):
        value = facts.get(name.removeprefix(RECORD_PREFIX))
        return unknown if value is None else str(value)
    if name in rule.measures:
        value = hit.measures.get(name)
        if value is None:
            return unknown
        return yuan_text(int(value)) if is_money(rule, name) else f"{value:g}"
    used = hit.parameters.get(name)
    if not used:
        return unknown
    return say_parameter(rule.parameters[name].type, str(used["value"]), language)


def _joined(title: str, figures: Sequence[str], language: str) -> str:
    if chinese(language):
        return f"{title}：{'，'.join(figures)}。" if figures else f"{title}。"
    return f"{title}: {', '.join(figures)}." if figures else f"{title}."
