"""The form fields and papers of an item in words: what they say and where it comes from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from proactive.bundles.lines import FieldLine, PaperLine
from proactive.bundles.parts import FieldKind, FormField
from proactive.kernel.errors import Refused
from web.display import money
from web.language import chosen_language
from web.reasons import feed_title
from web.say import gettext
from web.words import word


@dataclass(frozen=True, slots=True)
class FieldView:
    """A field of the form with where its value comes from, in words."""

    code: str
    title: str
    value: str
    source: str
    on: date | None
    required: bool
    kind: str
    choices: tuple[tuple[str, str], ...]
    unreadable: bool = False


@dataclass(frozen=True, slots=True)
class PaperView:
    """A paper with where it is, in words."""

    code: str
    title: str
    state: str
    words: str
    due_on: date | None
    may_come_later: bool


def given_view(code: str, field: FormField) -> FieldView:
    """Return a field that granting the item fills for the others."""
    line = FieldLine(code, field.title.in_language(chosen_language()), "", "", None, True)
    return field_view(field, line)


def field_view(field: FormField, line: FieldLine) -> FieldView:
    """Return a form field as the page shows it: value and source in words."""
    return FieldView(
        line.code,
        line.title,
        _say(field, line) if line.value else "",
        say_source(line.source) if line.source else "",
        line.on,
        line.required,
        str(field.kind),
        tuple((c.code, c.text.in_language(chosen_language())) for c in field.choices),
        line.unreadable,
    )


def _say(field: FormField, line: FieldLine) -> str:
    """Return a form value as people write it; what came from records is in fen."""
    if field.kind is FieldKind.MONEY and not line.source.startswith("asked"):
        return money(int(line.value)) if line.value.lstrip("-").isdigit() else line.value
    if field.kind is FieldKind.CHOICE:
        titles = {c.code: c.text.in_language(chosen_language()) for c in field.choices}
        return titles.get(line.value, line.value)
    return word("answer", line.value)


def entitled(refusal: Refused, titles: Mapping[str, str]) -> Refused:
    """Return a refusal whose sentence names fields and papers by title where it had codes."""
    facts: dict[str, Any] = {
        name: ", ".join(titles.get(code, code) for code in str(value).split(", "))
        for name, value in refusal.facts.items()
    }
    return Refused(refusal.code, refusal.what, why=refusal.why, todo=refusal.todo, **facts)


def say_source(source: str) -> str:
    """Return where a value comes from in words: a register, the visit, an item, who was asked."""
    kind, _, name = source.partition(":")
    if kind == "register":
        return feed_title(name)
    if kind == "asked":
        return gettext("entered by: %(role)s", role=word("role", name))
    words = {
        "visit": gettext("found at the visit"),
        "item": gettext("result of another item"),
        "trigger": gettext("worked out from the records"),
    }
    return words.get(kind, gettext("the identity register"))


def paper_view(line: PaperLine) -> PaperView:
    kind, _, name = line.held_by.partition(":")
    words = {
        "held": gettext("nobody need bring it: %(where)s", where=_held(kind, name)),
        "given": gettext("handed in"),
        "lenient": gettext("follows later"),
        "missing": gettext("missing"),
    }[line.state]
    return PaperView(line.code, line.title, line.state, words, line.due_on, line.may_come_later)


def _held(kind: str, name: str) -> str:
    if kind == "register":
        return feed_title(name)
    return gettext("the form") if kind == "field" else gettext("result of another item")
