"""The form of one part: fields with their words, and drop-downs made from contracts and text."""

from dataclasses import dataclass
from datetime import date
from itertools import product

from proactive.rules.forming import FORMS, Field, OneOf, Part, field_names
from proactive.rules.reading import Path
from web.policy.part_choices import Choosing, Options
from web.policy.part_options import COMBOS, OPTIONS
from web.policy.part_words import HINTS, LABELS, VALUE_HINTS

LONG = {
    *product((Part.ABOUT, Part.VALUE, Part.BASIS), ("note_zh", "note_en")),
    (Part.VALUE, "legal_basis"),
    (Part.BASIS, "citation"),
    (Part.EXPLAIN, "en"),
    (Part.EXPLAIN, "zh"),
}
DATES = {"from", "until"}
CHECKED = ("proposes", "on_feed", "evidence", "benefits")


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field of a form: how it is filled (text, long, date, select, checks, combo)."""

    name: str
    label: str
    control: str
    values: tuple[str, ...]
    options: Options = ()
    hint: str = ""
    wrong: str = ""

    @property
    def value(self) -> str:
        return ", ".join(self.values)


class PartForm(Choosing):
    """Makes the fields of a part at a place of a text."""

    def fields(self) -> list[FieldView]:
        return [self._field(name) for name in field_names(self.part)]

    def general(self) -> list[str]:
        """Mistakes of this part that belong to none of its fields."""
        at_fields = {text for name in field_names(self.part) for text in self._wrong(name)}
        return [
            text
            for path, text in self.mistakes
            if path[: len(self.path)] == self.path
            and (self.path or len(path) == 0)
            and text not in at_fields
            and not self._deeper(path)
        ]

    def _deeper(self, path: Path) -> bool:
        rest = path[len(self.path) :]
        return bool(rest) and rest[0] in ("where", "values", "all", "any", "not")

    def _field(self, name: str) -> FieldView:
        options = self._options(name)
        if options and name in CHECKED:
            chosen = self.values.get(name, ())  # in the order of the file, then what else there is
            options = sorted(
                options, key=lambda one: chosen.index(one[0]) if one[0] in chosen else len(chosen)
            )
        hint = str(HINTS.get((self.part, name), ""))
        if (self.part, name) == (Part.VALUE, "value"):
            hint = self.in_currency(VALUE_HINTS.get(self.value_type(), ""))
        if self.part is Part.EXPLAIN and hint:
            rule = self.speaker.rule
            names = ", ".join(f"{{{one}}}" for one in (*rule.measures, *rule.parameters))
            hint = hint.replace("{names}", names)
        return FieldView(
            name=name,
            label=str(LABELS[self.part][name]),
            control=self._control(name, options),
            values=tuple(self.values.get(name, ())),
            options=options or (),
            hint=hint,
            wrong="; ".join(self._wrong(name)),
        )

    def _wrong(self, name: str) -> list[str]:
        keys = self._keys(name)
        length = len(self.path)
        return [
            text
            for path, text in self.mistakes
            if path[:length] == self.path and any(path[length:][: len(key)] == key for key in keys)
        ]

    def _keys(self, name: str) -> list[Path]:
        for one in FORMS[self.part]:
            if isinstance(one, Field) and one.name == name:
                return [one.keys, one.keys[:1]] if len(one.keys) > 1 else [one.keys]
            if isinstance(one, OneOf) and one.value == name:
                return [(key,) for key in one.keys]
        return []

    def _control(self, name: str, options: Options | None) -> str:
        if name in CHECKED:
            return "checks" if options else "text"
        if name in DATES:
            return "date"
        if (self.part, name) in LONG:
            return "long"
        if options is None:
            return "text"
        return "combo" if (self.part, name) in COMBOS else "select"

    def _options(self, name: str) -> Options | None:
        """Return the choices of a field; one that is not among them but stands there is kept."""
        maker = OPTIONS.get((self.part, name)) or OPTIONS.get((None, name))
        if maker is None:
            return None
        options = list(maker(self))
        known = {code for code, _ in options}
        if (self.part, name) not in COMBOS:
            options += [(one, one) for one in self.values.get(name, ()) if one and one not in known]
        return options


def next_month(today: date) -> date:
    """The first day of the month that follows."""
    return date(today.year + today.month // 12, today.month % 12 + 1, 1)
