"""The visit sheet as the page shows it: who lives there, why, on which records, what to do."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row

from proactive.accounts.queries import account_names
from proactive.areas.calendar import add_working_days
from proactive.cases.model import CASE_TABLE, CaseState
from proactive.cases.queries import events_of
from proactive.cases.service import get_case
from proactive.kernel.ids import new_id
from proactive.kernel.periods import Period, add
from proactive.kernel.states import Role
from proactive.kernel.work import Work
from proactive.outcomes.correction_lists import corrections_of
from proactive.people.model import PersonCard, age_on
from proactive.people.typed import REPORTED
from proactive.rules.service import cool_down_spans
from proactive.visits.forms import ShownForm
from proactive.visits.queries import CaseSheet, HouseholdSheet, household_sheet
from web.coordinator.lists import place_names, place_of
from web.coordinator.origin import say_reports
from web.coordinator.photo_lines import PhotoLine, photo_lines
from web.coordinator.progress import BundleView, read_bundles
from web.correcting import AskedView, asked_views
from web.errors import not_found
from web.language import chosen_language
from web.naming import name_of
from web.reasons import Reason, Record, reasons_of, records_of
from web.say import gettext
from web.words import HANDED, in_language, word

CHECKABLE = frozenset({CaseState.ASSIGNED, CaseState.UNREACHABLE})
# States in which the work is over and a person closes the case.
ENDED = frozenset({CaseState.COMPLETED, CaseState.NOT_CONFIRMED, CaseState.DECLINED})
TRIES = 3  # days offered for another try
USUAL_QUIET, LONGEST_USUAL = Period(months=6), Period(months=12)


@dataclass(frozen=True, slots=True)
class Person:
    """One person or organisation of the sheet."""

    name: str
    place: str
    address: str
    phone: str
    age: int | None
    died_on: date | None
    doubtful: bool
    organisation: bool
    typed: bool = False


@dataclass(frozen=True, slots=True)
class StoryStep:
    """One thing that happened, and who did it."""

    words: str
    who: str
    at: datetime


@dataclass(frozen=True, slots=True)
class MatterView:
    """One case on the sheet, with the form where it is still to be checked by the reader."""

    case_id: UUID
    ref: str
    need: str
    state: str
    version: int
    next_step: str
    due_on: date
    due_provisional: bool
    person: Person
    reason: Reason
    evidence: tuple[Record, ...]
    signal_gone: bool
    story: tuple[StoryStep, ...]
    form: ShownForm | None
    visit_id: UUID
    next_tries: tuple[date, ...] = ()
    bundles: tuple[BundleView, ...] = ()
    offer: bool = False
    closable: bool = False
    sample: bool = False
    quiet_until: date | None = None
    corrections: tuple[AskedView, ...] = ()
    reported: tuple[str, ...] = ()
    seen: tuple[str, ...] = ()
    photos: tuple[PhotoLine, ...] = ()
    photo_id: UUID = field(default_factory=new_id)
    answers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person with all open matters."""

    person: Person
    matters: tuple[MatterView, ...]


@dataclass(frozen=True, slots=True)
class SheetView:
    """One household."""

    people: tuple[PersonView, ...]

    @property
    def names(self) -> list[str]:
        return [someone.person.name for someone in self.people]

    @property
    def matters(self) -> list[MatterView]:
        return [matter for someone in self.people for matter in someone.matters]


def read_sheet(work: Work, case_id: UUID, *, answers: Mapping[str, str] | None = None) -> SheetView:
    """Return the sheet of a case's household; `answers` go back into the form of that case.

    A coordinator sees the cases of the own posts only, even where the area would show more: the
    case of a relative lies with somebody else for a reason. Raises Refused `not_found`.
    """
    sheet = visible_part(work, household_sheet(work, case_id, chosen_language()), case_id)
    places = place_names(work, (each.case for each in sheet))
    tries = next_tries(work)
    people: dict[int, tuple[Person, list[MatterView]]] = {}
    for each in sheet:
        person = person_of(work, each.person, place_of(each.case, places))
        given = answers if answers and each.case.id == case_id else {}
        matter = matter_of(work, each, person, tries, given)
        people.setdefault(each.case.subject_key, (person, []))[1].append(matter)
    return SheetView(
        tuple(PersonView(person, tuple(matters)) for person, matters in people.values())
    )


def visible_part(work: Work, sheet: HouseholdSheet, case_id: UUID) -> list[CaseSheet]:
    if work.actor.role is not Role.COORDINATOR:
        return list(sheet.cases)
    mine = [each for each in sheet.cases if each.mine]
    if case_id not in {each.case.id for each in mine}:
        raise not_found()
    return mine


def reader_may_act(work: Work, case_id: UUID) -> Row[Any]:
    """Return the case if the reader may act on it; Refused `not_found` for somebody else's."""
    row = get_case(work, case_id)
    if work.actor.role is Role.COORDINATOR and str(row.owner_post_id) not in work.actor.posts:
        raise not_found()
    return row


def reader_had_it(work: Work, case_id: UUID) -> None:
    """Refuse `not_found` unless the case is, or once was, with a post of the reader.

    A visit may arrive after its case went to somebody else; it is then kept as a note.
    """
    row = get_case(work, case_id)
    if work.actor.role is not Role.COORDINATOR or str(row.owner_post_id) in work.actor.posts:
        return
    given_to = {event.detail.get("post") for event in events_of(work, case_id)}
    if not given_to & set(work.actor.posts):
        raise not_found()


def person_of(work: Work, card: PersonCard, place: str) -> Person:
    return Person(
        name=name_of(card, work.today),
        place=place,
        address=card.address,
        phone=card.phone,
        age=age_on(card.born_on, work.today) if card.born_on else None,
        died_on=card.died_on,
        doubtful=card.doubtful,
        organisation=card.kind == "organisation",
        typed=set(card.sources) == {REPORTED},
    )


def next_tries(work: Work) -> tuple[date, ...]:
    """Return the working days offered for another try."""
    days = [add_working_days(work, work.today, count).day for count in range(1, TRIES + 1)]
    return tuple(min(day, work.today + timedelta(days=30)) for day in days)


def matter_of(
    work: Work,
    each: CaseSheet,
    person: Person,
    tries: tuple[date, ...],
    answers: Mapping[str, str],
) -> MatterView:
    row = each.case
    may_act = each.mine or work.actor.role in (Role.TOWN, Role.COUNTY)
    return MatterView(
        case_id=row.id,
        ref=row.ref,
        need=row.need,
        state=row.state,
        version=row.version,
        next_step=row.next_step or "",
        due_on=row.due_on or work.today,
        due_provisional=row.due_provisional,
        person=person,
        reason=reasons_of(
            work, each.grounds, each.facts, organisation=person.organisation, sample=row.sample
        ),
        reported=say_reports(work, each.reports),
        seen=tuple(one.seen for one in each.reports),
        photos=photo_lines(work, row.id, [one.id for one in each.visits]),
        evidence=records_of(each.facts),
        signal_gone=row.signal_gone_at is not None,
        story=story_of(work, row.id),
        form=each.form if may_act else None,
        visit_id=_visit_id(answers),
        next_tries=tries,
        bundles=read_bundles(work, row.id),
        offer=may_act and row.state == CaseState.OFFERED,
        closable=may_act and row.state in ENDED,
        sample=row.sample,
        quiet_until=_usual_quiet(work, each) if each.form else None,
        corrections=asked_views(work, corrections_of(work, row.id)),
        answers=dict(answers),
    )


def _visit_id(answers: Mapping[str, str]) -> UUID:
    """Return the id of the form: a form shown again for mending stays the same visit."""
    try:
        return UUID(answers.get("visit_id", ""))
    except ValueError:
        return new_id()


def _usual_quiet(work: Work, each: CaseSheet) -> date:
    """Return until when a family that is helped already is usually left alone."""
    versions = [ground.trigger_version_id for ground in each.grounds]
    spans = cool_down_spans(work, versions, "not_confirmed").values()
    days = [add(work.today, span or LONGEST_USUAL) for span in spans]
    return max(days, default=add(work.today, USUAL_QUIET))


def _say_event(event: Row[Any], words: Mapping[str, Mapping[str, str]]) -> str:
    """Return what happened; a note is what it is about, a raising whether a person did it."""
    if event.action == "raise" and event.reason:
        return word("case_event", event.reason)
    if event.action == "note" and event.reason:
        return word("note", event.reason)
    says = in_language(words.get(event.action, {}), word("case_event", event.action))
    if event.action == "hand_over" and event.reason in HANDED:
        return f"{says}{gettext(': ')}{word('handed', event.reason)}"
    return says


def story_of(work: Work, case_id: UUID) -> tuple[StoryStep, ...]:
    """Return what happened to a case in the words of its table, oldest first."""
    words: dict[str, dict[str, str]] = {
        row.action: {"en": row.en, "zh": row.zh} for row in CASE_TABLE.transitions
    }
    events = events_of(work, case_id)
    who = account_names(work.db, {event.actor_id for event in events})
    return tuple(
        StoryStep(
            words=_say_event(event, words),
            who=who.get(event.actor_id) or word("role", event.actor_role),
            at=event.at,
        )
        for event in events
    )
