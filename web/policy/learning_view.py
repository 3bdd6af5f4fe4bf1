"""What the learn pages show: each trigger's counts, reasons with who mends them, the sample."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from markupsafe import Markup
from sqlalchemy import Row

from proactive.areas.queries import names as area_names
from proactive.kernel.clock import local_date
from proactive.kernel.work import Work
from proactive.outcomes.correction_lists import counted_corrections
from proactive.outcomes.model import MENDERS, NO_LINE, Counts, Mender, Missed
from proactive.outcomes.queries import (
    SampleRound,
    TooWide,
    VersionLearning,
    by_area,
    latest_round,
    learnings,
    quiet_counts,
    sample_counts,
    too_wide,
    unread_reasons,
    what_is_missed,
)
from proactive.rules.grammar import TriggerRule
from proactive.rules.service import list_triggers, rule_of
from proactive.rules.words import describe_unknown
from proactive.visits.model import NoNeed
from web.access import platform
from web.charts import Frame, Series, bar_chart
from web.correcting import say_answer, say_fault
from web.display import day
from web.errors import not_found
from web.language import chosen_language
from web.policy.learning_words import say_band, say_mender, say_reason, short_band
from web.policy.trial_words import class_name
from web.reasons import feed_title
from web.say import gettext

TOWN, VILLAGE = 4, 5


@dataclass(frozen=True, slots=True)
class TriggerLine:
    """One trigger on the list of all."""

    trigger: str
    title: str
    counts: Counts
    unread: int
    asked: int
    missed: Missed | None


@dataclass(frozen=True, slots=True)
class GroupLine:
    """Counts of one group: a band, a version, a place."""

    name: str
    counts: Counts


@dataclass(frozen=True, slots=True)
class ReasonLine:
    """One reason for no need: how often, who can mend it, how far that is."""

    reason: str
    count: int
    mender: str
    state: str


@dataclass(frozen=True, slots=True)
class WideLine:
    """Where in the rule visits found no need, with the bands it happened in."""

    name: str
    count: int
    bands: str


@dataclass(frozen=True, slots=True)
class CorrectionLine:
    """One request to an office, without case, record and words."""

    ref: str
    feed: str
    fault: str
    state: str
    answer: str
    asked_on: date
    due_on: date
    late: bool
    arrived: bool


@dataclass(frozen=True, slots=True)
class LearningPage:
    """Everything on the page of one trigger; `current` is its newest version with hits."""

    trigger: str
    title: str
    current: VersionLearning | None
    versions: tuple[VersionLearning, ...]
    bands: tuple[GroupLine, ...]
    chart: Markup | None
    towns: tuple[GroupLine, ...]
    villages: tuple[GroupLine, ...]
    reasons: tuple[ReasonLine, ...]
    wide: tuple[WideLine, ...]
    corrections: tuple[CorrectionLine, ...]
    unread: int
    round: SampleRound | None
    sample: Counts
    missed: Missed | None
    samples: bool


def read_learnings(work: Work) -> list[TriggerLine]:
    """Return every loaded trigger with the counts of its version in use."""
    newest = _newest(work)
    found: dict[str, VersionLearning] = {}
    for each in learnings(work):
        if each.trigger not in found or each.state == "live":
            found[each.trigger] = each
    unread = unread_reasons(work)
    asked: dict[str, int] = {}
    for row in counted_corrections(work):
        asked[row.trigger] = asked.get(row.trigger, 0) + (row.state == "open")
    return [
        TriggerLine(
            trigger=name,
            title=rule_of(work, row.id).title.in_language(chosen_language()),
            counts=found[name].counts if name in found else Counts(),
            unread=unread.get(name, 0),
            asked=asked.get(name, 0),
            missed=what_is_missed(work, name),
        )
        for name, row in newest.items()
    ]


def read_learning(work: Work, trigger: str) -> LearningPage:
    """Return the page of one trigger; Refused `not_found` where there is none of that name."""
    row = _newest(work).get(trigger)
    if row is None:
        raise not_found()
    rule = rule_of(work, row.id)
    versions = learnings(work, trigger)
    current = next((each for each in versions if each.state == "live"), None)
    current = current or (versions[0] if versions else None)
    bands = tuple(
        GroupLine(say_band(band), counts)
        for band, counts in (current.bands if current else {}).items()
    )
    corrections = tuple(_correction(work, each) for each in counted_corrections(work, trigger))
    return LearningPage(
        trigger=trigger,
        title=rule.title.in_language(chosen_language()),
        current=current,
        versions=tuple(versions),
        bands=bands,
        chart=_chart(current.bands) if current else None,
        towns=_places(work, trigger, TOWN),
        villages=_places(work, trigger, VILLAGE),
        reasons=_reasons(work, trigger, versions, corrections),
        wide=_wide(rule, too_wide(work, trigger, current.version_id) if current else ()),
        corrections=corrections,
        unread=unread_reasons(work, trigger).get(trigger, 0),
        round=latest_round(work, trigger),
        sample=sample_counts(work, trigger),
        missed=what_is_missed(work, trigger),
        samples=rule.hit.sample is not None,
    )


def _newest(work: Work) -> dict[str, Row[Any]]:
    """Return trigger → its live version, or its newest where none is live."""
    chosen: dict[str, Row[Any]] = {}
    for row in list_triggers(work):
        if row.trigger not in chosen or row.state == "live":
            chosen[row.trigger] = row
    return chosen


def _chart(bands: Mapping[int, Counts]) -> Markup | None:
    """Return the bands that were judged as bars; how sure each is stands in the table."""
    shares = {band: counts.precision for band, counts in bands.items() if band != NO_LINE}
    judged = {band: 100 * share.value for band, share in shares.items() if share}
    if len(judged) < 2:
        return None
    frame = Frame(
        key="bands",
        title=gettext("Visits that found need, by distance from the line"),
        about=gettext("How sure each bar is stands in the table below."),
        across=gettext("Figure against the line"),
        up=gettext("of 100 visits judged"),
    )
    need = Series(gettext("Need found"), list(judged.values()))
    return bar_chart(frame, [short_band(band) for band in judged], [need])


def _places(work: Work, trigger: str, level: int) -> tuple[GroupLine, ...]:
    groups = by_area(work, trigger, level)
    places = area_names(work.db, sorted(set(groups) - {""}))
    unknown = gettext("Place not known this deep")
    return tuple(GroupLine(places.get(code, code) or unknown, groups[code]) for code in groups)


def _reasons(
    work: Work,
    trigger: str,
    versions: Sequence[VersionLearning],
    corrections: Sequence[CorrectionLine],
) -> tuple[ReasonLine, ...]:
    """Return the reasons of all versions; what was refused at the door stands beside them."""
    counts: dict[str, int] = {}
    for version in versions:
        for reason, count in version.counts.reasons.items():
            counts[reason] = counts.get(reason, 0) + count
    declined = sum(version.counts.declined for version in versions)
    if declined:
        counts[NoNeed.REFUSED] = declined
    states = _states(work, trigger, corrections)
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(
        ReasonLine(say_reason(reason), count, say_mender(reason), states.get(_mender(reason), ""))
        for reason, count in ordered
    )


def _mender(reason: str) -> Mender | None:
    return MENDERS[NoNeed(reason)] if reason in set(NoNeed) else None


def _states(
    work: Work, trigger: str, corrections: Sequence[CorrectionLine]
) -> Mapping[Mender | None, str]:
    waiting = sum(line.state == "open" for line in corrections)
    count, until = quiet_counts(work, trigger).get(NoNeed.ALREADY_HELPED, (0, None))
    return {
        Mender.RULE: gettext("to be read by the owner")
        if unread_reasons(work, trigger)
        else gettext("read"),
        Mender.STEWARD: gettext(
            "%(waiting)d of %(all)d wait for an answer", waiting=waiting, all=len(corrections)
        ),
        Mender.QUIET: gettext(
            "%(num)d left alone now; the first comes back from %(day)s", num=count, day=day(until)
        )
        if count and until
        else gettext("%(num)d left alone now", num=count),
    }


def _wide(rule: TriggerRule, found: Sequence[TooWide]) -> tuple[WideLine, ...]:
    return tuple(
        WideLine(
            _part(rule, each),
            each.count,
            gettext(", ").join(
                gettext("%(band)s: %(num)d", band=say_band(band), num=count)
                for band, count in sorted(each.bands.items())
            ),
        )
        for each in found
    )


def _part(rule: TriggerRule, each: TooWide) -> str:
    if each.kind == "unknown":
        return describe_unknown(rule, each.what, chosen_language(), platform().contracts)
    if not each.what:
        return gettext("The line for everybody else")
    return gettext("The line of the class “%(name)s”", name=class_name(rule, each.what))


def _correction(work: Work, row: Row[Any]) -> CorrectionLine:
    asked: datetime = row.asked_at
    return CorrectionLine(
        ref=row.ref,
        feed=feed_title(row.feed),
        fault=say_fault(row.fault),
        state=row.state,
        answer=say_answer(row.answer),
        asked_on=local_date(asked, work.zone),
        due_on=row.due_on,
        late=row.state == "open" and row.due_on < work.today,
        arrived=row.arrived_at is not None,
    )
