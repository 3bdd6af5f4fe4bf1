"""Brings changed values into the text of a trigger and leaves every other sign where it stands.

Comments, order, quotes and line breaks of what did not change stay as their writer left them: the
text is mended at the places that differ, and read again to be sure (docs/decisions/0008).
"""

from dataclasses import dataclass, field

import yaml

from proactive.rules.reading import Data, RuleRefused, read_source
from proactive.rules.writing import (
    WIDTH,
    after_dash,
    after_key,
    document,
    entry_lines,
    inline,
    item_lines,
    scalar,
)

BYTE_ORDER_MARK = "\ufeff"
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def merged(text: str, new: Data) -> str:
    """Return `text` with its values changed to `new`; unchanged values give the same text.

    `text` must be readable (`read_source`); RuleRefused otherwise, and where `new` is too large.
    """
    old = read_source(text, file="trigger.yaml").data
    if old == new:
        return text
    mended = _mended(text, old, new)
    if mended is None or not _says(mended, new):
        mended = document(new)
    read_source(mended, file="trigger.yaml")
    return mended


def _mended(text: str, old: Data, new: Data) -> str | None:
    mark = BYTE_ORDER_MARK if text.startswith(BYTE_ORDER_MARK) else ""
    bare = text.removeprefix(mark)
    merger = _Merger(bare)
    root = yaml.compose(bare, Loader=_LOADER)
    if root is None or not merger.merge(root, old, new):
        return None
    return mark + merger.apply()


def _says(text: str, data: Data) -> bool:
    try:
        return read_source(text, file="trigger.yaml").data == data
    except RuleRefused:
        return False


@dataclass(frozen=True, slots=True)
class _Edit:
    start: int
    end: int
    text: str


@dataclass(slots=True)
class _Merger:
    """Collects the places of `text` to be mended."""

    text: str
    edits: list[_Edit] = field(default_factory=list)

    def apply(self) -> str:
        line_end = "\r\n" if "\r\n" in self.text else "\n"
        text = self.text
        for edit in sorted(self.edits, key=lambda one: (one.start, one.end), reverse=True):
            text = text[: edit.start] + edit.text.replace("\n", line_end) + text[edit.end :]
        return text

    def merge(self, node: yaml.Node, old: Data, new: Data) -> bool:
        """Mend inside of `node`; False when its container must write it anew."""
        if old == new:
            return True
        kept = len(self.edits)
        done = False
        if not isinstance(node, yaml.CollectionNode):
            return False
        if isinstance(old, dict) and isinstance(new, dict):
            done = self._mapping(node, old, new)
        elif isinstance(old, list) and isinstance(new, list):
            done = self._sequence(node, old, new)
        if not done:
            del self.edits[kept:]
        return done

    # mappings

    def _mapping(
        self, node: yaml.CollectionNode, old: dict[str, Data], new: dict[str, Data]
    ) -> bool:
        kept = [key for key in old if key in new]
        if not kept or kept != [key for key in new if key in old]:
            return False
        if node.flow_style and len(kept) != max(len(old), len(new)):
            return False
        for index, (key_node, value_node) in enumerate(node.value):
            key = key_node.value
            if key not in new:
                self._drop_entry(node, index)
            elif not self.merge(value_node, old[key], new[key]):
                self._put_value(node, key_node, value_node, new[key])
        return self._add_entries(node, kept, new)

    def _put_value(
        self, parent: yaml.CollectionNode, key_node: yaml.Node, value_node: yaml.Node, new: Data
    ) -> None:
        start, end = value_node.start_mark.index, self._end(value_node)
        if isinstance(new, str) and isinstance(value_node, yaml.ScalarNode) and start < end:
            told = scalar(new, flow=bool(parent.flow_style), style=value_node.style)
            if value_node.style not in ("|", ">") and len(told) < WIDTH:
                self.edits.append(_Edit(start, end, told))
                return
        if parent.flow_style:
            self.edits.append(_Edit(start, end, inline(new)))
            return
        colon = self.text.index(":", key_node.end_mark.index)
        indent = key_node.start_mark.column
        told = after_key(new, indent, len(key_node.value))
        self.edits.append(_Edit(colon + 1, max(end, colon + 1), told))

    def _drop_entry(self, node: yaml.CollectionNode, index: int) -> None:
        key_node, value_node = node.value[index]
        start = key_node.start_mark.index
        if not self.text[self._line_start(start) : start].strip():
            self._drop_lines(start, max(self._end(value_node), key_node.end_mark.index))
        else:  # the first of a list's item, behind its dash
            following = node.value[index + 1][0].start_mark.index
            self.edits.append(_Edit(start, following, ""))

    def _add_entries(
        self, node: yaml.CollectionNode, kept: list[str], new: dict[str, Data]
    ) -> bool:
        anchor: str | None = None
        added: dict[str | None, list[str]] = {}
        for key in new:
            if key in kept:
                anchor = key
            else:
                added.setdefault(anchor, []).append(key)
        places = {key.value: (key, value) for key, value in node.value}
        indent = node.start_mark.column
        for after, keys in added.items():
            if after is None:
                return False
            lines = [line for key in keys for line in entry_lines(key, new[key], indent)]
            self._insert_below(self._end(places[after][1]), lines)
        return True

    # lists

    def _sequence(self, node: yaml.CollectionNode, old: list[Data], new: list[Data]) -> bool:
        if not old or not new or (node.flow_style and len(old) != len(new)):
            return False
        head = _common(old, new)
        tail = _common(old[head:][::-1], new[head:][::-1])
        paired = min(len(old), len(new)) - head - tail
        for index in range(head, head + paired):
            if not self.merge(node.value[index], old[index], new[index]):
                self._put_item(node, node.value[index], new[index])
        for index in range(head + paired, len(old) - tail):
            self._drop_item(node.value[index])
        return self._add_items(node, head + paired, new[head + paired : len(new) - tail])

    def _put_item(self, parent: yaml.CollectionNode, item: yaml.Node, new: Data) -> None:
        start, end = item.start_mark.index, self._end(item)
        if parent.flow_style:
            self.edits.append(_Edit(start, end, inline(new)))
            return
        dash = self._dash(item)
        told = after_dash(new, dash - self._line_start(dash))
        self.edits.append(_Edit(dash + 1, max(end, dash + 1), told))

    def _drop_item(self, item: yaml.Node) -> None:
        dash = self._dash(item)
        self._drop_lines(dash, max(self._end(item), dash + 1))

    def _add_items(self, node: yaml.CollectionNode, index: int, items: list[Data]) -> bool:
        if not items:
            return True
        first = self._dash(node.value[0])
        indent = first - self._line_start(first)
        if self.text[first - indent : first].strip():
            return False
        lines = [line for item in items for line in item_lines(item, indent)]
        if index == 0:
            self.edits.append(_Edit(first - indent, first - indent, "\n".join([*lines, ""])))
        else:
            self._insert_below(self._end(node.value[index - 1]), lines)
        return True

    # places

    def _dash(self, item: yaml.Node) -> int:
        return self.text.rindex("-", 0, item.start_mark.index)

    def _insert_below(self, end: int, lines: list[str]) -> None:
        place = self._line_end(end)
        self.edits.append(_Edit(place, place, "\n" + "\n".join(lines)))

    def _drop_lines(self, start: int, end: int) -> None:
        """Drop whole lines with the line break before them; the last line's remark goes too."""
        first, last = self._line_start(start), self._line_end(end)
        if first > 0:
            self.edits.append(_Edit(self._line_end(first - 1), last, ""))
        else:
            self.edits.append(_Edit(0, min(last + 1, len(self.text)), ""))

    def _line_start(self, index: int) -> int:
        return self.text.rfind("\n", 0, index) + 1

    def _line_end(self, index: int) -> int:
        """The end of the line before its break."""
        found = self.text.find("\n", index)
        end = len(self.text) if found < 0 else found
        return end - 1 if end and found >= 0 and self.text[end - 1] == "\r" else end

    def _end(self, node: yaml.Node) -> int:
        """Where a node ends; the parser's own mark of a block lies behind its blank lines."""
        if isinstance(node, yaml.ScalarNode):
            end = int(node.end_mark.index)
            return len(self.text[:end].rstrip()) if node.style in ("|", ">") else end
        if not isinstance(node, yaml.CollectionNode) or node.flow_style or not node.value:
            return int(node.end_mark.index)
        last = node.value[-1]
        if isinstance(last, tuple):
            return max(self._end(last[1]), int(last[0].end_mark.index) + 1)
        return self._end(last)


def _common(one: list[Data], two: list[Data]) -> int:
    """How many values at the head of two lists are the same."""
    pairs = zip(one, two, strict=False)
    return next((index for index, (a, b) in enumerate(pairs) if a != b), min(len(one), len(two)))
