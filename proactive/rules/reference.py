"""The slow judge: the same answers as every engine, written as plainly as the words allow.

It shares the plan's names and types with the engines, and nothing of how they count, look back
or choose. Truth has three values: True, False, and None for "cannot be told".
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import pyarrow as pa

from proactive.rules.conditions import IfUnknown
from proactive.rules.nodes import (
    AllOf,
    AnyOf,
    LeafPlan,
    MeasureLeaf,
    Negated,
    Node,
    OfField,
    Plan,
    RecordLeaf,
)
from proactive.rules.reference_county import County, Row
from proactive.rules.reference_facts import Facts
from proactive.rules.reference_words import (
    Truth,
    all3,
    any3,
    not3,
)
from proactive.rules.results import (
    Evaluation,
    Found,
    Record,
    assemble,
    columns_of,
    count_unknowns,
    facts_text,
)
from proactive.rules.views import View


def evaluate(
    plan: Plan,
    views: Mapping[str, View],
    *,
    as_of: date,
    known_at: datetime,
    subjects: Collection[int] | None = None,
    areas: Mapping[str, Sequence[str]] | None = None,
    aliases: pa.Table | None = None,
) -> Evaluation:
    """Return what `duck.evaluate` returns for the same arguments, one subject after another."""
    county = County(plan, views, as_of, known_at, areas or {}, aliases)
    wanted = None if subjects is None else {county.final(key) for key in subjects}
    candidates = [
        Candidate(county, subject, episode)
        for subject in sorted(county.subjects)
        if wanted is None or subject in wanted
        for episode in county.episodes(subject)
    ]
    found = [candidate.found() for candidate in candidates if candidate.hit]
    hanging = count_unknowns(candidate.hanging() for candidate in candidates)
    excluded = sum(1 for candidate in candidates if candidate.excluded)
    return assemble(plan, columns_of(plan, found), hanging, excluded)


@dataclass
class Candidate(Facts):
    """One subject, or one record of a subject, against the whole rule."""

    def __post_init__(self) -> None:
        for name, node in self.plan.classes:
            if self.truth(node) is True:
                self.klass = name
                break

    # the verdict

    @cached_property
    def hit(self) -> bool:
        return self._met(raw=False) and self._excluded(raw=False) is not True

    @cached_property
    def excluded(self) -> bool:
        return self._met(raw=False) and self._excluded(raw=False) is True

    def hanging(self) -> list[str]:
        """The unknown facts on which the answer for this candidate hangs."""
        if not self._met(raw=True) or self._excluded(raw=True) is True:
            return []
        return self._gaps(raw=True)

    def found(self) -> Found:
        evidence = {record for leaf in self._speaking() for record in self._records(leaf)}
        return Found(
            subject_key=self.subject,
            episode=self.episode,
            klass=self.klass,
            area=self.area,
            measures={name: self.measure(name).value for name in self.plan.measures},
            choices={name: self._index(name) for name in self.plan.params},
            unknowns=self._gaps(raw=False),
            evidence=sorted(evidence, key=lambda record: record.record_id),
        )

    def _met(self, *, raw: bool) -> bool:
        if self.truth(self.plan.when, raw=raw) is False:
            return False
        return any(True for _ in self._speaking(raw=raw))

    def _excluded(self, *, raw: bool) -> Truth:
        return any3([self.truth(node, raw=raw) for node in self.plan.unless])

    def _speaking(self, *, raw: bool = False) -> Iterator[LeafPlan]:
        """Conditions truly met by records that are there, in parts of the rule that still stand."""
        yield from self._speaking_in(self.plan.when, raw)

    def _speaking_in(self, node: Node, raw: bool) -> Iterator[LeafPlan]:
        if isinstance(node, AllOf | AnyOf):
            if self.truth(node, raw=raw) is not False:
                for part in node.parts:
                    yield from self._speaking_in(part, raw)
        elif not isinstance(node, Negated) and node.positive and self._backed(node):
            yield node

    def _backed(self, leaf: LeafPlan) -> bool:
        if isinstance(leaf, MeasureLeaf) and not self.measure(leaf.measure).rows:
            return False
        return self.leaf(leaf) is True

    def _gaps(self, *, raw: bool) -> list[str]:
        """Facts of unknown conditions below which everything up to the root is unknown too."""
        roots = (self.plan.when, *self.plan.unless)
        return list(dict.fromkeys(fact for root in roots for fact in self._open(root, raw)))

    def _open(self, node: Node, raw: bool) -> Iterator[str]:
        if self.truth(node, raw=raw) is not None:
            return
        if isinstance(node, AllOf | AnyOf):
            for part in node.parts:
                yield from self._open(part, raw)
        elif isinstance(node, Negated):
            yield from self._open(node.part, raw)
        else:
            yield from self._missing(node)

    # the tree

    def truth(self, node: Node, *, raw: bool = False) -> Truth:
        if isinstance(node, AllOf):
            return all3([self.truth(part, raw=raw) for part in node.parts])
        if isinstance(node, AnyOf):
            return any3([self.truth(part, raw=raw) for part in node.parts])
        if isinstance(node, Negated):
            return not3(self.truth(node.part, raw=raw))
        found = self.leaf(node)
        if found is None and not raw and node.if_unknown is not IfUnknown.ASK:
            return node.if_unknown is IfUnknown.MET
        return found

    # evidence

    def _records(self, leaf: LeafPlan) -> Iterator[Record]:
        if isinstance(leaf, MeasureLeaf):
            measure = self.plan.measures[leaf.measure]
            for row, truth in self._measure_rows(measure):
                if truth is True:
                    yield from self._record(measure.feed, row)
            if isinstance(leaf.of, OfField):
                yield from self._record(leaf.of.feed, self._whole_row(leaf.of))
        elif isinstance(leaf, RecordLeaf):
            yield from self._record(leaf.feed, self.record)
        else:
            for row in self.rows(leaf.feed):
                if self.entry(leaf, row) is True:
                    yield from self._record(leaf.feed, row)

    def _record(self, feed: str, row: Row | None) -> Iterator[Record]:
        if row is not None and feed in self.plan.evidence:
            facts = {name: row.get(name) for name in self.plan.fields_used.get(feed, ())}
            yield Record(
                feed,
                row["record_id"],
                row["version"],
                row.get("event_on"),
                row.get("recorded_on"),
                facts_text(facts),
            )
