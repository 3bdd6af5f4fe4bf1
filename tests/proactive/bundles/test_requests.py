"""One request for all offices, clocks that stop while the person is asked, and what is told."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest

from proactive.bundles.model import ItemState
from proactive.bundles.requests import ask_for_more, asked_things, open_request
from proactive.bundles.service import fill_form
from proactive.bundles.store import item_event, request, request_line
from proactive.bundles.telling import Message, completion_notice, notice_for
from proactive.kernel.errors import Refused
from proactive.kernel.tables import step
from proactive.kernel.work import Actor

S = ItemState
MACHINE = Actor.machine("test")
FOUND = {"agrees": "yes", "hard_to_pay": "yes"}


@pytest.fixture
def bundle_id(desk: Any) -> UUID:
    opened: UUID = desk.open(
        desk.case("medical_cost_relief", findings=FOUND), "medical_cost_relief"
    )
    return opened


def ask(desk: Any, bundle_id: UUID, code: str, **data: Any) -> Any:
    row = desk.item(bundle_id, code)
    kind = next(k for k, o in desk.offices.items() if o.id == row.office_id)
    moved = desk.do(
        desk.clerk(kind), lambda w: ask_for_more(w, row.id, base_version=row.version, **data)
    )
    desk.settle(bundle_id)
    return moved


def announced(desk: Any) -> list[Any]:
    return desk.rows(step, step.c.name == "notice_bundle_event")


def test_what_two_offices_ask_goes_out_once_and_each_thing_stands_once(
    desk: Any, bundle_id: UUID
) -> None:
    ask(desk, bundle_id, "serious_illness_pay", fields=["bank_account"])
    desk.forward(minutes=30)
    ask(desk, bundle_id, "temporary_aid", fields=["bank_account"], papers=["income_statement"])

    assert len(desk.rows(request)) == 1
    [waiting] = announced(desk)
    assert waiting.due_at == desk.platform.clock.now() + timedelta(minutes=90)
    desk.forward(hours=2)
    notice = desk.do(MACHINE, lambda work: notice_for(work, UUID(waiting.key)))
    assert notice.message is Message.MISSING
    assert notice.params["what"] == "家庭经济状况说明、收款账号"
    assert notice.params["office"] == desk.offices["medical_insurance"].name
    current = desk.do(MACHINE, lambda work: open_request(work, bundle_id))
    things = desk.do(MACHINE, lambda work: asked_things(work, current.id))
    assert {(t.code, len(t.items)) for t in things} == {
        ("bank_account", 2),
        ("income_statement", 1),
    }


def test_an_answer_frees_every_item_that_asked(desk: Any, bundle_id: UUID) -> None:
    ask(desk, bundle_id, "serious_illness_pay", fields=["bank_account"])
    ask(desk, bundle_id, "temporary_aid", fields=["bank_account"], papers=["income_statement"])
    assert desk.states(bundle_id)["temporary_aid"] == S.SUSPENDED

    desk.do(desk.coordinator, lambda w: fill_form(w, bundle_id, values={"bank_account": "6222"}))
    desk.settle(bundle_id)
    states = desk.states(bundle_id)
    assert states["serious_illness_pay"] == S.SUBMITTED
    assert states["temporary_aid"] == S.SUSPENDED

    desk.do(
        desk.coordinator, lambda w: fill_form(w, bundle_id, values={}, papers=["income_statement"])
    )
    desk.settle(bundle_id)
    assert desk.states(bundle_id)["temporary_aid"] == S.SUBMITTED
    assert [row.state for row in desk.rows(request)] == ["answered"]
    assert all(row.answered for row in desk.rows(request_line))


def test_a_question_answered_before_it_went_out_is_not_told(desk: Any, bundle_id: UUID) -> None:
    ask(desk, bundle_id, "serious_illness_pay", fields=["bank_account"])
    desk.do(desk.coordinator, lambda w: fill_form(w, bundle_id, values={"bank_account": "6222"}))
    desk.settle(bundle_id)

    [waiting] = announced(desk)
    assert desk.do(MACHINE, lambda work: notice_for(work, UUID(waiting.key))) is None


def test_a_later_question_for_something_new_is_a_second_round_and_for_the_old_is_none(
    desk: Any, bundle_id: UUID
) -> None:
    ask(desk, bundle_id, "serious_illness_pay", fields=["bank_account"])
    desk.forward(hours=2)
    [first] = announced(desk)
    desk.do(MACHINE, lambda work: notice_for(work, UUID(first.key)))

    ask(desk, bundle_id, "temporary_aid", fields=["bank_account"])
    assert len(announced(desk)) == 1

    ask(desk, bundle_id, "charity", papers=["diagnosis"])
    assert len(announced(desk)) == 2
    [row] = desk.rows(request)
    assert (row.round, row.state) == (2, "gathering")


def test_an_office_asks_only_for_its_own_and_never_for_what_is_held(
    desk: Any, bundle_id: UUID
) -> None:
    for data, code in (
        ({"papers": ["diagnosis"]}, "not_wanted"),
        ({"papers": ["id_card"]}, "held_already"),
        ({}, "nothing_asked"),
    ):
        with pytest.raises(Refused) as refused:
            ask(desk, bundle_id, "serious_illness_pay", **data)
        assert refused.value.code == code
    assert desk.rows(request) == []


def test_the_clocks_stand_still_while_the_person_is_asked(desk: Any, bundle_id: UUID) -> None:
    papers = ("settlement_sheet",)
    desk.act(
        bundle_id,
        "serious_illness_pay",
        "accept",
        papers=papers,
        values={"bank_account": "6222", "own_payments": "1200000"},
    )
    began = desk.item(bundle_id, "serious_illness_pay")
    assert began.promised_due_on == date(2026, 11, 27)  # 5 working days after Saturday the 21st

    desk.forward(days=3)
    ask(desk, bundle_id, "serious_illness_pay", fields=["bank_account"])
    stopped = desk.item(bundle_id, "serious_illness_pay")
    assert (stopped.promised_due_on, stopped.promised_used) == (None, 2)
    assert stopped.due_on == date(2026, 12, 1)

    desk.forward(days=40)  # over the New Year holiday and into the provisional year
    desk.do(desk.coordinator, lambda w: fill_form(w, bundle_id, values={"bank_account": "6223"}))
    desk.settle(bundle_id)
    again = desk.item(bundle_id, "serious_illness_pay")
    assert again.state == S.SUBMITTED
    assert again.promised_due_on == date(2027, 1, 6)  # three working days after 3 January
    assert again.due_provisional


def test_a_grant_tells_how_it_comes_and_a_refusal_is_for_the_coordinator_to_tell(
    desk: Any, bundle_id: UUID
) -> None:
    values = {"bank_account": "6222", "own_payments": "1200000"}
    desk.act(
        bundle_id, "serious_illness_pay", "accept", papers=("settlement_sheet",), values=values
    )
    desk.act(bundle_id, "serious_illness_pay", "grant", mode="post")
    desk.act(bundle_id, "temporary_aid", "accept_lenient")
    desk.act(
        bundle_id,
        "temporary_aid",
        "refuse",
        reason="no_sudden_hardship",
        legal_basis="社会救助暂行办法第四十七条",
    )

    told = [
        desk.do(MACHINE, lambda w, key=row.key: notice_for(w, UUID(key))) for row in announced(desk)
    ]

    by_message = {notice.message: notice for notice in told}
    assert set(by_message) == {Message.ON_ITS_WAY, Message.TELL_IN_PERSON}
    assert by_message[Message.ON_ITS_WAY].params["how"] == "邮寄"
    refusal = by_message[Message.TELL_IN_PERSON].params
    assert refusal["reason"] == "不符合临时救助情形"
    assert refusal["legal_basis"]
    assert desk.do(MACHINE, lambda work: completion_notice(work, bundle_id)) is None


def test_no_event_row_holds_a_value_of_the_form(desk: Any, bundle_id: UUID) -> None:
    desk.act(
        bundle_id,
        "serious_illness_pay",
        "accept",
        papers=("settlement_sheet",),
        values={"bank_account": "6222000011112222", "own_payments": "1200000"},
    )
    ask(desk, bundle_id, "temporary_aid", papers=["income_statement"], note="找李大爷要")

    dump = str([tuple(row) for row in desk.rows(item_event)])

    assert "6222000011112222" not in dump
    assert "李大爷" not in dump
    assert b"\xe6\x9d\x8e" not in b"".join(
        row.note_cipher or b"" for row in desk.rows(request_line)
    )
