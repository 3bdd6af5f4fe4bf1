"""What ships speaks both languages: a county may leave one out, we may not."""

from collections.abc import Iterator

import yaml

from proactive.config import PACKAGES

LANGUAGES = {"en", "zh", "zh-CN"}


def one_sided(node: object) -> Iterator[object]:
    """Yield every text that is given in one language only."""
    if isinstance(node, dict):
        if len(LANGUAGES & node.keys()) == 1:
            yield node
        for inner in node.values():
            yield from one_sided(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from one_sided(inner)


def test_no_shipped_definition_speaks_one_language_only() -> None:
    files = sorted((PACKAGES / "triggers").rglob("*.yaml"))
    found = {
        file.name: list(one_sided(yaml.load(file.read_text("utf-8"), yaml.CSafeLoader)))
        for file in files
    }

    assert len(files) > 30
    assert {name: texts for name, texts in found.items() if texts} == {}
