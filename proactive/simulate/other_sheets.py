"""Bills, births and organisations as the offices that keep them send them."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from proactive.kernel.periods import Period, subtract
from proactive.simulate import headings
from proactive.simulate.bills import HOSPITALS, Bills
from proactive.simulate.births import WAITING, Births
from proactive.simulate.draws import DAY, Ints, day, texts_of_days, yuan_texts
from proactive.simulate.organisations import AUTHORITIES, Enterprises, Penalties
from proactive.simulate.people import People
from proactive.simulate.places import County
from proactive.simulate.sheet import Shape, Sheet, chosen, worded

SEVERITY_WORDS = ("轻微", "一般", "严重")
REPAIR_WORDS = ("未修复", "修复中", "已修复")


def bill_sheets(
    as_of: date, county: County, people: People, bills: Bills, batches: int
) -> list[Sheet]:
    """The history in one compressed file, then a file for each month, the newest last."""
    edges = [subtract(as_of, Period(months=back)) for back in range(batches, 0, -1)] + [as_of]
    sheets = [
        _bill_sheet(
            county, people, bills.take(np.flatnonzero(bills.recorded < day(edges[0]))),
            stem="20_medical_bill_history", shape=Shape.GZIP, arrives=edges[0], history=True,
        )
    ]  # fmt: skip
    for at in range(batches):
        inside = (bills.recorded >= day(edges[at])) & (bills.recorded < day(edges[at + 1]))
        sheets.append(
            _bill_sheet(
                county, people, bills.take(np.flatnonzero(inside)),
                stem=f"{21 + at}_medical_bill_{edges[at + 1]:%Y%m}", shape=Shape.GB18030,
                arrives=edges[at + 1], interface=at == batches - 1,
            )
        )  # fmt: skip
    return sheets


def _bill_sheet(
    county: County,
    people: People,
    bills: Bills,
    *,
    stem: str,
    shape: Shape,
    arrives: date,
    history: bool = False,
    interface: bool = False,
) -> Sheet:
    who, count = bills.person, len(bills)
    ids = [f"99S{serial:010d}" for serial in bills.serial.tolist()]
    second = (bills.serial * 7919) % 36_000 + 8 * 3600  # eight in the morning to six
    days = texts_of_days(bills.settled)
    reverse = bills.reversal.tolist()
    codes = ("0", "1") if interface else ("正常", "退费")
    care = ("11", "21") if interface else ("门诊", "住院")
    valid = "1" if interface else "有效"
    villages = [place.code for place in county.villages]
    return Sheet(
        feed="medical_bill",
        stem=stem,
        shape=shape,
        arrives=arrives,
        history=history,
        manifest=True,
        headings=headings.BILL_INTERFACE if interface else headings.BILL,
        columns={
            "settlement_id": ids,
            "refund_no": [f"R{text}" if off else ""
                          for text, off in zip(ids, reverse, strict=True)],
            "version": [""] * count,
            "id_number": chosen(people.number, who),
            "name": chosen(people.name, who),
            "insurance": worded(("390", "310") if interface else ("居民", "职工"), _insured(who)),
            "area_code": chosen(villages, people.registered[who]),
            "hospital_code": chosen(HOSPITALS, bills.hospital),
            "stay_id": [f"{'ZY' if stay else 'MZ'}{text[3:]}"
                        for text, stay in zip(ids, bills.inpatient.tolist(), strict=True)],
            "care_kind": worded(care, bills.inpatient.astype(np.int64)),
            "settled_at": [f"{text} {at // 3600:02d}:{at % 3600 // 60:02d}:{at % 60:02d}"
                           for text, at in zip(days, second.tolist(), strict=True)],
            "total": yuan_texts(bills.total),
            "fund_paid": yuan_texts(bills.fund),
            "hospital_paid": yuan_texts(bills.hospital_share),
            "out_of_pocket": yuan_texts(bills.own),
            "account_paid": yuan_texts(bills.account),
            "cash_paid": yuan_texts(bills.own - bills.account),
            "record_status": worded(codes, bills.reversal.astype(np.int64)),
            "valid": [valid] * count,
            "recorded_on": texts_of_days(bills.recorded),
        },
    )  # fmt: skip


def _insured(who: Ints) -> Ints:
    return np.asarray(who % 7 == 0, dtype=np.int64)


def birth_sheet(as_of: date, county: County, people: People, births: Births) -> Sheet:
    """Birth certificates; the child's number is filled in once it has one."""
    numbers = [people.number[at] if at != WAITING else "" for at in births.child.tolist()]
    villages = [place.code for place in county.villages]
    return Sheet(
        feed="birth_certificate",
        stem="10_birth_certificate",
        shape=Shape.GB18030,
        arrives=as_of - timedelta(days=1),
        headings=headings.BIRTH,
        tabs=True,
        columns={
            "certificate_no": list(births.certificate),
            "child_name": list(births.name),
            "child_id": numbers,
            "born_on": texts_of_days(births.born),
            "outcome": ["活产" if living else "死亡" for living in births.living.tolist()],
            "mother_name": chosen(people.name, births.mother),
            "mother_id": chosen(people.number, births.mother),
            "mother_phone": chosen(people.phone, births.mother),
            "hospital_code": chosen(HOSPITALS, births.hospital),
            "area_code": chosen(villages, people.living[births.mother] % len(villages)),
            "recorded_on": texts_of_days(np.minimum(births.born + 2 * DAY, day(as_of) - DAY)),
        },
    )


def registration_sheet(as_of: date, county: County, people: People, births: Births) -> Sheet:
    """Children entered in the household register."""
    at = np.flatnonzero(~np.isnat(births.registered_on))
    child, mother = births.child[at], births.mother[at]
    return Sheet(
        feed="household_registration",
        stem="11_household_registration",
        shape=Shape.UTF8_BOM,
        arrives=as_of - timedelta(days=1),
        headings=headings.REGISTRATION,
        columns={
            "id_number": chosen(people.number, child),
            "name": chosen(people.name, child),
            "birth_certificate_no": chosen(births.certificate, at),
            "mother_id": chosen(people.number, mother),
            "valid_from": texts_of_days(births.registered_on[at]),
            "area_code": [county.villages[v].code for v in people.registered[child].tolist()],
            "recorded_on": texts_of_days(births.registered_on[at]),
        },
    )


def newborn_sheet(as_of: date, people: People, births: Births) -> Sheet:
    """Children enrolled in the residents' insurance; some before their number was known."""
    at = np.flatnonzero(~np.isnat(births.insured_on))
    child, mother = births.child[at], births.mother[at]
    early = at % 9 == 4
    return Sheet(
        feed="newborn_health_insurance",
        stem="12_newborn_health_insurance",
        shape=Shape.XLSX,
        arrives=as_of - timedelta(days=1),
        headings=headings.NEWBORN,
        columns={
            "id_number": ["" if soon else people.number[who]
                          for who, soon in zip(child.tolist(), early.tolist(), strict=True)],
            "name": chosen(people.name, child),
            "birth_certificate_no": chosen(births.certificate, at),
            "mother_id": chosen(people.number, mother),
            "valid_from": texts_of_days(births.insured_on[at]),
            "recorded_on": texts_of_days(births.insured_on[at]),
        },
    )  # fmt: skip


def enterprise_sheet(as_of: date, county: County, enterprises: Enterprises) -> Sheet:
    """Enterprises with the person to call."""
    return Sheet(
        feed="enterprise_register",
        stem="07_enterprise_register",
        shape=Shape.XLSX,
        arrives=as_of.replace(day=1),
        headings=headings.ENTERPRISE,
        date_cells=frozenset({"valid_from"}),
        columns={
            "credit_code": list(enterprises.code),
            "org_name": list(enterprises.name),
            "contact_name": list(enterprises.contact),
            "contact_phone": list(enterprises.phone),
            "status": ["注销" if off else "存续" for off in enterprises.closed.tolist()],
            "area_code": [county.towns[at].code for at in enterprises.town.tolist()],
            "valid_from": texts_of_days(enterprises.since),
            "recorded_on": texts_of_days(enterprises.since + DAY),
        },
    )


def dishonesty_sheet(
    as_of: date, enterprises: Enterprises, penalties: Penalties, listed: Ints
) -> Sheet:
    """The serious-dishonesty list; each entry follows a penalty of its own."""
    enterprise = penalties.of_enterprise
    first = {int(penalties.holder[at]): penalties.decided[at] for at in np.flatnonzero(enterprise)}
    since = np.asarray([first[int(at)] + 10 * DAY for at in listed], dtype="datetime64[D]")
    return Sheet(
        feed="serious_dishonesty_list",
        stem="08_serious_dishonesty_list",
        shape=Shape.XLSX,
        arrives=as_of.replace(day=1),
        headings=headings.DISHONESTY,
        columns={
            "credit_code": chosen(enterprises.code, listed),
            "org_name": chosen(enterprises.name, listed),
            "valid_from": texts_of_days(since),
            "valid_to": [""] * len(listed),
            "recorded_on": texts_of_days(since),
        },
    )


def penalty_sheet(
    as_of: date, county: County, people: People, enterprises: Enterprises, penalties: Penalties
) -> Sheet:
    """Published penalties of enterprises and persons, told apart by their code."""
    pairs = list(zip(penalties.holder.tolist(), penalties.of_enterprise.tolist(), strict=True))
    decided = penalties.decided
    return Sheet(
        feed="adverse_credit",
        stem="09_adverse_credit",
        shape=Shape.GB18030,
        arrives=as_of - timedelta(days=3),
        headings=headings.CREDIT,
        columns={
            "penalty_no": [f"澄禾罚字〔{text[:4]}〕第{at + 1:05d}号"
                           for at, text in enumerate(texts_of_days(decided))],
            "org_name": [enterprises.name[h] if e else people.name[h] for h, e in pairs],
            "credit_code": [enterprises.code[h] if e else people.number[h] for h, e in pairs],
            "contact_name": [enterprises.contact[h] if e else people.name[h] for h, e in pairs],
            "contact_phone": [enterprises.phone[h] if e else people.phone[h] for h, e in pairs],
            "severity": worded(SEVERITY_WORDS, penalties.severity),
            "decided_on": texts_of_days(decided),
            "published_on": texts_of_days(np.minimum(decided + 7 * DAY, day(as_of) - 3 * DAY)),
            "status": ["公示中" if on else "撤下" for on in penalties.published.tolist()],
            "obligation_fulfilled": ["是" if on else "否" for on in penalties.fulfilled.tolist()],
            "repair_status": worded(REPAIR_WORDS, penalties.repair),
            "authority": worded(AUTHORITIES, penalties.authority),
            "area_code": [county.towns[int(enterprises.town[h])].code if e
                          else county.villages[int(people.registered[h])].code for h, e in pairs],
            "recorded_on": texts_of_days(np.minimum(decided + 8 * DAY, day(as_of) - 3 * DAY)),
        },
    )  # fmt: skip
