"""The pages of figures in both languages at phone and desk width: readable by everybody."""

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from proactive.accounts.service import create_account, grant_role
from proactive.handlers.measuring import count_take_up
from proactive.kernel.states import Role
from tests.browser.conftest import OpenPage, Site, keep_picture, open_all
from tests.browser.test_pages import faults, too_wide
from tests.web.browsing import COUNTY, OTHER_TOWN, SETUP, TOWN
from tests.web.story import MACHINE

pytestmark = pytest.mark.browser

# population, found, visited, confirmed, granted, refused, declined, not reached, sampled, in need
FIGURES = {
    "sex": {
        "female": (21034, 38, 35, 24, 21, 3, 2, 1, 14, 9),
        "male": (20876, 81, 74, 40, 36, 4, 3, 4, 15, 5),
        "unknown": (312, 1, 1, 0, 0, 0, 0, 0, 0, 0),
    },
    "age": {
        "0-13": (6100, 6, 6, 2, 2, 0, 0, 0, 0, 0),
        "14-17": (1800, 3, 3, 1, 1, 0, 0, 0, 0, 0),
        "18-44": (14200, 19, 17, 9, 8, 1, 1, 1, 6, 2),
        "45-59": (9900, 36, 33, 19, 17, 2, 1, 2, 8, 4),
        "60-74": (7300, 41, 38, 26, 23, 3, 2, 1, 9, 5),
        "75+": (2922, 15, 13, 7, 6, 1, 1, 1, 6, 3),
    },
    "disability": {
        "grade_1_2": (610, 9, 9, 8, 7, 1, 0, 0, 5, 4),
        "grade_3_4": (940, 11, 10, 7, 7, 0, 0, 1, 6, 4),
        "none": (40672, 100, 91, 49, 43, 6, 5, 4, 18, 6),
    },
    "area": {
        TOWN: (22111, 71, 66, 38, 34, 4, 3, 3, 15, 7),
        OTHER_TOWN: (20111, 49, 44, 26, 23, 3, 2, 2, 14, 7),
    },
}
COLUMNS = (
    "population, found, visited, confirmed, granted, refused, declined, not_reached, sampled,"
    " sample_confirmed"
)
COUNTERS = {
    "households_found": 61,
    "households_served": 37,
    "opened": 39,
    "handed_in": 38,
    "items_1": 9,
    "items_2": 17,
    "items_3": 12,
    "looked_at": 36,
    "ready_first": 29,
    "returned": 3,
    "ended": 31,
    "done_once": 25,
    "in_promise": 28,
    "whole_days": 240,
    "helped": 30,
    "before_trips": 180,
    "now_trips": 4,
    "before_steps": 410,
    "now_steps": 41,
    "before_materials": 330,
    "now_materials": 52,
}
ITEM = {
    "handed_in": 33,
    "looked_at": 31,
    "ready_first": 27,
    "returned": 3,
    "decided": 29,
    "granted": 27,
    "refused": 2,
    "done_once": 24,
    "whole_days": 110,
    "before_days": 620,
    "granted_days": 101,
    "promised_n_working": 29,
    "promised_limit_working": 145,
    "promised_used_working": 88,
    "promised_kept_working": 27,
    "why_paper_wrong": 2,
    "why_field_wrong": 1,
}


@pytest.fixture
def measured(site: Site) -> Iterator[Site]:
    """Put figures of a county into the tables, as the machine would."""
    with site.platform.work(MACHINE) as work:
        work.db.execute(text("DELETE FROM fairness_count"))
        for attribute, parts in FIGURES.items():
            for part, counts in parts.items():
                work.db.execute(
                    text(
                        "INSERT INTO fairness_count (trigger, trigger_version_id, month, attribute,"
                        f" part, {COLUMNS}, days_to_help, counted_at) SELECT v.trigger, v.id,"
                        f" '2026-11-01', :attribute, :part, {', '.join(map(str, counts))},"
                        " '{3,5,8,9,12,14,20}', :now FROM trigger_version AS v"
                        " WHERE v.trigger = 'large_medical_bill'"
                    ),
                    {"attribute": attribute, "part": part, "now": work.now},
                )
    count_take_up(site.platform, "test")
    with site.platform.work(MACHINE) as work:
        work.db.execute(text("DELETE FROM takeup_count"))
        for item, counters in (("", COUNTERS), ("serious_illness_pay", ITEM)):
            for month, town, share in (
                ("2026-09-01", TOWN, 2),
                ("2026-10-01", OTHER_TOWN, 1),
                ("2026-11-01", TOWN, 3),
            ):
                for counter, count in counters.items():
                    work.db.execute(
                        text(
                            "INSERT INTO takeup_count VALUES (:month, 'medical_cost_relief', :item,"
                            " :counter, :count, :now, '370000000000', '371400000000', :county,"
                            " :town, '')"
                        ),
                        {
                            "month": month,
                            "item": item,
                            "counter": counter,
                            "count": count * share,
                            "now": work.now,
                            "county": COUNTY,
                            "town": town,
                        },
                    )
    if "reviewer" not in site.accounts:
        with site.platform.work(SETUP) as work:
            site.accounts["reviewer"] = create_account(work, "look-reviewer", "孙文")
            grant_role(work, site.accounts["reviewer"], Role.FAIRNESS)
    return site


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize(
    ("who", "name", "path"),
    [
        ("reviewer", "fairness", "/policy/fairness"),
        ("policy", "take-up", "/policy/take-up"),
        ("county", "take-up-one", "/policy/take-up?programme=medical_cost_relief"),
    ],
    ids=["fairness", "takeup", "programme"],
)
def test_a_page_of_figures_can_be_read_by_everybody(
    open_page: OpenPage, measured: Site, who: str, name: str, path: str, language: str
) -> None:
    page = open_page(who, path, language=language, width=390)
    keep_picture(page, f"{name}-{language}-390-closed")
    open_all(page)

    assert faults(page) == []
    for width in (360, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert not too_wide(page), width
    page.set_viewport_size({"width": 1280, "height": 900})
    keep_picture(page, f"{name}-{language}-1280")
    assert not too_wide(page)
    page.emulate_media(color_scheme="dark")
    assert faults(page) == []
