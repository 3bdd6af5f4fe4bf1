"""The choices of a form, made from the contracts and from the text that is being edited."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from flask import current_app

from proactive.areas.queries import children
from proactive.bundles.versions import live_definitions
from proactive.feeds.contract import Contract
from proactive.feeds.words import ColumnType, Kind
from proactive.kernel.money import unit_name
from proactive.kernel.needs import NEED_NAMES
from proactive.kernel.work import Work
from proactive.rules.conditions import FIELD_TESTS
from proactive.rules.forming import Part, Values
from proactive.rules.grammar import OTHER
from proactive.rules.nodes import BENEFIT_FEED, BENEFIT_FIELD
from proactive.rules.reading import Data, Path
from proactive.rules.shaping import node_at
from proactive.rules.speaking import Speaker
from web.language import chosen_language
from web.policy.outline import UNSAYABLE, feed_named
from web.policy.part_words import CHOICES
from web.say import gettext
from web.words import in_language

Options = Sequence[tuple[str, str]]
MOST_AREAS = 500
DEEPEST_AREA = 3  # county


@dataclass(slots=True)
class Choosing:
    """What there is to choose from for a part at a place of a text."""

    work: Work
    part: Part
    path: Path
    data: Data
    speaker: Speaker
    values: Values
    mistakes: Sequence[tuple[Path, str]] = ()
    contracts: Mapping[str, Contract] = field(default_factory=dict)

    def fixed(self, key: str) -> Options:
        known = {code: self.in_currency(words) for code, words in CHOICES[key].items()}
        return self._with_what_stands(key, known)

    def units(self) -> Options:
        """No unit, or the currency of the place."""
        known = {code: str(words) for code, words in CHOICES["unit"].items()}
        place = current_app.config["CURRENCY"]
        known[place] = unit_name(place, chosen_language())
        return self._with_what_stands("unit", known)

    def in_currency(self, words: object) -> str:
        """Return a sentence with the name of the currency where it has a place for it."""
        return str(words).replace("%(unit)s", self._unit_name())

    def _unit_name(self) -> str:
        """Return the name of the currency that the parameter is in, else of the place's."""
        place = current_app.config["CURRENCY"]
        given = node_at(self.data, (*self.path[:2], "unit")) if self.part is Part.VALUE else ""
        return unit_name(given if isinstance(given, str) and given else place, chosen_language())

    def _with_what_stands(self, key: str, known: Mapping[str, str]) -> Options:
        stands = self.values.get(key, ())
        return [*known.items(), *((code, code) for code in stands if code not in known)]

    def feeds(self, kind: Kind | None = None) -> Options:
        subject = self.data.get("subject") if isinstance(self.data, dict) else ""
        return [
            (name, self.speaker.feed(name))
            for name, contract in sorted(self.contracts.items())
            if kind in (None, contract.kind)
            and (contract.subject is None or contract.subject.kind in (subject, "by_scheme"))
        ]

    def columns(self, feed: str, types: Sequence[ColumnType] = ()) -> Options:
        contract = self.contracts.get(feed)
        need = self.data.get("need") if isinstance(self.data, dict) else ""
        return [
            (name, self.speaker.field(feed, name))
            for name, column in (contract.fields.items() if contract else ())
            if contract
            and contract.granted(name, str(need))
            and (not types or column.type in types)
        ]

    def parameters(self, *kinds: str) -> Options:
        return [
            (name, f"{self.speaker.parameter(name)} ({self._told(name)})")
            for name, one in self.speaker.rule.parameters.items()
            if not kinds or one.type in kinds
        ]

    def _told(self, name: str) -> str:
        with suppress(*UNSAYABLE):
            return self.speaker.values(name)
        return name

    def spans(self) -> Options:
        return [*self.parameters("duration"), *self.periods()]

    def periods(self) -> Options:
        return [(code, self.speaker.word(code)) for code in ("P30D", "P6M", "P12M", "P365D")]

    def measures(self) -> Options:
        return [(name, self.speaker.measure(name)) for name in self.speaker.rule.measures]

    def classes(self) -> Options:
        told = [(name, self._klass(name)) for name in self.speaker.rule.classes]
        others = [(OTHER, self.speaker.klass(OTHER))] if told else []
        return [("", gettext("everybody")), *told, *others]

    def _klass(self, name: str) -> str:
        with suppress(*UNSAYABLE):
            return self.speaker.klass(name)
        return name

    def areas(self) -> Options:
        """Units down to the county; where there are too many, the code is typed."""
        found: list[tuple[str, str]] = [("", gettext("everywhere"))]
        waiting = [(line, "") for line in children(self.work.db)]
        while waiting and len(found) <= MOST_AREAS:
            line, around = waiting.pop(0)
            if line.retired or line.level > DEEPEST_AREA:
                continue
            own = "" if line.name == line.code or line.virtual else line.name  # a placeholder
            name = f"{around} {own}".strip()
            if own:
                found.append((line.code, name))
            if line.children and line.level < DEEPEST_AREA:
                waiting += [(inner, name) for inner in children(self.work.db, line.code)]
        return found

    def feed_here(self) -> str:
        """The feed whose field is tested, or of which a figure is computed."""
        if self.part is Part.TEST:
            return feed_named(node_at(self.data, self.path[:-2]))
        return next(iter(self.values.get("feed", ())), "")

    def against(self) -> Options:
        feed, name = self.feed_here(), next(iter(self.values.get("field", ())), "")
        contract = self.contracts.get(feed)
        column = contract.fields.get(name) if contract else None
        codes = column.codes if column else {}
        return [
            *((code, self.speaker.code(feed, name, code)) for code in codes),
            *self.parameters(),
        ]

    def shares(self) -> Options:
        fields = [
            (f"{feed}.{name}", f"{title} · {words}")
            for feed, title in self.feeds(Kind.EVENT)
            for name, words in self.columns(feed, (ColumnType.MONEY, ColumnType.INTEGER))
        ]
        return [("", gettext("no share: the value itself")), *fields, *self.parameters("money")]

    def value_type(self) -> str:
        """The kind of value of the parameter that a dated value belongs to."""
        kind = node_at(self.data, (*self.path[:2], "type"))
        return kind if isinstance(kind, str) else ""

    def codes(self) -> Options:
        """The codes that a parameter may list: those of the field it is compared with."""
        if self.value_type() not in ("code", "codes"):
            return []
        feed, name = codes_of(self.data, str(self.path[1]))
        contract = self.contracts.get(feed)
        column = contract.fields.get(name) if contract else None
        return (
            [(code, self.speaker.code(feed, name, code)) for code in column.codes] if column else []
        )

    def benefits(self) -> Options:
        contract = self.contracts.get(BENEFIT_FEED)
        codes = contract.fields[BENEFIT_FIELD].codes if contract else {}
        return [(code, self.speaker.code(BENEFIT_FEED, BENEFIT_FIELD, code)) for code in codes]

    def record_dates(self) -> Options:
        fields = {
            name: words
            for feed, _ in self.feeds(Kind.EVENT)
            for name, words in self.columns(feed, (ColumnType.DATE,))
        }
        return [("as_of", gettext("the day of the scan")), *fields.items()]

    def bundles(self) -> Options:
        english = not self.speaker.chinese
        return [
            (name, one.definition.title.en if english else one.definition.title.zh)
            for name, one in sorted(live_definitions(self.work.db).items())
        ]

    def needs(self) -> Options:
        return [(code, in_language(words)) for code, words in NEED_NAMES.items()]


def codes_of(node: Data | None, parameter: str) -> tuple[str, str]:
    """Return the feed and field that a text compares with a parameter; two empty words if none."""
    if isinstance(node, dict):
        tests = node.get("where")
        for test in tests if isinstance(tests, list) else ():
            against = (
                [test[key] for key in FIELD_TESTS if key in test] if isinstance(test, dict) else []
            )
            if isinstance(test, dict) and against in ([parameter], [[parameter]]):
                return feed_named(node), str(test.get("field", ""))
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    found = (codes_of(one, parameter) for one in inner)
    return next((one for one in found if one[0]), ("", ""))
