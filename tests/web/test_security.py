"""Headers, tokens, hosts and limits that hold on every page."""

import re
from dataclasses import replace

import pytest
import structlog
from flask import Flask

from proactive.bootstrap import Platform
from proactive.kernel.errors import Failed
from proactive.kernel.logs import configure
from proactive.kernel.states import Role
from tests.web.browsing import VILLAGE, Browser, SignIn
from web.access import policy_of
from web.app import create_app
from web.session import cookie_name


def writing_paths(app: Flask) -> list[str]:
    paths = []
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if "POST" in (rule.methods or ()) and not getattr(view, "checks_signature", False):
            path = re.sub(r"<uuid:\w+>", "0199c4f1-0000-7000-8000-000000000001", rule.rule)
            path = re.sub(r"<int:\w+>", "1", path)
            paths.append(re.sub(r"<\w+>", "x", path))
    return paths


def test_every_write_without_a_token_is_refused(app: Flask, sign_in_as: SignIn) -> None:
    browser = sign_in_as(Role.COORDINATOR, VILLAGE)
    assert policy_of(app.view_functions["account.sign_out"])

    for path in writing_paths(app):
        assert browser.client.post(path).status_code == 403, path
        forged = browser.client.post(path, data={"csrf_token": "guessed"})
        assert forged.status_code == 403, path


def test_a_write_from_another_site_is_refused_even_with_a_token(
    sign_in_as: SignIn,
) -> None:
    browser = sign_in_as(Role.COORDINATOR, VILLAGE)
    form = {"csrf_token": browser.token(), "language": "zh"}

    crossed = browser.client.post("/display", data=form, headers={"Sec-Fetch-Site": "cross-site"})
    elsewhere = browser.client.post(
        "/display", data=form, headers={"Origin": "https://evil.example"}
    )

    assert crossed.status_code == elsewhere.status_code == 403


def test_the_token_of_one_browser_is_worth_nothing_in_another(
    visitor: Browser, app: Flask, sign_in_as: SignIn
) -> None:
    mine = sign_in_as(Role.COORDINATOR, VILLAGE)

    answer = mine.client.post("/sign-out", data={"csrf_token": visitor.token()})

    assert answer.status_code == 403


def test_every_answer_carries_the_headers(visitor: Browser) -> None:
    for path in ("/sign-in", "/no-such-page", "/healthz"):
        headers = visitor.get(path).headers

        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe-inline" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "same-origin"
        assert headers["Cache-Control"] == "no-store"


def test_static_files_are_kept_by_the_browser(visitor: Browser) -> None:
    page = visitor.get("/sign-in").text
    address = re.search(r'href="(/static/main\.css\?v=[0-9a-f]{10})"', page)
    assert address

    answer = visitor.get(address[1], buffered=True)

    assert "max-age=31536000" in answer.headers["Cache-Control"]


def test_no_page_holds_inline_code(visitor: Browser) -> None:
    page = visitor.get("/sign-in").text

    assert "<script" not in page
    assert "style=" not in page
    assert not re.search(r"\son\w+=", page)
    assert not re.search(r"(src|href)=\"https?://", page)


def test_a_foreign_host_name_gets_no_page(visitor: Browser) -> None:
    assert visitor.get("/sign-in", headers={"Host": "evil.example"}).status_code == 400


def test_a_body_over_the_limit_is_refused(visitor: Browser) -> None:
    answer = visitor.client.post("/sign-in", data={"login": "x" * 300_000})

    assert answer.status_code == 413


def test_a_failure_shows_a_number_and_nothing_else(
    platform: Platform, capsys: pytest.CaptureFixture[str]
) -> None:
    configure("ERROR")

    def broken() -> str:
        raise Failed("lost", "The number {secret} is lost.", secret="371422199001011234")

    app = create_app(platform)
    app.view_functions["hooks.healthz"] = broken

    answer = app.test_client().get("/healthz")
    structlog.reset_defaults()

    assert answer.status_code == 500
    reference = re.search(r"<b>([A-Z0-9]{8})</b>", answer.text)
    assert reference
    assert "371422199001011234" not in answer.text
    written = "".join(capsys.readouterr())
    assert reference[1] in written
    assert "371422199001011234" not in written


def test_behind_tls_cookies_are_secure_and_bound_to_the_host(platform: Platform) -> None:
    settings = platform.settings.model_copy(update={"public_url": "https://benefits.example"})
    app = create_app(replace(platform, settings=settings))

    answer = app.test_client().get("/sign-in", base_url="https://benefits.example")

    assert "Secure" in answer.headers["Set-Cookie"]
    assert answer.headers["Strict-Transport-Security"]
    with app.test_request_context(base_url="https://benefits.example"):
        assert cookie_name() == "__Host-session"
