"""What became of a delivery, for a person to read and for a program."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any

from proactive.feeds.reasons import reason_text

MOST_EXAMPLES = 20
HELD_TEXT = {
    "reverse_without_forward": ("退费缺原单", "refunds whose bill has not come"),
    "possible_duplicate": ("疑似重复账单", "bills that look like another one"),
}
WORDS = {
    "checked": ("{file}：检查完毕，未存储任何内容", "{file}: checked, nothing was stored"),
    "applied": ("{file}：已入库", "{file}: applied"),
    "nothing_new": ("{file}：没有新内容，此前已收到", "{file}: nothing new, it was here before"),
    "read": ("读取 {n} 行（编码 {encoding}）", "{n} rows read ({encoding})"),
    "dates": ("日期 {first} 至 {last}", "dates {first} to {last}"),
    "new": ("新增 {n}", "{n} new"),
    "corrected": ("更正 {n}", "{n} corrected"),
    "older": ("较旧版本 {n}（不生效）", "{n} older versions (ignored)"),
    "unchanged": ("未变 {n}", "{n} unchanged"),
    "left_out": ("按映射略过 {n} 行", "{n} rows left out by the mapping"),
    "totals": ("略过末尾合计行", "the total row at the end was skipped"),
    "released": ("放行此前暂缓的 {n} 条", "{n} rows held before were released"),
    "quarantined": ("隔离 {n} 行：", "{n} rows put aside:"),
    "example": ("第 {row} 行 {column}：{reason}", "row {row} {column}: {reason}"),
    "held": ("暂缓 {n} 条：{reason}", "{n} rows held: {reason}"),
    "warning": ("提示 {n} 处：{reason}", "{n} × {reason}"),
    "unknown": (
        "未知代码 {field}＝“{value}” {n} 次",
        "unknown code {field} = '{value}', {n} times",
    ),
    "missing": ("文件没有的列：{columns}", "columns the file does not have: {columns}"),
    "doubtful": ("姓名不一致、身份存疑 {n} 人", "{n} subjects with differing names"),
    "volume": (
        "行数异常：本次 {n} 行，以往中位数 {usual} 行",
        "unusual number of rows: {n}, usually {usual}",
    ),
    "assumed": (
        "历史数据：知晓日期按事件日期推定",
        "history: the day it became known is assumed to be the event's",
    ),
}


NO_TITLES: Mapping[str, str] = {}


@dataclass(slots=True)
class Summary:
    """The counts of one delivery; `state` is checked, applied or nothing_new."""

    feed: str
    file: str
    state: str = "checked"
    delivery_id: str = ""
    encoding: str = ""
    rows_read: int = 0
    left_out: int = 0
    totals: int = 0
    applied: int = 0
    new: int = 0
    corrected: int = 0
    older: int = 0
    unchanged: int = 0
    released: int = 0
    quarantined: Counter[str] = field(default_factory=Counter)
    examples: list[tuple[int, str, str]] = field(default_factory=list)
    held: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    unknown: Counter[tuple[str, str]] = field(default_factory=Counter)
    missing: list[str] = field(default_factory=list)
    event_from: date | None = None
    event_to: date | None = None
    new_subjects: int = 0
    doubtful: int = 0
    usual_rows: int | None = None
    knowledge_assumed: bool = False

    def put_aside(self, row: int, column: str, reason: str) -> None:
        self.quarantined[reason] += 1
        if len(self.examples) < MOST_EXAMPLES:
            self.examples.append((row, column, reason))

    def as_json(self) -> dict[str, Any]:
        """Plain values only; the unknown codes as a list."""
        data: dict[str, Any] = {one.name: getattr(self, one.name) for one in fields(self)}
        data["unknown"] = [
            {"field": name, "value": value, "count": count}
            for (name, value), count in sorted(self.unknown.items())
        ]
        data["examples"] = [
            {"row": row, "column": column, "reason": reason, "sentence": reason_text(reason, "en")}
            for row, column, reason in self.examples
        ]
        for name in ("quarantined", "held", "warnings"):
            data[name] = dict(data[name])
        for name in ("event_from", "event_to"):
            data[name] = data[name].isoformat() if data[name] else None
        return data

    def as_text(self, language: str = "en", titles: Mapping[str, str] = NO_TITLES) -> str:
        """The summary a person reads, `zh` or `en`; `titles` say what the fields are called."""
        say = _Sayer(language, titles)
        lines = [say(self.state, file=self.file)]
        if self.state == "nothing_new":
            return lines[0]
        read = say("read", n=self.rows_read, encoding=self.encoding)
        if self.event_from and self.event_to:
            read += "，" if say.zh else ", "
            read += say("dates", first=self.event_from, last=self.event_to)
        lines.append(read)
        counts = ("new", "corrected", "older", "unchanged")
        told = [say(name, n=getattr(self, name)) for name in counts if getattr(self, name)]
        lines.append(("，" if say.zh else ", ").join(told) or say("new", n=0))
        lines += [
            say(name, n=getattr(self, name))
            for name in ("left_out", "totals", "released")
            if getattr(self, name)
        ]
        lines += self._faults(say)
        return "\n  ".join(lines)

    def _faults(self, say: _Sayer) -> list[str]:
        lines: list[str] = []
        if self.quarantined:
            lines.append(say("quarantined", n=sum(self.quarantined.values())))
            lines += [
                f"  {count} × {say.reason(reason)}"
                for reason, count in self.quarantined.most_common()
            ]
            lines += [
                "  " + say("example", row=row, column=say.field(column), reason=say.reason(reason))
                for row, column, reason in self.examples[:5]
            ]
        for reason, count in sorted(self.held.items()):
            lines.append(say("held", n=count, reason=say.pick(HELD_TEXT[reason])))
        for warning, count in sorted(self.warnings.items()):
            lines.append(say("warning", n=count, reason=say.reason(warning)))
        for (name, value), count in sorted(self.unknown.items()):
            lines.append(say("unknown", field=say.field(name), value=value, n=count))
        if self.missing:
            lines.append(say("missing", columns=", ".join(map(say.field, self.missing))))
        if self.doubtful:
            lines.append(say("doubtful", n=self.doubtful))
        if self.usual_rows is not None:
            lines.append(say("volume", n=self.rows_read, usual=self.usual_rows))
        if self.knowledge_assumed:
            lines.append(say("assumed"))
        return lines


class _Sayer:
    """Fills the words of one language."""

    def __init__(self, language: str, titles: Mapping[str, str]) -> None:
        self.zh = language.startswith("zh")
        self.titles = titles

    def __call__(self, word: str, **facts: object) -> str:
        return self.pick(WORDS[word]).format(**facts)

    def pick(self, both: tuple[str, str]) -> str:
        return both[0] if self.zh else both[1]

    def field(self, name: str) -> str:
        """A field by what it is called, and by its name in the contract."""
        title = self.titles.get(name)
        return self.pick((f"{title}（{name}）", f"{title} ({name})")) if title else name

    def reason(self, code: str) -> str:
        return reason_text(code, "zh" if self.zh else "en")


def from_json(data: Mapping[str, Any]) -> Summary:
    """The summary kept with an applied delivery."""
    plain = dict(data)
    plain["unknown"] = Counter({(u["field"], u["value"]): u["count"] for u in plain["unknown"]})
    plain["examples"] = [(e["row"], e["column"], e["reason"]) for e in plain["examples"]]
    for name in ("quarantined", "held", "warnings"):
        plain[name] = Counter(plain[name])
    for name in ("event_from", "event_to"):
        plain[name] = date.fromisoformat(plain[name]) if plain[name] else None
    return Summary(**plain)
