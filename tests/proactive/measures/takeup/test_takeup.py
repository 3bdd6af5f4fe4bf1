"""Take-up counted by hand in a small county, scoped by place, the same on page and in file."""

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select, text
from sqlalchemy.exc import ProgrammingError

from proactive.bundles.store import bundle, material
from proactive.cases.store import case
from proactive.embedded import Servers
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.outcomes.takeup import Asked, Programme, TakeUp, add_up, last_months, take_up
from proactive.outcomes.takeup_book import book_of
from proactive.outcomes.takeup_cells import Count, Mean, Note, Share, Table, number, shown
from proactive.outcomes.takeup_counting import (
    count_takeup,
    keep_single_counts,
    read_single_counts,
)
from proactive.outcomes.takeup_tables import figures_of, tables_of
from proactive.outcomes.takeup_words import DEFINITIONS, SAVINGS, Figure
from tests.conftest import OneEngine
from tests.databases import copy_database, database_name, database_url, drop_database
from tests.proactive.bundles.conftest import MACHINE, OPERATOR, PATH
from tests.proactive.measures.takeup.conftest import OTHER, THERE, Town

MEDICAL, PAY = "medical_cost_relief", "Serious-illness insurance pay"
COUNTY = Actor(Role.COUNTY, "county", areas=(PATH[2],), level=3)
TOWN = Actor(Role.TOWN, "town", areas=(PATH[3],), level=4)
OTHER_TOWN = Actor(Role.TOWN, "town2", areas=(OTHER[3],), level=4)
POLICY = Actor(Role.POLICY, "policy")
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)


def withdraw_rest(town: Town, bundle_id: Any) -> None:
    """Let the person take back every item no office has decided."""
    for code, state in town.desk.states(bundle_id).items():
        if state in ("ready", "waiting", "blocked"):
            actor = town.field_of(bundle_id)
            town.desk.act(bundle_id, code, "withdraw", actor=actor, reason="not_wanted")


def reported(town: Town, *bundle_ids: Any) -> None:
    """Let people have raised the cases of these bundles."""
    of = select(bundle.c.case_id).where(bundle.c.id.in_(bundle_ids))
    change = case.update().where(case.c.id.in_(of)).values(reported=True)
    town.desk.do(MACHINE, lambda work: work.db.execute(change))


@pytest.fixture(scope="module")
def told_once() -> dict[str, Any]:
    """Hold the database in which it was told once: the other tests begin with copies of it."""
    return {}


@pytest.fixture
def told(
    town: Town, told_once: dict[str, Any], servers: Servers, one_engine: OneEngine
) -> Iterator[Town]:
    database = database_name(town.desk.platform.settings.database_url)
    if not told_once:
        tell(town)
        one_engine.engine.dispose()  # nobody may look on while it is copied
        told_once["database"] = database_name(copy_database(servers, database, "told"))
        told_once["here"] = set(town.here)
    copied = database_name(copy_database(servers, told_once["database"]))
    one_engine.at(database_url(servers, copied))
    town.here = told_once["here"]
    yield town
    one_engine.at(database_url(servers, database))
    drop_database(servers, copied)


def tell(town: Town) -> None:
    """Five bundles whose figures stand in the tests below.

    A: two items granted at once, one after a return, four days later. B: one item granted, same
    household. C (other town): asked for more, still open. D: nothing handled. E (a month later):
    refused.
    """
    a = town.open(household=7)
    town.grant(a, "temporary_aid")
    town.deliver(a, "temporary_aid")
    town.desk.act(a, "serious_illness_pay", "return", reason="paper_wrong", codes=["bank_card"])
    b = town.open(household=7)
    town.grant(b, "temporary_aid")
    town.deliver(b, "temporary_aid")
    withdraw_rest(town, b)
    c = town.open(THERE, household=9)
    town.ask(c, "temporary_aid", ["income_statement"])
    d = town.open(THERE)
    reported(town, b, d)  # B's household a trigger had found before
    town.desk.forward(days=2)  # Monday
    town.desk.act(a, "serious_illness_pay", "submit", actor=town.field_of(a))
    town.desk.forward(days=2)  # Wednesday
    for code in ("serious_illness_pay", "medical_aid"):
        town.grant(a, code)
        town.deliver(a, code)
    withdraw_rest(town, a)
    town.desk.forward(days=10)
    e = town.open(THERE, household=9)
    reported(town, e)
    town.refuse(e, "temporary_aid")
    withdraw_rest(town, e)
    town.desk.do(MACHINE, count_takeup)


def read(town: Town, actor: Actor = COUNTY, **asked: Any) -> TakeUp:
    given = {"first": NOVEMBER, "last": DECEMBER, "programme": MEDICAL, **asked}
    found: TakeUp = town.desk.do(actor, lambda work: take_up(work, Asked(**given)))
    return found


def medical(found: TakeUp) -> Programme:
    return next(one for one in found.programmes if one.bundle == MEDICAL)


def table(found: TakeUp, code: str) -> Table:
    return next(each for each in tables_of(found, medical(found)) if each.code == code)


def cells(found: TakeUp, code: str) -> dict[str, tuple[Any, ...]]:
    return {row.name["en"]: row.cells for row in table(found, code).rows}


def test_every_indicator_is_what_one_counts_by_hand(told: Town) -> None:
    found = read(told)

    november, december = cells(found, "months_by_whom").values()
    assert november == (Count(3), Share(2, 3), Share(1, 3)) * 2
    assert december == (Count(1), Share(0, 1), Share(1, 1)) * 2
    places = {name: row[2] for name, row in cells(found, "places_by_whom").items()}
    assert places == {"甲镇": Share(0, 1), "乙镇": Share(2, 3)}
    assert figures_of(medical(found)) == {
        Figure.RELATIVE_VOLUME: Note("no_office_count"),
        Figure.HOUSEHOLDS_FOUND: Count(4),  # 7 once though found twice; 9, somebody; 9 in December
        Figure.FOUND_BY_TRIGGER: Share(2, 4),
        Figure.FOUND_BY_PEOPLE: Share(2, 4),
        Figure.HOUSEHOLDS_SERVED: Count(4),
        Figure.SERVED_BY_TRIGGER: Share(2, 4),
        Figure.SERVED_BY_PEOPLE: Share(2, 4),
        Figure.OPENED: Count(5),
        Figure.ITEMS: Count(6),
        Figure.JOINT: Share(1, 4),
        Figure.READY_FIRST: Share(2, 4),
        Figure.RETURNED: Share(1, 6),
        Figure.DONE_ONCE: Share(1, 3),
        Figure.IN_PROMISE: Share(3, 3),
        Figure.IN_LEGAL: Note("no_limit"),
        Figure.WHOLE_DAYS: Mean(4, 3, "days"),
    }


def test_items_clocks_and_reasons_are_what_one_counts_by_hand(told: Town) -> None:
    found = read(told)

    assert cells(found, "joint") == {"1 item": (Count(3),), "3 items": (Count(1),)}
    aid = cells(found, "items")["Temporary aid"]
    assert aid == (Count(4), Share(3, 4), Share(0, 4), Share(2, 3), Count(2), Count(1))
    pay = cells(found, "items")[PAY]
    assert pay == (Count(1), Share(0, 1), Share(1, 1), Share(0, 1), Count(1), Count(0))
    assert cells(found, "returns") == {"It is the wrong paper": (Count(1),)}
    clock = cells(found, "clocks")[PAY]
    assert clock[1:3] == (Mean(5, 1, "working"), Mean(2, 1, "working"))  # Monday to Wednesday
    assert clock[3:5] == (Mean(4, 1, "calendar"), Share(1, 1))


def test_savings_are_counted_for_what_was_granted_and_name_their_source(told: Town) -> None:
    saved = table(read(told), "savings")
    by_name = {row.name["en"]: row.cells for row in saved.rows}
    given = told.desk.rows(material, material.c.state.in_(("given", "lenient")))
    of_helped = [row for row in given if row.bundle_id in told.here]

    assert by_name["Trips"] == (Mean(9, 2), Mean(0, 2), Mean(9, 2), Count(9))
    assert by_name["Steps of the person"] == (Mean(22, 2), Mean(2, 2), Mean(20, 2), Count(20))
    assert by_name["Papers from the person"][:2] == (Mean(19, 2), Mean(len(of_helped), 2))
    assert by_name["Days for an item"] == (Mean(100, 4), Mean(4, 4), Mean(96, 4), Count(96))
    assert saved.note
    assert "planning example" in saved.note["en"]


def test_relative_volume_comes_from_the_offices_own_count_in_just_its_months_and_places(
    told: Town,
) -> None:
    lines = (
        "month,item,area,count,source\n"
        f"2026-11,temporary_aid,{PATH[2]},10,civil affairs monthly sheet\n"
        f"2026-11,serious_illness_pay,{PATH[2]},4,insurance sheet\n"
    )
    told.desk.do(OPERATOR, lambda work: keep_single_counts(work, read_single_counts(lines)))

    assert figures_of(medical(read(told)))[Figure.RELATIVE_VOLUME] == Share(3, 10)
    december = figures_of(medical(read(told, first=DECEMBER)))
    assert december[Figure.RELATIVE_VOLUME] == Note("no_office_count")
    town = figures_of(medical(read(told, TOWN)))
    assert town[Figure.RELATIVE_VOLUME] == Note("no_office_count")  # counted for the whole county


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("2026-13,temporary_aid,{c},1,x", "month"),
        ("2026-11,temporary_aid,{c},-1,x", "negative"),
        ("2026-11,temporary_aid,{c},1,", "source"),
        ("2026-11,no_such,{c},1,x", "no bundle"),
        ("2026-11,temporary_aid,999,1,x", "no area"),
        ("2026-11,temporary_aid,{c},1,x\n2026-11,temporary_aid,{t},1,x", "overlap"),
    ],
)
def test_a_count_that_cannot_be_used_is_refused_whole(town: Town, line: str, why: str) -> None:
    content = "month,item,area,count,source\n" + line.format(c=PATH[2], t=PATH[3])

    with pytest.raises(Refused) as refused:
        town.desk.do(OPERATOR, lambda work: keep_single_counts(work, read_single_counts(content)))

    assert why in refused.value.sentence()
    kept = text("SELECT count(*) FROM single_item_count")
    assert town.desk.do(COUNTY, lambda work: work.db.execute(kept).scalar()) == 0


# Whose figures


def test_each_town_sees_its_own_and_the_parts_are_the_whole(told: Town) -> None:
    whole = medical(read(told))
    here, there = medical(read(told, TOWN)), medical(read(told, OTHER_TOWN))

    assert here.total["opened"] == 2
    assert there.total["opened"] == 3
    assert add_up([here.total, there.total]) == whole.total
    assert add_up(whole.places.values()) == whole.total
    assert add_up(whole.months.values()) == whole.total
    assert set(whole.places) == {PATH[3], OTHER[3]}
    assert set(here.places) == {PATH[4]}
    for code, tally in whole.items.items():
        parts = (town.items.get(code, {}) for town in (here, there))
        assert add_up(parts) == tally, code


def test_asking_for_a_place_of_somebody_else_shows_nothing_of_it(told: Town) -> None:
    assert medical(read(told, TOWN, area=OTHER[3])).total == {}
    assert medical(read(told, COUNTY, area=OTHER[3])).total["opened"] == 3


@pytest.mark.parametrize("role", [Role.CLERK, Role.FAIRNESS, Role.RECIPIENT])
def test_other_roles_read_no_figure(told: Town, role: Role) -> None:
    actor = Actor(role, "x", office_id=str(told.desk.offices["charity"].id))
    for name in ("takeup_count", "single_item_count"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            told.desk.do(actor, lambda w, n=name: w.db.execute(text(f"SELECT * FROM {n}")))


@pytest.mark.parametrize("actor", [COUNTY, TOWN, POLICY], ids=["county", "town", "policy"])
def test_nobody_but_the_machine_writes_a_figure(told: Town, actor: Actor) -> None:
    for statement in ("DELETE FROM takeup_count", "UPDATE takeup_count SET count = 0"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            told.desk.do(actor, lambda w, s=statement: w.db.execute(text(s)))


def test_who_works_for_no_area_sees_no_village_and_no_small_number_of_a_town(told: Town) -> None:
    found = read(told, POLICY)

    assert figures_of(medical(found))[Figure.OPENED] == Count(5)
    places = cells(found, "places")
    assert set(places) == {"甲镇", "乙镇"}
    assert {cell for row in places.values() for cell in row[:3]} == {Note("hidden")}
    by_whom = cells(found, "places_by_whom")
    assert {cell for row in by_whom.values() for cell in row} == {Note("hidden")}
    one_town = read(told, POLICY, area=PATH[3])
    indicators = cells(one_town, "indicators")
    assert indicators["Programmes opened"] == (Note("hidden"),)
    assert "Reported by people" not in indicators  # told beside the other towns only
    codes = {each.code for each in tables_of(one_town, medical(one_town))}
    assert codes.isdisjoint({"months_by_whom", "places", "places_by_whom"})
    with pytest.raises(Refused, match="no area"):
        read(told, POLICY, area=PATH[4])


def test_a_publication_hides_small_numbers_everywhere(told: Town) -> None:
    opened = cells(read(told, public=True), "indicators")

    assert opened["Programmes opened"] == (Count(5),)
    assert opened["Households found"] == (Note("hidden"),)
    assert opened["Done at once"] == (Note("hidden"),)


def test_what_is_asked_wrongly_is_said(told: Town) -> None:
    for asked, code in (
        ({"first": DECEMBER, "last": NOVEMBER}, "bad_months"),
        ({"area": "1"}, "no_such_area"),
        ({"programme": "x"}, "no_such_programme"),
    ):
        with pytest.raises(Refused) as refused:
            read(told, **asked)
        assert refused.value.code == code


def test_counting_again_changes_nothing(told: Town) -> None:
    before = read(told)
    told.desk.do(MACHINE, count_takeup)

    assert read(told).programmes == before.programmes


def test_a_year_is_twelve_months() -> None:
    assert last_months(date(2026, 11, 21)) == (date(2025, 12, 1), NOVEMBER)


# The file


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_excel_file_says_what_the_tables_say(told: Town, language: str) -> None:
    found = read(told)
    book = load_workbook(BytesIO(book_of(found, language)))

    for each in tables_of(found, medical(found)):
        sheet = book[each.title[language]]
        rows = list(sheet.iter_rows(min_row=2, values_only=True))
        assert [row[1] for row in rows] == [row.name[language] for row in each.rows]
        for line, row in zip(rows, each.rows, strict=True):
            for place, cell in enumerate(row.cells):
                value = number(cell)
                wanted = shown(cell, language) if value is None else pytest.approx(value)
                assert line[2 + 2 * place] == wanted, (each.code, row.name)
    last = book[book.sheetnames[-1]]
    said = {row[0]: row[1] for row in last.iter_rows(min_row=2, values_only=True)}
    assert said == {
        one.title[language]: one.says[language]
        for one in (*DEFINITIONS.values(), *SAVINGS.values())
    }
