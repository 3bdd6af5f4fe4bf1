"""Working texts: saved by revision, held with mistakes, kept as a version only without."""

from pathlib import Path
from uuid import UUID, uuid4

import pytest

from proactive.bootstrap import Platform
from proactive.feeds.contracts import load_contracts
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.kernel.work import Actor
from proactive.rules.drafts import (
    EMPTY,
    StaleDraft,
    begin_draft,
    begin_from_version,
    check_text,
    discard_draft,
    get_draft,
    keep_draft,
    list_drafts,
    save_draft,
    take_up_draft,
)
from proactive.rules.reading import RuleRefused
from proactive.rules.service import export_trigger, load_trigger, version_row

ROOT = Path(__file__).resolve().parents[3]
CONTRACTS = load_contracts(ROOT / "triggers" / "feeds")
NAME = "birth_registration"
TEXT = (ROOT / "triggers" / NAME / "trigger.yaml").read_text("utf-8")
LI = Actor(role=Role.POLICY, id="li")
WANG = Actor(role=Role.POLICY, id="wang")
OPERATOR = Actor.operator_on_server("operator")


@pytest.fixture
def draft(platform: Platform) -> UUID:
    with platform.work(OPERATOR) as work:
        load_trigger(work, TEXT, CONTRACTS, examples="# none\n")
    with platform.work(LI) as work:
        return begin_from_version(work, NAME, 1)


def save(platform: Platform, draft: UUID, revision: int, text: str, who: Actor = LI) -> int:
    with platform.work(who) as work:
        return save_draft(work, draft, revision, text=text).revision


def keep(platform: Platform, draft: UUID, revision: int) -> int:
    with platform.work(LI) as work:
        return keep_draft(work, draft, revision, CONTRACTS).version


def test_a_draft_begins_as_a_copy_with_its_examples(platform: Platform, draft: UUID) -> None:
    with platform.work(LI) as work:
        found = get_draft(work, draft)

    assert (found.text, found.examples, found.based_on) == (TEXT, "# none\n", 1)
    assert (found.trigger, found.revision, found.begun_by) == (NAME, 1, "li")


def test_a_stale_save_overwrites_nothing_and_hands_back_what_stands_there(
    platform: Platform, draft: UUID
) -> None:
    save(platform, draft, 1, TEXT + "# of wang\n", WANG)

    with pytest.raises(StaleDraft) as stale:
        save(platform, draft, 1, TEXT + "# of li\n")

    assert stale.value.draft.text == TEXT + "# of wang\n"
    assert stale.value.draft.edited_by == "wang"
    assert save(platform, draft, stale.value.draft.revision, TEXT + "# of both\n") == 3


def test_a_draft_with_mistakes_is_held_and_not_kept_as_a_version(
    platform: Platform, draft: UUID
) -> None:
    revision = save(platform, draft, 1, TEXT.replace("look_back}", "look_bak}"))

    with pytest.raises(RuleRefused, match="did you mean 'look_back'"):
        keep(platform, draft, revision)

    with platform.work(LI) as work:
        assert get_draft(work, draft).kept_as is None
        with pytest.raises(Refused, match="no version 2"):
            version_row(work, NAME, 2)


def test_a_kept_draft_is_a_version_of_its_author_letter_by_letter(
    platform: Platform, draft: UUID
) -> None:
    text = TEXT + "# a remark of the office, 备注\n"
    revision = save(platform, draft, 1, text)

    assert keep(platform, draft, revision) == 2

    with platform.work(LI) as work:
        assert export_trigger(work, NAME, 2) == text
        assert version_row(work, NAME, 2).loaded_by == "li"
        assert [one.id for one in list_drafts(work)] == []
    with pytest.raises(Refused, match="does not change any more"):
        save(platform, draft, revision, TEXT)
    with pytest.raises(Refused, match="does not change any more"):
        keep(platform, draft, revision)


def test_an_unchanged_draft_makes_no_version(platform: Platform, draft: UUID) -> None:
    with pytest.raises(Refused, match="says exactly this already"):
        keep(platform, draft, 1)


def test_a_draft_that_somebody_changed_is_not_kept_unseen(platform: Platform, draft: UUID) -> None:
    save(platform, draft, 1, TEXT + "# of wang\n", WANG)

    with pytest.raises(StaleDraft):
        keep(platform, draft, 1)


def test_a_draft_may_begin_from_nothing_and_bear_its_name_when_it_has_one(
    platform: Platform,
) -> None:
    with platform.work(LI) as work:
        draft = begin_draft(work, EMPTY)
        assert get_draft(work, draft).trigger == "new_trigger"
    save(platform, draft, 1, EMPTY.replace("new_trigger", "many_stays"))

    with platform.work(LI) as work:
        assert [one.trigger for one in list_drafts(work)] == ["many_stays"]


@pytest.mark.parametrize("text", ["x" * 70_000, "a\x00b"])
def test_what_can_be_no_trigger_is_not_even_held(platform: Platform, text: str) -> None:
    with pytest.raises(Refused, match="too large"), platform.work(LI) as work:
        begin_draft(work, text)


def test_the_machine_and_strangers_write_no_rules(platform: Platform) -> None:
    with pytest.raises(Refused, match="named person"), platform.work(Actor.machine("x")) as work:
        begin_draft(work, EMPTY)
    with pytest.raises(Refused, match="no such working text"), platform.work(LI) as work:
        get_draft(work, uuid4())


def test_the_empty_form_says_what_is_missing_and_nothing_else() -> None:
    checked = check_text(EMPTY, CONTRACTS)

    assert checked.data is not None
    assert {one.path.split("[")[0] for one in checked.mistakes} == {
        "title.en",
        "title.zh-CN",
        "proposes",
        "legal_basis",
        "when.all",
    }


def test_a_discarded_draft_leaves_the_list_changes_no_more_and_can_be_taken_up(
    platform: Platform, draft: UUID
) -> None:
    with platform.work(WANG) as work:
        with pytest.raises(StaleDraft):
            discard_draft(work, draft, 7)
        assert discard_draft(work, draft, 1)
        assert not discard_draft(work, draft, 1)
        gone = get_draft(work, draft)
        assert (gone.text, gone.edited_by, list_drafts(work)) == (TEXT, "wang", [])
    with pytest.raises(Refused) as refused:
        save(platform, draft, 1, TEXT + "#\n")
    with pytest.raises(Refused):
        keep(platform, draft, 1)
    with platform.work(LI) as work:
        assert take_up_draft(work, draft)
        assert not take_up_draft(work, draft)

    assert refused.value.code == "discarded"
    assert save(platform, draft, 1, TEXT + "#\n") == 2


def test_a_draft_that_was_kept_is_not_discarded(platform: Platform, draft: UUID) -> None:
    save(platform, draft, 1, TEXT + "# kept\n")
    keep(platform, draft, 2)

    with platform.work(LI) as work, pytest.raises(Refused) as refused:
        discard_draft(work, draft, 2)

    assert refused.value.code == "already_kept"
