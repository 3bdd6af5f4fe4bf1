"""The door for offices' own systems: a signed answer becomes its officer's act, or a clear no."""

from typing import Any

from flask import Response, jsonify, request

from proactive.handlers.connecting import take_said
from proactive.kernel.errors import Refused
from proactive.plugins.notifier import Forged, Webhook
from proactive.plugins.office_connector import Malformed
from web.access import platform, public, signed_hook
from web.errors import status_of
from web.hooks.views import LARGEST_BODY, WHY_OPEN, bad_signature, blueprint


@blueprint.post("/hooks/offices/<office>")
@public(WHY_OPEN)
@signed_hook
def office_answer(office: str) -> Response:
    """Take one answer of an office; the same answer again changes nothing and gets the same word.

    What cannot be taken comes back as a problem document (RFC 9457).
    """
    try:
        return _take(office)
    except Refused as refusal:
        return _problem(refusal)


def _take(office: str) -> Response:
    connector = platform().office_lines.connectors.get(office)
    if connector is None:
        raise Refused("not_found", "There is no such office.", todo="Check the address.")
    request.max_content_length = LARGEST_BODY
    said = connector.read(
        Webhook(
            url=platform().settings.public_url.rstrip("/") + request.path,
            headers=dict(request.headers),
            body=request.get_data(cache=True, parse_form_data=False),
        )
    )
    if isinstance(said, Forged):
        raise bad_signature()
    if isinstance(said, Malformed):
        raise Refused(
            "bad_request",
            "This answer cannot be read at: {place}.",
            todo="docs/connector.md says what belongs there.",
            place=said.why,
        )
    taken = take_said(platform(), office, said)
    return jsonify(
        item=str(taken.item_id), state=taken.state, version=taken.version, again=taken.again
    )


def _problem(refusal: Refused) -> Response:
    status = status_of(refusal)
    body: dict[str, Any] = {
        "type": f"urn:proactive:problem:{refusal.code}",
        "title": refusal.what.format(**refusal.facts),
        "status": status,
        "detail": refusal.sentence(),
        "code": refusal.code,
    }
    if refusal.fields:
        body["fields"] = sorted(refusal.fields)
    answer = jsonify(body)
    answer.status_code, answer.content_type = status, "application/problem+json"
    return answer
