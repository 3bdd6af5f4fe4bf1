"""What the coordinator's device needs to go on without signal: worker, manifest, what to keep."""

import hashlib
import json
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, cast

from flask import Response, current_app, g, jsonify, render_template, url_for
from flask.typing import ResponseReturnValue

from proactive.kernel.states import Role
from proactive.kernel.work import Work
from proactive.visits.queries import my_list
from web.access import Scope, platform, policy, public, work
from web.coordinator.lists import pages_of
from web.coordinator.views import blueprint
from web.language import chosen_language, chosen_scale
from web.naming import name_of
from web.say import gettext
from web.session import MARK_LENGTH

DEVICE = frozenset({Role.COORDINATOR})
SHELL = ("main.css", "offline.js", "steps.js", "photos.js", "icon.svg")
BRAND, GROUND = "#0b4f7d", "#f2f5f7"


@blueprint.get("/sw.js")
@public("the worker's program, the same for everybody")
def worker() -> ResponseReturnValue:
    answer: Response = current_app.send_static_file("sw.js")
    answer.headers["Service-Worker-Allowed"] = "/"
    return answer


@blueprint.get("/manifest.webmanifest")
@public("name and picture of the application")
def manifest() -> ResponseReturnValue:
    """Say what the installed application is called, in the language of the page that links it."""
    picture = _static("icon.svg")
    answer = jsonify(
        id="/visits",
        name=gettext("Proactive benefits"),
        short_name=gettext("My visits"),
        description=gettext("The list and the sheets of a coordinator, with and without signal."),
        lang="zh-Hans" if chosen_language() == "zh" else "en",
        start_url=url_for("coordinator.my_list"),
        scope="/",
        display="standalone",
        theme_color=BRAND,
        background_color=GROUND,
        icons=[
            {"src": picture, "sizes": "any", "type": "image/svg+xml", "purpose": purpose}
            for purpose in ("any", "maskable")
        ],
    )
    answer.mimetype = "application/manifest+json"
    return answer


@blueprint.get("/visits/waiting")
@policy(roles=DEVICE, scope=Scope.OWN)
def waiting() -> ResponseReturnValue:
    """Show the frame; what waits is on the device and is put in there."""
    return render_template("coordinator/waiting.html")


@blueprint.get("/visits/no-signal")
@policy(roles=DEVICE, scope=Scope.OWN)
def no_signal() -> ResponseReturnValue:
    days = platform().settings.offline_days
    return render_template("coordinator/no_signal.html", kept_days=days)


@blueprint.get("/visits/offline")
@policy(roles=DEVICE, scope=Scope.AREA)
def plan() -> ResponseReturnValue:
    """Tell the worker which pages to keep, for how long, and the token its posts must carry."""
    kept_for = timedelta(days=platform().settings.offline_days)
    return jsonify(
        account=g.signed_in.mark,
        csrf=g.signed_in.csrf,
        keep=int(kept_for.total_seconds() * 1000),
        shell=[_static(name) for name in SHELL],
        pages=kept_pages(work()),
    )


def kept_pages(work: Work) -> list[dict[str, Any]]:
    """Return the reader's list and its sheets; `mark` changes when a page should be read anew."""
    look = [work.today.isoformat(), chosen_language(), chosen_scale(), *map(_static, SHELL)]
    lines = my_list(work)
    sheets = [
        {
            "url": url_for("coordinator.sheet", case_id=line.cases[0].id),
            "mark": _mark(look, (str(tuple(row)) for row in line.cases)),
            "name": name_of(line.person, work.today),
            "cases": [str(row.id) for row in line.cases],
        }
        for line in lines
    ]
    marks = [str(sheet["mark"]) for sheet in sheets]
    own = [
        *(
            (url_for("coordinator.my_list", page=page), _mark(look, marks))
            for page in range(1, pages_of(len(lines)) + 1)
        ),
        (url_for("coordinator.waiting"), _mark(look, ())),
        (url_for("coordinator.no_signal"), _mark(look, ())),
    ]
    frames = [{"url": url, "mark": mark, "name": "", "cases": []} for url, mark in own]
    return frames + sheets


def _static(name: str) -> str:
    """Return the address of a static file with its content's mark, as the pages link it."""
    static = cast("Callable[[str], str]", current_app.jinja_env.globals["static_url"])
    return static(name)


def _mark(look: Iterable[str], rows: Iterable[str]) -> str:
    text = json.dumps([list(look), list(rows)], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:MARK_LENGTH]
