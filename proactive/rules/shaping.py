"""The tree of a trigger's values: finding a part, changing, adding, removing, grouping it."""

from collections.abc import Callable

from proactive.rules.conditions import KINDS
from proactive.rules.forming import Node, Part, Values, formed, inserted
from proactive.rules.grammar import Hit, TriggerRule
from proactive.rules.reading import Data, Path

NEW = "+"
GROUPS = ("all", "any", "not")
TOP = tuple(info.alias or name for name, info in TriggerRule.model_fields.items())
HIT_KEYS = tuple(info.alias or name for name, info in Hit.model_fields.items())
_KINDS = {
    "measure": Part.MEASURE_TEST,
    "record": Part.RECORD,
    "registered_in": Part.REGISTERED,
    "not_registered_in": Part.REGISTERED,
    "receiving": Part.RECEIVING,
    "not_receiving": Part.RECEIVING,
    "all": Part.GROUP,
    "any": Part.GROUP,
    "not": Part.GROUP,
}
_HIT_PARTS = {
    "cool_down": Part.COOL_DOWN,
    "explain": Part.EXPLAIN,
    "band": Part.BAND,
    "cap": Part.CAP,
    "sample": Part.SAMPLE,
}


class NoSuchPart(LookupError):  # noqa: N818 - says what is the matter
    """The file has nothing at that place, or nothing that a form can show."""


def path_of(data: Data, at: str) -> Path:
    """Return the path of a dotted place such as `when.all.0`; the last part may be new (`+`).

    Raises NoSuchPart for a place whose container is not there. A place in a part that the file
    may have and has not (`hit.band`, `unless.+`) is taken.
    """
    path: list[str | int] = []
    node: Data | None = data
    for word in at.split(".") if at else []:
        if isinstance(node, list):
            known = word.isascii() and word.isdigit() and len(word) < 6 and int(word) < len(node)
            if not known and word != NEW:
                raise NoSuchPart(at)
            path.append(int(word) if known else NEW)
            node = node[int(word)] if known else None
        elif isinstance(node, str):
            raise NoSuchPart(at)
        else:
            path.append(word)
            node = node.get(word) if node else None
    return tuple(path)


def node_at(data: Data, path: Path) -> Data | None:
    """Return what stands at a path, None for what is not there yet."""
    node: Data | None = data
    for key in path:
        if isinstance(node, dict) and isinstance(key, str):
            node = node.get(key)
        elif isinstance(node, list) and isinstance(key, int) and key < len(node):
            node = node[key]
        else:
            return None
    return node


def part_at(data: Data, path: Path, kind: str = "") -> Part:
    """Return which form fits a place; a new condition's `kind` is chosen, not read."""
    match path:
        case ():
            return Part.ABOUT
        case ("legal_basis", _):
            return Part.BASIS
        case ("schedule",):
            return Part.SCHEDULE
        case ("parameters", _):
            return Part.PARAMETER
        case ("parameters", _, "values", _):
            return Part.VALUE
        case ("measures", _):
            return Part.MEASURE
        case ("class_titles", str(name)) if name != NEW:
            return Part.CLASS_TITLE
        case (*_, "where", _):
            return Part.TEST
        case ("hit",):
            return Part.HIT
        case ("hit", str(name)) if name in _HIT_PARTS:
            return _HIT_PARTS[name]
        case (("when" | "unless" | "classes"), *_):
            return _condition_part(node_at(data, path), kind)
    raise NoSuchPart(".".join(map(str, path)))


def _condition_part(node: Data | None, kind: str) -> Part:
    found = [key for key in KINDS if key in node] if isinstance(node, dict) else []
    key = found[0] if found else kind
    if key not in _KINDS:
        raise NoSuchPart(kind)
    return _KINDS[key]


def saved(data: Data, path: Path, part: Part, values: Values, name: str = "") -> Data:
    """Return the tree with a part's form in it; a new part joins its list, or gets its `name`."""
    if path and path[-1] == NEW and isinstance(node_at(data, path[:-1]), dict | None) and name:
        path = (*path[:-1], name)
    return put(data, path, formed(part, node_at(data, path), values))


def put(data: Data, path: Path, value: Data) -> Data:
    """Return the tree with `value` at a path; what is missing on the way is made."""
    return _changed(data, path, lambda _: value, path)


def grouped(data: Data, path: Path, kind: str) -> Data:
    """Return the tree with the condition at a path put into a group (all, any) or a `not`."""

    def group(node: Data | None) -> Data:
        if node is None:
            raise NoSuchPart(".".join(map(str, path)))
        return {kind: node} if kind == "not" else {kind: [node]}

    return _changed(data, path, group, path)


def ungrouped(data: Data, path: Path) -> Data:
    """Return the tree with a group of one, or a `not`, replaced by what stands in it."""

    def only(node: Data | None) -> Data:
        if isinstance(node, dict) and len(node) == 1:
            inner = next(iter(node.values()))
            if isinstance(inner, dict):
                return inner
            if isinstance(inner, list) and len(inner) == 1:
                return inner[0]
        raise NoSuchPart(".".join(map(str, path)))

    return _changed(data, path, only, path)


def turned(data: Data, path: Path) -> Data:
    """Return the tree with a group of `all` made one of `any`, or the other way round."""

    def other(node: Data | None) -> Data:
        if isinstance(node, dict):
            for one, two in (("all", "any"), ("any", "all")):
                if one in node:
                    return {(two if key == one else key): value for key, value in node.items()}
        raise NoSuchPart(".".join(map(str, path)))

    return _changed(data, path, other, path)


def removed(data: Data, path: Path) -> Data:
    """Return the tree without a part; an emptied list or mapping goes too, an emptied group stays.

    A class goes with its title. A class, parameter or measure that is still named elsewhere is then
    a mistake of the check.
    """
    title = ("class_titles", *path[1:])
    if path[:1] == ("classes",) and len(path) == 2 and node_at(data, title) is not None:
        data = removed(data, title)
    container = node_at(data, path[:-1])
    if isinstance(container, list):
        left: Data = [one for index, one in enumerate(container) if index != path[-1]]
    elif isinstance(container, dict):
        left = {key: one for key, one in container.items() if key != path[-1]}
    else:
        raise NoSuchPart(".".join(map(str, path)))
    if left or len(path) < 2 or path[-2] in GROUPS:
        return put(data, path[:-1], left)
    return removed(data, path[:-1])


def _changed(
    node: Data | None, path: Path, change: Callable[[Data | None], Data], whole: Path
) -> Data:
    if not path:
        return change(node)
    head, rest = path[0], path[1:]
    if head == NEW or isinstance(head, int):
        items = list(node) if isinstance(node, list) else []
        if head == NEW:
            return [*items, _changed(None, rest, change, whole)]
        if not isinstance(head, int) or head >= len(items):
            raise NoSuchPart(".".join(map(str, whole)))
        items[head] = _changed(items[head], rest, change, whole)
        return items
    mapping: Node = dict(node) if isinstance(node, dict) else {}
    value = _changed(mapping.get(head), rest, change, whole)
    if head in mapping:
        mapping[head] = value
        return mapping
    order = TOP if len(path) == len(whole) else HIT_KEYS if whole[0] == "hit" else ()
    return inserted(mapping, head, value, order)
