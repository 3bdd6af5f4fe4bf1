"""Fairness for its reviewers alone; take-up for those who run and steer, each for their places."""

from io import BytesIO

import pytest
from openpyxl import load_workbook
from sqlalchemy import text

from proactive.bootstrap import Platform
from proactive.handlers.measuring import count_fairness, count_take_up
from proactive.kernel.ids import new_id, public_ref
from proactive.kernel.states import Role
from proactive.kernel.work import Work
from tests.web.browsing import COUNTY, OTHER_TOWN, TOWN, VILLAGE, SignIn
from tests.web.story import MACHINE, Story

PLACES = {Role.COORDINATOR: VILLAGE, Role.TOWN: TOWN, Role.COUNTY: COUNTY}
ALARM = """
INSERT INTO fairness_count (trigger, trigger_version_id, month, attribute, part, population, found,
  visited, confirmed, granted, refused, declined, not_reached, sampled, sample_confirmed,
  days_to_help, counted_at)
SELECT v.trigger, v.id, '2026-11-01', 'sex', p.part, p.population, p.found, p.found, p.found,
  p.found, 0, 0, 0, p.sampled, p.sampled, '{3,4,5,6,20}', :now
FROM trigger_version AS v, (VALUES ('female', 5000, 20, 12), ('male', 5000, 80, 12),
  ('unknown', 40, 2, 0)) AS p(part, population, found, sampled)
WHERE v.trigger = 'large_medical_bill'
"""


@pytest.fixture
def biased(platform: Platform) -> Platform:
    """Figures as a rule leaves them that finds men four times as often."""
    with platform.work(MACHINE) as work:
        work.db.execute(text(ALARM), {"now": work.now})
    return platform


def test_an_unjust_rule_stands_first_on_the_page_in_words(
    biased: Platform, sign_in_as: SignIn
) -> None:
    page = sign_in_as(Role.FAIRNESS).get("/policy/fairness").text

    assert "Women: found less often than all others" in page
    assert "4.0 per 1,000 against 16.0 per 1,000: 0.25 times as often" in page
    assert "This need not be unjust." in page
    assert page.index("Women: found less often") < page.index("<table")
    assert "12 of 12" in page  # sample visits
    assert "hidden" in page  # two people whose sex nobody knows


def test_the_page_speaks_chinese_too(biased: Platform, sign_in_as: SignIn) -> None:
    page = sign_in_as(Role.FAIRNESS, language="zh").get("/policy/fairness").text

    assert "女性：被发现的比例低于其他群体" in page
    assert "每千人4.0人，其他群体为每千人16.0人，为其他群体的0.25倍" in page


def test_reading_leaves_an_audit_row(biased: Platform, sign_in_as: SignIn) -> None:
    sign_in_as(Role.FAIRNESS).get("/policy/fairness")

    with biased.work(MACHINE) as work:
        found = work.db.execute(
            text("SELECT actor_role, entity_id FROM audit WHERE entity = 'fairness'")
        ).one()
    assert tuple(found) == ("fairness", "large_medical_bill")


@pytest.mark.parametrize(
    "role",
    [Role.COORDINATOR, Role.TOWN, Role.COUNTY, Role.POLICY, Role.OPERATOR],
)
def test_nobody_else_opens_it(biased: Platform, sign_in_as: SignIn, role: Role) -> None:
    browser = sign_in_as(role, PLACES.get(role, ""))

    assert browser.get("/policy/fairness").status_code == 403
    assert browser.post("/policy/fairness/count").status_code == 403
    assert "/policy/fairness" not in browser.get(browser.get("/").location or "/").text


def test_a_reviewer_has_no_other_page(biased: Platform, sign_in_as: SignIn) -> None:
    browser = sign_in_as(Role.FAIRNESS)

    assert browser.get("/").location == "/policy/fairness"
    for path in ("/policy/take-up", "/policy/triggers", "/operator", "/visits", "/town"):
        assert browser.get(path).status_code == 403, path


@pytest.mark.parametrize(
    "query", ["trigger=x", "from=2026-13", "from=2026-12&to=2026-11", "version=x"]
)
def test_a_spoilt_address_is_a_bad_request(
    biased: Platform, sign_in_as: SignIn, query: str
) -> None:
    assert sign_in_as(Role.FAIRNESS).get(f"/policy/fairness?{query}").status_code == 400


def test_counting_is_asked_for_and_done_by_the_machine(
    platform: Platform, story: Story, sign_in_as: SignIn
) -> None:
    browser = sign_in_as(Role.FAIRNESS)
    assert "Nothing has been counted yet" in browser.get("/policy/fairness").text

    answer = browser.post("/policy/fairness/count")
    assert "Look again in a few minutes" in browser.get(answer.location).text
    story.settle()

    assert "By town" in browser.get("/policy/fairness").text or _nobody_there(platform)


def _nobody_there(platform: Platform) -> bool:
    """No register was delivered in this county: then there is nobody to group."""
    count_fairness(platform, "now")
    with platform.work(MACHINE) as work:
        query = text("SELECT count(*) FROM (SELECT month FROM fairness_count) AS f")
        return work.db.execute(query).scalar_one() == 0


# Take-up


@pytest.fixture
def counted(platform: Platform) -> Platform:
    """Bundles opened in both towns: seven here, two there."""
    with platform.work(MACHINE) as work:
        for number in range(9):
            _open(work, number, here=number < 7)
    count_take_up(platform, "test")
    return platform


def _open(work: Work, number: int, *, here: bool) -> None:
    values = {
        "case": new_id(),
        "bundle": new_id(),
        "ref": public_ref(),
        "key": 100 + number,
        "town": TOWN if here else OTHER_TOWN,
        "village": VILLAGE if here else "371422002001",
        "county": COUNTY,
        "now": work.now,
    }
    areas = "'370000000000', '371400000000', :county, :town, :village"
    columns = "area_1, area_2, area_3, area_4, area_5"
    work.db.execute(
        text(
            f'INSERT INTO "case" (id, ref, subject_key, kind, need, trigger, state, raised_at,'
            f" raised_by, closed_at, {columns}) VALUES (:case, :ref, :key, 'person',"
            f" 'medical_cost_relief', 't', 'closed', :now, 'machine', :now, {areas})"
        ),
        values,
    )
    work.db.execute(
        text(
            f"INSERT INTO bundle (id, ref, case_id, bundle_version_id, bundle, subject_key,"
            f" lead_office_id, lead_why, opened_at, confirmed_by, promised_on, {columns})"
            f" SELECT :bundle, :ref, :case, v.id, v.bundle, :key, o.id, 'x', :now, 'x', :now,"
            f" {areas} FROM bundle_version AS v, office AS o"
            " WHERE v.bundle = 'medical_cost_relief' AND o.kind = 'charity'"
        ),
        values,
    )


MEDICAL = "/policy/take-up?programme=medical_cost_relief"


def opened_in(page: str) -> str:
    """Return the figure that stands beside 'Programmes opened'."""
    return page.split("Programmes opened</b>")[1].split('class="big">')[1].split("<")[0]


@pytest.mark.parametrize(
    ("role", "area", "opened"),
    [
        (Role.COUNTY, COUNTY, "9"),
        (Role.TOWN, TOWN, "7"),
        (Role.TOWN, OTHER_TOWN, "2"),
        (Role.POLICY, "", "9"),
        (Role.OPERATOR, "", "9"),
    ],
    ids=["county", "town", "other-town", "policy", "operator"],
)
def test_each_sees_the_figures_of_its_places(
    counted: Platform, sign_in_as: SignIn, role: Role, area: str, opened: str
) -> None:
    assert opened_in(sign_in_as(role, area).get(MEDICAL).text) == opened


@pytest.mark.parametrize("role", [Role.COORDINATOR, Role.FAIRNESS])
def test_others_do_not_open_take_up(counted: Platform, sign_in_as: SignIn, role: Role) -> None:
    browser = sign_in_as(role, PLACES.get(role, ""))

    for path in ("/policy/take-up", "/policy/take-up.xlsx"):
        assert browser.get(path).status_code == 403


def test_definitions_stand_beside_the_numbers_and_gaps_are_said(
    counted: Platform, sign_in_as: SignIn
) -> None:
    page = sign_in_as(Role.POLICY).get(MEDICAL).text

    assert "Households (firms count as one each)" in page
    assert "not known: the office has not delivered its own count of single items" in page


def test_policy_staff_see_no_small_number_of_a_town(counted: Platform, sign_in_as: SignIn) -> None:
    page = sign_in_as(Role.POLICY).get(MEDICAL).text

    places = page.split('id="t-places"')[1]
    assert "hidden (small number)" in places
    assert ">7<" not in places.replace("\n", "")  # with the 9 in all it would tell the 2


def test_the_excel_file_has_the_figures_of_the_page(counted: Platform, sign_in_as: SignIn) -> None:
    browser = sign_in_as(Role.COUNTY, COUNTY)

    answer = browser.get("/policy/take-up.xlsx?programme=medical_cost_relief")
    book = load_workbook(BytesIO(answer.data))

    sheet = {row[1]: row[2] for row in book["Indicators"].iter_rows(values_only=True)}
    assert str(sheet["Programmes opened"]) == opened_in(browser.get(MEDICAL).text)
    assert "Definitions" in book.sheetnames


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("from=x", ""),
        ("from=2026-12&to=2026-11", "The first month is after the last one."),
        ("area=1", ""),
        ("programme=x", ""),
    ],
)
def test_what_is_asked_wrongly_is_said(
    counted: Platform, sign_in_as: SignIn, query: str, sentence: str
) -> None:
    answer = sign_in_as(Role.POLICY).get(f"/policy/take-up?{query}")

    assert 400 <= answer.status_code < 500
    assert sentence in answer.text
