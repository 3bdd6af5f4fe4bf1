"""Call-backs of message providers, and the addresses that watchers ask."""

import re
import secrets
from dataclasses import replace
from uuid import UUID

from flask import Blueprint, Response, request
from sqlalchemy import text

from proactive.kernel.errors import Refused
from proactive.kernel.logs import get_logger
from proactive.kernel.work import Actor
from proactive.metrics import metrics_text
from proactive.notices.receiving import take_callback, take_reply
from proactive.plugins.notifier import Forged, Receipt, Receiver, Reply, Webhook
from web.access import platform, public, signed_hook
from web.errors import not_found

blueprint = Blueprint("hooks", __name__)
log = get_logger(__name__)
LARGEST_BODY = 64 * 1024
LONGEST_NAME = 200  # of what a provider calls a message or a state
NEVER_KEPT = re.compile(r"[\x00\ud800-\udfff]")  # no database takes them
WHY_OPEN = "machines have no session; nothing is believed without the provider's signature"


@blueprint.post("/hooks/<channel>/status", defaults={"message_id": None})
@blueprint.post("/hooks/<channel>/status/<uuid:message_id>")
@public(WHY_OPEN)
@signed_hook
def status(channel: str, message_id: UUID | None) -> Response:
    """Take one report on a message of ours; the same report again changes nothing.

    The message is named in the address, or, where the provider cannot, in the report itself.
    """
    receiver = _receiver(channel)
    said = _read(receiver, str(message_id or ""))
    if not isinstance(said, Receipt):
        raise bad_signature()
    with platform().work(Actor.machine(channel)) as work:
        take_callback(work, platform().desk, channel, said)
    return Response(status=204)


@blueprint.post("/hooks/<channel>/reply")
@public(WHY_OPEN)
@signed_hook
def reply(channel: str) -> Response:
    """Take one text from a person; the same text again gets no second answer."""
    receiver = _receiver(channel)
    said = _read(receiver, "")
    if not isinstance(said, Reply):
        raise bad_signature()
    with platform().work(Actor.machine(channel)) as work:
        taken = take_reply(work, platform().desk, channel, said)
    answer = receiver.answer(taken.answer)
    return Response(answer.body, content_type=f"{answer.content_type}; charset=utf-8")


@blueprint.get("/healthz")
@public("says only that the process answers")
def healthz() -> Response:
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@blueprint.get("/readyz")
@public("says only whether the database answers")
def readyz() -> Response:
    try:
        with platform().work(Actor.visitor()) as work:
            work.db.execute(text("SELECT 1"))
    except Exception as error:
        log.warning("Not ready.", exc_info=error)
        return Response("the database does not answer\n", 503, content_type="text/plain")
    return Response("ready\n", content_type="text/plain; charset=utf-8")


@blueprint.get("/metrics")
@public("opens to the token of the settings alone, and holds counts without persons")
def metrics() -> Response:
    """Give the counts to who shows the token; to anybody else there is no such page."""
    token = platform().settings.metrics_token
    shown = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not token or not secrets.compare_digest(shown.encode(), token.encode()):
        raise not_found()
    return Response(metrics_text(platform()), content_type="text/plain; version=0.0.4")


def _receiver(channel: str) -> Receiver:
    notifier: object = platform().notifiers.get(channel)
    if not isinstance(notifier, Receiver):
        raise not_found()
    return notifier


def _read(receiver: Receiver, message_id: str) -> Receipt | Reply:
    """Return what the request means once its signature holds over our own public address."""
    request.max_content_length = LARGEST_BODY
    body = request.get_data(cache=True, parse_form_data=False)
    query = f"?{request.query_string.decode()}" if request.query_string else ""
    said = receiver.read(
        Webhook(
            url=platform().settings.public_url.rstrip("/") + request.path + query,
            form=request.form.to_dict(),
            headers=dict(request.headers),
            body=body,
            message_id=message_id,
            received_at=platform().clock.now(),
        )
    )
    if isinstance(said, Forged):
        raise bad_signature()
    if isinstance(said, Reply):
        return replace(said, provider_id=_kept(said.provider_id), sender=_kept(said.sender))
    return replace(
        said,
        provider_id=_kept(said.provider_id),
        message_id=_kept(said.message_id),
        raw_state=_kept(said.raw_state),
        code=_kept(said.code),
    )


def _kept(name: str) -> str:
    """Return a provider's word as it can be kept, however odd or long it is."""
    return NEVER_KEPT.sub("", name)[:LONGEST_NAME]


def bad_signature() -> Refused:
    return Refused(
        "bad_signature",
        "This call was not signed as it must be.",
        todo="Check the provider's key and the public address in the settings.",
    )
