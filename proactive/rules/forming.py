"""The form of a trigger: each part's fields, read from the file's values and written back to them.

The form knows the grammar's keys and nothing else. A field that is sent back as it was shown is
left untouched, so a form that changes nothing changes no sign of the file.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from proactive.rules.conditions import FIELD_TESTS, FIGURES, NUMBER_TESTS
from proactive.rules.reading import Data

Values = Mapping[str, tuple[str, ...]]
Node = dict[str, Data]
MANY_TESTS = ("in", "not_in")
LANGUAGES = ("en", "zh-CN")


class Part(StrEnum):
    """What can be edited in one form."""

    ABOUT = "about"
    BASIS = "basis"
    SCHEDULE = "schedule"
    CLASS_TITLE = "class_title"
    PARAMETER = "parameter"
    VALUE = "value"
    MEASURE = "measure"
    TEST = "test"
    MEASURE_TEST = "measure_test"
    RECORD = "record"
    REGISTERED = "registered"
    RECEIVING = "receiving"
    GROUP = "group"
    HIT = "hit"
    COOL_DOWN = "cool_down"
    EXPLAIN = "explain"
    BAND = "band"
    CAP = "cap"
    SAMPLE = "sample"


@dataclass(frozen=True, slots=True)
class Field:
    """One field: the keys that lead to its value, and what stands for a value left out."""

    name: str
    keys: tuple[str, ...]
    default: str = ""
    many: bool = False

    def shown(self, node: Node) -> tuple[str, ...]:
        value = _inside(node, self.keys)
        if isinstance(value, str):
            return (value,)
        if isinstance(value, list) and all(isinstance(one, str) for one in value):
            return tuple(str(one) for one in value)
        return (self.default,) if self.default else ()

    def put(self, node: Node, values: tuple[str, ...], order: Sequence[str]) -> Node:
        several: Data = list(values) if len(values) > 1 or (self.many and values) else ""
        return _put(node, self.keys, several or (values[0] if values else None), order)


@dataclass(frozen=True, slots=True)
class OneOf:
    """Two fields for one key of several: `name` chooses the key, `value` is what stands at it."""

    name: str
    value: str
    keys: tuple[str, ...]
    many: tuple[str, ...] = ()
    fixed: tuple[tuple[str, str], ...] = ()

    def key(self, node: Node) -> str:
        return next((key for key in self.keys if key in node), "")

    def shown(self, node: Node) -> tuple[tuple[str, ...], tuple[str, ...]]:
        key = self.key(node)
        if not key:
            return (), ()
        fixed = dict(self.fixed).get(key)
        value = Field("", (key,)).shown(node)
        return (key,), () if fixed is not None and value == (fixed,) else value

    def put(self, node: Node, chosen: tuple[str, ...], values: tuple[str, ...]) -> Node:
        """Return the node with the chosen key in the place of the one it had."""
        key = chosen[0] if chosen and chosen[0] in self.keys else ""
        fixed = dict(self.fixed).get(key)
        words = values if fixed is None else (fixed,)
        several = key in self.many or len(words) > 1
        told: Data = list(words) if several else words[0] if words else ""
        present = self.key(node)
        if not key:
            return {name: value for name, value in node.items() if name not in self.keys}
        if present:
            kept = {n: v for n, v in node.items() if n == present or n not in self.keys}
            return {(key if n == present else n): (told if n == present else v)
                    for n, v in kept.items()}  # fmt: skip
        return {**node, key: told}


_TITLE = (Field("title_en", ("title", "en")), Field("title_zh", ("title", "zh-CN")))
_NOTE = (Field("note_zh", ("note", "zh-CN")), Field("note_en", ("note", "en")))
_UNKNOWN = Field("if_unknown", ("if_unknown",), "ask")
_WITHIN = Field("within", ("within",))
FORMS: dict[Part, tuple[Field | OneOf, ...]] = {
    Part.ABOUT: (
        Field("trigger", ("trigger",)),
        *_TITLE,
        *_NOTE,
        Field("subject", ("subject",)),
        Field("need", ("need",)),
        Field("proposes", ("proposes",), many=True),
    ),
    Part.BASIS: (
        Field("title", ("title",)),
        Field("citation", ("citation",)),
        Field("grade", ("grade",), "A"),
        *_NOTE,
        Field("from", ("from",)),
        Field("until", ("until",)),
    ),
    Part.SCHEDULE: (
        Field("cron", ("cron",)),
        Field("timezone", ("timezone",), "Asia/Shanghai"),
        Field("on_feed", ("on_feed",), many=True),
    ),
    Part.PARAMETER: (
        *_TITLE,
        Field("type", ("type",)),
        Field("unit", ("unit",)),
        Field("in_force_on", ("in_force_on",), "as_of"),
    ),
    Part.VALUE: (
        Field("from", ("from",)),
        Field("area", ("area",)),
        Field("class", ("class",)),
        Field("value", ("value",)),
        Field("legal_basis", ("legal_basis",)),
        *_NOTE,
    ),
    Part.MEASURE: (
        *_TITLE,
        Field("feed", ("feed",)),
        OneOf("figure", "field", FIGURES, fixed=(("count", "records"),)),
        Field("per", ("per",), "person"),
        Field("by", ("by",)),
        Field("window", ("window",)),
    ),
    Part.TEST: (
        Field("field", ("field",)),
        OneOf("test", "against", FIELD_TESTS, many=MANY_TESTS),
    ),
    Part.MEASURE_TEST: (
        Field("measure", ("measure",)),
        OneOf("test", "parameter", NUMBER_TESTS),
        Field("of", ("of",)),
        Field("of_within", ("of_within",)),
        _UNKNOWN,
    ),
    Part.RECORD: (Field("record", ("record",)), _UNKNOWN),
    Part.REGISTERED: (
        OneOf("test", "feed", ("registered_in", "not_registered_in")),
        _WITHIN,
        _UNKNOWN,
    ),
    Part.RECEIVING: (
        OneOf("test", "benefits", ("receiving", "not_receiving"), ("receiving", "not_receiving")),
        _WITHIN,
        _UNKNOWN,
    ),
    Part.GROUP: (),
    Part.HIT: (
        Field("pending_period", ("pending_period",)),
        Field("working_days", ("due_in", "working_days"), "5"),
        Field("order_by", ("priority", "order_by")),
        Field("descending", ("priority", "descending"), "true"),
        Field("route", ("route",), "coordinator"),
        Field("evidence", ("evidence",), many=True),
    ),
    Part.COOL_DOWN: (
        Field("not_confirmed", ("after", "not_confirmed")),
        Field("declined", ("after", "declined")),
        Field("completed", ("after", "completed")),
        Field("grows", ("unless_grows", "measure")),
        Field("grows_by", ("unless_grows", "by")),
    ),
    Part.EXPLAIN: (Field("en", ("en",)), Field("zh", ("zh-CN",))),
    Part.CLASS_TITLE: (Field("title_zh", ("zh-CN",)), Field("title_en", ("en",))),
    Part.BAND: (Field("at_least", ("at_least",)), Field("at_most", ("at_most",))),
    Part.CAP: (Field("per_run", ("per_run",)), Field("per_day", ("per_day",))),
    Part.SAMPLE: (
        Field("share", ("share",)),
        Field("down_to", ("down_to",)),
        Field("per_run", ("per_run",)),
    ),
}


def field_names(part: Part) -> Iterator[str]:
    """Yield the names of a form's fields."""
    for one in FORMS[part]:
        yield one.name
        if isinstance(one, OneOf):
            yield one.value


def shown(part: Part, node: Data | None) -> dict[str, tuple[str, ...]]:
    """Return what the form of a part shows."""
    known = node if isinstance(node, dict) else {}
    found: dict[str, tuple[str, ...]] = {}
    for one in FORMS[part]:
        if isinstance(one, Field):
            found[one.name] = one.shown(known)
        else:
            found[one.name], found[one.value] = one.shown(known)
    return found


def formed(part: Part, node: Data | None, values: Values) -> Node:
    """Return the node with the form's values; what was sent as shown stays as it stands."""
    result: Node = dict(node) if isinstance(node, dict) else {}
    before = shown(part, result)
    order = [one.keys[0] for one in FORMS[part] if isinstance(one, Field)]
    for one in FORMS[part]:
        names = (one.name,) if isinstance(one, Field) else (one.name, one.value)
        wanted = [cleaned(values.get(name, ())) for name in names]
        if wanted == [cleaned(before[name]) for name in names]:
            continue
        if isinstance(one, Field):
            result = one.put(result, wanted[0], order)
        else:
            result = one.put(result, wanted[0], wanted[1])
    priority = result.get("priority")
    if part is Part.HIT and isinstance(priority, dict) and "order_by" not in priority:
        del result["priority"]
    return result


def cleaned(values: Sequence[str]) -> tuple[str, ...]:
    """Return values without outer blanks and empty ones, line breaks as the file has them."""
    plain = (value.replace("\r\n", "\n").strip() for value in values)
    return tuple(value for value in plain if value)


def _inside(node: Data, keys: tuple[str, ...]) -> Data | None:
    """Return what stands at the keys; a plain note stands for each language."""
    for key in keys:
        if key in LANGUAGES and isinstance(node, str):
            return node
        if not isinstance(node, dict) or key not in node:
            return None
        node = node[key]
    return node


def _put(node: Node, keys: tuple[str, ...], value: Data | None, order: Sequence[str]) -> Node:
    """Set or (with None) remove a value; a mapping that becomes empty goes with it."""
    head, rest = keys[0], keys[1:]
    if rest:
        inner = node.get(head)
        if rest[0] in LANGUAGES and isinstance(inner, str):
            inner = dict.fromkeys(LANGUAGES, inner)
        value = _put(inner if isinstance(inner, dict) else {}, rest, value, ()) or None
    if value is None:
        return {name: one for name, one in node.items() if name != head}
    if head in node:
        return {name: (value if name == head else one) for name, one in node.items()}
    return inserted(node, head, value, order)


def inserted(node: Node, key: str, value: Data, order: Sequence[str]) -> Node:
    """Return the mapping with a new key behind those that come before it in `order`."""
    earlier = set(order[: order.index(key)]) if key in order else set(node)
    place = max((n for n, name in enumerate(node, 1) if name in earlier), default=0)
    items = list(node.items())
    return dict([*items[:place], (key, value), *items[place:]])
