"""An office works in its own system: each answer is its officer's, each call has one effect."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select
from structlog.testing import capture_logs

from notifiers.office_webhook import build
from proactive.bundles.queries import item_sheet
from proactive.bundles.requests import ask_for_more
from proactive.bundles.service import fill_form
from proactive.bundles.store import form_value
from proactive.connectors.planning import plan_calls, ring_for_calls
from proactive.connectors.store import office_call, office_line, officer
from proactive.connectors.troubles import line_troubles
from proactive.doctor import examine
from proactive.handlers.connecting import call_offices
from proactive.kernel.crypto import Keyring
from proactive.metrics import metrics_text
from proactive.people.vault import vault_troubles
from proactive.plugins.notifier import SetUpError
from tests.connector.conftest import ITEM, OFFICE, Line
from tests.connector.office_system import GRANT, OFFICER, SECRET
from tests.proactive.bundles.conftest import MACHINE, OPERATOR

WHO = f"office:{OFFICE}:{OFFICER['officer_no']}"
CHILD = """
from proactive.bootstrap import build
from proactive.config import read_settings
from proactive.handlers.connecting import call_offices
call_offices(build(read_settings()), "")
"""


def test_an_item_goes_out_and_comes_back_with_every_answer_an_officers_own(line: Line) -> None:
    line.office.plans.append("accepted")
    bundle_id = line.hand_in()

    parcel = line.office.taken()[0]
    assert {field["code"] for field in parcel["fields"]} >= {"name", "id_number", "address"}
    assert "bank_account" not in str(parcel)  # another office's field
    assert [paper["code"] for paper in parcel["papers"]] == ["id_card", "medical_record"]
    item = line.desk.item(bundle_id, ITEM)
    assert (item.state, item.accepted_by) == ("accepted_lenient", WHO)

    status, said = line.office.say(
        parcel, {"word": "more_wanted", "papers": ["medical_record"], "note": "The stamped page"}
    )
    assert (status, said["state"]) == (200, "suspended")
    line.desk.do(
        line.desk.town,
        lambda work: fill_form(work, bundle_id, values={}, papers=["medical_record"]),
    )
    line.go_on(bundle_id)
    again = line.office.taken()[1]
    assert (again["round"], again["item"]["id"]) == (2, parcel["item"]["id"])
    assert line.office.say(parcel, GRANT)[1]["code"] == "old_hand_in"

    granted = line.office.say(again, GRANT)
    assert (granted[0], granted[1]["state"], granted[1]["again"]) == (200, "granted", False)
    assert line.office.say(again, GRANT)[1]["again"]
    assert line.history(bundle_id) == [
        ("accept_lenient", WHO),
        ("ask", WHO),
        ("accept", WHO),
        ("grant", WHO),
    ]
    assert line.desk.rows(officer)[0].name == OFFICER["officer_name"]
    line.go_on(bundle_id)
    assert line.calls() == [
        ("hand_in", "answered", 1),
        ("hand_in", "answered", 2),
        ("hand_in", "sent", 1),  # the item that waited for this one
    ]


def test_what_is_returned_or_asked_for_comes_again_when_the_coordinator_has_it(line: Line) -> None:
    coordinator, paper = line.desk.coordinator, ["medical_record"]
    bundle_id = line.hand_in()
    first = line.office.taken()[0]

    unreadable = {"word": "returned", "reason": "paper_unreadable", "codes": paper}
    status, said = line.office.say(first, unreadable)
    assert (status, said["state"], said["again"]) == (200, "returned", False)
    assert line.desk.item(bundle_id, ITEM).reason == "paper_unreadable"
    line.go_on(bundle_id)
    assert line.calls() == [("hand_in", "answered", 1)]  # it is the coordinator's turn
    line.desk.act(bundle_id, ITEM, "submit", coordinator, papers=paper)
    line.go_on(bundle_id)
    second = line.office.taken()[1]
    assert (second["round"], second["item"]["state"]) == (2, "submitted")
    assert {each["code"]: each["state"] for each in second["papers"]}["medical_record"] == "given"

    line.office.say(second, {"word": "more_wanted", "papers": paper, "note": "The stamped page"})
    line.desk.forward(days=3)
    line.go_on(bundle_id)
    assert len(line.office.taken()) == 2
    line.desk.do(coordinator, lambda work: fill_form(work, bundle_id, values={}, papers=paper))
    line.go_on(bundle_id)
    third = line.office.taken()[2]
    assert (third["round"], third["item"]["state"]) == (3, "submitted")
    assert line.office.say(second, unreadable)[1]["code"] == "old_hand_in"
    assert line.office.say(third, GRANT)[1]["state"] == "granted"
    assert line.history(bundle_id) == [
        ("return", WHO),
        ("ask", WHO),
        ("accept", WHO),
        ("grant", WHO),
    ]


def test_what_is_amiss_on_a_line_is_told_with_what_to_do_until_somebody_did(line: Line) -> None:
    def told() -> list[tuple[str, int]]:
        found = line.desk.do(OPERATOR, line_troubles)  # by the operator's own rights
        assert all(one.office in one.sentence("zh") and one.todo("en") for one in found)
        return [(one.kind, one.count) for one in found]

    line.office.plans += ["refuse", "lose", "silent"]
    bundle_id = line.hand_in()
    assert told() == [("declined", 1)]
    seen = [one for one in examine(line.platform.settings) if one.name == "lines"]
    assert [(one.verdict, "nobody has begun with them: 1." in one.seen) for one in seen] == [
        ("look", True)
    ]
    line.desk.act(bundle_id, ITEM, "accept_lenient")
    assert told() == []  # a clerk works on it here

    line.desk.act(bundle_id, ITEM, "return", reason="other")
    line.desk.act(bundle_id, ITEM, "submit", line.desk.coordinator, papers=["medical_record"])
    line.go_on(bundle_id)
    assert told() == []  # unknown, but not for long
    line.desk.forward(hours=2)
    assert told() == [("unknown", 1)]
    line.do(office_call.update().values(state="queued"))
    assert told() == [("waiting", 1)]
    line.do(office_call.update().values(state="sent", problem="not_possible_now"))
    until = func.clock_timestamp() + timedelta(minutes=5)
    line.do(office_line.update().values(troubles=4, until=until))
    assert told() == [("paused", 4), ("untaken", 1)]
    text = metrics_text(line.platform)
    for kind, count in (("paused", 1), ("untaken", 1), ("declined", 0)):
        assert f'proactive_office_lines_amiss{{what="{kind}"}} {count}\n' in text
    line.do(
        office_call.update().values(
            state="declined", problem="", kind="ended", about_id=office_call.c.id
        )
    )
    assert told() == [("paused", 4), ("untold", 1)]


def test_what_an_officer_would_not_be_let_do_is_refused_with_a_clear_document(line: Line) -> None:
    bundle_id = line.hand_in()
    parcel = line.office.taken()[0]

    def refused(answer: dict[str, Any], **how: Any) -> tuple[int, str, list[str]]:
        status, problem = line.office.say(parcel, answer, **how)
        return status, problem["code"], problem.get("fields", [])

    refusal = {"word": "refused", "reason": "below_standard", "legal_basis": "办法 art. 9"}
    nobody = {"officer_no": "", "officer_name": ""}
    incomplete = (422, "answer_incomplete")
    assert refused(refusal | nobody) == (*incomplete, ["officer_name", "officer_no"])
    assert refused(refusal | {"legal_basis": ""}) == (*incomplete, ["legal_basis"])
    assert refused(GRANT | {"legal_basis": ""}) == (*incomplete, ["legal_basis"])
    assert refused({"word": "returned"}) == (*incomplete, ["reason"])
    assert refused(GRANT | {"results": {}})[:2] == (422, "results_missing")
    assert refused({"word": "decided"}) == (400, "bad_request", [])
    assert refused(refusal, secret=SECRET[::-1]) == (403, "bad_signature", [])
    assert refused(refusal, age=301) == (403, "bad_signature", [])
    assert refused(refusal | {"hand_in": str(UUID(int=7))}) == (404, "not_found", [])
    line.desk.act(bundle_id, ITEM, "accept_lenient")  # a colleague at the page was quicker
    line.go_on(bundle_id)
    assert refused({"word": "accepted"})[:2] == (409, "not_possible_now")
    assert line.history(bundle_id) == [("accept_lenient", "clerk-sun")]
    assert [row.problem for row in line.desk.rows(office_call)] == ["not_possible_now"]

    assert line.office.say(parcel, refusal | {"reason": "of no list"})[1]["code"] == (
        "no_legal_basis"
    )
    assert line.office.say(parcel, refusal)[1]["state"] == "refused"
    item = line.desk.item(bundle_id, ITEM)
    assert (item.decided_by, item.reason, item.legal_basis) == (
        WHO,
        "below_standard",
        "办法 art. 9",
    )
    line.desk.act(bundle_id, ITEM, "cancel", line.desk.town, reason="moved")
    line.go_on(bundle_id)
    assert len(line.office.taken()) == 1  # what it has ended itself it is not told


def test_lost_answers_are_asked_for_by_key_and_a_silent_office_is_asked(line: Line) -> None:
    line.office.plans += ["lose"]
    bundle_id = line.hand_in()
    assert line.calls() == [("hand_in", "unknown", 1)]
    line.ask()
    assert line.calls() == [("hand_in", "sent", 1)]
    line.ask()
    assert line.desk.item(bundle_id, ITEM).state == "ready"

    line.office.settle(line.office.taken()[0]["key"], **GRANT)
    line.ask()
    line.ask()

    assert line.history(bundle_id) == [("accept_lenient", WHO), ("grant", WHO)]
    assert len(line.office.taken()) == 1


def test_a_refused_call_stays_with_people_and_a_broken_line_is_left_alone(line: Line) -> None:
    line.office.plans += ["busy", "busy", "busy", "silent"]
    bundle_id = line.hand_in()
    held = office_call.update().values(hold_until=None)
    for _ in range(4):
        line.do(held)
        line.go_on(bundle_id)
    assert (line.office.seen, line.calls()) == (["busy"] * 3, [("hand_in", "queued", 1)])

    line.do(office_line.update().values(until=None))
    line.go_on(bundle_id)
    assert line.calls() == [("hand_in", "sent", 1)]
    line.desk.act(bundle_id, ITEM, "withdraw", line.desk.coordinator, reason="no longer wanted")
    line.go_on(bundle_id)
    ended = line.office.taken()[1]
    assert (ended["kind"], ended["state"]) == ("ended", "withdrawn")
    assert ended["hand_in"] == line.office.taken()[0]["key"]


def test_a_caller_killed_between_call_and_note_leaves_one_effect(line: Line) -> None:
    settings = line.platform.settings
    bundle_id = line.desk.open(line.desk.case())
    line.office.plans += ["kill", "granted"]
    with line.platform.work(MACHINE) as work:
        plan_calls(work, bundle_id, [OFFICE])
    env = {
        **os.environ,
        "PROACTIVE_VAR": str(settings.var),
        "PROACTIVE_DATABASE_URL": settings.database_url,
        "PROACTIVE_OFFICE_SYSTEMS": json.dumps(settings.office_systems),
        "PROACTIVE_PUBLIC_URL": settings.public_url,
    }
    with subprocess.Popen([sys.executable, "-c", CHILD], env=env) as child:
        line.office.victim = child.pid
        assert child.wait(60) == -9
    assert line.calls() == [("hand_in", "sending", 1)]

    line.ask()

    assert line.calls() == [("hand_in", "sent", 1)]
    assert (line.office.seen, len(line.office.taken())) == (["kill"], 1)


def test_more_asked_on_the_page_ends_the_round_at_the_offices_own_system(line: Line) -> None:
    bundle_id = line.hand_in()
    first = line.office.taken()[0]
    paper = ["medical_record"]
    line.desk.act(bundle_id, ITEM, "accept_lenient")
    row = line.desk.item(bundle_id, ITEM)
    line.desk.do(
        line.desk.clerk("disabled_federation"),
        lambda work: ask_for_more(work, row.id, base_version=row.version, papers=paper),
    )
    line.go_on(bundle_id)
    assert line.calls() == [("hand_in", "dropped", 1), ("ended", "answered", 1)]
    ended = line.office.taken()[1]
    assert (ended["hand_in"], ended["state"]) == (first["hand_in"], "suspended")

    line.desk.forward(days=3)
    line.desk.do(line.desk.town, lambda work: fill_form(work, bundle_id, values={}, papers=paper))
    line.go_on(bundle_id)

    again = line.office.taken()[2]
    assert (again["kind"], again["round"]) == ("hand_in", 2)
    assert {each["code"]: each["state"] for each in again["papers"]}["medical_record"] == "given"


def test_an_answer_that_overtakes_its_call_is_asked_again_within_a_day(line: Line) -> None:
    bundle_id = line.hand_in()
    parcel = line.office.taken()[0]
    lease = {"lease_token": UUID(int=1), "lease_until": func.clock_timestamp()}
    line.do(office_call.update().values(state="sending", look_at=None, **lease))

    assert line.office.say(parcel, {"word": "accepted"})[0] == 200

    [call] = line.desk.rows(office_call)
    assert (call.state, call.lease_until) == ("sent", None)
    [soon] = line.desk.rows(
        office_call, office_call.c.look_at <= func.clock_timestamp() + timedelta(days=1)
    )
    assert soon.id == call.id
    line.office.settle(parcel["key"], **GRANT)
    line.ask()
    assert line.desk.item(bundle_id, ITEM).state == "granted"


def test_an_item_that_cannot_be_read_waits_apart_and_keeps_no_other_office_waiting(
    line: Line,
) -> None:
    desk, other = line.desk, "C-medical_insurance"
    broken = desk.open(desk.case())
    whole = desk.open(desk.case("medical_cost_relief"), "medical_cost_relief")
    connected = line.also(other)
    damaged = form_value.c.bundle_id == broken, form_value.c.code == "address"
    line.do(form_value.update().where(*damaged).values(value_cipher=b"x"))
    with line.platform.work(MACHINE) as work:
        plan_calls(work, broken, [OFFICE])
    with line.platform.work(MACHINE) as work:
        plan_calls(work, whole, [other])

    with capture_logs() as logged:
        call_offices(connected, "")

    [first, *rest] = desk.do(
        MACHINE,
        lambda work: work.db.execute(office_call.select().order_by(office_call.c.id)).all(),
    )
    assert (first.state, first.code) == ("queued", "cannot_be_told")
    assert rest
    assert {row.state for row in rest} == {"sent"}
    assert {parcel["office"] for parcel in line.office.taken()} == {other}
    [told] = desk.do(OPERATOR, line_troubles)
    assert (told.kind, told.count, OFFICE.removeprefix("C-") in told.office) == (
        "unreadable",
        1,
        True,
    )
    [entry] = [each for each in logged if each["log_level"] == "error"]
    assert entry == {
        "event": "An item cannot be told.",
        "source": "proactive.connectors.sending",
        "log_level": "error",
        "office": OFFICE,
        "call": first.id,
        "code": "cannot_decrypt",
    }

    clerk = desk.clerk("disabled_federation")
    sheet = desk.do(clerk, lambda work: item_sheet(work, first.item_id, "en"))
    assert [field.code for field in sheet.fields if field.unreadable] == ["address"]
    desk.do(clerk, lambda work: fill_form(work, broken, values={"address": "示例路2号"}))
    line.go_on(broken)
    parcel = line.office.taken()[-1]
    assert "示例路2号" in str(parcel["fields"])
    assert desk.do(OPERATOR, line_troubles) == []
    codes = desk.do(MACHINE, lambda work: work.db.execute(select(office_call.c.code)).scalars())
    assert set(codes) == {""}  # an old fault would let an item that is taken be told of as over


def test_an_item_that_cannot_be_told_goes_out_no_more_once_somebody_began_with_it_here(
    line: Line,
) -> None:
    bundle_id = line.desk.open(line.desk.case())
    line.do(form_value.update().values(value_cipher=b"x"))
    line.go_on(bundle_id)
    assert line.calls() == [("hand_in", "queued", 1)]

    line.desk.act(bundle_id, ITEM, "accept_lenient")
    line.go_on(bundle_id)

    assert line.calls() == [("hand_in", "dropped", 1)]
    assert line.desk.do(OPERATOR, line_troubles) == []


def test_without_the_right_keys_every_call_waits_and_goes_out_once_they_are_back(
    line: Line,
) -> None:
    desk, other = line.desk, "C-medical_insurance"
    connected = line.also(other)
    with line.platform.work(MACHINE) as work:
        plan_calls(work, desk.open(desk.case()), [OFFICE])
        plan_calls(
            work, desk.open(desk.case("medical_cost_relief"), "medical_cost_relief"), [other]
        )
    wrong = Keyring(
        line.platform.keys.current,
        {line.platform.keys.current: bytes(32)},
        line.platform.keys.index,
        line.platform.keys.pseudonym,
    )
    before = line.calls()
    seen = {row.id: (row.state, row.item_version, row.looks) for row in desk.rows(office_call)}

    call_offices(replace(connected, keys=wrong), "")
    call_offices(replace(connected, keys=wrong), "")

    rows = desk.rows(office_call)
    assert {row.id: (row.state, row.item_version, row.looks) for row in rows} == seen
    assert {row.code for row in rows} == {"vault_shut"}
    assert (line.calls(), line.office.taken()) == (before, [])
    told = desk.do(OPERATOR, line_troubles)
    assert {(one.kind, one.count > 0) for one in told} == {("vault_shut", True)}
    assert len(told) == 2
    with replace(connected, keys=wrong).work(MACHINE) as work:
        [(seen_by_doctor, _)] = vault_troubles(work)
    assert "not those of this database" in seen_by_doctor

    line.do(office_call.update().values(hold_until=func.clock_timestamp()))  # a minute later
    with connected.work(MACHINE) as work:
        assert vault_troubles(work) == []
        ring_for_calls(work)
        assert ("call_offices", "") in work.steps
    call_offices(connected, "")
    assert {state for _, state, _ in line.calls()} == {"sent"}
    assert len(line.office.taken()) == len(before)
    assert desk.do(OPERATOR, line_troubles) == []


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"url": "http://office.example/x"}, "https"),
        ({"url": "https://other.example/x"}, "hosts"),
        ({"secret": "short"}, "32"),
        ({"networks": "10.1"}, "networks"),
        ({"extra": "1"}, "extra"),
    ],
)
def test_a_line_that_is_not_safe_is_not_set_up(change: dict[str, str], word: str) -> None:
    given = {"url": "https://office.example/x", "hosts": "office.example", "secret": SECRET}
    assert build(given).ask_after.total_seconds() == 6 * 3600

    with pytest.raises(SetUpError, match=word):
        build(given | change)
