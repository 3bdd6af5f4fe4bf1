"""Findings select: which bundles a confirmed case opens, and which items are on the menu ticked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from proactive.bundles.definition import BundleDefinition, Condition, Item
from proactive.bundles.parts import Selected


@dataclass(frozen=True, slots=True)
class SelectedBundle:
    """A bundle to open: `why` is `need_confirmed` or `found`; the items that come ticked."""

    bundle: str
    why: str
    items: tuple[str, ...]


def holds(condition: Condition, findings: Mapping[str, str]) -> bool:
    """Answer whether the visit found this; a question not asked is not found."""
    if condition.finding is not None:
        return findings.get(condition.finding, "") in condition.answer
    if condition.all_of:
        return all(holds(part, findings) for part in condition.all_of)
    return any(holds(part, findings) for part in condition.any_of)


def select_bundles(
    definitions: Mapping[str, BundleDefinition],
    findings: Mapping[str, str],
    proposed: Collection[str],
    *,
    need: str,
) -> tuple[SelectedBundle, ...]:
    """Return the bundles that a case of `need`, confirmed with `findings`, opens.

    The trigger only proposes: its bundle for the confirmed need itself is taken (where it names
    none for that need, every bundle of the need), any other only when a finding selects it. A
    finding may also select a bundle that nobody proposed.
    """
    own = [d.bundle for d in definitions.values() if d.need == need]
    confirmed = [code for code in own if code in proposed] or own
    chosen = []
    for definition in definitions.values():
        if definition.bundle in confirmed:
            why = "need_confirmed"
        elif definition.select_when and holds(definition.select_when, findings):
            why = "found"
        else:
            continue
        items = ticked(definition, findings)
        chosen.append(SelectedBundle(definition.bundle, why, items))
    return tuple(chosen)


def ticked(definition: BundleDefinition, findings: Mapping[str, str]) -> tuple[str, ...]:
    """Return the items that come ticked, with what they cannot do without."""
    wanted = {item.code for item in definition.items if _comes_ticked(item, findings)}
    while True:
        needed = {
            n.item
            for code in wanted
            for n in definition.item(code).needs
            if n.until == "granted" and n.item not in wanted
        }
        if not needed:
            return tuple(code for code in definition.codes if code in wanted)
        wanted |= needed


def _comes_ticked(item: Item, findings: Mapping[str, str]) -> bool:
    if item.select_when is not None:
        return holds(item.select_when, findings)
    return item.selected is Selected.DEFAULT
