"""What the system does by itself: made from the configuration, open to everybody, complete."""

from pathlib import Path

import pytest

from proactive import scheduler
from proactive.handlers.moving import FOLLOW
from proactive.kernel.states import Role
from proactive.notices.replies import Meaning
from proactive.path import CHORES, STANDING_CHECKS, STEPS
from proactive.routing.escalating import read_escalation
from tests.web.browsing import TOWN, Browser, SignIn
from tests.web.story import Story
from web.supervisor.machine_words import FOLLOW_WORDS, LOOK_WORDS, REPLY_WORDS, TABLES
from web.supervisor.step_words import STEP_WORDS

ROOT = Path(__file__).parents[2]
# Where the machine acts: steps of the path, the sweeper's look, what comes back from providers and
# other systems, the person's own page; and what only reads: counts, alarms, published rules.
ACTING = {
    *(f"proactive/{name}.py" for name in ("backup", "doctor", "metrics", "scheduler", "stepping")),
    "proactive/feeds/parcels.py",
    *(
        f"proactive/handlers/{name}.py"
        for name in ("connecting", "duties", "finding", "forgetting", "learning", "measuring")
    ),
    *(f"proactive/handlers/{name}.py" for name in ("moving", "telling", "trying")),
    *(f"web/person/{name}.py" for name in ("door", "mine", "views")),
    *(f"web/{name}.py" for name in ("access", "api/views", "hooks/views", "policy/reading")),
}


def test_every_step_of_the_path_has_its_words() -> None:
    assert set(STEP_WORDS) == set(STEPS)


def test_every_reaction_reply_look_and_table_of_the_machine_has_its_words() -> None:
    """What is new in the code and not in words for everybody fails here."""
    tick = [const for const in scheduler.tick.__code__.co_consts if hasattr(const, "co_names")]
    parts = {name for code in tick for name in code.co_names if name.islower() and name != "os"}
    parts &= {name for name, value in vars(scheduler).items() if callable(value)}
    drawn = {page.stem.replace("_", " ") for page in (ROOT / "docs" / "states").glob("*.md")}

    assert set(FOLLOW_WORDS) == set(FOLLOW)
    assert set(REPLY_WORDS) == set(Meaning)
    assert set(LOOK_WORDS) == parts | {check.__name__ for check in STANDING_CHECKS}
    assert set(TABLES) == drawn


def test_nothing_acts_as_the_machine_outside_what_is_told() -> None:
    """A new place that acts in the machine's name belongs among the words first."""
    found = set()
    for package in ("proactive", "web"):
        for file in (ROOT / package).rglob("*.py"):
            if "demo" not in file.parts and "Actor.machine(" in file.read_text(encoding="utf-8"):
                found.add(str(file.relative_to(ROOT)))

    assert found - ACTING == set()


def test_everybody_reads_rules_duties_escalation_messages_and_periods(visitor: Browser) -> None:
    page = visitor.get("/automatic").text

    assert "It never decides" in page
    assert "large_medical_bill" in page
    for chore in CHORES:
        assert f"{chore.at:%H:%M}" in page, chore.name
    for step in read_escalation().steps:
        assert f"{step.overdue_working_days} working day" in page, step.name
    assert "12345" in page
    assert "All that it may write by itself" in page
    assert "An objection</dt><dd>nothing by itself" in page
    assert "Laid before the town" in page
    assert "Approved by the town</dt><dd>begins" in page
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
