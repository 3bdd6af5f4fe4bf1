"""Makes the web application for one platform: create_app(platform) -> Flask."""

import hashlib
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from flask import Flask, g, url_for
from jinja2 import StrictUndefined

from proactive.bootstrap import Platform
from web import (
    account,
    admin,
    api,
    coordinator,
    county,
    hall,
    hooks,
    office,
    person,
    policy,
    supervisor,
    town,
)
from web.device import init_device
from web.display import init_display
from web.errors import init_errors
from web.language import chosen_language, chosen_scale, init_language
from web.places import places_of
from web.security import believe_proxies, init_security
from web.session import load_session
from web.words import in_language, word

STATIC = Path(__file__).parent / "static"
PAGES = (
    *(part.blueprint for part in (account, coordinator, town, county, office, hall, admin)),
    person.blueprint,
    api.blueprint,
    *policy.blueprints,
    supervisor.blueprint,
)
OWN_HOSTS = ["localhost", "127.0.0.1", "[::1]"]


def create_app(platform: Platform, *, hooks_only: bool = False) -> Flask:
    """Return the application; everything it needs hangs on `platform`, nothing is global.

    With `hooks_only` it answers call-backs and watchers and has no pages at all.
    """
    app = api.described_app(
        "web",
        with_api=not hooks_only,
        static_folder=str(STATIC),
        template_folder="base/templates",
    )
    public_url = urlsplit(platform.settings.public_url)
    https = public_url.scheme == "https"
    app.extensions["platform"] = platform
    app.config["TRUSTED_HOSTS"] = sorted({public_url.hostname or "localhost", *OWN_HOSTS})
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = 31536000
    app.config["HTTPS"] = https
    app.config["LANGUAGE"] = platform.settings.language
    app.config["PAGES"] = not hooks_only
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.before_request(load_session)
    init_device(app)
    init_language(app)
    init_display(app, platform.settings.zone, platform.settings.currency)
    init_security(app, https=https)
    believe_proxies(app, platform.settings.trusted_proxies)
    init_errors(app)
    _init_templates(app, platform)
    app.register_blueprint(hooks.blueprint)
    for blueprint in () if hooks_only else PAGES:
        app.register_blueprint(blueprint)
    return app


def _init_templates(app: Flask, platform: Platform) -> None:
    @app.context_processor
    def common() -> dict[str, object]:
        language = chosen_language()
        return {
            "me": g.get("signed_in"),
            "places": places_of(g.get("signed_in")),
            "lang": language,
            "html_lang": "zh-Hans" if language == "zh" else "en",
            "scale": chosen_scale(),
            "check_phone": platform.settings.check_phone,
            "errors": {},
        }

    app.jinja_env.globals.update(static_url=static_url, word=word, say=in_language)


def static_url(name: str) -> str:
    """Return the address of a static file with its content's mark, so it can be kept for long."""
    return url_for("static", filename=name, v=_mark(name))


@cache
def _mark(name: str) -> str:
    return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:10]
