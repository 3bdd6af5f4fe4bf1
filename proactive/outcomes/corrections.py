"""Correction requests: a visit found a record wrong, and the office that owns it is asked.

The machine forwards what a named person said at a visit; only people of the office answer. A later
delivery that brings the corrected record is noted, and decides nothing.
"""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text, update
from sqlalchemy.dialects.postgresql import insert

from proactive.areas.calendar import add_working_days
from proactive.areas.store import path_in
from proactive.bundles.offices import OfficeFinder
from proactive.cases.service import area_path, get_case
from proactive.cases.store import case_evidence
from proactive.feeds.contract import Contract
from proactive.kernel.db import AREA_COLUMNS
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id, public_ref
from proactive.kernel.work import Work
from proactive.outcomes.faults import (
    ANSWER_WORKING_DAYS,
    CORRECTION_TABLE,
    LONGEST_NOTE,
    Answer,
    CorrectionState,
    Fault,
    register_to_ask,
)
from proactive.outcomes.store import correction_request
from proactive.people.vault import card
from proactive.rules.nodes import HOME_FEEDS

LONG_NUMBER = re.compile(r"\d[\d\s-]{5,}\d")
ASKED = correction_request.c


def ask_correction(
    work: Work,
    case_row: Row[Any],
    reason: str,
    *,
    asked_by: str,
    said_at: datetime,
    contracts: Mapping[str, Contract],
) -> UUID | None:
    """Ask the office that owns the record to look at it; None where nobody need be asked.

    Once per case and feed, until it is withdrawn. `asked_by` is the person whose visit found it,
    at `said_at`: what was withdrawn since then is not asked anew by looking at the visit twice.
    """
    home = HOME_FEEDS.get(case_row.kind, "")
    wanted = register_to_ask(reason, lead_feed=case_row.lead_feed, home_feed=home)
    if wanted is None:
        return None
    feed, fault = wanted if wanted[0] in contracts else (case_row.lead_feed, wanted[1])
    if feed not in contracts or _asked_since(work, case_row.id, feed, said_at):
        return None
    return ask_about(
        work,
        case_row,
        feed,
        fault,
        reason=reason,
        asked_by=asked_by,
        owner=contracts[feed].owner,
    )


def _asked_since(work: Work, case_id: UUID, feed: str, since: datetime) -> bool:
    query = select(ASKED.id).where(
        ASKED.case_id == case_id, ASKED.feed == feed, ASKED.asked_at > since
    )
    return work.db.execute(query.limit(1)).first() is not None


def ask_about(
    work: Work,
    case_row: Row[Any],
    feed: str,
    fault: Fault,
    *,
    reason: str,
    asked_by: str,
    owner: str,
) -> UUID | None:
    """Ask the office of kind `owner` to look at a feed's record.

    None where it was asked before; a request that was withdrawn is no question any more.
    """
    record = _newest_record(work, case_row.id, feed)
    request_id = new_id()
    path = area_path(case_row)
    office = OfficeFinder(work.db, path).find(owner)
    values = {
        "id": request_id,
        "ref": public_ref(),
        "case_id": case_row.id,
        "trigger": case_row.trigger,
        "feed": feed,
        "record_id": record.record_id if record else "",
        "version": record.version if record else 0,
        "event_on": record.event_on if record else None,
        "place": next((code for code in reversed(path) if code), ""),
        "reason": reason,
        "fault": fault,
        "who_cipher": _sealed(work, request_id, case_row.subject_key),
        "office_id": office.id if office else None,
        "asked_by": asked_by,
        "asked_at": work.now,
        "due_on": add_working_days(work, work.today, ANSWER_WORKING_DAYS).day,
        **dict(zip(AREA_COLUMNS, path, strict=True)),
    }
    statement = insert(correction_request).values(values)
    statement = statement.on_conflict_do_nothing(
        index_elements=["case_id", "feed"], index_where=text("state <> 'withdrawn'")
    )
    if work.db.execute(statement.returning(ASKED.id)).scalar_one_or_none() is None:
        return None
    work.audit("ask_correction", "correction_request", request_id, areas=path, feed=feed)
    return request_id


def _newest_record(work: Work, case_id: UUID, feed: str) -> Row[Any] | None:
    query = (
        select(case_evidence)
        .where(
            case_evidence.c.case_id == case_id,
            case_evidence.c.source == feed,
            case_evidence.c.gone_at.is_(None),
        )
        .order_by(case_evidence.c.event_on.desc().nulls_last(), case_evidence.c.record_id)
        .limit(1)
    )
    return work.db.execute(query).one_or_none()


def _sealed(work: Work, request_id: UUID, subject_key: int) -> bytes:
    """Seal whom it is about for the desk that holds the record; the office gave us both itself."""
    who = card(work, subject_key, purpose="correction")
    words = json.dumps({"name": who.name, "number": who.id_number}, ensure_ascii=False)
    return work.keys.encrypt(words, aad=f"correction:{request_id}")


def who_it_is_about(work: Work, row: Row[Any]) -> dict[str, str]:
    """Return name and number for the desk that was asked, and leave an audit row; {} once over."""
    if row.who_cipher is None:
        return {}
    work.audit("read_identity", "correction_request", row.id, purpose="correction")
    found: dict[str, str] = json.loads(
        work.keys.decrypt(row.who_cipher, aad=f"correction:{row.id}")
    )
    return found


def specify_correction(
    work: Work, request_id: UUID, *, evidence_id: UUID | None, fault: str, note: str
) -> None:
    """Say which record of the request's feed is meant and what is wrong with it.

    Raises Refused `not_found`, `not_possible_now`, or `bad_correction` with the fields.
    """
    row = get_correction(work, request_id)
    CORRECTION_TABLE.check(row.state, "specify", work.actor.role)
    wrong = {} if fault in set(Fault) else {"fault": "choose what is wrong"}
    record = _evidence(work, row, evidence_id) if evidence_id else None
    if evidence_id and record is None:
        wrong["record"] = "choose one of the records"
    wrong |= _wrong_note(work, row, note)
    if wrong:
        raise Refused(
            "bad_correction",
            "The note for the office is not complete yet.",
            todo="Mend what is marked and send it again.",
            fields=wrong,
        )
    found = {name: getattr(record, name) for name in ("record_id", "version", "event_on")}
    values = {**(found if record else {}), "fault": fault, "note": note.strip()}
    _put(work, row, "specify_correction", **values)


def _evidence(work: Work, row: Row[Any], evidence_id: UUID) -> Row[Any] | None:
    query = select(case_evidence).where(
        case_evidence.c.id == evidence_id,
        case_evidence.c.case_id == row.case_id,
        case_evidence.c.source == row.feed,
    )
    return work.db.execute(query).one_or_none()


def _wrong_note(work: Work, row: Row[Any], note: str) -> dict[str, str]:
    """A note goes without names and numbers: the office learns from the sealed part who it is."""
    if len(note) > LONGEST_NOTE:
        return {"note": "too long"}
    if not note.strip():
        return {}
    who = card(work, get_case(work, row.case_id).subject_key, purpose="correction")
    named = any(name and name in note for name in who.names)
    return {"note": "no names, no numbers"} if named or LONG_NUMBER.search(note) else {}


def answer_correction(work: Work, request_id: UUID, answer: str, *, note: str = "") -> None:
    """Keep what the office found in its records; whom it is about is forgotten with that.

    Raises Refused `not_found`, `not_yours` (for the machine and for everybody but the office),
    `not_possible_now` or `no_such_answer`.
    """
    row = get_correction(work, request_id)
    CORRECTION_TABLE.check(row.state, "answer", work.actor.role)
    if answer not in set(Answer) or len(note) > LONGEST_NOTE:
        raise Refused(
            "no_such_answer",
            "This is not an answer to a correction request.",
            todo="Choose: corrected, stands as it is, or cannot be told.",
            fields={"answer": "choose an answer"},
        )
    _put(
        work,
        row,
        "answer_correction",
        state=CorrectionState.ANSWERED,
        answer=answer,
        answer_note=note.strip(),
        answered_by=work.actor.id,
        answered_at=work.now,
        who_cipher=None,
    )


def withdraw_correction(work: Work, request_id: UUID) -> None:
    """Take a request back; Refused `not_found`, `not_yours` or `not_possible_now`."""
    row = get_correction(work, request_id)
    CORRECTION_TABLE.check(row.state, "withdraw", work.actor.role)
    _put(work, row, "withdraw_correction", state=CorrectionState.WITHDRAWN, who_cipher=None)


def get_correction(work: Work, request_id: UUID) -> Row[Any]:
    """Return one request, locked; Refused `not_found` where the reader may not see it."""
    query = select(correction_request).where(ASKED.id == request_id).with_for_update()
    row = work.db.execute(query).one_or_none()
    if row is None:
        raise Refused("not_found", "There is no such correction request.")
    return row


def _put(work: Work, row: Row[Any], action: str, **values: Any) -> None:
    work.db.execute(update(correction_request).where(ASKED.id == row.id).values(**values))
    work.audit(action, "correction_request", row.id, areas=path_in(row), feed=row.feed)


# The record itself has a later version; the person's place has changed; the death is entered.
ARRIVED = """
UPDATE correction_request AS r SET arrived_at = :now
FROM "case" AS c LEFT JOIN subject AS s ON s.key = c.subject_key
WHERE c.id = r.case_id AND r.arrived_at IS NULL AND r.state <> 'withdrawn' AND (
  EXISTS (SELECT FROM superseded AS o WHERE o.feed = r.feed AND o.record_id = r.record_id
    AND o.version = r.version AND o.since >= r.asked_at)
  OR (r.fault = 'died' AND s.died_on IS NOT NULL)
  OR (r.fault IN ('moved', 'other_place') AND r.place <> '' AND r.place <> coalesce(
    nullif(s.area_5, ''), nullif(s.area_4, ''), nullif(s.area_3, ''), nullif(s.area_2, ''),
    s.area_1)))
RETURNING r.id, r.feed, r.area_1, r.area_2, r.area_3, r.area_4, r.area_5
"""


def note_arrived(work: Work) -> int:
    """Note the requests whose record has come anew since; it answers none of them."""
    rows = work.db.execute(text(ARRIVED), {"now": work.now}).all()
    for row in rows:
        work.audit("note", "correction_request", row.id, areas=path_in(row), reason="arrived")
    return len(rows)
