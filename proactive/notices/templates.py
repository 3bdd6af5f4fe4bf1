"""Templates of messages: read from files, checked by the linter, filled without surprises."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from proactive.feeds.marked import FileRefused, Marked, Mistake, read_marked_file, validate
from proactive.kernel.errors import Refused
from proactive.notices.lint import (
    PLACEHOLDER,
    Words,
    holds_opt_out,
    hurts,
    mistakes_in_text,
)
from proactive.notices.parts import Parts, count_parts
from proactive.notices.sanitise import clean_value

CODE = "bad_template"
WORDS_FILE = "forbidden_words.yaml"
LANGUAGES = ("zh", "en")
# Filled by us on every message: who speaks, how to quote it, where to check that it is genuine.
GIVEN = {"sender": 20, "reference": 8, "check_phone": 13}
LONGEST_GIVEN = 2000
NAME = re.compile(r"[a-z][a-z0-9_]*")


class Channel(StrEnum):
    """By what a template is told. `in_person` is a script for who tells it, never a message."""

    SMS = "sms"
    LETTER = "letter"
    IN_PERSON = "in_person"


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Placeholder(Closed):
    """A value the caller gives. `otherwise` stands in when it is missing or would hurt."""

    longest: int = Field(ge=1, le=200)
    what: str = ""
    otherwise: dict[str, str] = Field(default_factory=dict)


class Texts(Closed):
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Limits(Closed):
    """The most parts a text may need with every value at its longest."""

    zh: int = Field(default=2, ge=1, le=8)
    en: int = Field(default=3, ge=1, le=8)


class Template(Closed):
    """One event's message. `replaces` names those that need not go out once this one is made."""

    notice: str
    what: str
    channel: Channel = Channel.SMS
    replaces: tuple[str, ...] = ()
    after_close: bool = False
    max_parts: Limits = Limits()
    placeholders: dict[str, Placeholder] = Field(default_factory=dict)
    texts: Texts
    replies: Texts | None = None

    def text(self, language: str) -> str:
        return self.texts.zh if is_chinese(language) else self.texts.en

    def reply_line(self, language: str) -> str:
        if self.replies is None:
            return ""
        return self.replies.zh if is_chinese(language) else self.replies.en


@dataclass(frozen=True, slots=True)
class Voice:
    """Who speaks in messages and where they can be checked, by language."""

    sender: Mapping[str, str]
    check_phone: str

    def values(self, language: str, reference: str) -> dict[str, str]:
        key = "zh" if is_chinese(language) else "en"
        sender = self.sender.get(key) or next(iter(self.sender.values()))
        return {"sender": sender, "reference": reference, "check_phone": self.check_phone}


@dataclass(frozen=True, slots=True)
class Filled:
    """A text ready to go, its size, and the values that filled it, for ways out that fill in."""

    text: str = field(repr=False)
    parts: Parts
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


class Templates:
    """All templates of a folder by name, with the words none of them may say."""

    def __init__(self, templates: Mapping[str, Template], forbidden: Words) -> None:
        self._templates = dict(templates)
        self.forbidden = forbidden

    def __iter__(self) -> Iterator[str]:
        return iter(self._templates)

    def get(self, name: str) -> Template:
        """Return a template, or Refused `no_template`."""
        if name not in self._templates:
            raise Refused(
                "no_template",
                "There is no notice template '{name}'.",
                why="Known are: {known}.",
                name=name,
                known=", ".join(sorted(self._templates)),
            )
        return self._templates[name]

    def replacing(self, name: str) -> tuple[str, ...]:
        """Return the templates after which a waiting message of this one is not sent."""
        return tuple(key for key, one in self._templates.items() if name in one.replaces)

    def fill(
        self,
        name: str,
        params: Mapping[str, str],
        *,
        voice: Voice,
        language: str,
        reference: str,
        two_way: bool = False,
    ) -> Filled:
        """Return the text; Refused `bad_params` when a value is missing and has no stand-in.

        A value that would hurt (a link, an amount, a forbidden word) gives way to its stand-in.
        """
        template = self.get(name)
        values = voice.values(language, reference)
        for key, placeholder in template.placeholders.items():
            values[key] = self._value(name, key, placeholder, params, language)
        text = PLACEHOLDER.sub(lambda match: values[match[1]], template.text(language)).strip()
        if two_way and template.reply_line(language):
            text += " " + template.reply_line(language)
        return Filled(text, count_parts(text), values)

    def _value(
        self,
        name: str,
        key: str,
        placeholder: Placeholder,
        params: Mapping[str, str],
        language: str,
    ) -> str:
        given = str(params.get(key, ""))[:LONGEST_GIVEN]
        value = clean_value(given, longest=placeholder.longest)
        whole = clean_value(given, longest=LONGEST_GIVEN)  # a cut could hide what hurts
        if value and not hurts(whole, self.forbidden):
            return value
        instead = placeholder.otherwise.get("zh" if is_chinese(language) else "en", "")
        if not instead:
            raise Refused(
                "bad_params",
                "The notice '{name}' needs a usable value for '{key}'.",
                todo="Give one, or give the placeholder an 'otherwise' in the template.",
                name=name,
                key=key,
            )
        return instead


def load_templates(folder: Path) -> Templates:
    """Read every template of a folder; FileRefused names each mistake with file and line."""
    words_path = folder / WORDS_FILE
    forbidden = _read_words(words_path)
    read: list[tuple[Marked, Template]] = []
    mistakes: list[Mistake] = []
    for path in sorted(folder.glob("*.yaml")):
        if path == words_path:
            continue
        marked = read_marked_file(path, code=CODE)
        template = validate(marked, Template, code=CODE)
        mistakes += _lint(marked, template, forbidden)
        if template.notice != path.stem:
            mistakes.append(marked.mistake(("notice",), f"must be the file's name, '{path.stem}'"))
        read.append((marked, template))
    templates = {template.notice: template for _, template in read}
    mistakes += [
        marked.mistake(("replaces", place), f"there is no notice '{name}'")
        for marked, template in read
        for place, name in enumerate(template.replaces)
        if name not in templates
    ]
    if mistakes:
        raise FileRefused(CODE, mistakes)
    return Templates(templates, forbidden)


def _read_words(path: Path) -> Words:
    marked = read_marked_file(path, code=CODE)
    groups = marked.data
    right = isinstance(groups, dict) and all(
        isinstance(words, list) and words and all(isinstance(word, str) and word for word in words)
        for words in groups.values()
    )
    if not right or not isinstance(groups, dict):
        raise FileRefused(CODE, [marked.mistake((), "must be lists of words by group")])
    return groups


def _lint(marked: Marked, template: Template, forbidden: Words) -> list[Mistake]:
    found = [
        marked.mistake(("placeholders", name), text)
        for name, placeholder in template.placeholders.items()
        for text in _placeholder_mistakes(name, placeholder, forbidden)
    ]
    known = [*template.placeholders, *GIVEN]
    for language in LANGUAGES:
        text = template.text(language)
        wrong = [*mistakes_in_text(text, known, forbidden), *_channel_mistakes(template, language)]
        wrong += [
            f"the placeholder {{{name}}} is declared but not used"
            for name in template.placeholders
            if f"{{{name}}}" not in text
        ]
        found += [marked.mistake(("texts", language), what) for what in wrong]
        reply = hurts(template.reply_line(language), forbidden)
        if reply:
            found.append(marked.mistake(("replies", language), f"it holds {reply}"))
    return found


def _placeholder_mistakes(name: str, placeholder: Placeholder, forbidden: Words) -> list[str]:
    wrong = []
    if name in GIVEN:
        wrong.append("is filled by the system and cannot be declared")
    if not NAME.fullmatch(name):
        wrong.append("must be small letters, digits and _")
    if placeholder.otherwise and set(placeholder.otherwise) != set(LANGUAGES):
        wrong.append(f"'otherwise' must have {' and '.join(LANGUAGES)}")
    for text in placeholder.otherwise.values():
        if hurts(text, forbidden):
            wrong.append(f"'otherwise' holds {hurts(text, forbidden)}")
        if clean_value(text, longest=placeholder.longest) != text:
            wrong.append("'otherwise' is too long or holds signs that are not allowed")
    return wrong


def _channel_mistakes(template: Template, language: str) -> list[str]:
    text = template.text(language)
    wrong = [f"must name {{{name}}}" for name in GIVEN if f"{{{name}}}" not in text]
    if template.channel is not Channel.SMS:
        return wrong
    if holds_opt_out(text):
        wrong.append("an opt-out phrase belongs into 'replies': one-way channels forbid it")
    limit = template.max_parts.zh if language == "zh" else template.max_parts.en
    size = largest_size(template, language)
    if size.parts > limit:
        wrong.append(f"may need {size.parts} parts, allowed are {limit}")
    return wrong


def largest_size(template: Template, language: str) -> Parts:
    """Return the size with every value at its longest; values may always be Chinese.

    The line that offers replies counts, for some way out may carry it.
    """
    text = f"{template.text(language)} {template.reply_line(language)}".strip()
    longest = {**GIVEN, **{name: p.longest for name, p in template.placeholders.items()}}
    wide = PLACEHOLDER.sub(
        lambda match: (
            ("8" if match[1] in ("reference", "check_phone") else "人") * longest.get(match[1], 0)
        ),
        text,
    )
    return count_parts(wide)


def is_chinese(language: str) -> bool:
    return language.lower().startswith("zh")
