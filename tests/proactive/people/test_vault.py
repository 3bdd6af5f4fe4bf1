"""The vault knows who a key stands for, tells it for a purpose only, and never mixes people up."""

from datetime import date

import pytest
from sqlalchemy import func, select, update

from proactive.kernel.errors import Failed
from proactive.kernel.tables import audit
from proactive.kernel.work import Actor
from proactive.people.model import NoPhone, PersonCard, compared_name, is_minor
from proactive.people.store import identity, subject
from proactive.people.vault import aliases_table, card, cards, permanent_key, reachable_phone
from tests.proactive.feeds.making import REGISTER_HEADS, Bill, Office, credit_code, resident

VILLAGE, OTHER = "371422001201", "371422001202"


def person(
    number: int, name: str = "王小明", phone: str = "13800138000", village: str = VILLAGE,
    born: str = "19710305", recorded: str = "2026-01-05", house: str = "H1",
) -> str:  # fmt: skip
    number_text = resident(number, born)
    day = f"{born[:4]}-{born[4:6]}-{born[6:]}"
    return f"{number_text},{name},{house},{village},{village},{phone},{day},2020-01-01,{recorded}"


def register(*people: str) -> str:
    return "\n".join([REGISTER_HEADS, *people]) + "\n"


def look_up(office: Office, key: int) -> PersonCard:
    with office.platform.work(office.steward) as work:
        return card(work, key, purpose="test")


def key_of(office: Office, number: str, scheme: str = "cn_resident_id") -> int:
    return office.platform.keys.subject_key(scheme, number)


def test_a_card_tells_who_it_is_and_from_where_and_leaves_an_audit_row(office: Office) -> None:
    office.deliver("resident_register", register(person(1)))

    found = look_up(office, key_of(office, resident(1)))

    assert (found.name, found.id_number, found.phone) == ("王小明", resident(1), "+8613800138000")
    assert (found.born_on, found.doubtful) == (date(1971, 3, 5), False)
    assert found.sources == {"resident_register": date(2026, 1, 5)}
    with office.platform.work(office.steward) as work:
        rows = work.db.execute(select(audit).where(audit.c.action == "read_identity")).all()
        assert [(row.detail["purpose"], row.area_5) for row in rows] == [("test", VILLAGE)]

        work.db.execute(update(identity).values(name_cipher=b"damaged"))
        assert cards(work, [found.subject_key], "test")[found.subject_key].damaged == {"name"}
        with pytest.raises(Failed, match="cannot be decrypted"):  # what follows needs the name
            card(work, found.subject_key, "test")
        work.db.execute(update(subject).values(id_cipher=b"of other keys"))
        with pytest.raises(Failed, match="cannot be decrypted"):
            cards(work, [found.subject_key], "test")


def test_an_unknown_key_gives_an_empty_card_not_an_error(office: Office) -> None:
    with office.platform.work(office.steward) as work:
        assert cards(work, [5], "test")[5].name == ""
        assert reachable_phone(work, 5).reason is NoPhone.NONE


def test_nothing_readable_stands_in_the_database(office: Office) -> None:
    office.deliver("resident_register", register(person(1)))

    with office.platform.work(office.steward) as work:
        rows = [*work.db.execute(select(subject)), *work.db.execute(select(identity))]
    text = repr([tuple(row) for row in rows]).encode("unicode_escape") + b"".join(
        value for row in rows for value in row if isinstance(value, bytes)
    )
    assert resident(1).encode() not in text
    assert "王小明".encode() not in text
    assert b"13800138000" not in text


def test_a_person_lives_where_the_register_says_and_moves_with_it(office: Office) -> None:
    office.bills(Bill(id=resident(1)))
    office.deliver("resident_register", register(person(1, village=OTHER, recorded="2026-02-01")))
    office.deliver("resident_register", register(person(1, village=VILLAGE)))

    with office.platform.work(office.steward) as work:
        row = work.db.execute(select(subject)).one()
        places = set(work.db.execute(select(identity.c.area_5)).scalars())
    assert (row.area_3, row.area_5, row.living_area) == ("371422000000", OTHER, OTHER)
    assert places == {OTHER}


def test_a_place_nobody_knows_stays_empty_for_the_county_to_place(office: Office) -> None:
    summary = office.deliver("resident_register", register(person(1, village="999999999999")))

    with office.platform.work(office.steward) as work:
        row = work.db.execute(select(subject)).one()
    assert (row.area_1, row.living_area) == ("", "999999999999")
    assert summary.warnings["unknown_area"] == 1


@pytest.mark.parametrize(
    ("one", "other", "doubtful"),
    [
        ("买买提·艾力", "买买提．艾力", False),
        ("張偉", "张伟", False),
        ("王 小明", "王小明", False),
        ("王小明", "李小明", True),
    ],
)
def test_names_that_differ_after_normalising_make_an_identity_doubtful(
    office: Office, one: str, other: str, doubtful: bool
) -> None:
    office.deliver("resident_register", register(person(1, name=one)))
    summary = office.bills(Bill(id=resident(1), name=other))

    found = look_up(office, key_of(office, resident(1)))
    with office.platform.work(office.steward) as work:
        phone = reachable_phone(work, found.subject_key)
    assert (found.doubtful, summary.doubtful) == (doubtful, int(doubtful))
    assert (phone.reason is NoPhone.DOUBTFUL) == doubtful


def test_who_is_dead_shared_or_on_a_landline_gets_no_message(office: Office) -> None:
    office.deliver(
        "resident_register",
        register(
            person(1),
            person(2, phone="0534-5210001"),
            person(3, phone=""),
            *(person(n, phone="13900139000", house=f"H{n}") for n in range(4, 11)),
        ),
    )
    office.deliver("death_register", f"身份证号,姓名,死亡日期\n{resident(1)},王小明,2026-06-01\n")

    with office.platform.work(office.steward) as work:
        reasons = [reachable_phone(work, key_of(office, resident(n))).reason for n in (1, 2, 3, 4)]
    assert reasons == [NoPhone.DEAD, NoPhone.NOT_MOBILE, NoPhone.NONE, NoPhone.SHARED]


BIRTHS = (
    "出生医学证明编号,新生儿姓名,母亲身份证号,母亲姓名,母亲电话,"
    "出生日期,户籍地区划代码,登记入库日期"
)


def test_a_baby_is_one_person_before_and_after_its_number_comes(office: Office) -> None:
    mother, child = resident(8, "19950101"), resident(7, "20261001")
    office.deliver("resident_register", register(person(8, born="19950101", house="H8")))
    office.deliver(
        "birth_certificate",
        f"{BIRTHS}\nT370001,,{mother},王小明,13800138000,2026-10-01,{VILLAGE},2026-10-02\n",
    )
    temporary = key_of(office, f"T370001|{mother}", "birth_certificate")
    before = look_up(office, temporary)
    with office.platform.work(office.steward) as work:
        phone = reachable_phone(work, temporary)
        row = work.db.execute(select(subject).where(subject.c.key == temporary)).one()

    office.deliver(
        "household_registration",
        "身份证号,姓名,出生医学证明编号,母亲身份证号,登记日期,登记入库日期\n"
        f"{child},王一,T370001,{mother},2026-10-20,2026-10-21\n",
    )

    assert (before.id_number, before.guardian_key) == ("", key_of(office, mother))
    assert (phone.number, phone.guardian) == ("+8613800138000", True)
    assert (row.area_5, row.household_key is not None) == (VILLAGE, True)
    with office.platform.work(office.steward) as work:
        assert permanent_key(work, temporary) == key_of(office, child)
        assert aliases_table(work)["key"].to_pylist() == [key_of(office, child)]
    assert look_up(office, temporary).name == "王一"
    assert look_up(office, key_of(office, child)).guardian_key == key_of(office, mother)


def test_an_organisation_has_a_contact_and_a_place(office: Office) -> None:
    code = credit_code(1)
    office.deliver(
        "enterprise_register",
        "统一社会信用代码,企业名称,联系人,联系电话,登记状态,住所区划代码\n"
        f"{code},德惠商行,赵一,13800138000,存续,371422001000\n",
    )

    found = look_up(office, key_of(office, code, "cn_credit_code"))

    assert (found.kind, found.name, found.extra) == (
        "organisation",
        "德惠商行",
        {"contact_name": "赵一"},
    )
    with office.platform.work(office.steward) as work:
        assert reachable_phone(work, found.subject_key).number == "+8613800138000"


def test_a_collision_of_keys_is_loud_and_applies_nothing(office: Office) -> None:
    office.bills(Bill(id=resident(1)))
    with office.platform.work(office.steward) as work:
        work.db.execute(update(subject).values(id_blind=b"another number.."))

    with pytest.raises(Failed, match="two different numbers"):
        office.bills(Bill(id=resident(1), settlement="S2"))

    assert [row["record_id"] for row in office.visible()] == ["S1"]


def test_a_coordinator_sees_the_own_village_only(office: Office) -> None:
    office.deliver("resident_register", register(person(1), person(2, village=OTHER, house="H2")))
    coordinator = Actor(role=office.steward.role.COORDINATOR, id="c", areas=(VILLAGE,), level=5)

    with office.platform.work(coordinator) as work:
        known = cards(work, [key_of(office, resident(n)) for n in (1, 2)], "visit")

    assert [known[key_of(office, resident(n))].name for n in (1, 2)] == ["王小明", ""]


def test_deliveries_in_either_order_give_the_same_vault(office: Office) -> None:
    newer = register(person(1, phone="13900139001", recorded="2026-06-01"))
    older = register(person(1, phone="13900139002", recorded="2026-02-01"))
    office.deliver("resident_register", newer)
    office.deliver("resident_register", older)

    assert look_up(office, key_of(office, resident(1))).phone == "+8613900139001"


def test_a_register_of_many_people_costs_one_audit_row(office: Office) -> None:
    office.deliver(
        "resident_register", register(*(person(n, house=f"H{n}") for n in range(1, 900)))
    )

    with office.platform.work(office.steward) as work:
        assert work.db.execute(select(func.count()).select_from(subject)).scalar_one() == 899
        rows = work.db.execute(select(audit.c.action)).scalars().all()
    assert rows.count("apply") == 1
    assert len(rows) <= 4


def test_children_under_fourteen_are_minors_to_the_day() -> None:
    born = date(2012, 11, 21)

    assert is_minor(born, date(2026, 11, 20))
    assert not is_minor(born, date(2026, 11, 21))
    assert compared_name("ＡＢＣ · 公司") == compared_name("abc公司")
