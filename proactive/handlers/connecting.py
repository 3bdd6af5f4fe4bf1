"""Calls to offices' own systems, and their answers as acts of their officers."""

from contextlib import AbstractContextManager
from uuid import UUID

from proactive.bootstrap import Platform
from proactive.connectors.answers import TakenAnswer, note_officer, take_answer
from proactive.connectors.looking import ask_due, note_problem
from proactive.connectors.model import check_said
from proactive.connectors.sending import TakeAnswer, call_due
from proactive.kernel.errors import Refused
from proactive.kernel.logs import get_logger
from proactive.kernel.work import Actor, Work
from proactive.plugins.office_connector import Malformed, Said

CALLER = Actor.machine("office_lines")
log = get_logger(__name__)


def call_offices(platform: Platform, key: str) -> None:
    """Hand over what waits for offices that work in a system of their own."""
    call_due(lambda: _work(platform), platform.office_lines, _taker(platform))


def ask_offices(platform: Platform, key: str) -> None:
    """Ask what became of calls nobody heard of, and how silent items stand."""
    ask_due(lambda: _work(platform), platform.office_lines, _taker(platform))


def take_said(platform: Platform, office: str, said: Said) -> TakenAnswer:
    """Do what an officer answered, in the officer's own name; Refused says what is wrong with it.

    What cannot be taken stays visible at its hand-in, so that a person of the office looks at it.
    """
    try:
        check_said(said)
        with platform.work(CALLER) as work:
            actor = note_officer(work, office, said)
        with platform.work(actor) as work:
            return take_answer(work, said)
    except Refused as refusal:
        _note(platform, office, said, refusal.code)
        raise


def _taker(platform: Platform) -> TakeAnswer:
    def take(office: str, said: Said | Malformed) -> None:
        if isinstance(said, Malformed):
            log.warning("An office's answer could not be read.", office=office, place=said.why)
            return
        try:
            take_said(platform, office, said)
        except Refused as refusal:
            log.warning("An office's answer was refused.", office=office, code=refusal.code)

    return take


def _note(platform: Platform, office: str, said: Said, code: str) -> None:
    if code in ("not_found", "old_hand_in"):
        return
    try:
        call_id = UUID(said.hand_in)
    except ValueError:
        return
    with platform.work(CALLER) as work:
        note_problem(work, call_id, office, code)


def _work(platform: Platform) -> AbstractContextManager[Work]:
    return platform.work(CALLER)
