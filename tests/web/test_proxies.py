"""Behind a proxy: whose address counts; and the counts that a watcher gets for its token."""

import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask, request
from waitress import create_server, wasyncore

from proactive.bootstrap import Platform, build
from proactive.config import Settings, read_settings
from proactive.kernel.errors import Refused
from tests.web.browsing import Browser
from tests.web.story import Story
from web.app import create_app
from web.command import serving
from web.security import believe_proxies

MADE_UP = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7", "X-Forwarded-Proto": "https"}


@contextmanager
def served(hops: int) -> Iterator[str]:
    """Yield the address of the production server before a page that says who asked."""
    app = Flask("who")
    app.add_url_rule("/", "who", lambda: f"{request.remote_addr} {request.scheme}")
    believe_proxies(app, hops)
    server = create_server(
        app, host="127.0.0.1", port=0, **serving(Settings(var=Path("var"), trusted_proxies=hops))
    )
    over = threading.Event()

    def run() -> None:
        while not over.is_set():
            wasyncore.loop(timeout=0.05, map=server._map, count=1)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.effective_port}/"
    finally:
        over.set()
        thread.join(timeout=5)
        server.task_dispatcher.shutdown()
        wasyncore.close_all(server._map)


@pytest.mark.parametrize(
    ("hops", "seen"),
    [(0, "127.0.0.1 http"), (1, "198.51.100.7 https"), (2, "203.0.113.9 http")],
)
def test_a_header_that_anybody_can_make_up_is_not_believed(hops: int, seen: str) -> None:
    with served(hops) as url:
        call = urllib.request.Request(url, headers=MADE_UP)  # noqa: S310 - our own address
        with urllib.request.urlopen(call, timeout=5) as answer:  # noqa: S310
            assert answer.read().decode() == seen


def test_a_watcher_gets_counts_for_the_token_and_nobody_else_finds_the_page(
    platform: Platform, story: Story, visitor: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.raise_case(1)
    token = "a-token-that-is-long-enough"
    settings = platform.settings.model_copy(update={"metrics_token": token})
    with_token = build(settings, clock=platform.clock)
    client = create_app(with_token, hooks_only=True).test_client()

    page = client.get("/metrics", headers={"Authorization": f"Bearer {token}"})

    assert visitor.get("/metrics").status_code == 404  # no token in its settings
    assert client.get("/metrics").status_code == 404
    assert client.get("/metrics", headers={"Authorization": "Bearer no"}).status_code == 404
    assert page.mimetype == "text/plain"
    assert 'proactive_cases_open{state="assigned"} 1\n' in page.text
    assert "proactive_feeds_late 0\n" in page.text
    assert "proactive_backup_age_seconds" in page.text
    assert "刘" not in page.text
    with_token.close()
    monkeypatch.setenv("PROACTIVE_METRICS_TOKEN", "short")
    with pytest.raises(Refused, match="20 characters"):
        read_settings()
