"""The words people read for the codes the core keeps: roles, needs, states, outcomes, kinds."""

from collections.abc import Mapping
from typing import Any

from flask_babel import get_locale

from proactive.kernel.needs import NEED_NAMES
from proactive.notices.words import STATE_WORDS, WHAT_TO_DO, WHY_WORDS
from web.say import lazy as _l

ROLES = {
    "coordinator": _l("Coordinator"),
    "town": _l("Town office"),
    "county": _l("County desk"),
    "clerk": _l("Office clerk"),
    "generalist": _l("Clerk for all offices"),
    "policy": _l("Policy staff"),
    "fairness": _l("Fairness reviewer"),
    "operator": _l("Operator"),
    "machine": _l("The system"),
    "recipient": _l("The person"),
}
CASE_STATES = {
    "raised": _l("Raised, not yet given to anyone"),
    "assigned": _l("Waiting to be checked"),
    "confirmed": _l("Checked: help is needed"),
    "not_confirmed": _l("Checked: no need"),
    "unreachable": _l("Not reached yet"),
    "approved": _l("Approved"),
    "offered": _l("Offered to the person"),
    "fulfilling": _l("Offices are working on it"),
    "completed": _l("All done"),
    "declined": _l("The person said no"),
    "snoozed": _l("Put off until later"),
    "closed": _l("Closed"),
}
ITEM_STATES = {
    "not_selected": _l("Not chosen"),
    "waiting": _l("Waiting for another item"),
    "ready": _l("Ready to hand in"),
    "submitted": _l("New: to be accepted"),
    "accepted": _l("Accepted: being decided"),
    "accepted_lenient": _l("Accepted, one paper to follow"),
    "suspended": _l("Clock stopped: waiting for papers"),
    "granted": _l("Granted: to be delivered"),
    "refused": _l("Refused"),
    "returned": _l("Returned with reasons"),
    "blocked": _l("Blocked: an earlier item was refused"),
    "delivered": _l("Delivered"),
    "withdrawn": _l("Withdrawn by the person"),
    "cancelled": _l("Cancelled"),
}
# What the same states mean to the office whose desk they lie on.
HALL_STATES = {
    "ready": _l("To be handed in"),
    "returned": _l("Returned: to be handed in again"),
    "submitted": _l("Handed in"),
    "accepted": _l("Accepted by the office"),
    "accepted_lenient": _l("Accepted, papers follow"),
    "suspended": _l("More is wanted"),
}
DESK_STATES = {
    **ITEM_STATES,
    "ready": _l("New: to be accepted"),
}
OFFICE_KINDS = {
    "medical_insurance": _l("Medical insurance office"),
    "civil_affairs": _l("Civil affairs office"),
    "disabled_federation": _l("Disabled persons' federation"),
    "health": _l("Health office"),
    "public_security": _l("Police station (household register)"),
    "human_resources": _l("Human resources office"),
    "market_regulation": _l("Market regulation office"),
    "development_reform": _l("Credit office"),
    "charity": _l("Charity federation"),
    "care_centre": _l("Care centre"),
    "education": _l("Education office"),
    "housing": _l("Housing office"),
    "justice": _l("Justice office"),
    "veterans": _l("Veterans office"),
    "tax": _l("Tax office"),
    "hospital": _l("Hospital"),
    "service_hall": _l("Service hall"),
}
POST_KINDS = {
    "coordinator": _l("Village coordinator"),
    "town_desk": _l("Town desk"),
    "county_desk": _l("County desk"),
    "enterprise_desk": _l("Enterprise service desk"),
}

NEXT_STEPS = {
    "route": _l("it waits for room at a post"),
    "place_this_person": _l("the county desk finds out where the person lives"),
    "visit": _l("visit at home"),
    "call": _l("call by phone"),
    "desk": _l("speak to them at the desk"),
    "try_again": _l("try again to reach them"),
    "town_gate": _l("the town office decides"),
    "prepare": _l("the services are being prepared"),
    "offer": _l("ask whether the person wants it"),
    "follow_items": _l("the offices are working on it"),
    "follow_up": _l("all is done: ask once more how they are, then close"),
    "close": _l("close the matter"),
}
WAYS = {
    "visit": _l("I was there"),
    "call": _l("By phone"),
    "desk": _l("At the desk"),
}
RETURN_REASONS = {
    "paper_unreadable": _l("A paper cannot be read"),
    "paper_wrong": _l("It is the wrong paper"),
    "paper_late": _l("A promised paper did not come"),
    "field_wrong": _l("A field is wrong"),
    "wrong_office": _l("It belongs to another office"),
    "other": _l("Another reason; the coordinator explains it"),
}
ITEM_REASONS = {
    **RETURN_REASONS,
    "asked_for_more": _l("The person was asked for more"),
}
DELIVERIES = {
    "post": _l("by post"),
    "collect": _l("collected at the counter"),
    "at_home": _l("brought home"),
    "file": _l("paid or entered; nothing to hand over"),
}
ANSWERS = {
    "yes": _l("yes"),
    "no": _l("no"),
    "unsure": _l("not sure"),
}
TRIGGER_STATES = {
    "draft": _l("Draft"),
    "proposed": _l("Proposed"),
    "approved": _l("Approved for use"),
    "pilot": _l("On trial in some places"),
    "live": _l("In force"),
    "retired": _l("No longer used"),
}
DELIVERY_STATES = {
    "received": _l("Being read"),
    "applied": _l("In use"),
    "refused": _l("Refused whole"),
}
RUN_STATES = {
    "waiting": _l("Waiting"),
    "done": _l("Done"),
    "stopped": _l("Stopped itself"),
}
RUN_KINDS = {
    "full": _l("everybody"),
    "arrival": _l("those of a delivery"),
}
STEP_STATES = {
    "pending": _l("Waiting"),
    "running": _l("Running"),
    "parked": _l("Waiting for a person"),
}
DONE = {
    "accept": _l("The item is accepted; its clock runs."),
    "accept_lenient": _l("The item is accepted; the papers may follow."),
    "grant": _l("The item is granted; the person is told."),
    "take_back": _l("The acceptance is taken back; the item is new again."),
    "deliver": _l("The item is finished."),
    "resume": _l("The item is taken up again."),
    "ask": _l("The person is asked once, together with the other offices."),
    "return": _l("The item is returned with your reasons."),
    "extend": _l("The papers have more time."),
    "refuse": _l("The refusal is kept with your name; the coordinator explains it in person."),
    "overturn": _l("The refusal is taken back; the item is decided anew."),
    "withdraw": _l("The item is withdrawn."),
    "papers": _l("It is kept; whoever waited for it goes on."),
    "add_file": _l("The file is kept; the person finds it at the own page."),
    "remove_file": _l("The file is taken away; nobody can open it any more."),
}
CASE_EVENTS = {
    "raise": _l("Found by the system"),
    "reported": _l("Reported by a person"),
}
ITEM_EVENTS = {
    "open": _l("Prepared for the office"),
}
NOTES = {
    "signal_gone": _l("A record that led here was withdrawn or corrected"),
    "signal_back": _l("The record that led here is there again"),
    "needs_telling": _l("To be told in another way"),
    "not_reached": _l("Could not be reached; the next way begins"),
    "visit_kept": _l("A late visit was kept as a note"),
    "place_this_person": _l("The place is to be found out"),
    "place_known": _l("The place is known now"),
    "waits_for_room": _l("Waits for room at a post"),
    "post_closed": _l("The post was closed"),
    "reminded_by_desk": _l("The desk asks you to see to this today"),
    "reply_fine": _l("The person answered: fine"),
    "reply_wrong_person": _l("The number belongs to somebody else"),
    "reply_call_me": _l("The person asks to be called"),
    "reply_stop": _l("The person wants no more text messages"),
    "reply_start": _l("The person wants text messages again"),
    "record_wrong": _l("The person says that a record is wrong; its office was asked"),
    "objection_escalated": _l("The objection was late and went to the county desk"),
    "objection_answered": _l("The objection was answered"),
    "reported_too": _l("A person reported the same need"),
    "identified": _l("A desk found out who it is"),
    "put_together": _l("Put together with the open matter of the same person"),
}
NOTICES = {
    "someone_will_come": _l("Somebody will come"),
    "someone_will_call": _l("Somebody will call"),
    "please_contact_us": _l("Please contact us"),
    "could_not_reach_letter": _l("Letter: nobody was reached"),
    "what_is_missing": _l("What is missing"),
    "ready_to_collect": _l("Ready to collect"),
    "on_its_way": _l("On its way"),
    "done": _l("Done"),
    "own_code": _l("Code for the own page"),
    "refused": _l("Refusal, told in person"),
    "post_digest": _l("Daily note to a post"),
    "post_late": _l("Daily note to a post: what is late"),
}
DECISIONS = {
    "say_received": _l("It was received: keep it as delivered"),
    "send_again": _l("It was never sent: send it again"),
    "give_up": _l("Nobody can say: do not send it, tell the person in another way"),
}

# Why a case went to somebody else, as its history tells it.
HANDED: Mapping[str, object] = {
    "own_confirmation": _l("who confirmed it does not approve it"),
    "lives_elsewhere": _l("the person lives somewhere else now"),
    "moved": _l("the person lives somewhere else now"),
    "relative": _l("the person is a relative"),
    "away": _l("the holder was away"),
    "too_much": _l("too much to do before the due date"),
    "other_skills": _l("somebody else can help better"),
    "new_holder": _l("somebody else looks after these places now"),
}

# Words that stand beside the codes in the core already, in both languages.
_BILINGUAL: Mapping[str, Mapping[Any, Mapping[str, str]]] = {
    "need": NEED_NAMES,
    "message": STATE_WORDS,
    "message_todo": WHAT_TO_DO,
    "why": WHY_WORDS,
}
_ALL: Mapping[str, Mapping[str, object]] = {
    "role": ROLES,
    "case": CASE_STATES,
    "item": ITEM_STATES,
    "office": OFFICE_KINDS,
    "desk_item": DESK_STATES,
    "hall_item": HALL_STATES,
    "post": POST_KINDS,
    "decision": DECISIONS,
    "case_event": CASE_EVENTS,
    "item_event": ITEM_EVENTS,
    "note": NOTES,
    "notice": NOTICES,
    "trigger": TRIGGER_STATES,
    "delivery_state": DELIVERY_STATES,
    "run": RUN_STATES,
    "run_kind": RUN_KINDS,
    "step": STEP_STATES,
    "done": DONE,
    "next": NEXT_STEPS,
    "how": WAYS,
    "item_reason": ITEM_REASONS,
    "delivery": DELIVERIES,
    "answer": ANSWERS,
    "handed": HANDED,
}


def word(kind: str, code: object) -> str:
    """Return the reader's word for `code`; a code without one is shown as it is."""
    if kind in _BILINGUAL:
        return in_language(_BILINGUAL[kind].get(str(code), {}), str(code))
    found = _ALL[kind].get(str(code))
    return str(found) if found is not None else str(code)


def in_language(words: Mapping[str, str], otherwise: str = "") -> str:
    """Return the reader's language of words that stand in both."""
    return words.get(get_locale().language) or words.get("en") or otherwise


def say_fact(value: object) -> str:
    """Return a fact of an error sentence in the reader's words where it is a known code."""
    parts = str(value).split(", ")
    return ", ".join(_known(part) for part in parts)


def _known(code: str) -> str:
    for kind in ("role", "case", "item"):
        if code in _ALL[kind]:
            return word(kind, code)
    return code
