"""The main pages of each role: what stands in the navigation bar and where home is."""

from dataclasses import dataclass

from flask import request, url_for

from proactive.kernel.states import Role
from web.say import lazy as _l
from web.session import SignedIn

DESK = (
    ("supervisor.today", _l("Today")),
    ("town.gate", _l("To approve")),
    ("coordinator.my_list", _l("My list")),
    ("county.unplaced", _l("Place these people")),
    ("county.doubts", _l("Differing names")),
    ("coordinator.tellings", _l("Tell in person")),
    ("person.letters", _l("Letters")),
    ("person.reviews", _l("Objections")),
    ("supervisor.way", _l("From signal to help")),
    ("supervisor.villages", _l("Villages")),
    ("town.load", _l("Posts and load")),
    ("takeup.page", _l("Take-up")),
)
PAGES = {
    Role.COORDINATOR: (
        ("coordinator.my_list", _l("My list")),
        ("coordinator.tellings", _l("Tell in person")),
        ("person.letters", _l("Letters")),
    ),
    Role.TOWN: DESK,
    Role.COUNTY: DESK,
    Role.CLERK: (
        ("office.my_items", _l("My items")),
        ("office.corrections", _l("Records to check")),
    ),
    Role.GENERALIST: (("hall.queue", _l("To hand in")),),
    Role.POLICY: (
        ("policy.triggers", _l("Triggers")),
        ("learning.index", _l("What visits found")),
        ("takeup.page", _l("Take-up")),
    ),
    Role.FAIRNESS: (("fairness.page", _l("Fairness")),),
    Role.OPERATOR: (
        ("admin.health", _l("Health")),
        ("admin.messages", _l("Messages")),
        ("admin.deliveries", _l("Deliveries")),
        ("admin.hand_in_form", _l("Hand in a file")),
        ("admin.alarms", _l("Alarms")),
        ("admin.runs", _l("Runs")),
        ("admin.steps", _l("Steps")),
        ("account.all_devices", _l("Devices and slips")),
        ("policy.triggers", _l("Triggers")),
        ("learning.index", _l("What visits found")),
        ("takeup.page", _l("Take-up")),
    ),
}


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation bar."""

    name: str
    url: str
    here: bool


def places_of(me: SignedIn | None) -> list[Place]:
    """Return the main pages of the person's present role."""
    if me is None or me.actor is None:
        return []
    return [
        Place(str(name), url_for(endpoint), request.endpoint == endpoint)
        for endpoint, name in PAGES.get(me.actor.role, ())
    ]


def home_of(role: Role) -> str:
    """Return the endpoint where a person of `role` starts."""
    return PAGES[role][0][0]
