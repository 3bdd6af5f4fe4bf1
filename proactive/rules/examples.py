"""Golden examples of a trigger: rows a policy officer can read, and what must come of them.

    trigger: large_medical_bill
    defaults: {medical_bill: {valid: true}}

Examples:
      - name: exactly at the threshold
        as_of: 2026-11-21
        given:
          medical_bill:
            - {subject: wang, record: b1, settled_at: 2026-05-01, out_of_pocket: 10000}
        expect: hit
        measures: {oop_person: 10000}

Rows carry the contract's fields, money in yuan, and beside them `subject`, `household`, `record`,
`version` (a higher one corrects the lower), `area`, `event_on` and `recorded_on`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any

import pyarrow as pa
from pydantic import Field

from proactive.feeds.contract import Contract
from proactive.feeds.words import ColumnType
from proactive.kernel.errors import Refused
from proactive.kernel.money import fen_from_text, yuan_text
from proactive.rules import duck
from proactive.rules.closed import Closed, Day, Name, Text, Word, Words
from proactive.rules.example_rows import ExampleRows
from proactive.rules.grammar import TriggerRule
from proactive.rules.memory import memory_view
from proactive.rules.nodes import Plan
from proactive.rules.parsing import parse
from proactive.rules.plan import plan_rule
from proactive.rules.reading import EXAMPLE_LIMITS, Source, read_source
from proactive.rules.results import Evaluation

Engine = Callable[..., Evaluation]


class Expected(StrEnum):
    HIT = "hit"
    NO_HIT = "no_hit"


class Example(Closed):
    """One case. `who` is the subject looked at; without it the first one named in `given`."""

    name: Text
    as_of: Day
    known_at: Day | None = None
    given: dict[Name, tuple[dict[Name, str], ...]] = Field(min_length=1)
    aliases: dict[Word, Word] = Field(default_factory=dict)
    who: Word | None = None
    expect: Expected
    episode: Word | None = None
    measures: dict[Name, str] | None = None
    unknowns: Words | None = None
    class_: Name | None = Field(None, alias="class")


class Examples(Closed):
    trigger: Name
    areas: dict[Word, Words] = Field(default_factory=dict)
    defaults: dict[Name, dict[Name, str]] = Field(default_factory=dict)
    examples: tuple[Example, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one example; `why` is empty when it held."""

    name: str
    why: str

    @property
    def held(self) -> bool:
        return not self.why


def read_examples(text: str, *, file: str = "examples.yaml") -> tuple[Examples, Source]:
    """Return the examples of a file; RuleRefused names every mistake with its line."""
    source = read_source(text, file=file, limits=EXAMPLE_LIMITS)
    return parse(source, Examples), source


def run_examples(
    rule: TriggerRule,
    contracts: Mapping[str, Contract],
    text: str,
    *,
    file: str = "examples.yaml",
    engine: Engine = duck.evaluate,
) -> list[Outcome]:
    """Return what came of each example, in the order of the file.

    Raises RuleRefused when the examples themselves are not well written.
    """
    examples, source = read_examples(text, file=file)
    plan = plan_rule(rule, contracts)
    bench = _Bench(plan, examples, source, engine)
    return bench.run()


def prove_with(contracts: Mapping[str, Contract]) -> Callable[[TriggerRule, str], None]:
    """Return the proof that each step towards use asks for: examples are there and all hold.

    What one proof has shown to hold it does not run again: proposing, approving and switching on
    in one go ask three times about the same text.
    """
    held: set[tuple[str, str]] = set()

    def prove(rule: TriggerRule, text: str) -> None:
        if (rule.model_dump_json(), text) in held:
            return
        if not text.strip():
            raise Refused(
                "no_examples",
                "{trigger} has no examples.",
                why="Without them nobody has said whom it must find and whom it must not.",
                todo="Write examples beside the trigger file and keep it as a new version.",
                trigger=rule.trigger,
            )
        broken = [one for one in run_examples(rule, contracts, text) if not one.held]
        if broken:
            raise Refused(
                "examples_broken",
                "{count} example(s) of {trigger} do not hold: {broken}",
                todo="Mend the trigger or the examples, load them again, then switch it on.",
                count=len(broken),
                trigger=rule.trigger,
                broken="; ".join(f"{one.name} ({one.why})" for one in broken[:10]),
            )
        held.add((rule.model_dump_json(), text))

    return prove


@dataclass(frozen=True, slots=True)
class _Question:
    """Examples that share a day and what was known are answered by one run."""

    as_of: date
    known_at: datetime


@dataclass(slots=True)
class _Bench:
    """Runs examples side by side: each one's subjects, households and records are its own."""

    plan: Plan
    examples: Examples
    source: Source
    engine: Engine

    def run(self) -> list[Outcome]:
        rows = ExampleRows(self.plan, self.examples.defaults, self.source)
        if self.examples.trigger != self.plan.trigger:
            named = self.examples.trigger
            rows.wrong(("trigger",), f"'{named}' is not the trigger '{self.plan.trigger}'")
        groups: dict[_Question, list[int]] = {}
        for index, example in enumerate(self.examples.examples):
            groups.setdefault(self._question(example), []).append(index)
            rows.take(index, example.given, example.aliases, example.who)
        rows.check()
        outcomes: dict[int, Outcome] = {}
        for question, indexes in groups.items():
            found = self._evaluate(question, indexes, rows)
            for index in indexes:
                outcomes[index] = self._outcome(index, rows, found)
        return [outcomes[index] for index in sorted(outcomes)]

    def _question(self, example: Example) -> _Question:
        day = example.known_at or example.as_of
        end = datetime.combine(day + timedelta(days=1), time(), self.plan.zone)
        return _Question(example.as_of, end.astimezone(UTC) - timedelta(microseconds=1))

    def _evaluate(
        self, question: _Question, indexes: Sequence[int], rows: ExampleRows
    ) -> dict[int, list[dict[str, Any]]]:
        views = {
            feed: memory_view(self.plan.contracts[feed], *rows.of_feed(feed, indexes))
            for feed in self.plan.feeds
        }
        pairs = [pair for index in indexes for pair in rows.aliases.get(index, [])]
        aliases = pa.table(
            {
                "temporary_key": pa.array([one for one, _ in pairs], pa.int64()),
                "key": pa.array([two for _, two in pairs], pa.int64()),
            }
        )
        evaluation = self.engine(
            self.plan,
            views,
            as_of=question.as_of,
            known_at=question.known_at,
            areas=self.examples.areas,
            aliases=aliases,
        )
        found: dict[int, list[dict[str, Any]]] = {}
        for hit in evaluation.hits.to_pylist():
            found.setdefault(hit["subject_key"], []).append(hit)
        return found

    def _outcome(
        self, index: int, rows: ExampleRows, found: Mapping[int, list[dict[str, Any]]]
    ) -> Outcome:
        example = self.examples.examples[index]
        hits = found.get(rows.who[index], [])
        if example.episode is not None:
            wanted = rows.record_id(index, example.episode)
            hits = [hit for hit in hits if hit["episode"] == wanted]
        if bool(hits) != (example.expect is Expected.HIT):
            came = "was a hit" if hits else "was no hit"
            return Outcome(example.name, f"expected {example.expect}, {came}")
        differences = list(self._differences(example, hits[0])) if hits else []
        return Outcome(example.name, "; ".join(differences))

    def _differences(self, example: Example, hit: Mapping[str, Any]) -> Iterator[str]:
        for name, text in (example.measures or {}).items():
            measure = self.plan.measures.get(name)
            if measure is None:
                yield f"there is no measure '{name}'"
                continue
            is_money = measure.type is ColumnType.MONEY
            value = hit["measures"][name]
            told = "" if value is None else yuan_text(value) if is_money else f"{value:g}"
            wanted = yuan_text(fen_from_text(text)) if is_money and text else text
            if told != wanted:
                yield f"{name} is {told or 'not known'}, expected {wanted or 'not known'}"
        if example.unknowns is not None:
            wanted_facts = [] if example.unknowns == ("none",) else list(example.unknowns)
            if sorted(hit["unknowns"]) != sorted(wanted_facts):
                yield f"unknown is {hit['unknowns']}, expected {wanted_facts}"
        if example.class_ is not None and hit["class"] != example.class_:
            yield f"class is {hit['class']}, expected {example.class_}"
