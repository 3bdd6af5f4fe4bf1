"""Draws docs/states/*.md from the state tables in the code; --check tells whether they differ."""
# ruff: noqa: T201 - a command speaks by printing

import importlib
import sys
from pathlib import Path

from proactive.kernel.states import StateTable

ROOT = Path(__file__).resolve().parents[1]
PLACE = ROOT / "docs" / "states"
NOTE = "\nDrawn from the code by `make diagrams`: change the table, not this page.\n"


def state_tables() -> dict[str, StateTable]:
    """Return every table that some module of the core makes, by its name."""
    return {
        table.name: table
        for file in sorted((ROOT / "proactive").rglob("*.py"))
        if "StateTable(" in file.read_text("utf-8")
        for table in _tables_of(".".join(file.relative_to(ROOT).with_suffix("").parts))
    }


def _tables_of(module: str) -> list[StateTable]:
    return [v for v in vars(importlib.import_module(module)).values() if isinstance(v, StateTable)]


def pages() -> dict[Path, str]:
    """Return the text of every page by its file."""
    return {
        PLACE / f"{name.replace(' ', '_')}.md": table.draw() + NOTE
        for name, table in state_tables().items()
    }


def differences(wanted: dict[Path, str]) -> list[Path]:
    """Return the pages that are missing, stale, or of a table that is gone."""
    there = set(PLACE.glob("*.md"))
    stale = [f for f, text in wanted.items() if f not in there or f.read_text("utf-8") != text]
    return sorted([*stale, *(there - wanted.keys())])


def main(arguments: list[str]) -> int:
    """Write the pages, or with --check only compare them."""
    wanted = pages()
    changed = differences(wanted)
    if "--check" in arguments:
        for file in changed:
            print(f"{file.relative_to(ROOT)} differs from the code: run make diagrams")
        return 1 if changed else 0
    PLACE.mkdir(parents=True, exist_ok=True)
    for file in changed:
        if file in wanted:
            file.write_text(wanted[file], encoding="utf-8")
        else:
            file.unlink()
    print(f"{len(wanted)} state tables drawn, {len(changed)} pages changed")
    return 0


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    sys.exit(main(sys.argv[1:]))
