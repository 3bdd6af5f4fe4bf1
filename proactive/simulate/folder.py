"""The folder a county is written into: empty, or an earlier county that is replaced."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from proactive.kernel.errors import Refused
from proactive.simulate.refused_files import FOLDER as REFUSED

LIST = "deliveries.json"
FIXED = (
    "areas.csv",
    "areas.mapping.yaml",
    "posts.csv",
    "relatives.csv",
    "offices.csv",
    "truth.json",
    LIST,
)


def make_room(folder: Path) -> None:
    """Make the folder, or take out of it the files of the county it holds, and only those.

    Raises Refused `not_a_county` for a folder that holds something else.
    """
    folder.mkdir(parents=True, exist_ok=True)
    if not any(folder.iterdir()):
        return
    if not (folder / LIST).is_file():
        raise Refused(
            "not_a_county",
            "The folder {folder} holds something that is no simulated county.",
            why="A county is written into an empty folder, or replaces an earlier one.",
            todo="Choose another folder.",
            folder=str(folder),
        )
    for name in _files_of(folder):
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / REFUSED, ignore_errors=True)


def _files_of(folder: Path) -> set[str]:
    lines = json.loads((folder / LIST).read_text(encoding="utf-8"))["deliveries"]
    files = {Path(line["file"]).name for line in lines}
    mappings = {Path(line["mapping"]).name for line in lines if line["mapping"]}
    return files | mappings | {f"{file}.manifest.json" for file in files} | set(FIXED)
