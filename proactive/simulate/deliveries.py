"""All deliveries of the county: clean first, then spoilt, written, and listed in order."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np

from proactive.simulate import dirt_others, dirt_people, other_sheets, people_sheets
from proactive.simulate.dirt import Dirt, stock_of
from proactive.simulate.dirt_bills import BillDirt
from proactive.simulate.draws import Chance
from proactive.simulate.files import write_sheet
from proactive.simulate.impairments import SEVERE
from proactive.simulate.names import RARE
from proactive.simulate.people import ELSEWHERE
from proactive.simulate.refused_files import RefusedFile, write_refused
from proactive.simulate.sheet import Shape, Sheet
from proactive.simulate.world import World

PEOPLE_PER_TIME = 10_000  # every kind of damage appears once more per so many people
ENCODINGS = {Shape.GB18030: "gb18030", Shape.UTF8_BOM: "utf-8-sig", Shape.GZIP: "utf-8-sig"}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One line of deliveries.json. `repeat` marks a file that comes a second time unchanged."""

    order: int
    feed: str
    file: str
    arrives: str
    rows: int
    encoding: str
    mapping: str
    history: bool
    repeat: bool = False


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: the deliveries in order, the damage, and the files to be refused."""

    deliveries: tuple[Delivery, ...]
    dirt: Dirt
    refused: tuple[RefusedFile, ...]


def write_deliveries(folder: Path, chance: Chance, world: World, batches: int) -> Written:
    """Write every delivery of the county into `folder`, with its list."""
    sheets = _sheets(chance.as_of, world, batches)
    dirt = Dirt(_stock(chance, world), 1 + chance.people // PEOPLE_PER_TIME)
    sheets = _spoilt(chance.as_of, world, dirt, sheets)
    sheets.sort(key=lambda sheet: sheet.stem)
    for sheet in sheets:
        write_sheet(folder, sheet)
        if sheet.mapping:
            (folder / _mapping_name(sheet)).write_text(sheet.mapping, encoding="utf-8")
    by_feed = {sheet.stem.split("_", 1)[1]: sheet for sheet in sheets}
    refused = write_refused(folder, by_feed["medical_bill_history"], by_feed["death_register"])
    written = Written(tuple(_listed(sheets)), dirt, tuple(refused))
    _write_list(folder, chance.as_of, written)
    return written


def _sheets(as_of: date, world: World, batches: int) -> list[Sheet]:
    county, people = world.county, world.people
    return [
        people_sheets.resident_sheet(as_of, county, people),
        people_sheets.death_sheet(as_of, people),
        people_sheets.low_income_sheet(as_of, people, world.homes),
        people_sheets.income_sheet(as_of, world.homes),
        people_sheets.disability_sheet(as_of, county, people, world.held),
        people_sheets.benefit_sheet(as_of, people, world.benefits),
        other_sheets.enterprise_sheet(as_of, county, world.enterprises),
        other_sheets.dishonesty_sheet(as_of, world.enterprises, world.penalties, world.listed),
        other_sheets.penalty_sheet(as_of, county, people, world.enterprises, world.penalties),
        other_sheets.birth_sheet(as_of, county, people, world.births),
        other_sheets.registration_sheet(as_of, county, people, world.births),
        other_sheets.newborn_sheet(as_of, people, world.births),
        *other_sheets.bill_sheets(as_of, county, people, world.bills, batches),
    ]


def _spoilt(as_of: date, world: World, dirt: Dirt, sheets: list[Sheet]) -> list[Sheet]:
    of_feed = {sheet.feed: sheet for sheet in reversed(sheets)}
    dirt_people.spoil_residents(dirt, of_feed["resident_register"], as_of)
    dirt_people.spoil_deaths(dirt, of_feed["death_register"], as_of)
    dirt_people.spoil_low_income(dirt, of_feed["low_income_register"])
    dirt_people.spoil_benefits(dirt, of_feed["benefit"])
    register = of_feed["disability_register"]
    update = dirt_others.disability_update(dirt, register, as_of, _graded_and_gone(world))
    dirt_others.spoil_disabilities(dirt, of_feed["disability_register"])
    dirt_others.spoil_credit(dirt, of_feed["adverse_credit"])
    dirt_others.spoil_births(dirt, of_feed["birth_certificate"])
    dirt_others.spoil_newborns(dirt, of_feed["newborn_health_insurance"])
    bills = [sheet for sheet in sheets if sheet.feed == "medical_bill"]
    BillDirt(dirt, bills).spoil(as_of, _one_dead(as_of, world), _one_rare(world))
    return [*sheets, update]


def _stock(chance: Chance, world: World) -> Iterator[int]:
    """People whose rows may be spoilt: at home, grown, and in nobody's story."""
    people = world.people
    used = np.zeros(people.households, dtype=bool)
    used[people.household[world.crises.person]] = True
    used[people.household[world.births.mother]] = True
    fit = np.flatnonzero(
        ~used[people.household]
        & np.isnat(people.died)
        & (people.age >= 22)
        & (people.living != ELSEWHERE)
    )
    return stock_of(chance.part("dirt"), np.setdiff1d(fit, world.held.person))


def _graded_and_gone(world: World) -> tuple[int, int]:
    """Pick certificates whose change alters nobody's entitlement: one graded anew, one gone."""
    held = world.held
    severe = np.flatnonzero(held.grade <= SEVERE)
    away = np.isin(held.person, world.unreached.people)
    light = np.flatnonzero((held.grade > SEVERE) & ~away)
    return int(severe[0]) if len(severe) else 0, int(light[-1]) if len(light) else 1


def _one_dead(as_of: date, world: World) -> tuple[str, str, date] | None:
    people = world.people
    dead = np.flatnonzero(~np.isnat(people.died))
    for at in dead.tolist():
        died: date = people.died[at].astype(date)
        if 40 < (as_of - died).days < 300:
            return people.number[at], people.name[at], died
    return None


def _one_rare(world: World) -> tuple[str, str]:
    people = world.people
    at = next(at for at, name in enumerate(people.name) if any(sign in RARE for sign in name))
    return people.number[at], people.name[at]


def _listed(sheets: list[Sheet]) -> Iterator[Delivery]:
    order = 0
    for sheet in sheets:
        order += 1
        line = Delivery(
            order=order,
            feed=sheet.feed,
            file=sheet.file,
            arrives=sheet.arrives.isoformat(),
            rows=len(sheet),
            encoding=ENCODINGS.get(sheet.shape, ""),
            mapping=_mapping_name(sheet) if sheet.mapping else "",
            history=sheet.history,
        )
        yield line
        if sheet.feed == "death_register":  # an office that pressed the button twice
            order += 1
            yield Delivery(**asdict(line) | {"order": order, "repeat": True})


def _mapping_name(sheet: Sheet) -> str:
    return f"{sheet.stem}.mapping.yaml"


def _write_list(folder: Path, as_of: date, written: Written) -> None:
    content = {
        "as_of": as_of.isoformat(),
        "deliveries": [asdict(line) for line in written.deliveries],
        "refused": [asdict(file) for file in written.refused],
    }
    text = json.dumps(content, ensure_ascii=False, indent=1)
    (folder / "deliveries.json").write_text(text + "\n", encoding="utf-8")
