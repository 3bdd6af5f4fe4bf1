"""Reads a file of areas into the tree that a simulated county can be placed into."""

from pathlib import Path

from proactive.areas.mapping import find_mapping, read_areas
from proactive.areas.model import build_tree
from proactive.areas.sheets import read_sheet
from proactive.simulate.places import AreaTree


def read_tree(file: Path, mapping: str) -> AreaTree:
    """Return the areas of a file by code; Refused as `area load` refuses it."""
    form = find_mapping(mapping)
    sheet = read_sheet(file, encoding=form.encoding, delimiter=form.delimiter)
    return build_tree(read_areas(form, sheet), {})
