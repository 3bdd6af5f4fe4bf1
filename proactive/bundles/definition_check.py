"""Reads a bundle file and refuses every mistake at once: unknown words, circles, idle entries."""

from collections.abc import Collection, Iterator, Mapping
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from proactive.bundles.definition import BundleDefinition, Condition
from proactive.bundles.parts import Selected
from proactive.feeds.marked import FileRefused, Marked, Mistake, did_you_mean
from proactive.feeds.marked import Path_ as Place
from proactive.visits.definitions import BAD_DEFINITION, read_model
from proactive.visits.forms import all_answers, read_forms

Answers = Mapping[str, Collection[str]]


def read_definition(
    text: str,
    *,
    file: str = "bundle",
    answers: Answers | None = None,
    feeds: Mapping[str, Collection[str]] | None = None,
) -> BundleDefinition:
    """Return the checked definition, or raise FileRefused with every mistake.

    `answers` are the findings visits can bring, `feeds` the known feeds with their fields; where
    one is None, words of that kind are not checked (a stored version was checked when loaded).
    """
    found, marked = read_model(text, BundleDefinition, file)
    mistakes = [
        *_codes(found, marked),
        *_needs(found, marked),
        *_used(found, marked),
        *_sources(found, marked),
        *(_findings(found, marked, answers) if answers is not None else ()),
        *(_feeds(found, marked, feeds) if feeds is not None else ()),
    ]
    if mistakes:
        raise FileRefused(BAD_DEFINITION, sorted(mistakes, key=lambda mistake: mistake.line))
    return found


@lru_cache(maxsize=64)
def stored_definition(text: str) -> BundleDefinition:
    """Return the definition of a stored version, which was checked when it was loaded."""
    return read_definition(text)


def read_definitions(
    folder: Path,
    *,
    findings: Path | None = None,
    feeds: Mapping[str, Collection[str]] | None = None,
) -> dict[str, BundleDefinition]:
    """Return the definitions of a folder by code; two files for one bundle are refused."""
    answers = all_answers(read_forms(findings).values()) if findings else None
    found: dict[str, BundleDefinition] = {}
    for path in sorted(folder.glob("*.yaml")):
        text = path.read_text(encoding="utf-8")
        definition = read_definition(text, file=path.name, answers=answers, feeds=feeds)
        if definition.bundle in found:
            what = f"another file already defines '{definition.bundle}'"
            raise FileRefused(BAD_DEFINITION, [Mistake(path.name, 1, "bundle", what)])
        found[definition.bundle] = definition
    return found


def _codes(found: BundleDefinition, marked: Marked) -> Iterator[Mistake]:
    for at, item in enumerate(found.items):
        if item.code in found.codes[:at]:
            yield marked.mistake(("items", at, "item"), f"'{item.code}' stands twice")
        if (item.selected is Selected.FOUND) != (item.select_when is not None):
            what = "select_when stands with selected: found, and only there"
            yield marked.mistake(("items", at, "selected"), what)
        reasons = [reason.code for reason in item.refusal_reasons]
        if len(reasons) != len(set(reasons)):
            yield marked.mistake(("items", at, "refusal_reasons"), "two equal reason codes")


def _needs(found: BundleDefinition, marked: Marked) -> Iterator[Mistake]:
    graph: dict[str, set[str]] = {}
    unknown = False
    for at, item in enumerate(found.items):
        for which, need in enumerate(item.needs):
            if need.item not in found.codes:
                unknown = True
                what = f"no such item{did_you_mean(need.item, found.codes)}"
                yield marked.mistake(("items", at, "needs", which), f"'{need.item}': {what}")
        graph[item.code] = {need.item for need in item.needs}
    if unknown:
        return
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = error.args[1]
        first = found.codes.index(circle[0])
        what = "items wait for each other in a circle: " + " → ".join(circle)
        yield marked.mistake(("items", first, "needs"), what)


def _used(found: BundleDefinition, marked: Marked) -> Iterator[Mistake]:
    fields: set[str] = set()
    materials: set[str] = set()
    for at, item in enumerate(found.items):
        for where, codes in (("fields", item.fields), ("gives", item.gives)):
            for which, code in enumerate(codes):
                fields.add(code)
                if code not in found.fields:
                    what = f"'{code}': no such field{did_you_mean(code, found.fields)}"
                    yield marked.mistake(("items", at, where, which), what)
        for which, paper in enumerate(item.materials):
            materials.add(paper.material)
            if paper.material not in found.materials:
                known = did_you_mean(paper.material, found.materials)
                what = f"'{paper.material}': no such material{known}"
                yield marked.mistake(("items", at, "materials", which), what)
    fields |= {r.field for m in found.materials.values() for r in m.replaced_by if r.field}
    for code in found.fields.keys() - fields:
        yield marked.mistake(("fields", code), "no item uses it")
    for code in found.materials.keys() - materials:
        yield marked.mistake(("materials", code), "no item uses it")


def _sources(found: BundleDefinition, marked: Marked) -> Iterator[Mistake]:
    """Results must come from an item that gives them, replacements from what is defined."""
    for code, field in found.fields.items():
        for which, source in enumerate(field.prefill):
            place: Place = ("fields", code, "prefill", which)
            if source.result is None:
                continue
            if source.result not in found.codes:
                known = did_you_mean(source.result, found.codes)
                yield marked.mistake(place, f"'{source.result}': no such item{known}")
            elif code not in found.item(source.result).gives:
                what = f"'{source.result}' does not give '{code}'; name it under its gives"
                yield marked.mistake(place, what)
    for code, material in found.materials.items():
        for which, other in enumerate(material.replaced_by):
            place = ("materials", code, "replaced_by", which)
            if other.field is not None and other.field not in found.fields:
                known = did_you_mean(other.field, found.fields)
                yield marked.mistake(place, f"'{other.field}': no such field{known}")
            if other.item is not None and other.item not in found.codes:
                known = did_you_mean(other.item, found.codes)
                yield marked.mistake(place, f"'{other.item}': no such item{known}")


def _findings(found: BundleDefinition, marked: Marked, answers: Answers) -> Iterator[Mistake]:
    for place, condition in _conditions(found):
        for part in _leaves(condition):
            code = part.finding or ""
            if code not in answers:
                what = f"'{code}': no form asks this{did_you_mean(code, answers)}"
                yield marked.mistake(place, what)
                continue
            for answer in part.answer:
                if answer not in answers[code]:
                    known = did_you_mean(answer, answers[code])
                    yield marked.mistake(place, f"'{answer}' is no answer to '{code}'{known}")
    for code, field in found.fields.items():
        for which, source in enumerate(field.prefill):
            if source.finding is not None and source.finding not in answers:
                what = f"'{source.finding}': no form asks this" + did_you_mean(
                    source.finding, answers
                )
                yield marked.mistake(("fields", code, "prefill", which), what)


def _feeds(
    found: BundleDefinition, marked: Marked, feeds: Mapping[str, Collection[str]]
) -> Iterator[Mistake]:
    for code, field in found.fields.items():
        for which, source in enumerate(field.prefill):
            if source.fact is None:
                continue
            feed, name = source.fact.split(".")
            place: Place = ("fields", code, "prefill", which)
            if feed not in feeds:
                yield marked.mistake(place, f"'{feed}': no such feed{did_you_mean(feed, feeds)}")
            elif name not in feeds[feed]:
                known = did_you_mean(name, feeds[feed])
                yield marked.mistake(place, f"'{name}': no such field of {feed}{known}")
    for place, feed in _register_words(found):
        if feed not in feeds:
            yield marked.mistake(place, f"'{feed}': no such feed{did_you_mean(feed, feeds)}")


def _register_words(found: BundleDefinition) -> Iterator[tuple[Place, str]]:
    for code, material in found.materials.items():
        for which, other in enumerate(material.replaced_by):
            if other.register_feed is not None:
                yield ("materials", code, "replaced_by", which), other.register_feed
    for at, item in enumerate(found.items):
        for which, feed in enumerate(item.done_when):
            yield ("items", at, "done_when", which), feed


def _conditions(found: BundleDefinition) -> Iterator[tuple[Place, Condition]]:
    if found.select_when:
        yield ("select_when",), found.select_when
    for at, item in enumerate(found.items):
        if item.select_when:
            yield ("items", at, "select_when"), item.select_when


def _leaves(condition: Condition) -> Iterator[Condition]:
    if condition.finding is not None:
        yield condition
    for part in (*condition.all_of, *condition.any_of):
        yield from _leaves(part)
