"""What the operator sees and decides, and what nobody sees."""

from dataclasses import replace
from uuid import UUID

import pytest
from sqlalchemy import select, text

from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.notices.model import Decision, MessageState
from proactive.notices.queries import (
    Ageing,
    ageing,
    count_states,
    list_messages,
    list_tellings,
    messages_of_case,
)
from proactive.notices.receiving import take_reply
from proactive.notices.service import (
    resolve_parked,
)
from proactive.notices.store import needs_telling
from proactive.plugins.notifier import Accepted, Reply
from tests.proactive.notices.conftest import Office, shanghai


def parked(office: Office) -> UUID:
    told = office.told()[0]
    office.notifier.script.append("lost")
    office.notifier.can_be_asked = False
    office.send()
    for _ in range(6):
        office.time_passes(20)
        office.sweep()
    [row] = office.messages(told)
    assert row.state == "parked"
    return UUID(str(row.id))


@pytest.mark.parametrize(
    ("decision", "state"),
    [
        (Decision.SAY_RECEIVED, "delivered"),
        (Decision.SEND_AGAIN, "sent"),
        (Decision.GIVE_UP, "failed"),
    ],
)
def test_an_operator_decides_about_a_parked_message(
    office: Office, decision: Decision, state: str
) -> None:
    message_id = parked(office)
    operator = Actor(Role.OPERATOR, "ops")

    office.clock.move_to(shanghai("2026-11-21T23:00:00"))
    with office.platform.work(operator) as work:
        resolve_parked(work, office.desk, message_id, decision)
    planned = office.messages()[0].not_before
    office.clock.move_to(shanghai("2026-11-22T08:00:00"))
    office.send()
    office.sweep()

    assert office.messages()[0].state == state
    assert (planned == office.clock.now()) is (decision is Decision.SEND_AGAIN)
    tellings = office.rows(select(needs_telling))
    assert [row.reason for row in tellings] == (
        ["given_up"] if decision is Decision.GIVE_UP else []
    )
    with office.platform.work(operator) as work, pytest.raises(Refused):
        resolve_parked(work, office.desk, message_id, decision)


def test_the_operators_page_counts_explains_and_shows_no_person(office: Office) -> None:
    parked(office)
    office.told(2)
    office.send()
    key = office.person(phone="")
    office.tell(key, case_id=office.case(key))
    office.send()

    with office.platform.work(Actor(Role.OPERATOR, "ops")) as work:
        counts = {line.state: line.count for line in count_states(work.db)}
        [line] = list_messages(work.db, MessageState.PARKED)
        [telling] = list_tellings(work.db)

    assert (counts[MessageState.PARKED], counts[MessageState.SENT]) == (1, 2)
    assert "人工" in line.what_to_do["zh"] + line.name["zh"]
    assert line.what_to_do["en"].startswith("Ask")
    assert line.to_masked.startswith("*")
    assert telling.why["en"] == "No mobile number"


def test_a_case_shows_its_messages(office: Office) -> None:
    key = office.person()
    case_id = office.case(key)
    office.tell(key, case_id=case_id)
    office.send()

    with office.platform.work(Actor.machine("test")) as work:
        lines = messages_of_case(work.db, case_id)

    assert [(line.template, line.state) for line in lines] == [("someone_will_come", "sent")]


def test_what_should_have_passed_by_itself_and_did_not_is_reported_and_nothing_else(
    office: Office,
) -> None:
    office.notifier.script.extend([Accepted("x"), "lost"])
    office.told(2)
    office.send()
    fresh = ageing_of(office)
    office.time_passes(31)
    office.notifier.script.append("lost")
    office.told()
    office.send()

    [old] = ageing_of(office)

    assert fresh == ()
    assert (old.state, old.count) == (MessageState.UNKNOWN, 1)


def ageing_of(office: Office) -> tuple[Ageing, ...]:
    with office.platform.work(Actor.machine("test")) as work:
        return ageing(work.db)


def test_another_village_sees_none_of_it(office: Office) -> None:
    key = office.person()
    case_id = office.case(key, area_1="p", area_2="c", area_3="k", area_4="t", area_5="v1")
    office.tell(key, "refused", case_id=case_id)
    office.tell(key, case_id=case_id)
    office.send()
    mine = Actor(Role.COORDINATOR, "a", areas=("v1",), level=5)
    other = replace(mine, id="b", areas=("v2",))

    seen = []
    for actor in (mine, other):
        with office.platform.work(actor) as work:
            seen.append((len(messages_of_case(work.db, case_id)), len(list_tellings(work.db))))

    assert seen == [(1, 1), (0, 0)]


def test_neither_number_nor_name_nor_text_reaches_audit_steps_or_notes(office: Office) -> None:
    key = office.person()
    office.tell(key, case_id=office.case(key), params={"who": "欧阳独特名"})
    office.send()
    said = Reply("SM1", "+8613800000001", "4")
    office.as_machine(take_reply, office.desk, "scripted", said)

    for table in ("audit", "step", "case_event", "inbound", "callback_seen", "suppression"):
        dump = office.rows(
            text(f"SELECT coalesce(string_agg(t::text, ''), '') AS d FROM {table} t")
        )
        assert "13800000001" not in dump[0].d
        assert "欧阳独特名" not in dump[0].d
    dump = office.rows(
        text(
            "SELECT string_agg(m::text, '') || string_agg(n::text, '') AS d"
            " FROM message m JOIN notice n ON n.id = m.notice_id"
        )
    )
    assert "13800000001" not in dump[0].d
    assert "欧阳独特名" not in dump[0].d
