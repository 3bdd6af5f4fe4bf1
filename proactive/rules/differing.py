"""What differs between two versions of a trigger, part by part and in words; not line by line."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from proactive.rules.closed import LegalBasis
from proactive.rules.conditions import Condition
from proactive.rules.differing_pair import Change, Pair
from proactive.rules.differing_trees import TreeChange, changed_condition, changed_list
from proactive.rules.differing_values import ValueDiffer
from proactive.rules.grammar import TriggerRule
from proactive.rules.speaking import Contracts, Speaker
from proactive.rules.telling import HitPart, hit_parts, tell_condition, tell_measure, tell_schedule

TOPICS = {
    "about": ("规则概况", "About the trigger"),
    "legal_basis": ("法律依据", "Legal basis"),
    "schedule": ("运行时间", "Schedule"),
    "parameters": ("参数数值", "Values"),
    "classes": ("人群类别", "Classes"),
    "measures": ("指标", "Figures"),
    "when": ("条件", "Conditions"),
    "unless": ("除外情形", "Exclusions"),
    "hit": ("命中后的处理", "What becomes of a hit"),
}


def differences(
    old: TriggerRule,
    new: TriggerRule,
    language: str,
    contracts: Contracts | None = None,
    places: Mapping[str, str] | None = None,
) -> tuple[Change, ...]:
    """Return what changed from `old` to `new`; nothing for rules that say the same.

    `places` names areas; without it their codes stand. Comments are no part of a rule.
    """
    return tuple(
        _Differ(
            Speaker(old, language, contracts or {}),
            Speaker(new, language, contracts or {}),
            places or {},
        ).changes()
    )


def by_topic(changes: Sequence[Change], language: str) -> list[tuple[str, list[Change]]]:
    """Return the changes under the headings of their topics, in the order of the file."""
    zh = language.lower().startswith("zh")
    return [
        (words[0 if zh else 1], found)
        for topic, words in TOPICS.items()
        if (found := [change for change in changes if change.topic == topic])
    ]


@dataclass(frozen=True, slots=True)
class _Differ(Pair):
    """Compares what two speakers say of two rules, where the rules differ."""

    def changes(self) -> Iterator[Change]:
        yield from self._about()
        yield from self._bases()
        yield from self._schedule()
        yield from ValueDiffer(self.before, self.after, self.places).changes()
        yield from self._classes()
        yield from self._measures()
        yield from self._when()
        yield from self._unless()
        yield from self._hit()

    def _about(self) -> Iterator[Change]:
        titles = {
            "title": ("名称", "title"),
            "note": ("说明", "note"),
            "subject": ("对象", "whom it is about"),
            "need": ("需求", "need"),
            "proposes": ("建议的一件事", "proposed bundles"),
        }
        for name, words in titles.items():
            one, two = getattr(self.old, name), getattr(self.new, name)
            if one != two:
                yield self.change("about", self.pick(*words), self.said(one), self.said(two))

    def _bases(self) -> Iterator[Change]:
        old = {basis.title: self._basis(basis) for basis in self.old.legal_basis}
        new = {basis.title: self._basis(basis) for basis in self.new.legal_basis}
        for title in {**old, **new}:
            one, two = old.get(title, {}), new.get(title, {})
            changed = [part for part in {**one, **two} if one.get(part) != two.get(part)]
            if changed:
                told = [[parts[p] or "–" for p in changed if p in parts] for parts in (one, two)]
                comma = self.pick("；", "; ")
                yield self.change("legal_basis", title, *(comma.join(parts) for parts in told))

    def _basis(self, basis: LegalBasis) -> dict[str, str]:
        grade = self.pick(f"来源等级{basis.grade}", f"source {basis.grade}")
        span = f"{basis.from_ or ''} – {basis.until or ''}" if basis.from_ or basis.until else ""
        return {
            "citation": basis.citation,
            "grade": grade,
            "span": span,
            "note": self.said(basis.note),
        }

    def _schedule(self) -> Iterator[Change]:
        if self.old.schedule != self.new.schedule:
            one, two = (
                tell_schedule(each, each.rule.schedule) for each in (self.before, self.after)
            )
            zones = self.old.schedule.timezone, self.new.schedule.timezone
            if zones[0] != zones[1]:
                one, two = f"{one} ({zones[0]})", f"{two} ({zones[1]})"
            yield self.change("schedule", "", one, two)

    # classes, figures, conditions

    def _classes(self) -> Iterator[Change]:
        for name in {**self.old.classes, **self.new.classes}:
            one, two = self.old.classes.get(name), self.new.classes.get(name)
            if one != two:
                before = self.before.say(one) if one else ""
                yield self.change("classes", name, before, self.after.say(two) if two else "")
            called = [self._called(rule, name) for rule in (self.old, self.new)]
            if called[0] != called[1]:
                yield self.change("classes", self.pick(f"{name}的名称", f"name of {name}"), *called)
        kept = [name for name in self.old.classes if name in self.new.classes]
        order = [name for name in self.new.classes if name in self.old.classes]
        if kept != order:
            title = self.pick("先后顺序", "order")
            yield self.change("classes", title, ", ".join(kept), ", ".join(order))

    def _called(self, rule: TriggerRule, name: str) -> str:
        """Both titles, so that a change of the other language is told too."""
        title = rule.class_titles.get(name)
        return f"{title.zh} / {title.en}" if title else ""

    def _measures(self) -> Iterator[Change]:
        for name in {**self.old.measures, **self.new.measures}:
            one, two = self.old.measures.get(name), self.new.measures.get(name)
            if one == two:
                continue
            title = (self.after if two else self.before).measure(name)
            before = tell_measure(self.before, one) if one else ""
            after = tell_measure(self.after, two) if two else ""
            if one and two and before == after:
                before, after = self.before.measure(name), title
            yield self.change("measures", title, before, after)

    def _when(self) -> Iterator[Change]:
        for change in changed_condition(self.old.when, self.new.when):
            yield self._tree("when", change)

    def _unless(self) -> Iterator[Change]:
        for change in changed_list(self.old.unless, self.new.unless):
            yield self._tree("unless", change)

    def _tree(self, topic: str, change: TreeChange) -> Change:
        before = self._condition(self.before, change.before)
        return self.change(topic, "", before, self._condition(self.after, change.after))

    def _condition(self, speaker: Speaker, condition: Condition | None) -> str:
        if condition is None:
            return ""
        line = tell_condition(speaker, condition, "")
        if not line.parts:
            return line.words
        return f"{line.words.rstrip('：:')}{self.pick('：', ': ')}{speaker.say(condition)}"

    # what becomes of a hit

    def _hit(self) -> Iterator[Change]:
        old = {part.key: part for part in hit_parts(self.before)}
        new = {part.key: part for part in hit_parts(self.after)}
        for key in {**old, **new}:
            one, two = old.get(key), new.get(key)
            if (one and one.value) != (two and two.value):
                yield self.change("hit", "", _words(one), _words(two))
        one_hit, two_hit = self.old.hit, self.new.hit
        for language in ("zh", "en"):
            said = [getattr(hit.explain, language) or "" for hit in (one_hit, two_hit)]
            if said[0] != said[1]:
                zh, en = {"zh": ("中文", "Chinese"), "en": ("英文", "English")}[language]
                title = self.pick(f"提示理由（{zh}）", f"reason told in {en}")
                yield self.change("hit", title, *said)
        if one_hit.evidence != two_hit.evidence:
            feeds = [
                self.pick("、", ", ").join(speaker.feed(feed) for feed in speaker.rule.hit.evidence)
                or self.pick("条件所用的全部数据", "every feed the conditions read")
                for speaker in (self.before, self.after)
            ]
            yield self.change("hit", self.pick("依据记录", "evidence"), *feeds)


def _words(part: HitPart | None) -> str:
    return part.words if part else ""
