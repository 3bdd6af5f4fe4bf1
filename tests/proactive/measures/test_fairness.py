"""Whom a trigger finds, by group: counted by hand, read by its own role, told when it is unjust."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from proactive.bootstrap import Platform
from proactive.kernel.clock import ManualClock
from proactive.kernel.db import metadata
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.outcomes.fairness import Group, Report, choices, report
from proactive.outcomes.fairness_counting import ask_for_counts
from proactive.outcomes.fairness_model import Attribute, Limits, Measure
from proactive.path import STEPS
from proactive.rules.service import live_triggers
from proactive.scans.service import plan_full_run
from proactive.schema import load_tables
from proactive.stepping import run_due_steps
from tests.proactive.measures.measured import (
    BILL_HEADS,
    COUNTY,
    DEATH_HEADS,
    MACHINE,
    REVIEWER,
    TOWNS,
    County,
    Resident,
    bill_line,
    bill_rule,
    crowd,
    found_county,
)

NOTHING_HIDDEN = Limits(people=0, events=0)


@pytest.fixture
def county(platform: Platform, tmp_path: Path) -> County:
    return found_county(platform, tmp_path)


def groups(found: Report, attribute: Attribute) -> dict[str, Group]:
    table = next(one for one in found.tables if one.attribute == attribute)
    return {group.part: group for group in table.groups}


def counts(group: Group) -> dict[str, int]:
    return {str(name): cell.standing.rate.count for name, cell in group.cells.items()}


def test_every_figure_of_a_small_county_is_what_one_counts_by_hand(county: County) -> None:
    women = [Resident(n, "女", date(1950, 3, 1)) for n in range(3)]
    men = [Resident(n, "男", date(2000, 3, 1), village=1) for n in range(10, 14)]
    nobody_knows = [Resident(20, "", date(2015, 3, 1))]
    stranger = Resident(30, "女", date(1990, 1, 1))
    county.live([*women, *men, *nobody_knows])
    county.certify((women[0], 2, "有效"), (women[1], 4, "有效"), (women[2], 1, "注销"))
    version = county.switch_on(bill_rule("rule"))
    county.find(women[:2], version, trigger="rule", helped=4)
    county.find(women[2:], version, trigger="rule", result=lambda _: "open", reason="not_reached")
    county.find(men[:1], version, trigger="rule", result=lambda _: "declined", reason="refused")
    county.find([stranger], version, trigger="rule", result=lambda _: "not_confirmed")
    county.find(men[1:2], version, trigger="rule", sample=True)
    county.find(men[2:3], version, trigger="rule", days_ago=40)

    county.count()

    found = county.read("rule", NOTHING_HIDDEN)
    sex, age = groups(found, Attribute.SEX), groups(found, Attribute.AGE)
    none = {"visited": 0, "confirmed": 0, "granted": 0, "refused": 0, "declined": 0}
    assert {part: group.population for part, group in sex.items()} == {
        "female": 3,
        "male": 4,
        "unknown": 1,
    }
    assert counts(sex["female"]) == none | {
        "found": 3,
        "visited": 2,
        "confirmed": 2,
        "granted": 2,
        "not_reached": 1,
    }
    assert counts(sex["male"]) == none | {
        "found": 1,
        "visited": 1,
        "declined": 1,
        "not_reached": 0,
    }
    assert counts(sex["unknown"])["found"] == 1  # the stranger stands in no register
    assert {part: group.population for part, group in age.items() if group.population} == {
        "0-13": 1,
        "18-44": 4,
        "75+": 3,
    }
    disability = groups(found, Attribute.DISABILITY)
    assert {part: group.population for part, group in disability.items()} == {
        "grade_1_2": 1,
        "grade_3_4": 1,
        "none": 6,
        "unknown": 0,  # of the stranger nobody knows
    }
    area = groups(found, Attribute.AREA)
    assert {part: area[part].population for part in TOWNS} == {TOWNS[0]: 4, TOWNS[1]: 4}
    assert found.place_names == {TOWNS[0]: "甲镇", TOWNS[1]: "乙镇"}
    assert (sex["female"].days.median, sex["female"].days.helped) == (4, 2)
    assert sex["male"].sample.standing.rate.count == 1


def test_the_dead_are_no_part_of_the_population_and_moving_follows_the_register(
    county: County,
) -> None:
    people = crowd(6)
    county.live(people)
    county.deliver("death_register", DEATH_HEADS, [f"{people[0].id},王小明,2026-02-01"])
    moved = Resident(1, "女", people[1].born, village=1)
    county.deliver(
        "resident_register",
        "身份证号,姓名,户号,居住地区划代码,户籍地区划代码,性别,出生日期,登记日期,登记入库日期",
        [f"{moved.id},王小明,H1,371422002001,371422002001,女,{moved.born},2026-06-01,2026-06-02"],
    )
    county.switch_on(bill_rule("rule"))

    county.count()

    area = groups(county.read("rule"), Attribute.AREA)
    assert {part: group.population for part, group in area.items()} == {TOWNS[0]: 2, TOWNS[1]: 3}


def test_a_month_stays_what_it_was_and_counting_twice_changes_nothing(
    county: County, clock: ManualClock
) -> None:
    people = crowd(40)
    county.live(people)
    version = county.switch_on(bill_rule("rule"))
    county.find(people[:12], version, trigger="rule")
    county.count()
    first = county.read("rule", NOTHING_HIDDEN)
    county.count()
    assert county.read("rule", NOTHING_HIDDEN).tables == first.tables

    clock.advance(timedelta(days=31))
    county.find(people[12:20], version, trigger="rule")
    county.count()

    with county.platform.work(REVIEWER) as work:
        both = report(work, "rule", date(2026, 11, 1), date(2026, 12, 1), limits=NOTHING_HIDDEN)
        [choice] = choices(work)
    assert sum(counts(g)["found"] for g in groups(both, Attribute.SEX).values()) == 20
    assert choice.months == (date(2026, 12, 1), date(2026, 11, 1))


def test_a_pilot_is_measured_against_the_people_of_its_own_place(county: County) -> None:
    county.live(crowd(40))
    county.switch_on(bill_rule("rule"))
    with county.platform.work(MACHINE) as work:
        work.db.execute(
            text("UPDATE trigger_version SET state = 'pilot', areas = ARRAY[:town]"),
            {"town": TOWNS[0]},
        )

    county.count()

    sex = groups(county.read("rule"), Attribute.SEX)
    assert sum(group.population for group in sex.values()) == 20


# Who reads it


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.FAIRNESS])
@pytest.mark.parametrize("on_server", [False, True])
def test_nobody_but_its_own_role_reads_a_figure(
    county: County, role: Role, on_server: bool
) -> None:
    county.live(crowd(4))
    county.switch_on(bill_rule("rule"))
    county.count()
    place = {"areas": (COUNTY,), "level": 3} if role in (Role.TOWN, Role.COUNTY) else {}
    if role is Role.COORDINATOR:
        place = {"areas": ("371422001001",), "level": 5}
    actor = Actor(role, "x", on_server=on_server and role is Role.OPERATOR, **place)  # type: ignore[arg-type]

    for column in ("*", "part", "found", "population"):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            county.platform.work(actor) as work,
        ):
            work.db.execute(text(f"SELECT {column} FROM fairness_count"))
    with pytest.raises(Refused, match="own reviewers"), county.platform.work(actor) as work:
        report(work, "rule", date(2026, 11, 1), date(2026, 11, 1), limits=Limits())


def test_the_reviewer_reads_figures_and_nobodys_case(county: County) -> None:
    for table in ("subject", "identity", '"case"', "case_hit", "outcome", "item", "audit", "visit"):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            county.platform.work(REVIEWER) as work,
        ):
            work.db.execute(text(f"SELECT * FROM {table}"))
    for statement in ("DELETE FROM fairness_count", "UPDATE fairness_count SET found = 0"):
        with (
            pytest.raises(ProgrammingError, match="permission denied"),
            county.platform.work(REVIEWER) as work,
        ):
            work.db.execute(text(statement))


def test_every_reading_leaves_an_audit_row(county: County) -> None:
    county.live(crowd(4))
    county.switch_on(bill_rule("rule"))
    county.count()

    county.read("rule")

    with county.platform.work(MACHINE) as work:
        row = work.db.execute(
            text(
                "SELECT actor_role, actor_id, entity_id FROM audit WHERE entity = 'fairness'"
                " AND action = 'read'"
            )
        ).one()
    assert tuple(row) == ("fairness", "reviewer", "rule")


def test_no_table_of_figures_holds_a_key_of_anybody() -> None:
    load_tables()
    forbidden = {"subject_key", "key", "case_id", "household_key", "name", "hit_id"}

    for name in ("fairness_count", "takeup_count", "single_item_count"):
        assert not forbidden & set(metadata.tables[name].c.keys()), name


def test_the_step_is_on_the_path(county: County) -> None:
    county.live(crowd(4))
    county.switch_on(bill_rule("rule"))
    with county.platform.work(REVIEWER) as work:
        ask_for_counts(work)

    run_due_steps(county.platform)

    assert "count_fairness" in STEPS
    assert county.read("rule").counted_at


# Is an unjust rule seen, and a just one left in peace?


def _scan(county: County) -> None:
    with county.platform.work(MACHINE) as work:
        for trigger in live_triggers(work, work.today):
            plan_full_run(work, trigger, datetime(2026, 11, 21, tzinfo=UTC), late=False)
    run_due_steps(county.platform)
    county.count()


def _bills(county: County, people: Iterable[Resident]) -> None:
    """Give everybody the same chance of a large bill; women are mostly treated as outpatients."""
    draw = Random(5)
    lines = []
    for number, one in enumerate(people):
        large = draw.random() < 0.12
        often = 0.25 if one.sex == "女" else 0.85
        care = "住院" if draw.random() < often else "门诊"
        lines.append(bill_line(one, number, 12000 if large else 900, care))
    county.deliver("medical_bill", BILL_HEADS, lines)
    died = Resident(999, "男", date(1930, 1, 1))
    county.deliver("death_register", DEATH_HEADS, [f"{died.id},王小明,2026-11-01"])


@pytest.mark.slow
def test_a_rule_that_leans_on_a_field_standing_for_sex_is_seen_and_the_plain_one_is_not_blamed(
    county: County,
) -> None:
    people = crowd(1800)
    county.live(people)
    _bills(county, people)
    county.switch_on(bill_rule("leaning", "{field: care_kind, is: inpatient}"))
    county.switch_on(bill_rule("plain"))

    _scan(county)

    leaning, plain = county.read("leaning"), county.read("plain")
    told = [(one.attribute, one.part, one.measure, one.direction) for one in leaning.alarms]
    assert told == [(Attribute.SEX, "female", Measure.FOUND, "less")]
    women = groups(leaning, Attribute.SEX)["female"].cells[Measure.FOUND].standing
    assert women.ratio is not None
    assert women.ratio < 0.5
    assert women.ratio_interval.high < 0.8
    assert plain.alarms == ()
    both = groups(plain, Attribute.SEX)
    assert both["female"].cells[Measure.FOUND].standing.rate.count > 60


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(8))
def test_chance_alone_raises_no_alarm(county: County, seed: int) -> None:
    draw, people = Random(seed), crowd(1200)
    county.live(people)
    version = county.switch_on(bill_rule("rule"))
    found = [one for one in people if draw.random() < 0.15]
    county.find(
        found,
        version,
        trigger="rule",
        helped=5,
        result=lambda _: "confirmed" if draw.random() < 0.6 else "not_confirmed",
    )

    county.count()

    assert county.read("rule").alarms == ()
