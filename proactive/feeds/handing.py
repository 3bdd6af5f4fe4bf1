"""How a file that is handed in is read, and which mapping it names: the same at every door."""

from __future__ import annotations

from pathlib import Path

from proactive.feeds.contract import Contract, Strict
from proactive.feeds.mapping import load_mapping
from proactive.feeds.marked import FileRefused
from proactive.feeds.preparing import Progress
from proactive.feeds.service import Options
from proactive.kernel.errors import Refused

MAPPINGS = "mappings"


class How(Strict):
    """What a person may say about a file: all of it is optional.

    `mapping` is the name of a shipped mapping, or of a file beside the delivered one.
    """

    mapping: str = ""
    encoding: str = ""
    history: bool = False
    override_unit: bool = False


def options_for(
    how: How,
    contract: Contract,
    definitions: Path,
    *,
    beside: Path | None = None,
    progress: Progress | None = None,
) -> Options:
    """The options of a delivery; Refused when its mapping is not there or not for this feed."""
    path = find_mapping(how.mapping, definitions, beside) if how.mapping else None
    return Options(
        mapping=load_mapping(path, contract) if path else None,
        encoding=how.encoding or None,
        history=how.history,
        override_unit=how.override_unit,
        progress=progress,
    )


def find_mapping(given: str, definitions: Path, beside: Path | None = None) -> Path:
    """The file of a mapping: in the folder `beside`, or a shipped one by its name."""
    shipped = definitions / "feeds" / MAPPINGS
    bare = Path(given).name == given
    places = [shipped / f"{given}.yaml"] if bare else []
    if beside is not None and (bare or beside == Path()):
        places.insert(0, beside / given)
    for path in places:
        if path.is_file():
            return path
    raise Refused(
        "no_mapping",
        "There is no mapping '{mapping}'.",
        why="It is neither a file nor one of: {known}.",
        todo="Name one of these, or give the path of your own.",
        mapping=given[:60],
        known=", ".join(sorted(file.stem for file in shipped.glob("*.yaml"))) or "none",
    )


def mappings_for(contract: Contract, definitions: Path) -> list[str]:
    """The names of the shipped mappings that are for this feed."""
    found = []
    for file in sorted((definitions / "feeds" / MAPPINGS).glob("*.yaml")):
        try:
            load_mapping(file, contract)
        except FileRefused:
            continue  # for another feed; `feed check` says what is wrong with it
        found.append(file.stem)
    return found
