"""Codes that carry their ancestors in their leading characters."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, model_validator

from proactive.areas.model import DEPTH
from proactive.kernel.errors import Refused

Level = Annotated[int, Field(ge=1, le=DEPTH)]


class CodedLevels(BaseModel):
    """How many leading characters each level takes, outermost first."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    lengths: tuple[int, ...] = Field(min_length=1, max_length=DEPTH)
    pad_to: int = 0
    first_level: Level = 1

    @model_validator(mode="after")
    def _rising(self) -> "CodedLevels":
        if list(self.lengths) != sorted(set(self.lengths)):
            raise ValueError("lengths must rise from the outermost level inwards")
        if self.pad_to and self.pad_to < self.lengths[-1]:
            raise ValueError("pad_to must not be shorter than the innermost code")
        if self.first_level + len(self.lengths) - 1 > DEPTH:
            raise ValueError("first_level and lengths go beyond five levels")
        return self

    def chain(self, code: str, line: int = 0) -> list[tuple[str, int]]:
        """Return (code, level) of every ancestor and of `code` itself, outermost first."""
        depth = self._depth(code)
        if depth < 0:
            raise Refused(
                "bad_area_code",
                "The code {area_code} on line {line} is not of a length the mapping names.",
                why="Expected lengths: {lengths}.",
                todo="Correct the code, or the lengths in the mapping.",
                area_code=code,
                line=line,
                lengths=", ".join(
                    map(str, (*self.lengths, *([self.pad_to] if self.pad_to else [])))
                ),
            )
        chain: list[tuple[str, int]] = []
        for index in range(depth + 1):
            padded = self.padded(code[: self.lengths[index]])
            # A city without counties lends its code to the level below: one unit, not two.
            if not chain or chain[-1][0] != padded:
                chain.append((padded, self.first_level + index))
        return chain

    def padded(self, code: str) -> str:
        return code.ljust(self.pad_to, "0") if self.pad_to else code

    def _depth(self, code: str) -> int:
        if self.pad_to and len(code) == self.pad_to:
            for index, length in enumerate(self.lengths):
                if not code[length:].strip("0"):
                    return index
        return self.lengths.index(len(code)) if len(code) in self.lengths else -1
