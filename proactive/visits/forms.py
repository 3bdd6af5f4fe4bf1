"""The short form of a need: at most five new answers, because everything else is known."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from proactive.feeds.marked import FileRefused, Marked, Mistake, did_you_mean
from proactive.kernel.needs import CONFIRM_BY, ConfirmBy, Need
from proactive.visits.definitions import BAD_DEFINITION, Closed, Words, read_model
from proactive.visits.model import NO_NEED_WORDS, Asked

MOST_QUESTIONS = 5
YES_NO = (("yes", "Yes", "是"), ("no", "No", "否"))
UNSURE = ("unsure", "Not sure", "不清楚")


def _code(value: str) -> str:
    if not value or len(value) > 60 or not value.replace("_", "a").isalnum() or not value.isascii():
        raise ValueError("use small English letters, digits and _")
    if value != value.lower() or not value[0].isalpha():
        raise ValueError("use small English letters, digits and _")
    return value


Code = Annotated[str, AfterValidator(_code)]


class Choice(Closed):
    code: Code
    text: Words


class Question(Closed):
    code: Code
    ask: Words
    hint: Words | None = None
    answers: Literal["yes_no", "yes_no_unsure", "choice"] = "yes_no"
    choices: tuple[Choice, ...] = ()
    required: bool = True

    def offered(self) -> tuple[tuple[str, str, str], ...]:
        """Return the answers as (code, English, Chinese)."""
        if self.answers == "choice":
            return tuple((c.code, c.text.en, c.text.zh) for c in self.choices)
        return (*YES_NO, UNSURE) if self.answers == "yes_no_unsure" else YES_NO


class FindingForm(Closed):
    """One file of `triggers/findings/`: how a need is confirmed and what is asked."""

    need: Need
    title: Words
    opening: Words
    confirm_by: ConfirmBy
    confirm_needs: dict[Code, Code] = Field(default_factory=dict)
    questions: tuple[Question, ...] = Field(min_length=1, max_length=MOST_QUESTIONS)

    def asked(self) -> Asked:
        return Asked(
            confirm_by=self.confirm_by,
            answers={q.code: frozenset(a[0] for a in q.offered()) for q in self.questions},
            required=frozenset(q.code for q in self.questions if q.required),
            confirm_needs=self.confirm_needs,
        )


@dataclass(frozen=True, slots=True)
class ShownQuestion:
    """A question in one language, ready for a page."""

    code: str
    ask: str
    hint: str
    answers: tuple[tuple[str, str], ...]
    required: bool


@dataclass(frozen=True, slots=True)
class ShownForm:
    """A form in one language, with the fixed reasons for "no need"."""

    need: str
    title: str
    opening: str
    confirm_by: ConfirmBy
    questions: tuple[ShownQuestion, ...]
    no_need: tuple[tuple[str, str], ...]


def show(form: FindingForm, language: str) -> ShownForm:
    """Return `form` in `language` (zh… is Chinese, all else English)."""
    at = 2 if language.lower().startswith("zh") else 1
    questions = tuple(
        ShownQuestion(
            code=q.code,
            ask=q.ask.in_language(language),
            hint=q.hint.in_language(language) if q.hint else "",
            answers=tuple((answer[0], answer[at]) for answer in q.offered()),
            required=q.required,
        )
        for q in form.questions
    )
    return ShownForm(
        need=form.need,
        title=form.title.in_language(language),
        opening=form.opening.in_language(language),
        confirm_by=form.confirm_by,
        questions=questions,
        no_need=tuple((str(code), words[at - 1]) for code, words in NO_NEED_WORDS.items()),
    )


@lru_cache(maxsize=64)
def read_form(text: str, file: str = "form") -> FindingForm:
    """Return the checked form of a YAML text; FileRefused lists every mistake."""
    form, marked = read_model(text, FindingForm, file)
    mistakes = [*_bad_questions(form, marked), *_bad_needs(form, marked)]
    if mistakes:
        raise FileRefused(BAD_DEFINITION, mistakes)
    return form


def read_forms(folder: Path) -> dict[str, FindingForm]:
    """Return the forms of a folder by need; two files for one need are refused."""
    found: dict[str, FindingForm] = {}
    for path in sorted(folder.glob("*.yaml")):
        form = read_form(path.read_text(encoding="utf-8"), path.name)
        if form.need in found:
            mistake = Mistake(path.name, 1, "need", f"another file already serves '{form.need}'")
            raise FileRefused(BAD_DEFINITION, [mistake])
        found[form.need] = form
    return found


def all_answers(forms: Iterable[FindingForm]) -> dict[str, frozenset[str]]:
    """Return every finding code of `forms` with the answers it can have."""
    found: dict[str, frozenset[str]] = {}
    for form in forms:
        for code, answers in form.asked().answers.items():
            found[code] = found.get(code, frozenset()) | answers
    return found


def _bad_questions(form: FindingForm, marked: Marked) -> list[Mistake]:
    mistakes, seen = [], set()
    for at, question in enumerate(form.questions):
        path = ("questions", at, "code")
        if question.code in seen:
            mistakes.append(marked.mistake(path, f"'{question.code}' is asked twice"))
        seen.add(question.code)
        if (question.answers == "choice") != bool(question.choices):
            what = "choices stand with answers: choice, and only there"
            mistakes.append(marked.mistake(("questions", at, "answers"), what))
        codes = [choice.code for choice in question.choices]
        if len(codes) != len(set(codes)):
            mistakes.append(marked.mistake(("questions", at, "choices"), "two equal choices"))
    return mistakes


def _bad_needs(form: FindingForm, marked: Marked) -> list[Mistake]:
    mistakes, answers = [], form.asked().answers
    if form.confirm_by is not CONFIRM_BY[form.need]:
        what = f"'{form.need}' is confirmed by {CONFIRM_BY[form.need]}"
        mistakes.append(marked.mistake(("confirm_by",), what))
    for code, answer in form.confirm_needs.items():
        path = ("confirm_needs", code)
        if code not in answers:
            mistakes.append(marked.mistake(path, f"no such question{did_you_mean(code, answers)}"))
        elif answer not in answers[code]:
            what = f"'{answer}' is no answer to it{did_you_mean(answer, answers[code])}"
            mistakes.append(marked.mistake(path, what))
    return mistakes
