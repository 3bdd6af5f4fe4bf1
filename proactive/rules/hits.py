"""Checks the `hit` part of a trigger: evidence, order, growth, and the words of explanations."""

from string import Formatter

from proactive.rules.closed import period_from_text
from proactive.rules.fields import FieldReader
from proactive.rules.grammar import NEVER_AGAIN, TriggerRule
from proactive.rules.reading import Path, near

RECORD_PREFIX = "record."
AS_OF_WORD = "as_of"


def check_hit(
    rule: TriggerRule, reader: FieldReader, read: frozenset[str], measures: set[str]
) -> None:
    """Report every mistake of the `hit` part; `read` are the feeds that `when` reads."""
    hit = rule.hit
    if hit.priority is not None:
        _measure(hit.priority.order_by, ("hit", "priority", "order_by"), rule, reader)
    cool_down = hit.cool_down
    if cool_down is not None:
        growth = cool_down.unless_grows
        if growth is not None:
            here: Path = ("hit", "cool_down", "unless_grows", "measure")
            _measure(growth.measure, here, rule, reader)
        for reason, span in cool_down.after.items():
            _span(span, ("hit", "cool_down", "after", reason), reader)
    for index, feed in enumerate(hit.evidence):
        path: Path = ("hit", "evidence", index)
        if reader.contract(feed, path) is not None and read and feed not in read:
            text = f"'{feed}' is not read by 'when', so it can be no evidence"
            reader.report.add(path, text + near(feed, sorted(read)))
    for language, words in (("en", hit.explain.en), ("zh-CN", hit.explain.zh)):
        if words:
            _placeholders(words, ("hit", "explain", language), rule, reader)


def _measure(name: str, path: Path, rule: TriggerRule, reader: FieldReader) -> None:
    if name not in rule.measures:
        hint = near(name, list(rule.measures))
        reader.report.add(path, f"no measure is named '{name}'{hint}")


def _span(word: str, path: Path, reader: FieldReader) -> None:
    if word == NEVER_AGAIN:
        return
    try:
        period_from_text(word)
    except Exception:
        text = f"'{word[:40]}' is neither a period such as P6M nor {NEVER_AGAIN}"
        reader.report.add(path, text)


def _placeholders(text: str, path: Path, rule: TriggerRule, reader: FieldReader) -> None:
    known = placeholder_names(rule, reader)
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        reader.report.add(path, "has a brace without its partner")
        return
    for _, name, form, conversion in parts:
        if name is None:
            continue
        if form or conversion or name not in known:
            reader.report.add(path, f"'{{{name[:64]}}}' is not known here" + near(name, known))


def placeholder_names(rule: TriggerRule, reader: FieldReader) -> list[str]:
    """What an explanation may name: measures, parameters, the day, fields of the single record."""
    names = [*rule.measures, *rule.parameters, AS_OF_WORD]
    for feed in rule.hit.evidence:
        names += [RECORD_PREFIX + field for field in sorted(reader.used.get(feed, ()))]
    return names
