"""What differs between the parameters of two versions: settings, dated values, their basis."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from proactive.rules.differing_pair import Change, Pair
from proactive.rules.grammar import AS_OF, Parameter, Value
from proactive.rules.speaking import Speaker


@dataclass(frozen=True, slots=True)
class ValueDiffer(Pair):
    """Compares parameters."""

    def changes(self) -> Iterator[Change]:
        for name in {**self.old.parameters, **self.new.parameters}:
            one, two = self.old.parameters.get(name), self.new.parameters.get(name)
            if one == two:
                continue
            if one is None or two is None:
                title = (self.after if two else self.before).parameter(name)
                yield self.change(
                    "parameters", title, self._all(self.before, one), self._all(self.after, two)
                )
                continue
            yield from self._settings(name, one, two)
            yield from self._values(name, one, two)

    def _all(self, speaker: Speaker, parameter: Parameter | None) -> str:
        told = parameter.values if parameter else ()
        return self.pick("；", "; ").join(
            f"{speaker.value(parameter, value)}{self._rest(speaker, value)}"
            for value in told
            if parameter
        )

    def _settings(self, name: str, one: Parameter, two: Parameter) -> Iterator[Change]:
        title = self.after.parameter(name)
        if one.title != two.title:
            yield self.change(
                "parameters",
                self.pick(f"“{title}”的名称", f"title of “{title}”"),
                self.said(one.title) if one.title else name,
                self.said(two.title) if two.title else name,
            )
        for what, zh, en in (("type", "类型", "kind"), ("unit", "单位", "unit")):
            before, after = str(getattr(one, what)), str(getattr(two, what))
            if before != after:
                yield self.change(
                    "parameters",
                    self.pick(f"“{title}”的{zh}", f"{en} of “{title}”"),
                    before,
                    after,
                )
        if one.in_force_on != two.in_force_on:
            words = self.pick(f"“{title}”按何日期取值", f"which date chooses “{title}”")
            days = [self._dated(each.in_force_on) for each in (one, two)]
            yield self.change("parameters", words, *days)

    def _dated(self, name: str) -> str:
        return self.pick("扫描当日", "the day of the scan") if name == AS_OF else name

    def _values(self, name: str, one: Parameter, two: Parameter) -> Iterator[Change]:
        old = {(value.from_, value.area, value.class_): value for value in one.values}
        new = {(value.from_, value.area, value.class_): value for value in two.values}
        title = self.after.parameter(name)
        for key in sorted({*old, *new}):
            before, after = old.get(key), new.get(key)
            if before == after:
                continue
            if after is None and before is not None:
                told = self.before.value(one, before)
                more = self._rest(self.before, before).strip()
                yield self.change("parameters", title, told, "", more)
            elif after is not None:
                past = before or _before(one, after)
                yield self.change(
                    "parameters",
                    title,
                    self.before.value(one, past) if past and _same_type(one, two) else "",
                    self.after.value(two, after),
                    self._rest(self.after, after, before).strip(),
                )

    def _rest(self, speaker: Speaker, value: Value, before: Value | None = None) -> str:
        """From when, for whom, on what basis; the old basis too where only it changed."""
        parts = [self.pick(f"自{value.from_}起", f"from {value.from_}")]
        if value.area:
            area = self.places.get(value.area, value.area)
            parts.append(self.pick(f"适用于{area}", f"in {area}"))
        if value.class_:
            whom = speaker.klass(value.class_)
            parts.append(self.pick(f"适用于{whom}", f"for {whom}"))
        basis = value.legal_basis or ""
        if before is not None and before.legal_basis != value.legal_basis:
            basis = f"{before.legal_basis or '–'} → {basis or '–'}"
        if basis:
            parts.append(self.pick(f"依据：{basis}", f"basis: {basis}"))
        if before is None or before.note != value.note:
            parts.append(value.note.in_language(speaker.language))
        return " " + self.pick("，", ", ").join(filter(None, parts))


def _same_type(one: Parameter, two: Parameter) -> bool:
    return one.type is two.type


def _before(parameter: Parameter, value: Value) -> Value | None:
    """The value that held for the same people on the new value's first day."""
    for area, klass in ((value.area, value.class_), ("", value.class_), ("", "")):
        held = [
            one
            for one in parameter.values
            if (one.area, one.class_) == (area, klass) and one.from_ <= value.from_
        ]
        if held:
            return max(held, key=_start)
    return None


def _start(value: Value) -> date:
    return value.from_
