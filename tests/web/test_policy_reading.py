"""The policy desk's reading pages, and the page of rules that everybody may read."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from sqlalchemy import text

from proactive.bootstrap import Platform
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.rules.service import export_trigger, load_trigger
from tests.web.browsing import SETUP, Browser, SignIn

NAME = "large_medical_bill"


@pytest.fixture
def officer(sign_in_as: SignIn) -> Browser:
    return sign_in_as(Role.POLICY)


def text_of(platform: Platform, version: int = 1) -> str:
    with platform.work(SETUP) as work:
        return export_trigger(work, NAME, version)


def keep(platform: Platform, content: str) -> None:
    with platform.work(SETUP) as work:
        load_trigger(work, content, platform.contracts)


def test_the_list_says_what_each_trigger_looks_for(officer: Browser) -> None:
    page = officer.get("/policy/triggers").text

    assert "Large out-of-pocket medical spending" in page
    assert "stands in “Low-income register”" in page
    assert "every day at 05:30" in page


def test_a_trigger_is_read_in_words_with_values_laws_feeds_and_versions(officer: Browser) -> None:
    page = officer.get(f"/policy/triggers/{NAME}").text

    for words in (
        "all of these hold:",
        "26,000 yuan; 10,000 yuan for people on the low-income register",
        "Left out is whoever:",
        "2020-01-01 – 2023-12-31",
        "社会救助暂行办法 (2019-03-02)",
        "nothing delivered yet",
        "Paid by the person, Valid",
        "must still hold 3 days later",
        "version 1",
    ):
        assert words in page, words
    assert "oop_threshold" in page.split("<pre")[1]
    assert "oop_threshold" not in page.split("<pre")[0]


def test_the_same_page_in_chinese_has_no_english_sentence(sign_in_as: SignIn) -> None:
    page = sign_in_as(Role.POLICY, language="zh").get(f"/policy/triggers/{NAME}").text

    for words in ("以下各项都符合：", "个人负担标准", "施行中", "医疗费用结算"):
        assert words in page, words
    assert "all of these hold" not in page


def test_a_later_value_is_shown_as_coming(officer: Browser, platform: Platform) -> None:
    later = "      - {from: 2027-01-01, value: 30000, legal_basis: 新标准}\n  income_share:\n"
    keep(platform, text_of(platform).replace("  income_share:\n", later))

    page = officer.get(f"/policy/triggers/{NAME}/versions/2").text

    assert "30,000 yuan" in page
    assert "coming" in page
    assert "2024-01-01 – 2026-12-31" in page
    assert officer.get(f"/policy/triggers/{NAME}/versions/9").status_code == 404


def test_two_versions_are_compared_in_words(officer: Browser, platform: Platform) -> None:
    keep(platform, text_of(platform).replace("value: 26000", "value: 25000"))

    page = officer.get(f"/policy/triggers/{NAME}/compare").text

    assert "<del>26,000 yuan</del>" in page
    assert "<ins>25,000 yuan</ins>" in page
    assert "from 2024-01-01" in page
    same = officer.get(f"/policy/triggers/{NAME}/compare?from=1&to=1").text
    assert "The two versions say the same." in same
    assert officer.get(f"/policy/triggers/{NAME}/compare?from=1&to=7").status_code == 404


def test_the_export_is_the_file_letter_by_letter(officer: Browser, platform: Platform) -> None:
    answer = officer.get(f"/policy/triggers/{NAME}/versions/1/trigger.yaml")

    assert answer.data == text_of(platform).encode()
    assert answer.headers["Content-Disposition"].endswith('large_medical_bill-1-trigger.yaml"')
    examples = officer.get(f"/policy/triggers/{NAME}/versions/1/examples.yaml").text
    assert examples.startswith("#") or "examples:" in examples
    assert officer.get(f"/policy/triggers/{NAME}/versions/1/else").status_code == 404


@pytest.mark.parametrize("path", ["", f"/{NAME}", f"/{NAME}/compare"])
def test_only_policy_staff_and_operators_read_the_desk(sign_in_as: SignIn, path: str) -> None:
    address = f"/policy/triggers{path}"

    assert sign_in_as(Role.OPERATOR).get(address).status_code == 200
    assert sign_in_as(Role.COORDINATOR, "371422001001").get(address).status_code == 403


def outcomes(platform: Platform, count: int, confirmed: int) -> None:
    with platform.work(Actor.machine("test")) as work:
        version = work.db.execute(
            text("SELECT id FROM trigger_version WHERE trigger = :name"), {"name": NAME}
        ).scalar_one()
        for number in range(count):
            judged = number < confirmed
            work.db.execute(
                text(
                    "INSERT INTO outcome (case_id, trigger, trigger_version_id, result, measures,"
                    " raised_at, judged_at) VALUES (:case, :name, :version, :result, '{}',"
                    " :raised, :judged)"
                ),
                {
                    "case": uuid4(),
                    "name": NAME,
                    "version": version,
                    "result": "confirmed" if judged else "open",
                    "raised": datetime(2026, 6, 1, tzinfo=UTC),
                    "judged": datetime(2026, 6, 9, tzinfo=UTC) if judged else None,
                },
            )


def test_the_public_reads_the_rules_without_signing_in(
    visitor: Browser, platform: Platform
) -> None:
    outcomes(platform, 12, 9)

    page = visitor.get("/rules").text

    assert "Large out-of-pocket medical spending" in page
    assert "<dd>12</dd>" in page
    assert page.count("fewer than 10") == 7  # nine confirmed, and the three other rules
    assert 'href="/rules"' in visitor.get("/check").text


def test_the_public_page_of_a_rule_has_values_and_laws_and_no_file(visitor: Browser) -> None:
    page = visitor.get(f"/rules/{NAME}").text

    assert "26,000 yuan" in page
    assert "社会救助暂行办法" in page
    assert "fewer than 10" in page
    assert "oop_threshold" not in page
    assert visitor.get("/rules/not_there").status_code == 404


def test_a_draft_is_not_public(visitor: Browser, platform: Platform) -> None:
    keep(platform, text_of(platform).replace("value: 26000", "value: 12345"))

    assert "12,345" not in visitor.get(f"/rules/{NAME}").text
