"""Who may open what: every route names its policy, and the guard keeps it for every role."""

from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text
from werkzeug.routing import Rule

from proactive.bootstrap import Platform
from proactive.kernel.states import Role
from tests.web.browsing import COUNTY, TOWN, VILLAGE, Browser, SignIn
from tests.web.story import MACHINE, Story
from web.access import Scope, policy_of

PLACES = {
    Role.COORDINATOR: VILLAGE,
    Role.TOWN: TOWN,
    Role.COUNTY: COUNTY,
    Role.GENERALIST: COUNTY,
}
ROLES = (*PLACES, Role.POLICY, Role.FAIRNESS, Role.OPERATOR)


def guarded_rules(app: Flask) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static"
        and (policy := policy_of(app.view_functions[rule.endpoint])) is not None
        and policy.scope not in (Scope.PUBLIC, Scope.FEED, Scope.CASE)
    ]


def token_rules(app: Flask) -> list[Rule]:
    return [
        rule
        for rule in app.url_map.iter_rules()
        if (policy := policy_of(app.view_functions[rule.endpoint])) is not None
        and policy.scope is Scope.FEED
    ]


def path_of(rule: Rule) -> str:
    """Return an address of the rule with ids of nothing."""
    values = {
        name: "999" if f"<int:{name}>" in rule.rule else str(uuid4()) for name in rule.arguments
    }
    path = rule.rule
    for name, value in values.items():
        for converter in ("uuid:", "int:", ""):
            path = path.replace(f"<{converter}{name}>", value)
    return path


def test_every_route_names_its_policy(app: Flask) -> None:
    nameless = [
        rule.rule
        for rule in app.url_map.iter_rules()
        if rule.endpoint != "static" and policy_of(app.view_functions[rule.endpoint]) is None
    ]

    assert nameless == []


def test_an_open_route_says_why_that_is_safe(app: Flask) -> None:
    for rule in app.url_map.iter_rules():
        policy = policy_of(app.view_functions[rule.endpoint])
        if policy is not None and policy.scope is Scope.PUBLIC:
            assert policy.reason, rule.rule
            assert not policy.roles, rule.rule


def test_a_stranger_comes_into_no_guarded_page(app: Flask, visitor: Browser) -> None:
    for rule in guarded_rules(app):
        path = path_of(rule)
        if "GET" in (rule.methods or ()):
            answer = visitor.get(path)
            assert answer.status_code == 303, path
            assert answer.location.startswith("/sign-in"), path
        else:
            assert visitor.post(path).status_code == 401, path


@pytest.mark.parametrize("role", [None, *ROLES])
def test_a_door_for_other_systems_opens_by_token_and_by_nothing_else(
    app: Flask, visitor: Browser, sign_in_as: SignIn, role: Role | None
) -> None:
    browser = sign_in_as(role, PLACES.get(role, "")) if role else visitor

    assert token_rules(app)
    for rule in token_rules(app):
        policy = policy_of(app.view_functions[rule.endpoint])
        assert policy is not None
        assert policy.reason, rule.rule
        answer = browser.post(path_of(rule))
        assert answer.status_code == 401, rule.rule
        assert answer.is_json, rule.rule


@pytest.mark.parametrize("role", ROLES)
def test_a_role_comes_only_into_its_own_pages(app: Flask, sign_in_as: SignIn, role: Role) -> None:
    browser = sign_in_as(role, PLACES.get(role, ""))

    for rule in guarded_rules(app):
        policy = policy_of(app.view_functions[rule.endpoint])
        assert policy is not None
        path = path_of(rule)
        reads = "GET" in (rule.methods or ())
        answer = browser.get(path) if reads else browser.post(path)
        if role not in policy.roles:
            assert answer.status_code == 403, path
        elif rule.arguments - {"page"}:  # a page of a list that got shorter is its last one
            assert answer.status_code in ({404} if reads else {400, 404}), path
        else:
            assert answer.status_code in {200, 303, 404, 422}, path


def test_what_is_not_there_and_what_is_not_yours_look_the_same(
    app: Flask, sign_in_as: SignIn
) -> None:
    browser = sign_in_as(Role.COORDINATOR, VILLAGE)

    nowhere = browser.get("/no-such-page")
    nothing = browser.get(f"/visits/{uuid4()}")

    assert nowhere.status_code == nothing.status_code == 404
    assert nowhere.text.replace("/no-such-page", "") == nothing.text.replace(
        nothing.request.path, ""
    )


def test_a_case_of_another_village_is_not_there_and_the_attempt_is_kept(
    story: Story, sign_in_as: SignIn, platform: Platform
) -> None:
    case_id = story.raise_case(1)
    neighbour = sign_in_as(account_id=story.accounts["west"])
    paths = (
        f"/visits/{case_id}",
        f"/visits/{case_id}/saved",
        f"/visits/{case_id}/hand-over",
    )

    nothing = neighbour.get(f"/visits/{uuid4()}")
    answers = [neighbour.get(path) for path in paths]
    posted = neighbour.post(f"/visits/{case_id}/close", {"base_version": "1"})

    assert {answer.status_code for answer in (*answers, posted)} == {404}
    own = answers[0].text.replace(str(case_id), "")
    assert own == nothing.text.replace(nothing.request.path.rpartition("/")[2], "")
    with platform.work(MACHINE) as work:
        kept = work.db.execute(
            text("SELECT count(*) FROM audit WHERE action = 'not_shown' AND entity_id = :id"),
            {"id": str(case_id)},
        ).scalar_one()
    assert kept == 4


@pytest.mark.parametrize("who", ["town2", "south", "desk"])
def test_nobody_outside_the_village_acts_on_its_case(
    story: Story, sign_in_as: SignIn, who: str
) -> None:
    case_id = story.raise_case(1)
    form = {
        "visit_id": str(uuid4()),
        "base_version": "1",
        "outcome": "no_need",
        "reason": "no_need",
        "action": "approve",
        "post": str(uuid4()),
        "area": VILLAGE,
    }
    stranger = sign_in_as(account_id=story.accounts[who])

    for path in ("", "/close", "/answer", "/hand-over"):
        answer = stranger.post(f"/visits/{case_id}{path}", form)
        assert answer.status_code in {400, 404}, path

    assert story.state(case_id) == "assigned"
