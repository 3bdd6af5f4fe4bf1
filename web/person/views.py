"""The pages for everybody: is a message genuine, and the own page by number and code."""

import re

from flask import Blueprint, g, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from proactive.kernel.clock import local_date
from proactive.kernel.errors import Refused
from proactive.kernel.ids import REFERENCE_ALPHABET, REFERENCE_LENGTH
from proactive.kernel.work import Actor
from proactive.voice.asking import ask_for_code
from proactive.voice.model import CODES_BY_SMS_A_DAY, LONGEST_WORDS, Kind, as_kept
from proactive.voice.objections import bring
from proactive.voice.queries import genuine
from proactive.voice.service import (
    FAULTS,
    answer_offer,
    choose,
    not_me,
    rate,
    record_is_wrong,
    want_messages,
    want_no_messages,
)
from web.access import platform, public
from web.correcting import say_fault
from web.errors import UNPROCESSABLE, bad_request
from web.person.door import DOOR, by_code, case_here, come_in, go_out, remember, show
from web.person.mine import ANSWERED, BROUGHT, RATES, read_own
from web.person.services import BY_HAND
from web.person.written import house
from web.reading import posted_id, posted_number, posted_text, posted_texts
from web.say import gettext
from web.say import lazy as _l
from web.words import word

blueprint = Blueprint("person", __name__, template_folder="templates")
REFERENCE = re.compile(f"[{REFERENCE_ALPHABET}]{{{REFERENCE_LENGTH}}}")
# A reader that may see messages but no identity: the machine's own, for this one question.
CHECKER = Actor.machine("check")
DONE = {
    "accepted": _l("Thank you. The offices begin now."),
    "declined": _l("You said no. Nothing is taken from you."),
    "chosen": _l("Your choice is kept."),
    "objection": _l("Your objection is kept. Somebody else than who decided will look at it."),
    "not_done": _l("It is kept. The county desk will look at it."),
    "rated": _l("Thank you for telling us."),
    "stopped": _l("You will get no more text messages from us. We shall tell you in person."),
    "again": _l(
        "You get text messages again. If you stopped them by a message from your phone, send "
        "“START” from it as well."
    ),
    "record": _l("It is kept. The office that keeps the record is asked to check it."),
}


@blueprint.get("/check")
@public("asks for a reference only")
def check() -> ResponseReturnValue:
    return show("person/check.html", answer="")


@blueprint.post("/check")
@public("says what a message was about and when it was sent; never to whom")
def do_check() -> ResponseReturnValue:
    reference = as_kept(posted_text("reference", 40))
    if not REFERENCE.fullmatch(reference):
        errors = {"reference": _wrong_length()}
        return show("person/check.html", answer="", errors=errors), UNPROCESSABLE
    with platform().work(CHECKER) as unit:
        found = genuine(unit, reference)
        sent_on = local_date(found.at, unit.zone) if found else unit.today
    return show(
        "person/check.html",
        answer="genuine" if found else "unknown",
        sent_on=sent_on,
        sender=house(sent_on).sender,
        says=word("notice", found.template) if found and found.template else "",
    )


@blueprint.get("/my")
@public("shows a form; with a session of the own page that one case, and nobody's name")
def mine() -> ResponseReturnValue:
    case_id = case_here()
    if case_id is None:
        return _door(again="again" in request.args)
    done = DONE.get(request.args.get("done", ""))
    return show(
        "person/mine.html",
        own=read_own(case_id),
        done=str(done) if done else "",
        rates=[(code, str(words)) for code, words in RATES.items()],
        brought_words=BROUGHT,
        answer_words=ANSWERED,
        by_hand=str(BY_HAND),
        faults=[(str(code), say_fault(code)) for code in FAULTS],
        limit=LONGEST_WORDS,
    )


@blueprint.post("/my")
@public("takes number and code; whatever does not fit gets one answer")
def come() -> ResponseReturnValue:
    token = come_in(posted_text("number", 40), posted_text("code", 40))
    if token is None:
        return _door(wrong=True), UNPROCESSABLE
    answer = make_response(redirect(url_for("person.mine"), 303))
    remember(answer, token)
    return answer


@blueprint.post("/my/code")
@public("takes a number; the answer is the same for every number")
def ask() -> ResponseReturnValue:
    """Have a code sent to the phone on record, if there is one; never says whether."""
    number = as_kept(posted_text("wanted", 40))
    if not REFERENCE.fullmatch(number):
        errors = {"wanted": _wrong_length()}
        return _door(errors=errors, wanted=number), UNPROCESSABLE
    with platform().work(DOOR) as unit:
        ask_for_code(unit, number, request.remote_addr or "")
    quiet = platform().desk.limits.quiet
    return show("person/asked.html", number=number, quiet=quiet, most=CODES_BY_SMS_A_DAY)


@blueprint.post("/my/leave")
@public("only ends the session of this browser")
def leave() -> ResponseReturnValue:
    return _left(not_me=False)


@blueprint.post("/my/answer")
@by_code
def answer() -> ResponseReturnValue:
    """Keep yes or no to the offer; no is possible at any time and takes nothing away."""
    action = posted_text("action", 20)
    if action not in {"accept", "decline"}:
        raise bad_request()
    with platform().work(Actor.person(g.own_case)) as unit:
        answer_offer(unit, g.own_case, action, base_version=posted_number("base_version"))
    return _back("accepted" if action == "accept" else "declined")


@blueprint.post("/my/services")
@by_code
def services() -> ResponseReturnValue:
    """Bring a bundle's menu to what was ticked; what goes along is shown first."""
    bundle_id, ticked = posted_id("bundle"), posted_texts("services")
    try:
        with platform().work(Actor.person(g.own_case)) as unit:
            choose(
                unit,
                g.own_case,
                bundle_id,
                ticked,
                base_version=posted_number("base_version"),
                cascade=posted_text("with_others", 3) == "yes",
            )
    except Refused as refusal:
        if refusal.code != "draws_others_along":
            raise
        codes = set(str(refusal.facts["items"]).split(", "))
        own = read_own(g.own_case)
        menu = next(each for each in own.menus if each.bundle_id == bundle_id)
        others = [item for item in menu.items if item.code in codes]
        page = show("person/along.html", menu=menu, others=others, ticked=ticked)
        return page, UNPROCESSABLE
    return _back("chosen")


@blueprint.post("/my/object")
@by_code
def say_otherwise() -> ResponseReturnValue:
    """Lay before somebody else what the person objects to or could not get done."""
    try:
        kind = Kind(posted_text("kind", 20))
    except ValueError:
        raise bad_request() from None
    words = posted_text("words", LONGEST_WORDS)
    with platform().work(Actor.person(g.own_case, by_worker=True)) as unit:
        bring(unit, g.own_case, kind, words)
    return _back(kind)


@blueprint.post("/my/wrong")
@by_code
def wrong_record() -> ResponseReturnValue:
    """Have the office that keeps a record look at it again."""
    feed, contracts = posted_text("feed", 60), platform().contracts
    if feed not in contracts:
        raise bad_request()
    with platform().work(Actor.person(g.own_case, by_worker=True)) as unit:
        record_is_wrong(
            unit,
            g.own_case,
            feed,
            posted_text("fault", 20),
            owner=contracts[feed].owner,
        )
    return _back("record")


@blueprint.post("/my/rate")
@by_code
def give_rate() -> ResponseReturnValue:
    with platform().work(Actor.person(g.own_case)) as unit:
        rate(unit, g.own_case, posted_number("rate"))
    return _back("rated")


@blueprint.post("/my/stop")
@by_code
def stop() -> ResponseReturnValue:
    with platform().work(Actor.person(g.own_case, by_worker=True)) as unit:
        want_no_messages(unit, g.own_case)
    return _back("stopped")


@blueprint.post("/my/messages")
@by_code
def messages_again() -> ResponseReturnValue:
    with platform().work(Actor.person(g.own_case, by_worker=True)) as unit:
        want_messages(unit, g.own_case)
    return _back("again")


@blueprint.post("/my/not-me")
@by_code
def is_not_me() -> ResponseReturnValue:
    """Cut this browser and these messages off from a case that is somebody else's."""
    with platform().work(Actor.person(g.own_case, by_worker=True)) as unit:
        not_me(unit, g.own_case)
    return _left(not_me=True)


def _left(*, not_me: bool) -> ResponseReturnValue:
    """End the session and have the browser forget what it keeps of the pages."""
    answer = make_response(show("person/left.html", not_me=not_me))
    go_out(answer)
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def _door(**more: object) -> str:
    """Return the page that asks for number and code."""
    usual: dict[str, object] = {"again": False, "wrong": False, "wanted": "", "errors": {}}
    return show("person/door.html", **{**usual, **more})


def _wrong_length() -> str:
    return gettext(
        "The number has %(count)s letters and digits. Please look again.", count=REFERENCE_LENGTH
    )


def _back(done: str) -> ResponseReturnValue:
    return redirect(url_for("person.mine", done=done), 303)
