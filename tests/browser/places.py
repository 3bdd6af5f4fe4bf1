"""The pages there are to look at: who opens each, its address, and what must be on it."""

from dataclasses import dataclass

from playwright.sync_api import Page


@dataclass(frozen=True)
class Place:
    """One page; `path` is empty where the story knows it by the page's name.

    `must` is a selector of what its user comes for.
    """

    who: str
    name: str
    path: str
    must: str


ON_A_PHONE = frozenset({"", "east", "west", "south"})
TRIGGER = "/policy/triggers/large_medical_bill"
PROPOSED = "/policy/triggers/disability_record"

PLACES = tuple(
    Place(*row)
    for row in (
        ("", "sign-in", "/sign-in", "main input"),
        ("", "start", "/start", "#code"),
        ("", "check", "/check", "main"),
        ("", "display", "/display", "main form"),
        ("", "automatic", "/automatic", "main"),
        ("", "own-door", "/my", "main form"),
        ("", "rules", "/rules", "main a"),
        ("", "rule", "/rules/large_medical_bill", "main"),
        ("east", "role", "/role", "main"),
        ("east", "list", "/visits", "a.cover"),
        ("east", "sheet", "", "form[data-steps]"),
        ("east", "hand_over", "", "main form"),
        ("east", "saved", "", "main"),
        ("east", "tell", "/tell", "main"),
        ("east", "waiting", "/visits/waiting", "[data-outbox]"),
        ("east", "no-signal", "/visits/no-signal", "main"),
        ("east", "print", "/visits/print", "main"),
        ("east", "consent", "", "main"),
        ("east", "devices", "/devices", "main"),
        ("east", "letters", "/letters", "main [type=checkbox]"),
        ("east", "checked", "/visits/corrections", "main"),
        ("east", "asked", "", "main"),
        ("east", "answers", "/visits/answers", "main"),
        ("east", "report", "/report", "main form"),
        ("east", "reported", "", "main"),
        ("south", "sample", "", "main"),
        ("west", "running", "", "main"),
        ("desk", "firm", "", "main"),
        ("town", "today", "/desk", "main"),
        ("town", "who-is-it", "", "main form"),
        ("town", "give-out", "", "main form"),
        ("town", "gate-list", "/town", "a.cover"),
        ("town", "gate", "", "main form"),
        ("town", "decided", "", "main"),
        ("town", "late", "/desk/cases?stage=late", "main"),
        ("town", "load", "/town/posts", "main"),
        ("town", "stand-in", "", "main form"),
        ("town", "objections", "/objections", "a.cover"),
        ("town", "objection", "", "blockquote"),
        ("county", "stuck", "/desk/stuck", "main"),
        ("county", "way", "/desk/way", "main"),
        ("county", "cases", "/desk/cases", "main"),
        ("county", "villages", "/desk/villages", "main"),
        ("county", "place-list", "/place", "a.cover"),
        ("county", "place", "", "main form"),
        ("county", "placed", "/place/done", "main"),
        ("county", "doubts", "/doubts", "a.cover"),
        ("county", "doubt", "", ".beside"),
        ("county", "post-slips", "/posts/slips", "main"),
        ("county", "take-up-one", "/policy/take-up?programme=medical_cost_relief", "main table"),
        ("relief", "items", "/office", "[data-worklist]"),
        ("clerk", "book", "/office/book", "input[type=file]"),
        ("clerk", "item", "", "main form"),
        ("clerk", "to-check", "/office/corrections", "main"),
        ("relief", "new_item", "", "main form"),
        ("hall", "hall-queue", "/hall", "main a"),
        ("hall", "hall-item", "", "main form"),
        ("operator", "health", "/operator", "main"),
        ("operator", "all-devices", "/operator/devices", "main"),
        ("operator", "messages", "/operator/messages", "main"),
        ("operator", "parked", "", "main"),
        ("operator", "tellings", "/operator/tellings", "main"),
        ("operator", "deliveries", "/operator/deliveries", "main table"),
        ("operator", "delivery", "", "main"),
        ("operator", "hand-in", "/operator/hand-in", "input[type=file]"),
        ("operator", "parcel", "", "main"),
        ("operator", "alarms", "/operator/alarms", "main"),
        ("operator", "runs", "/operator/runs", "main"),
        ("operator", "steps", "/operator/steps", "main"),
        ("policy", "triggers", "/policy/triggers", "main a"),
        ("policy", "trigger", TRIGGER, "main"),
        ("policy", "version", f"{TRIGGER}/versions/1", "main form button"),
        ("policy", "compare", f"{PROPOSED}/compare?a=1&b=2", "main"),
        ("policy", "drafts", "/policy/drafts", "main"),
        ("policy", "draft", "", "#yaml"),
        ("policy", "draft-examples", "", "main form"),
        ("policy", "draft-group", "", "main form"),
        ("policy", "draft-condition", "", "main form"),
        ("policy", "draft-measure", "", "main form"),
        ("policy", "draft-hit", "", "main form"),
        ("policy", "switch", f"{PROPOSED}/switch", "main form"),
        ("policy", "switch-back", f"{PROPOSED}/switch/1/back", "main form"),
        ("policy", "learnings", "/policy/learn", "main"),
        ("policy", "learn", f"{TRIGGER}/learn", "main"),
        ("policy", "take-up", "/policy/take-up", "main"),
        ("reviewer", "fairness", "/policy/fairness", "main table"),
    )
)

# Pages that need steps before them; the journey looks at each with the same eyes.
ON_THE_WAY = {
    "account.unlock": "test_device: a device that was registered before",
    "office.receipt": "test_keyboard: an item that was accepted",
    "hall.receipt": "test_keyboard: an item that was handed in",
    "trying.index": "test_officers_hour",
    "trying.show": "test_officers_hour: every kind of trial, and its first answer",
    "trying.beside": "test_officers_hour: a shadow that was started",
}
# Answers to GET that are no pages, and why.
NO_PAGES = {
    "static": "style sheet, scripts and icon",
    "account.home": "leads on to the first page of the role",
    "account.enter": "a link for one use that leads on; its button is pressed in test_offline",
    "coordinator.manifest": "JSON: the name of the application for the phone",
    "coordinator.worker": "a script",
    "coordinator.plan": "JSON for the worker",
    "coordinator.photo": "a picture",
    "coordinator.certificate": "a file of an office",
    "office.certificate": "a file of an office",
    "person.certificate": "a file of an office",
    "office.book": "an Excel file",
    "takeup.book": "an Excel file",
    "trying.book": "an Excel file",
    "policy.export": "a YAML file",
}


def wanting(page: Page, place: Place) -> list[str]:
    """Return what must be on a page and is not: one heading, and what its user comes for."""
    found = []
    if page.locator("main h1").count() != 1:
        found.append(f"{place.name}: has {page.locator('main h1').count()} main headings")
    if not page.locator(place.must).count():
        found.append(f"{place.name}: {place.must} is not on it")
    return found
