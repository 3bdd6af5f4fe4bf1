"""The command `proactive web`: serves the pages and the providers' call-backs."""

from typing import Any

import click
from waitress import serve

from proactive.commands.frame import Frame, explained, pass_frame
from proactive.config import Settings
from web.app import create_app
from web.security import MAX_BODY
from web.uploads import MIB


@click.command()
@click.option("--hooks-only", is_flag=True, help="Only call-backs and health; pages stay closed.")
@pass_frame
@explained
def web(frame: Frame, hooks_only: bool) -> None:
    """Serve the pages and call-backs until told to stop."""
    with frame.platform() as platform:
        app = create_app(platform, hooks_only=hooks_only)
        settings = platform.settings
        serve(app, host=settings.host, port=settings.port, **serving(settings))


def serving(settings: Settings) -> dict[str, Any]:
    """Return how the server is to serve; it drops X-Forwarded headers unless proxies are named."""
    return {
        "threads": 8,
        "ident": None,
        # More than deploy/ lets a proxy pass on: what is refused here is cut off, with no word why.
        "max_request_body_size": max(MAX_BODY, (settings.upload_mb + 2) * MIB),
        "clear_untrusted_proxy_headers": settings.trusted_proxies == 0,
    }
