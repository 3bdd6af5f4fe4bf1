"""What visits found, in a real browser: readable by all, in both languages, phone and desk."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from proactive.cases.service import get_case
from proactive.cases.store import case
from proactive.outcomes.corrections import ask_correction
from proactive.outcomes.store import correction_request, outcome, sample_round
from proactive.scans.store import scan_run
from tests.browser.conftest import OpenPage, Site, keep_picture, open_all
from tests.browser.test_pages import faults
from tests.fullness import in_full
from tests.web.story import MACHINE

# In both languages and at three widths; `make faults` looks at every pair.
LOOKS = in_full(
    [("zh", 320), ("en", 1280)],
    [(language, width) for language in ("zh", "en") for width in (320, 390, 1280)],
)

pytestmark = pytest.mark.browser
TRIGGER = "large_medical_bill"
LEARN = f"/policy/triggers/{TRIGGER}/learn"
# margin, result, reason, how often
FOUND = (
    (1.1, "confirmed", "", 9),
    (1.1, "not_confirmed", "no_need", 6),
    (1.1, "not_confirmed", "above_means", 3),
    (1.3, "confirmed", "", 12),
    (1.3, "not_confirmed", "already_helped", 2),
    (1.7, "confirmed", "", 10),
    (1.7, "not_confirmed", "data_wrong", 2),
    (2.4, "confirmed", "", 5),
    (2.4, "declined", "refused", 3),
    (1.2, "open", "", 8),
    (1.2, "open", "not_reached", 2),
)


@pytest.fixture(scope="module")
def learned(site: Site) -> dict[str, str]:
    """Fill the county with what visits have found; return addresses by name."""
    home, far = (UUID(site.pages[name].rpartition("/")[2]) for name in ("sheet", "far"))
    with site.platform.work(MACHINE) as work:
        run = work.db.execute(select(scan_run).where(scan_run.c.trigger == TRIGGER).limit(1)).one()
        day = timedelta(days=1)
        areas = ("371422001001", "371422001002", "371422002001")
        numbered = [one for one in FOUND for _ in range(one[3])]
        for n, (margin, result, reason, _) in enumerate(numbered):
            judged = None if result == "open" else work.now - day * (n % 9)
            work.db.execute(
                outcome.insert().values(
                    case_id=uuid4(), trigger=TRIGGER, trigger_version_id=run.trigger_version_id,
                    result=result, reason=reason, measures={}, raised_at=work.now - day * 12,
                    judged_at=judged, margin=margin, area=areas[n % 3],
                    helped_at=work.now if result == "confirmed" and n % 3 == 0 else None,
                    klass="low_income" if n % 4 == 0 else "",
                    unknowns=["household_income.annual_income"] if n % 2 else [],
                )
            )  # fmt: skip
        for n in range(8):
            result = "confirmed" if n < 2 else "not_confirmed"
            work.db.execute(
                outcome.insert().values(
                    case_id=uuid4(), trigger=TRIGGER, trigger_version_id=run.trigger_version_id,
                    result=result, reason="" if n < 2 else "no_need", measures={}, sample=True,
                    raised_at=work.now - day * 9, judged_at=work.now, margin=0.9, area=areas[0],
                )
            )  # fmt: skip
        work.db.execute(
            sample_round.insert().values(
                run_id=run.id, trigger=TRIGGER, trigger_version_id=run.trigger_version_id,
                as_of=work.today, at=work.now, just_under=240,
                bands={"80-90": 150, "90-100": 90}, chosen=5, raised=2, kept_back={},
            )
        )  # fmt: skip
        work.db.execute(text('UPDATE "case" SET sample = true WHERE id = :id'), {"id": far})
        asked = ask_correction(
            work, get_case(work, home), "data_wrong", asked_by=site.accounts["east"],
            contracts=site.platform.contracts, calendar=site.platform.settings.calendar,
        )  # fmt: skip
    return {"sample": f"/visits/{far}", "asked": f"/visits/{home}/correction/{asked}"}


PAGES = (
    ("policy", "learnings", "/policy/learn"),
    ("policy", "learn", LEARN),
    ("clerk", "to-check", "/office/corrections"),
    ("east", "checked", "/visits/corrections"),
    ("east", "asked", ""),
    ("south", "sample", ""),
)


@pytest.mark.parametrize(("language", "width"), LOOKS)
@pytest.mark.parametrize(("who", "name", "path"), PAGES, ids=[one[1] for one in PAGES])
def test_a_learning_page_is_readable_by_all_and_nothing_is_cut_off(
    open_page: OpenPage,
    learned: dict[str, str],
    who: str,
    name: str,
    path: str,
    width: int,
    language: str,
) -> None:
    page = open_page(who, path or learned[name], language=language, width=width)
    keep_picture(page, f"{name}-{language}-{width}")
    open_all(page)

    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_an_office_answers_and_the_visitor_sees_it(
    open_page: OpenPage, learned: dict[str, str], site: Site
) -> None:
    desk = open_page("clerk", "/office/corrections", width=1280)
    desk.get_by_role("button", name="It stands as it is").click()

    assert desk.get_by_text("Nothing to check.").is_visible()
    visitor = open_page("east", learned["asked"])
    assert visitor.get_by_text("The office answered:").is_visible()
    with site.platform.work(MACHINE) as work:
        row = work.db.execute(
            select(correction_request).join(case, case.c.id == correction_request.c.case_id)
        ).one()
    assert (row.state, row.answer, row.who_cipher) == ("answered", "stands", None)
