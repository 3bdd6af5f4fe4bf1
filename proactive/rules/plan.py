"""Resolves a trigger against the feed contracts into a plan; every mistake is collected."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from zoneinfo import ZoneInfo

from proactive.feeds.contracts import Contract
from proactive.kernel.periods import Period
from proactive.rules.conditions import Condition
from proactive.rules.fields import EnoughMistakes, FieldReader, Report
from proactive.rules.grammar import OTHER, TriggerRule
from proactive.rules.hits import check_hit
from proactive.rules.leaves import LeafResolver
from proactive.rules.lines import check_sample
from proactive.rules.nodes import (
    AllOf,
    AnyOf,
    Episodes,
    Negated,
    Node,
    Plan,
    Ref,
    leaves_of,
)
from proactive.rules.parameters import resolve_parameters
from proactive.rules.reading import Path, RuleRefused, Source, near
from proactive.rules.sense import check_sense


def plan_rule(
    rule: TriggerRule, contracts: Mapping[str, Contract], *, source: Source | None = None
) -> Plan:
    """Return the plan of `rule`; RuleRefused names every mistake (with lines, given `source`)."""
    report = Report()
    plan: Plan | None = None
    with suppress(EnoughMistakes):
        plan = _resolve(rule, contracts, report)
    if plan is None or report.mistakes:
        place = source or Source(f"{rule.trigger}.yaml", {}, {})
        told = [place.mistake(path, text) for path, text in dict.fromkeys(report.mistakes)]
        raise RuleRefused(sorted(told, key=lambda mistake: mistake.line))
    return plan


def _resolve(rule: TriggerRule, contracts: Mapping[str, Contract], report: Report) -> Plan | None:
    params = resolve_parameters(rule, report)
    reader = FieldReader(rule, dict(contracts), params, report)
    leaves = LeafResolver(reader)
    leaves.resolve_measures()
    classes = tuple(
        (name, _node(condition, ("classes", name), leaves))
        for name, condition in rule.classes.items()
    )
    if OTHER in rule.classes:
        report.add(("classes", OTHER), f"'{OTHER}' stands for everybody else; name it differently")
    _check_class_titles(rule, report)
    when = _node(rule.when, ("when",), leaves)
    unless = tuple(_node(one, ("unless", index), leaves) for index, one in enumerate(rule.unless))
    pending = _pending(rule, reader)
    if report.mistakes:
        check_hit(rule, reader, frozenset(), set(leaves.measures))
        return None
    plan = _assemble(rule, reader, leaves, when, unless, classes, pending)
    check_hit(rule, reader, _read_by(when, leaves), set(leaves.measures))
    check_sense(plan, report)
    check_sample(plan, report)
    for index, feed in enumerate(rule.schedule.on_feed):
        if feed not in plan.feeds:
            text = f"the trigger does not read '{feed}'" + near(feed, sorted(plan.feeds))
            report.add(("schedule", "on_feed", index), text)
    return plan


def _check_class_titles(rule: TriggerRule, report: Report) -> None:
    for name in rule.class_titles:
        if name not in rule.classes:
            text = f"no class is named '{name}'" + near(name, list(rule.classes))
            report.add(("class_titles", name), text)


def _assemble(
    rule: TriggerRule,
    reader: FieldReader,
    leaves: LeafResolver,
    when: Node,
    unless: tuple[Node, ...],
    classes: tuple[tuple[str, Node], ...],
    pending: Period | Ref | None,
) -> Plan:
    condition_feeds = _read_by(when, leaves)
    for _, node in classes:
        condition_feeds |= _read_by(node, leaves)
    condition_feeds |= {measure.feed for measure in leaves.measures.values()}
    exclusions: frozenset[str] = frozenset()
    for node in unless:
        exclusions |= _read_by(node, leaves)
    plan = Plan(
        rule=rule,
        contracts=reader.contracts,
        zone=ZoneInfo(rule.schedule.timezone),
        params=reader.params,
        classes=classes,
        measures=leaves.measures,
        when=when,
        unless=unless,
        pending=pending,
        evidence=rule.hit.evidence or tuple(sorted(_read_by(when, leaves))),
        episodes=_episodes(leaves),
        condition_feeds=condition_feeds,
        exclusion_feeds=exclusions,
    )
    _check_dated(plan, reader)
    _check_home(plan, reader)
    used = {feed: tuple(sorted(names)) for feed, names in reader.used.items()}
    return replace(plan, fields_used=used)


def _node(condition: Condition, path: Path, leaves: LeafResolver) -> Node:
    given = condition
    if hasattr(given, "all"):
        parts = enumerate(given.all)
        return AllOf(tuple(_node(part, (*path, "all", i), leaves) for i, part in parts))
    if hasattr(given, "any"):
        parts = enumerate(given.any)
        return AnyOf(tuple(_node(part, (*path, "any", i), leaves) for i, part in parts))
    if hasattr(given, "not_"):
        return Negated(_node(given.not_, (*path, "not"), leaves))
    return leaves.resolve(given, path)


def _read_by(node: Node, leaves: LeafResolver) -> frozenset[str]:
    feeds: set[str] = set()
    for leaf in leaves_of(node):
        feeds |= leaves.feeds_of(leaf)
    return frozenset(feeds)


def _episodes(leaves: LeafResolver) -> Episodes | None:
    kinds = leaves.record_kinds
    return Episodes(*kinds[0]) if kinds else None


def _pending(rule: TriggerRule, reader: FieldReader) -> Period | Ref | None:
    word = rule.hit.pending_period
    return reader.span(word, ("hit", "pending_period"), dated=True) if word else None


def _check_dated(plan: Plan, reader: FieldReader) -> None:
    """A parameter that follows a record's date needs a rule about single records with that date."""
    for param in plan.params.values():
        if not param.dated_by:
            continue
        path: Path = ("parameters", param.name, "in_force_on")
        if plan.episodes is None or plan.episodes.by != "record_id":
            reader.report.add(path, "needs a 'record:' condition whose field it names")
            continue
        contract = plan.contracts[plan.episodes.feed]
        column = reader.column(contract, param.dated_by, path)
        if column is not None and column.type != "date":
            reader.report.add(path, f"'{param.dated_by}' is not a date")


def _check_home(plan: Plan, reader: FieldReader) -> None:
    if not (plan.needs_household or plan.needs_area):
        return
    home = plan.contracts.get(plan.home_feed)
    if home is None:
        reader.report.add((), f"needs the feed '{plan.home_feed}' to know places and households")
    elif plan.needs_household and home.household is None:
        reader.report.add((), f"feed '{plan.home_feed}' does not know households")
