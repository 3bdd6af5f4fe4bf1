"""What delivered records say of a person when a bundle opens: what counts today, no one else's."""

from datetime import date
from pathlib import Path
from typing import Any

from proactive.bundles.definition_check import read_definitions
from proactive.bundles.records import SubjectRecords, feeds_named, records_of
from proactive.feeds.contracts import load_contracts
from proactive.feeds.identifiers import resident_check_digit
from proactive.feeds.service import ingest_delivery
from proactive.kernel.work import Actor

ROOT = Path(__file__).resolve().parents[3] / "triggers"
DEFINITIONS = read_definitions(ROOT / "bundles")
CONTRACTS = load_contracts(ROOT / "feeds")
STEWARD = Actor.operator_on_server("steward")
MACHINE = Actor.machine("test")
HEADS = "残疾人证号,姓名,身份证号,残疾类别,残疾等级,状态,发证日期,有效期至,登记入库日期"


def resident(number: int) -> str:
    first = f"37142219900101{number:03d}"
    return first + resident_check_digit(first)


def deliver(desk: Any, folder: Path, *lines: str) -> None:
    path = folder / f"register{len(lines)}.csv"
    path.write_text("\n".join([HEADS, *lines, ""]), encoding="utf-8")
    contract = CONTRACTS["disability_register"]
    taken = ingest_delivery(desk.platform, STEWARD, contract, path)
    assert taken.applied == len(lines)


def line(number: str, grade: int, status: str = "有效", until: str = "2030-01-01") -> str:
    issued = "2020-01-02"
    return f"{number}4{grade},王某,{number},肢体,{grade},{status},{issued},{until},2020-01-03"


def found_of(desk: Any, number: str) -> SubjectRecords:
    definition = DEFINITIONS["disability_assistance"]
    key = desk.platform.keys.subject_key("cn_resident_id", number)
    found: SubjectRecords = desk.do(
        MACHINE,
        lambda work: records_of(
            work, desk.platform.lake, CONTRACTS, definition, subject_key=key, household_key=None
        ),
    )
    return found


def test_a_certificate_that_counts_today_gives_its_grade_with_source_and_day(
    desk: Any, tmp_path: Path
) -> None:
    one, other = resident(1), resident(2)
    deliver(desk, tmp_path, line(one, 2), line(other, 1))

    found = found_of(desk, one)

    assert found.registers == {"disability_register": date(2020, 1, 3)}
    grade = found.facts["disability_register.grade"]
    assert (grade.value, grade.source) == ("2", "register:disability_register")
    assert found_of(desk, resident(3)) == SubjectRecords()


def test_a_cancelled_or_run_out_certificate_holds_nothing(desk: Any, tmp_path: Path) -> None:
    cancelled, over = resident(1), resident(2)
    deliver(desk, tmp_path, line(cancelled, 2, status="注销"), line(over, 2, until="2025-01-01"))

    assert found_of(desk, cancelled).registers == {}
    assert found_of(desk, over).registers == {}


def test_only_feeds_that_the_definition_names_are_read() -> None:
    assert feeds_named(DEFINITIONS["credit_repair"]) == {"adverse_credit", "enterprise_register"}
    for definition in DEFINITIONS.values():
        assert feeds_named(definition) <= set(CONTRACTS)
