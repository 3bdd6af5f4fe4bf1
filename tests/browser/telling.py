"""Walks cases to where their pages are worth looking at."""

from uuid import UUID

from sqlalchemy import text

from proactive.bundles.requests import ask_for_more
from proactive.cases.service import apply, get_case
from proactive.feeds.alarms import AlarmKind, raise_alarm
from proactive.feeds.handing import How
from proactive.feeds.parcels import hand_in, inbox_place
from proactive.handlers.taking import rooms_of, take
from proactive.kernel.ids import new_id
from proactive.kernel.needs import ConfirmBy
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.people.intake import Intake
from proactive.visits.model import Outcome, VisitForm
from proactive.visits.service import record_visit
from tests.proactive.feeds.making import Bill, bill_file
from tests.web.browsing import TOWN, VILLAGE
from tests.web.story import MACHINE, Story, person

FINDINGS = {
    "agrees": "yes",
    "hard_to_pay": "yes",
    "income_lost": "yes",
    "lasting_impairment": "unsure",
}


def tell_story(story: Story) -> dict[str, str]:
    """Raise cases in every state that has a page; return the pages' addresses by name."""
    home = story.raise_case(1)
    story.raise_case(2, "disability_record")
    story.raise_case(3)
    story.raise_case(7, "birth_registration")
    firm = story.raise_case(20, "credit_blemish")
    lost = story.raise_case(6)
    gate = story.raise_case(8)
    confirm(story, gate)
    running = story.raise_case(4)
    confirm(story, running, post="v2", login="west", village="371422001002")
    approve(story, running)
    far = story.raise_case(5)
    item = ask(story)
    parked = park(story)
    delivery = deliver(story)
    parcel = lay_before(story)
    late(story)
    return {
        "sheet": f"/visits/{home}",
        "hand_over": f"/visits/{home}/hand-over",
        "consent": f"/visits/{home}/consent",
        "running": f"/visits/{running}",
        "firm": f"/visits/{firm}",
        "gate": f"/town/cases/{gate}",
        "saved": f"/visits/{gate}/saved",
        "decided": f"/town/cases/{running}/decided",
        "place": f"/place/{lost}?area=西",
        "far": f"/visits/{far}",
        "give-out": f"/desk/give-out?post={post_of(story, 'v1')}",
        "stand-in": f"/town/posts/{post_of(story, 'v1')}/stand-in",
        "item": f"/office/items/{item}",
        "new_item": f"/office/items/{story.items()['temporary_aid'][0]}",
        "parked": f"/operator/messages/{parked}",
        "delivery": f"/operator/deliveries/{delivery}",
        "parcel": f"/operator/hand-in/{parcel}",
        "doubt": f"/doubts/{doubt(story, home)}",
    }


def post_of(story: Story, code: str) -> UUID:
    with story.platform.work(MACHINE) as work:
        found = work.db.execute(text("SELECT id FROM post WHERE code = :code"), {"code": code})
        return UUID(str(found.scalar_one()))


def confirm(
    story: Story, case_id: UUID, post: str = "v1", login: str = "east", village: str = VILLAGE
) -> None:
    with story.platform.work(MACHINE) as work:
        post_id = work.db.execute(
            text("SELECT id FROM post WHERE code = :code"), {"code": post}
        ).scalar_one()
        version = get_case(work, case_id).version
        now = work.now
    actor = Actor(
        Role.COORDINATOR, story.accounts[login], areas=(village,), level=5, posts=(str(post_id),)
    )
    with story.platform.work(actor) as work:
        record_visit(
            work,
            VisitForm(
                id=new_id(),
                case_id=case_id,
                base_version=version,
                outcome=Outcome.CONFIRMED,
                told_at=now,
                findings=FINDINGS,
                how=ConfirmBy.VISIT,
                note="住院两个月，借了两万元。",
            ),
        )
    story.settle()


def approve(story: Story, case_id: UUID) -> None:
    actor = Actor(Role.TOWN, story.accounts["town"], areas=(TOWN,), level=4)
    with story.platform.work(actor) as work:
        apply(work, case_id, "approve")
    story.settle()


def ask(story: Story) -> UUID:
    """Let the insurance office ask for the account; return the item."""
    item, _ = story.items()["serious_illness_pay"]
    office = str(story.offices["medical_insurance"])
    with story.platform.work(MACHINE) as work:
        version = work.db.execute(
            text("SELECT version FROM item WHERE id = :id"), {"id": item}
        ).scalar_one()
    with story.platform.work(Actor(Role.CLERK, "clerk", office_id=office)) as work:
        ask_for_more(
            work, item, base_version=version, fields=["bank_account"], note="请提供本人银行账号"
        )
    story.settle()
    return story.items()["medical_aid"][0]


def park(story: Story) -> UUID:
    with story.platform.work(MACHINE) as work:
        return UUID(
            str(
                work.db.execute(
                    text(
                        "UPDATE message SET state = 'parked', reason = 'no_certainty',"
                        " channel = 'console', to_masked = '*******0001'"
                        " WHERE id = (SELECT min(id::text)::uuid FROM message) RETURNING id"
                    )
                ).scalar_one()
            )
        )


def deliver(story: Story) -> UUID:
    delivery = new_id()
    with story.platform.work(MACHINE) as work:
        work.db.execute(
            text(
                "INSERT INTO delivery (id, feed, file_name, sha256, reading, state, received_at,"
                " received_by, rows_read, rows_applied) VALUES (:id, 'medical_bill',"
                " '医疗结算_202611.csv', 'x', 'x', 'applied', :now, 'op', 21480, 21437)"
            ),
            {"id": delivery, "now": work.now},
        )
        for row, reason in ((3, "id_check_digit"), (7, "id_check_digit"), (9, "date_impossible")):
            work.db.execute(
                text(
                    'INSERT INTO quarantine (delivery_id, row_no, feed, "column", reason,'
                    " delete_after) VALUES (:id, :row, 'medical_bill', '身份证号', :reason, :day)"
                ),
                {"id": delivery, "row": row, "day": work.today, "reason": reason},
            )
        work.db.execute(
            text(
                "INSERT INTO step (id, name, key, state, due_at, attempts, error)"
                " VALUES (:id, 'route_raised', 'x', 'parked', :now, 5, 'no_county_desk')"
            ),
            {"id": new_id(), "now": work.now},
        )
    return delivery


def lay_before(story: Story) -> UUID:
    """Let the operator's file be checked, and raise alarms; return the file's parcel."""
    platform, parcel = story.platform, new_id()
    operator = Actor.operator_on_server("setup")
    rows = [Bill(settlement=f"S{n}", at=f"2026-03-01 10:{n:02d}:00") for n in range(12)]
    rows += [Bill(id="371422197103050018", settlement="X1"), Bill(at="2026-13-01", settlement="X2")]
    place = inbox_place(rooms_of(platform), parcel, "医疗结算_202611.csv")
    place.parent.mkdir(parents=True)
    place.write_text(bill_file(*rows), encoding="utf-8")
    with platform.work(operator) as work:
        hand_in(work, parcel, "medical_bill", place.name, How())
        raise_alarm(work, "medical_bill", AlarmKind.VOLUME, {"rows": 312, "usual": 21480})
        raise_alarm(work, "birth_certificate", AlarmKind.SILENCE, {"since": "2026-10-02"})
        raise_alarm(work, "medical_bils", AlarmKind.FOLDER, {})
    take(platform, str(parcel))
    return parcel


def doubt(story: Story, case_id: UUID) -> UUID:
    """Let the hospital call the person of a case otherwise than the register does."""
    with story.platform.work(MACHINE) as work:
        intake = Intake(work, "medical_bill", new_id())
        intake.add([person(1, "刘建军", household_key=None, phone="+8613900000011", address="")])
        intake.finish()
    return case_id


def late(story: Story) -> None:
    """Let one case be late."""
    with story.platform.work(MACHINE) as work:
        work.db.execute(text("UPDATE \"case\" SET due_on = '2026-11-18' WHERE subject_key = 3"))
