"""Contracts and mappings: whatever is wrong is refused with its line and the nearest right word."""

from pathlib import Path

import pytest

from proactive.feeds.contracts import Contracts, load_contract, load_contracts
from proactive.feeds.mapping import mapping_from_text
from proactive.feeds.marked import FileRefused
from proactive.feeds.words import COMMON_FIELDS, FieldClass, Scheme
from proactive.kernel.errors import Refused
from tests.proactive.feeds.conftest import FEEDS

NAMES = {
    "resident_register", "household_income", "medical_bill", "disability_register",
    "adverse_credit", "birth_certificate", "household_registration", "newborn_health_insurance",
    "low_income_register", "benefit", "death_register", "enterprise_register",
    "serious_dishonesty_list",
}  # fmt: skip


def test_thirteen_feeds_are_shipped_each_with_legal_basis_and_purpose(contracts: Contracts) -> None:
    assert set(contracts) == NAMES
    assert all(c.legal_basis and c.purpose for c in contracts.values())


def test_persons_are_numbered_as_the_contracts_say(contracts: Contracts) -> None:
    bill = contracts["medical_bill"]
    assert bill.subject is not None
    opaque = bill.subject.model_copy(update={"schemes": (Scheme.OPAQUE,)})
    own = {"medical_bill": bill.model_copy(update={"subject": opaque})}

    assert contracts.person_scheme == "cn_resident_id"
    assert Contracts(own, FEEDS).person_scheme == "opaque"
    assert Contracts({**contracts, **own}, FEEDS).person_scheme == "cn_resident_id"


def test_no_identity_is_a_column_of_the_lake_and_none_is_granted(contracts: Contracts) -> None:
    for contract in contracts.values():
        for name, column in contract.fields.items():
            if column.class_ is not FieldClass.PLAIN:
                assert not any(contract.granted(name, need) for need in contract.purpose)
            if column.class_ is FieldClass.IDENTITY:
                assert name not in {*contract.lake_fields, *COMMON_FIELDS}


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("type: money, presence: required", "type: mony, presence: required", "'money'"),
        ("event: {on: settled_at}", "event: {on: setled_at}", "'settled_at'"),
        ("kind: event", "kind: evnt", "'event'"),
        ("owner: medical_insurance", "ownr: medical_insurance", "'owner'"),
        ("purpose: [medical_cost_relief,", "purpose: [debt,", "not known"),
        ("recorded_on: recorded_on", "recorded_on: area_code", "must be date"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_the_nearest_word(
    tmp_path: Path, was: str, now: str, said: str
) -> None:
    text = (FEEDS / "medical_bill.yaml").read_text()
    assert was in text
    path = tmp_path / "medical_bill.yaml"
    path.write_text(text.replace(was, now, 1))
    wrong_line = path.read_text()[: path.read_text().index(now)].count("\n") + 1

    with pytest.raises(FileRefused) as refused:
        load_contract(path)

    told = [m for m in refused.value.mistakes if said in m.text]
    assert {mistake.file for mistake in told} == {"medical_bill.yaml"}
    assert wrong_line in {mistake.line for mistake in told}


def test_identities_may_not_be_granted_to_a_rule(tmp_path: Path) -> None:
    text = (FEEDS / "death_register.yaml").read_text()
    path = tmp_path / "x.yaml"
    path.write_text(
        text.replace(
            "class: identity, check: name",
            "class: identity, grants: [newborn_services], check: name",
        )
    )

    with pytest.raises(FileRefused, match="no rule may be granted"):
        load_contract(path)


@pytest.mark.parametrize("text", ["", "a: [", "a: 1\na: 2\n", "a: &x 1\nb: *x\n", "- 1\n"])
def test_a_file_that_is_no_contract_is_refused_not_crashed_on(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.yaml").write_text(text)

    with pytest.raises(FileRefused):
        load_contracts(tmp_path)


def test_a_feed_nobody_knows_is_refused_with_the_nearest_name(contracts: Contracts) -> None:
    with pytest.raises(Refused, match="medical_bill"):
        contracts.named("medical_bil")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("columns: {a: setlement_id}", "settlement_id"),
        ("columns: {a: total, b: total}", "already"),
        ("columns: {a: {field: settled_at, formats: ['%Q']}}", "directive"),
        ("timezone: Mars", "time zone"),
        ("amounts: {name: {plus: [a]}}", "not money"),
        ("columns: {a: {field: care_kind, codes: {inpatent: [x]}}}", "inpatient"),
        ("colums: {}", "columns"),
    ],
)
def test_a_mistake_in_a_mapping_is_named(contracts: Contracts, line: str, said: str) -> None:
    with pytest.raises(FileRefused, match=said):
        mapping_from_text(f"feed: medical_bill\n{line}\n", contracts["medical_bill"])


def test_a_mapping_for_another_feed_is_refused(contracts: Contracts) -> None:
    with pytest.raises(FileRefused, match="not 'medical_bill'"):
        mapping_from_text("feed: benefit\n", contracts["medical_bill"])
