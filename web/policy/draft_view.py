"""A working text on its page: what is wrong, what it changes, its outline and its lines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from proactive.areas.queries import names as area_names
from proactive.feeds.contract import Contract
from proactive.feeds.marked import Mistake
from proactive.kernel.work import Work
from proactive.rules.differing import by_topic, differences
from proactive.rules.differing_pair import Change
from proactive.rules.drafts import Draft, check_text
from proactive.rules.mistakes import say_mistake
from proactive.rules.reading import Data
from proactive.rules.service import version_row
from proactive.rules.words import describe_rule
from web.policy.outline import Outline, dotted_place, outline_of, undotted

Contracts = Mapping[str, Contract]
Topics = Sequence[tuple[str, list[Change]]]


@dataclass(frozen=True, slots=True)
class MarkedLine:
    """A line of the text with what is wrong on it, and the place of the part it belongs to."""

    number: int
    line: str
    place: str
    wrong: str


@dataclass(frozen=True, slots=True)
class DraftView:
    """Everything the page of a working text shows beside the text itself."""

    title: str
    right: bool
    sentence: str
    mistakes: tuple[MarkedLine, ...]
    outline: Outline | None
    changes: Topics
    compared: bool


def draft_page(work: Work, draft: Draft, contracts: Contracts, language: str) -> DraftView:
    """Return what to show of a working text, right or wrong."""
    checked = check_text(draft.text, contracts)
    told = translated(checked.mistakes, language)
    places = area_names(work.db, areas_in(checked.data)) if checked.data else {}
    outline = None
    if checked.data:
        outline = outline_of(checked.data, told, language, contracts, places)
    changes: Topics = ()
    if checked.rule is not None and draft.based_on is not None:
        based = version_row(work, draft.trigger, draft.based_on).yaml
        changes = differs(work, based, draft.text, contracts, language)
    return DraftView(
        title=(outline.about().words if outline else "") or draft.trigger,
        right=checked.rule is not None,
        sentence=describe_rule(checked.rule, language, contracts) if checked.rule else "",
        mistakes=tuple(lines_marked(draft.text, checked.mistakes, language)),
        outline=outline if outline and outline.data else None,
        changes=changes,
        compared=checked.rule is not None and draft.based_on is not None,
    )


def areas_in(data: Data) -> list[str]:
    """Return the codes of the areas that values name, in a text that may hold mistakes."""
    parameters = data.get("parameters") if isinstance(data, dict) else None
    found = set()
    for each in parameters.values() if isinstance(parameters, dict) else ():
        values = each.get("values") if isinstance(each, dict) else None
        for value in values if isinstance(values, list) else ():
            area = value.get("area") if isinstance(value, dict) else None
            if isinstance(area, str) and area:
                found.add(area)
    return sorted(found)


def differs(work: Work, one: str, two: str, contracts: Contracts, language: str) -> Topics:
    """Return what differs between two texts in words; nothing where one cannot be read."""
    rules = [check_text(text, contracts).rule for text in (one, two)]
    if rules[0] is None or rules[1] is None:
        return ()
    codes = {
        value.area
        for rule in rules
        for each in (rule.parameters.values() if rule else ())
        for value in each.values
    } - {""}
    places = area_names(work.db, sorted(codes)) if codes else {}
    return by_topic(differences(rules[0], rules[1], language, contracts, places), language)


def translated(mistakes: Sequence[Mistake], language: str) -> list[Mistake]:
    """Return mistakes in the reader's language."""
    return [replace(one, text=say_mistake(one.text, language)) for one in mistakes]


def lines_marked(text: str, mistakes: Sequence[Mistake], language: str) -> list[MarkedLine]:
    """Return the lines of a text that hold mistakes, with what is wrong on each."""
    lines = text.splitlines()
    return [
        MarkedLine(
            number=one.line,
            line=lines[one.line - 1][:160] if 0 < one.line <= len(lines) else "",
            place=dotted_place(undotted(one.path)),
            wrong=one.text,
        )
        for one in translated(mistakes, language)
    ]
