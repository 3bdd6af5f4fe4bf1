"""The one form and the one set of papers of a bundle, worked out from what is already known."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

from proactive.bundles.definition import BundleDefinition, Item
from proactive.bundles.parts import Prefill


@dataclass(frozen=True, slots=True)
class Sourced:
    """A value with where it comes from and of which day it is."""

    value: str
    source: str
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """Everything known before anybody is asked.

    `vault` by card field; `facts` by `feed.field`; `measures` by name; `findings` by question;
    `registers`: feeds that hold a record of the subject, with the record's day; `results` by
    `item.field` of items granted.
    """

    vault: Mapping[str, Sourced] = field(default_factory=dict)
    facts: Mapping[str, Sourced] = field(default_factory=dict)
    measures: Mapping[str, Sourced] = field(default_factory=dict)
    findings: Mapping[str, Sourced] = field(default_factory=dict)
    registers: Mapping[str, date | None] = field(default_factory=dict)
    results: Mapping[str, Sourced] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HeldPaper:
    """A paper nobody needs to bring: `held_by` is `register:x`, `field:x` or `item:x`."""

    code: str
    held_by: str
    on: date | None = None


def field_codes(definition: BundleDefinition, chosen: Collection[str]) -> tuple[str, ...]:
    """Return the fields the chosen items use, each once, in the definition's order."""
    used = {code for item in definition.items if item.code in chosen for code in item.fields}
    return tuple(code for code in definition.fields if code in used)


def paper_codes(definition: BundleDefinition, chosen: Collection[str]) -> tuple[str, ...]:
    """Return the papers the chosen items want, each once, in the definition's order."""
    items = [item for item in definition.items if item.code in chosen]
    used = {paper.material for item in items for paper in item.materials}
    return tuple(code for code in definition.materials if code in used)


def prefilled(
    definition: BundleDefinition, chosen: Collection[str], known: Known
) -> dict[str, Sourced]:
    """Return the fields that need not be asked, with value, source and day."""
    found: dict[str, Sourced] = {}
    for code in field_codes(definition, chosen):
        sources = (_look_up(code, source, known) for source in definition.fields[code].prefill)
        value = next((each for each in sources if each is not None and each.value), None)
        if value is not None:
            found[code] = value
    return found


def _look_up(code: str, source: Prefill, known: Known) -> Sourced | None:
    if source.vault is not None:
        return known.vault.get(source.vault)
    if source.fact is not None:
        return known.facts.get(source.fact)
    if source.measure is not None:
        return known.measures.get(source.measure)
    if source.finding is not None:
        return known.findings.get(source.finding)
    return known.results.get(f"{source.result}.{code}")


def fields_to_ask(
    definition: BundleDefinition,
    chosen: Collection[str],
    filled: Collection[str],
    *,
    to_come: Iterable[str] = (),
) -> tuple[str, ...]:
    """Return the required fields that are empty and that no item still to be granted will give."""
    promised = {code for item in to_come for code in definition.item(item).gives}
    return tuple(
        code
        for code in field_codes(definition, chosen)
        if definition.fields[code].required and code not in filled and code not in promised
    )


def item_fields_missing(
    definition: BundleDefinition, item: Item, filled: Collection[str]
) -> tuple[str, ...]:
    """Return the required fields of one item that are empty."""
    return tuple(
        code for code in item.fields if definition.fields[code].required and code not in filled
    )


def held_papers(
    definition: BundleDefinition,
    chosen: Collection[str],
    *,
    registers: Mapping[str, date | None],
    filled: Mapping[str, date | None],
    granted: Mapping[str, date | None],
) -> dict[str, HeldPaper]:
    """Return the papers that a register, a field or another item's result makes needless."""
    found: dict[str, HeldPaper] = {}
    for code in paper_codes(definition, chosen):
        for other in definition.materials[code].replaced_by:
            if other.register_feed is not None and other.register_feed in registers:
                held = HeldPaper(
                    code, f"register:{other.register_feed}", registers[other.register_feed]
                )
            elif other.field is not None and other.field in filled:
                held = HeldPaper(code, f"field:{other.field}", filled[other.field])
            elif other.item is not None and other.item in granted:
                held = HeldPaper(code, f"item:{other.item}", granted[other.item])
            else:
                continue
            found[code] = held
            break
    return found
