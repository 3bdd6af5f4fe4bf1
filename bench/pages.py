"""How fast the coordinator's list and sheet are shown, against a bare page of the same length."""

from __future__ import annotations

from flask import Flask, render_template_string
from flask.testing import FlaskClient
from sqlalchemy import text

from bench.furnished import deliver, furnished_platform
from bench.measuring import Benchmark, Measured, Setting, best_of, seconds_of
from proactive.accounts.sessions import sign_in_by_link
from proactive.bootstrap import Platform
from proactive.demo.cast import link
from proactive.kernel.work import Actor
from proactive.stepping import run_due_steps
from web.app import create_app

VIEWS = 30
READER = Actor.machine("bench")
MOST = """
SELECT a.login, max(c.id::text) AS sheet, count(*) AS cases
FROM "case" c JOIN post p ON p.id = c.owner_post_id JOIN account a ON a.id = p.holder_id
WHERE p.kind = 'coordinator' GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT 1"""
BARE = """<!doctype html><title>bare</title><ul>{% for row in rows %}
<li><a href="/{{ row }}">{{ row }}</a> {{ words }}</li>{% endfor %}</ul>"""


def run(setting: Setting) -> Measured:
    """Show list and sheet of the coordinator with most cases, again and again."""
    with furnished_platform(setting) as (platform, folder, deliveries):
        for line in deliveries:
            deliver(platform, folder, line)
        run_due_steps(platform)
        with platform.work(READER) as work:
            busiest = work.db.execute(text(MOST)).one()
        paths = ("/visits", f"/visits/{busiest.sheet}")
        client = _signed_in(platform, busiest.login)
        for path in paths:
            status = client.get(path).status_code
            if status != 200:
                raise AssertionError(f"{path} answered {status}")
        bare = _bare_app(busiest.cases).test_client()
        return best_of(
            BENCHMARK,
            rows=VIEWS,
            ours=lambda: seconds_of(lambda: [client.get(paths[at % 2]) for at in range(VIEWS)]),
            yard=lambda: seconds_of(lambda: [bare.get("/") for _ in range(VIEWS)]),
            rounds=setting.rounds,
        )


def _signed_in(platform: Platform, login: str) -> FlaskClient:
    """Return a browser in which this account is signed in, as its link would do it."""
    token = link(platform, login).rpartition("/")[2]
    with platform.work(Actor.visitor()) as work:
        session = sign_in_by_link(work, token)
    client = create_app(platform).test_client()
    client.set_cookie("session", session or "")
    return client


def _bare_app(rows: int) -> Flask:
    app = Flask("bare")
    app.add_url_rule(
        "/",
        view_func=lambda: render_template_string(BARE, rows=range(rows * 10), words="word " * 20),
    )
    return app


BENCHMARK = Benchmark(
    name="pages",
    what="show a coordinator's list and sheet",
    yardstick="a bare Flask page of ten lines per case",
    at_most=80,
    run=run,
)
