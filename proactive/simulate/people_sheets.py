"""The registers of people as the police, civil affairs and the disabled federation send them."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from proactive.kernel.periods import Period, subtract
from proactive.simulate import headings
from proactive.simulate.benefits import CODES, Benefits
from proactive.simulate.draws import DAY, Days, day, texts_of_days, yuan_texts
from proactive.simulate.households import NOT_LOW, Households
from proactive.simulate.impairments import Impairments
from proactive.simulate.people import ELSEWHERE, People, household_numbers
from proactive.simulate.places import OTHER_COUNTY, County
from proactive.simulate.sheet import Shape, Sheet, chosen, worded

RELATIONS = ("户主", "配偶", "子女", "父母")
LOW_WORDS = ("低保", "特困", "低保边缘", "刚性支出")
BENEFIT_WORDS = dict(
    zip(
        CODES,
        ("重度残疾人护理补贴", "困难残疾人生活补贴", "医疗救助", "临时救助", "特困供养"),
        strict=True,
    )
)
KIND_WORDS = ("视力", "听力", "言语", "肢体", "智力", "精神", "多重")
GRADE_WORDS = ("一级", "二级", "三级", "四级")
NEVER = np.datetime64("NaT", "D")


def snapshot(as_of: date) -> date:
    """The day of the monthly register extracts: the first of the month, or of the one before."""
    first = as_of.replace(day=1)
    return first if as_of.day > 3 else subtract(first, Period(months=1))


def resident_sheet(as_of: date, county: County, people: People) -> Sheet:
    """Everyone registered here; the dead are struck off some weeks after they died."""
    taken = day(snapshot(as_of))
    village = [place.code for place in county.villages]
    where = [*village, OTHER_COUNTY]  # position -1 is elsewhere
    addresses = [
        f"{county.name}{county.town(at).name}{place.name.removesuffix('村委会')}村"
        for at, place in enumerate(county.villages)
    ]
    struck = np.where(people.died + 21 * DAY <= taken, people.died, NEVER)
    count = len(people)
    house = people.household.tolist()
    return Sheet(
        feed="resident_register",
        stem="01_resident_register",
        shape=Shape.UTF8_BOM,
        arrives=snapshot(as_of) + timedelta(days=1),
        headings=headings.RESIDENT,
        manifest=True,
        columns={
            "id_number": list(people.number),
            "name": list(people.name),
            "sex": ["男" if male else "女" for male in people.male.tolist()],
            "born_on": texts_of_days(people.born, ""),
            "household_no": household_numbers(people.household),
            "relation": worded(RELATIONS, people.relation),
            "area_code": chosen(village, people.registered),
            "living_area_code": chosen(where, people.living),
            "address": [
                f"{addresses[at]}{number % 400 + 1}号" if at != ELSEWHERE else "外出"
                for at, number in zip(people.living.tolist(), house, strict=True)
            ],
            "phone": list(people.phone),
            "valid_from": texts_of_days(np.maximum(people.born, np.datetime64("1958-01-09"))),
            "valid_to": texts_of_days(struck),
            "recorded_on": [taken.astype(date).isoformat()] * count,
        },
    )


def death_sheet(as_of: date, people: People) -> Sheet:
    """The deaths of fifteen months; most are entered within a month."""
    who = np.flatnonzero(people.known_dead(day(as_of)))
    entered = people.dead_entered()[who]
    return Sheet(
        feed="death_register",
        stem="02_death_register",
        shape=Shape.GB18030,
        arrives=as_of - timedelta(days=1),
        headings=headings.DEATH,
        columns={
            "id_number": chosen(people.number, who),
            "name": chosen(people.name, who),
            "valid_from": texts_of_days(people.died[who], "/"),
            "recorded_on": texts_of_days(entered),
        },
    )


def low_income_sheet(as_of: date, people: People, homes: Households) -> Sheet:
    """Everyone in a household on the low-income register, with its class."""
    low = homes.low_class[people.household]
    who = np.flatnonzero((low != NOT_LOW) & np.isnat(people.died))
    house = people.household[who]
    since = np.maximum(homes.low_since[house], people.born[who])
    return Sheet(
        feed="low_income_register",
        stem="03_low_income_register",
        shape=Shape.GB18030,
        arrives=snapshot(as_of) + timedelta(days=2),
        headings=headings.LOW_INCOME,
        trailing_comma=True,
        columns={
            "household_no": household_numbers(house),
            "id_number": chosen(people.number, who),
            "name": chosen(people.name, who),
            "class": worded(LOW_WORDS, low[who]),
            "valid_from": texts_of_days(since),
            "valid_to": [""] * len(who),
            "recorded_on": texts_of_days(np.maximum(since, day(snapshot(as_of)) - 30 * DAY)),
        },
    )


def income_sheet(as_of: date, homes: Households) -> Sheet:
    """What each household whose income is known had in the last full year."""
    who = np.flatnonzero(homes.income_known)
    count = len(who)
    return Sheet(
        feed="household_income",
        stem="04_household_income",
        shape=Shape.PARQUET,
        arrives=snapshot(as_of) + timedelta(days=3),
        headings=headings.INCOME,
        columns={
            "household_no": household_numbers(who),
            "year": [str(as_of.year - 1)] * count,
            "annual_income": yuan_texts(homes.income[who]),
            "members": [str(members) for members in homes.members[who].tolist()],
            "source_kind": ["核对" if at % 4 else "申报" for at in range(count)],
            "recorded_on": [f"{as_of.year}-03-31" if as_of.month > 3 else str(as_of)] * count,
        },
    )


def disability_sheet(as_of: date, county: County, people: People, held: Impairments) -> Sheet:
    """Certificate holders as the federation's workbook lists them."""
    who = held.person
    return Sheet(
        feed="disability_register",
        stem="05_disability_register",
        shape=Shape.XLSX,
        arrives=as_of - timedelta(days=4),
        headings=headings.DISABILITY,
        columns={
            "name": chosen(people.name, who),
            "id_number": chosen(people.number, who),
            "certificate_no": [held.certificate(people, at) for at in range(len(who))],
            "kind": worded(KIND_WORDS, held.kind - 1),
            "grade": worded(GRADE_WORDS, held.grade - 1),
            "status": ["注销" if off else "有效" for off in held.cancelled.tolist()],
            "valid_from": texts_of_days(held.issued),
            "valid_to": texts_of_days(held.expires),
            "phone": chosen(people.phone, who),
            "area_code": [county.villages[at].code for at in people.registered[who].tolist()],
            "recorded_on": texts_of_days(held.issued + 2 * DAY),
        },
    )


def benefit_sheet(as_of: date, people: People, benefits: Benefits) -> Sheet:
    """Grants running or ended, as civil affairs keeps them."""
    who = benefits.person
    return Sheet(
        feed="benefit",
        stem="06_benefit",
        shape=Shape.UTF8_BOM,
        arrives=as_of - timedelta(days=2),
        headings=headings.BENEFIT,
        total={"id_number": "合计"},
        columns={
            "id_number": chosen(people.number, who),
            "name": chosen(people.name, who),
            "benefit": [BENEFIT_WORDS[CODES[at]] for at in benefits.benefit.tolist()],
            "valid_from": texts_of_days(benefits.granted),
            "valid_to": _ends(benefits.ends),
            "amount": yuan_texts(benefits.amount),
            "recorded_on": texts_of_days(np.minimum(benefits.granted + DAY, day(as_of) - 2 * DAY)),
        },
    )


def _ends(ends: Days) -> list[str]:
    # Many offices write an open end as the last day of the calendar.
    return [
        text or ("9999-12-31" if at % 3 == 0 else "") for at, text in enumerate(texts_of_days(ends))
    ]
