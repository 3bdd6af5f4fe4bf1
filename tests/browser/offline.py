"""A server whose line can be cut, and devices that are closed and opened again."""

import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect
from sqlalchemy import text
from werkzeug.serving import BaseWSGIServer, make_server

from proactive.accounts.service import set_preferences
from proactive.accounts.sessions import create_sign_in_link
from tests.web.browsing import SETUP
from tests.web.story import MACHINE, Story

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
IN_STEP = {"en": "Last in step", "zh": "最近一次同步"}
MakeDevice = Callable[[], "Device"]
ANSWERS = {"agrees": 1, "hard_to_pay": 1, "income_lost": 2, "lasting_impairment": 2}


class Line:
    """The signal between devices and server: cut, nothing listens at the address any more.

    `in_front` stands for a server of somebody else on the way: what it returns for a method and a
    path (status line, HTML) is answered in place of ours.
    """

    def __init__(self, app: Flask) -> None:
        self._app = app
        self.in_front: Callable[[str, str], tuple[str, str] | None] = lambda _method, _path: None
        self._server: BaseWSGIServer | None = None
        self._thread: threading.Thread | None = None
        self.port = 0
        self.mend()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def mend(self) -> None:
        self._server = make_server("127.0.0.1", self.port, self._answer, threaded=True)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def _answer(self, environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        foreign = self.in_front(environ["REQUEST_METHOD"], environ["PATH_INFO"])
        if foreign is None:
            return self._app(environ, start)
        environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        status_line, page = foreign
        start(status_line, [("Content-Type", "text/html; charset=utf-8")])
        return [page.encode()]

    def cut(self) -> None:
        if self._server is None or self._thread is None:
            return
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._server = None


@dataclass
class Device:
    """One phone. What is in it stays while its pages are closed and opened again.

    With a `folder` it is a browser of its own, whose data outlive its process.
    """

    browser: Browser
    folder: Path | None = None
    context: BrowserContext | None = None

    def open(self) -> Page:
        view: ViewportSize = {"width": 390, "height": 844}
        if self.context is None and self.folder is None:
            self.context = self.browser.new_context(viewport=view)
        elif self.context is None:
            self.context = self.browser.browser_type.launch_persistent_context(
                str(self.folder), executable_path=str(CHROMIUM), args=list(FLAGS), viewport=view
            )
            return self.context.pages[0]
        return self.context.new_page()

    def close(self) -> None:
        """Close the pages, or with a folder the whole browser."""
        if self.context is None:
            return
        if self.folder is None:
            for page in self.context.pages:
                page.close()
        else:
            self.context.close()
            self.context = None

    def throw_away(self) -> None:
        if self.context is not None:
            self.context.close()


def sign_in(page: Page, story: Story, line: Line, account: str, language: str = "en") -> None:
    """Sign in by a link, as on the first day."""
    with story.platform.work(SETUP) as work:
        set_preferences(work, account, language=language, text_scale=100)
        link = create_sign_in_link(work, account, timedelta(minutes=30))
    page.goto(f"{line.url}/enter/{link}")
    page.locator("main button").click()
    page.wait_for_url(lambda url: "/enter/" not in url)


def in_step(page: Page, language: str = "en") -> None:
    """Wait until the worker has everything."""
    expect(page.locator("[data-last]")).to_contain_text(IN_STEP[language], timeout=60_000)


def answer(page: Page, case_id: UUID, outcome: str) -> None:
    """Fill in one form of the sheet that is open, and send it."""
    form = page.locator(f"form[action='/visits/{case_id}']:has(input[value={outcome}])")
    form.evaluate("form => form.closest('details').open = true")
    if outcome == "confirmed":
        for code, place in ANSWERS.items():
            form.locator("[data-next]").click()
            form.locator(f"input[name='q-{code}']").nth(place - 1).check()
        while not form.locator("textarea").is_visible():  # the rest may be left open
            form.locator("[data-next]").click()
        form.locator("textarea").fill("住院两个月，借了两万元。")
    form.locator("button:not([type=button])").first.click()


def visits(story: Story, case_id: UUID | None = None) -> list[Mapping[str, object]]:
    """Return what the server holds of visits, oldest first."""
    query = "SELECT case_id, outcome, taken, kept_why FROM visit ORDER BY received_at, id"
    with story.platform.work(MACHINE) as work:
        rows = [dict(row._mapping) for row in work.db.execute(text(query))]
    return [row for row in rows if case_id is None or row["case_id"] == case_id]


def status(page: Page, words: str) -> None:
    expect(page.locator("[data-now]")).to_contain_text(words, timeout=30_000)


def send(page: Page) -> None:
    """Ask for sending, as the button does."""
    page.evaluate("document.querySelector('[data-do=send]').click()")


def record(page: Page, line: Line, case_id: UUID, outcome: str) -> None:
    """Answer a case's sheet without signal; end on the page of what waits."""
    page.goto(f"{line.url}/visits/{case_id}")
    answer(page, case_id, outcome)
    page.wait_for_url("**/visits/waiting")
