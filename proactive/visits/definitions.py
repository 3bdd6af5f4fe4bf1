"""What the files of visits and bundles share: closed parts, words in both languages, sources."""

from enum import StrEnum
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, model_validator

from proactive.feeds.marked import Marked, read_marked, validate
from proactive.kernel.languages import both_languages

BAD_DEFINITION = "definition_refused"
M = TypeVar("M", bound=BaseModel)


class Closed(BaseModel):
    """A part of a definition: unknown keys are refused and nothing changes after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Words(Closed):
    """One text in both languages, or in the one that is spoken."""

    en: str = Field(min_length=1)
    zh: str = Field(alias="zh-CN", min_length=1)

    _one_for_both = model_validator(mode="before")(both_languages)

    def in_language(self, language: str) -> str:
        return self.zh if language.lower().startswith("zh") else self.en


class Grade(StrEnum):
    """A source: A law or agency, B news or local office, C copy, local = the place's promise."""

    A = "A"
    B = "B"
    C = "C"
    LOCAL = "local"


def read_model(text: str, model: type[M], file: str) -> tuple[M, Marked]:
    """Return the checked model and its marked file; FileRefused lists every mistake.

    Values stay text (so `no` is the answer "no", not false); the model gives them their types.
    """
    marked = read_marked(text, file=file, code=BAD_DEFINITION, as_text=True)
    return validate(marked, model, code=BAD_DEFINITION), marked
