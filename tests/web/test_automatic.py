"""What the system does by itself: made from the configuration, open to everybody, complete."""

import pytest

from proactive.kernel.states import Role
from proactive.path import CHORES, STEPS
from proactive.routing.escalating import read_escalation
from tests.web.browsing import TOWN, Browser, SignIn
from tests.web.story import Story
from web.supervisor.step_words import STEP_WORDS


def test_every_step_of_the_path_has_its_words() -> None:
    assert set(STEP_WORDS) == set(STEPS)


def test_everybody_reads_rules_duties_escalation_messages_and_periods(visitor: Browser) -> None:
    page = visitor.get("/automatic").text

    assert "It never decides" in page
    assert "large_medical_bill" in page
    for chore in CHORES:
        assert f"{chore.at:%H:%M}" in page, chore.name
    for step in read_escalation().steps:
        assert f"{step.overdue_working_days} working day" in page, step.name
    assert "12345" in page
    assert "30 days" in page
    assert "Last done" not in page


def test_the_desks_also_see_when_it_was_last_done(story: Story, sign_in_as: SignIn) -> None:
    story.raise_case(1)

    page = sign_in_as(Role.TOWN, TOWN).get("/automatic").text

    assert "Last done" in page
    assert "2026" in page


@pytest.mark.parametrize(("language", "words"), [("zh", "系统自动办理的事"), ("en", "by itself")])
def test_it_speaks_both_languages(visitor: Browser, language: str, words: str) -> None:
    visitor.client.set_cookie("language", language)

    assert words in visitor.get("/automatic").text
