"""YAML that people write, as nodes which know their lines; nothing in it can unfold or go deep."""

from typing import Any

import yaml

# libyaml where the wheel brings it: ten times as fast, and every process reads these files.
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DEEPEST = 60


def compose(text: str) -> yaml.Node | None:
    """Return the one document of `text`, None for an empty one.

    Raises yaml.MarkedYAMLError for a syntax error, for an alias (a small file could unfold without
    end, and hides what a reader sees) and for more than DEEPEST levels.
    """
    depth = 0
    for event in yaml.parse(text, Loader=LOADER):
        if isinstance(event, yaml.AliasEvent):
            raise _mistake("anchors (*name) are not used", event)
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEEPEST:
                raise _mistake("nested too deep", event)
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
    node: yaml.Node | None = yaml.compose(text, Loader=LOADER)
    return node


def _mistake(problem: str, event: yaml.Event) -> yaml.MarkedYAMLError:
    mark: Any = event.start_mark  # libyaml's mark has the same fields
    return yaml.MarkedYAMLError(problem=problem, problem_mark=mark)
