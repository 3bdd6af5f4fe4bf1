"""The words people read for the codes the core keeps: roles, needs, states, outcomes, kinds."""

from collections.abc import Mapping

from flask_babel import get_locale
from flask_babel import lazy_gettext as _l

from proactive.kernel.needs import NEED_NAMES
from proactive.notices.words import STATE_WORDS, WHAT_TO_DO, WHY_WORDS

ROLES = {
    "coordinator": _l("Coordinator"),
    "town": _l("Town office"),
    "county": _l("County desk"),
    "clerk": _l("Office clerk"),
    "policy": _l("Policy staff"),
    "operator": _l("Operator"),
    "machine": _l("The system"),
    "recipient": _l("The person"),
}
CASE_STATES = {
    "raised": _l("Found by the system, not yet given to anyone"),
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
}
POST_KINDS = {
    "coordinator": _l("Village coordinator"),
    "town_desk": _l("Town desk"),
    "county_desk": _l("County desk"),
    "enterprise_desk": _l("Enterprise service desk"),
}

DECISIONS = {
    "say_received": _l("It was received: keep it as delivered"),
    "send_again": _l("It was never sent: send it again"),
    "give_up": _l("Nobody can say: do not send it, tell the person in another way"),
}

# Words that stand beside the codes in the core already, in both languages.
_BILINGUAL: Mapping[str, Mapping[str, Mapping[str, str]]] = {
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
    "post": POST_KINDS,
    "decision": DECISIONS,
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
