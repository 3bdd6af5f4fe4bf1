"""The shapes of the API's questions and answers, as OpenAPI shows them."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from proactive.feeds.handing import How


class Reading(BaseModel):
    """How a file is to be read, and what its sender says of it; all of it is optional."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("", description="The file's name; its ending must fit its content.")
    mapping: str = Field("", description="Name of a mapping that ships with the system.")
    encoding: str = Field("", description="utf-8 or gb18030; by default both are tried.")
    history: bool = Field(False, description="A load of the past at go-live.")
    rows: int | None = Field(None, ge=0, description="Rows without heading, as a manifest says.")
    sha256: str = Field("", pattern="^([0-9a-fA-F]{64})?$", description="SHA-256 of the file.")

    def how(self) -> How:
        return How(mapping=self.mapping, encoding=self.encoding, history=self.history)


class Told(BaseModel):
    """What became of a delivery: its counts, what was put aside and why. No contents of rows."""

    feed: str
    file: str
    state: str = Field(description="applied, or nothing_new when it was here before")
    delivery_id: str
    rows_read: int
    applied: int
    new: int
    corrected: int
    unchanged: int
    quarantined: dict[str, int] = Field(description="reason → rows")
    examples: list[dict[str, Any]] = Field(description="row, column, reason of some of them")
    held: dict[str, int]
    warnings: dict[str, int]
    usual_rows: int | None = Field(description="set where the number of rows is unusual")

    model_config = ConfigDict(extra="allow")


class NotTaken(BaseModel):
    """Why nothing was taken, and what to do."""

    error: str = Field(description="a code that does not change")
    what: str
    why: str
    todo: str
    sentence: str
    sentence_zh: str
