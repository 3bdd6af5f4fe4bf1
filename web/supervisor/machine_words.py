"""What the machine does beside its steps, in words: after a move, on a reply, at every look.

One entry for each reaction that the code knows; tests hold them together. What it may write at all
is read from the state tables themselves.
"""

from collections.abc import Mapping

from proactive.bundles.model import ITEM_TABLE
from proactive.cases.model import CASE_TABLE
from proactive.kernel.states import Role, StateTable
from proactive.notices.model import MESSAGE_TABLE
from proactive.notices.replies import Meaning
from proactive.outcomes.faults import CORRECTION_TABLE
from proactive.rules.model import TRIGGER_TABLE
from proactive.voice.model import OBJECTION_TABLE
from web.say import gettext
from web.say import lazy as _l
from web.words import in_language

TABLES: Mapping[str, tuple[StateTable, object]] = {
    table.name: (table, says)
    for table, says in (
        (CASE_TABLE, _l("A case")),
        (ITEM_TABLE, _l("An item of an office")),
        (MESSAGE_TABLE, _l("A message")),
        (TRIGGER_TABLE, _l("A version of a rule")),
        (OBJECTION_TABLE, _l("An objection")),
        (CORRECTION_TABLE, _l("A question to an office about its record")),
    )
}

_ANNOUNCES = _l("tells the person, once, who will come")
_BEGINS = _l("begins the services where the person has agreed; where not, the offer is to be made")
_ENDS_QUIET = _l("ends the quiet time that followed from the answer")
# what was done with a case → what follows by itself
FOLLOW_WORDS: Mapping[str, object] = {
    "route": _ANNOUNCES,
    "hand_over": _ANNOUNCES,
    "confirm": _l(
        "lays it before the town where a service asks for that; where none does, goes on"
    ),
    "approve": _BEGINS,
    "prepare": _BEGINS,
    "accept": _l("begins the services that were chosen"),
    "send_back": _l("returns it to the post that had it"),
    "complete": _l("sets the day of a last look"),
    "not_confirm": _l("asks the office to look at its record, where the visit found it wrong"),
    "take_back": _ENDS_QUIET,
    "take_back_to_try": _ENDS_QUIET,
}

REPLY_WORDS: Mapping[Meaning, object] = {
    Meaning.FINE: _l("“Fine”: it is noted"),
    Meaning.WRONG_PERSON: _l(
        "“Wrong person”: nothing more goes to this number, and a post is told"
    ),
    Meaning.CALL_ME: _l("“Call me”: a post is asked to call, with a day"),
    Meaning.STOP: _l("“Stop”: nothing more goes to this number; the post tells what is to be told"),
    Meaning.START: _l("“Start” after a stop: messages go to this number again"),
    Meaning.UNKNOWN: _l("Anything else: answered once with what can be replied, then noted"),
}

# Every few seconds: the parts of the scheduler's tick, by the names of their functions.
LOOK_WORDS: Mapping[str, object] = {
    "give_back_expired": _l("takes up again what a process that died left undone"),
    "plan_scans": _l(
        "plans a rule’s look when its time has come, and begins a version on the day that people"
        " signed for"
    ),
    "plan_chores": _l("begins each duty of the day at its time"),
    "look_into_drop": _l("looks for files that an office has put into its folder"),
    "show_life": _l("notes that it is alive"),
    "ring_again": _l("sees that every message that is due gets sent"),
    "ring_for_calls": _l("sees that every call to an office’s own system is made"),
    "_sweep_when_needed": _l("looks after messages on their way"),
    "_raise_what_waits": _l("raises what could not be raised for want of a county desk"),
}


def changes() -> list[tuple[str, str]]:
    """Return what a state table is about, and all that the machine may do there, in words."""
    return [(str(says), _of_machine(table)) for table, says in TABLES.values()]


def _of_machine(table: StateTable) -> str:
    mine = [row for row in table.transitions if Role.MACHINE in row.by]
    words = dict.fromkeys(in_language({"en": row.en, "zh": row.zh}) for row in mine)
    return gettext("; ").join(words) or gettext("nothing by itself")


def follows() -> list[tuple[str, str]]:
    """Return what was done with a case, in the words of its table, and what follows by itself."""
    rows = {row.action: {"en": row.en, "zh": row.zh} for row in reversed(CASE_TABLE.transitions)}
    return [(in_language(rows[action]), str(says)) for action, says in FOLLOW_WORDS.items()]
