"""Deliveries and events of other systems: the same path, checks and answers as at every door."""

import json
from pathlib import Path
from typing import Any

from apiflask import APIBlueprint
from flask import g, request
from pydantic import ValidationError

from proactive.feeds.contract import Contract
from proactive.feeds.handing import How, options_for
from proactive.feeds.preparing import scratch_folder
from proactive.feeds.records import write_records
from proactive.feeds.service import ingest_delivery
from proactive.feeds.tokens import Source
from proactive.kernel.errors import Refused
from proactive.kernel.work import Actor
from web.access import by_token, platform, signed_hook
from web.api.shapes import Reading
from web.uploads import keep_body, keep_upload, raise_limit

blueprint = APIBlueprint("api", __name__, url_prefix="/api/v1", tag="Feeds")
MOST_EVENTS_BYTES = 1024 * 1024
WHY = "deliveries of other systems, for the feeds their token names"
Answer = tuple[dict[str, Any], int]


@blueprint.post("/feeds/<feed>/deliveries")
@blueprint.doc(
    summary="Deliver a file",
    description="The file as the body, or as 'file' of a form; how it is read as query or fields.",
    security="token",
)
@by_token(WHY)
@signed_hook
def deliver(feed: str) -> Answer:
    """Take one file in whole, with bad rows put aside; the same content again is nothing new."""
    contract = _contract(feed)
    raise_limit()
    reading = _reading()
    with scratch_folder(platform().lake.root.parent) as folder:
        return _ingest(contract, _file(folder, reading), reading.how())


@blueprint.post("/feeds/<feed>/events")
@blueprint.doc(
    summary="Deliver records",
    description="A JSON array of up to 1,000 records, field names of the contract to values.",
    security="token",
)
@by_token(WHY)
@signed_hook
def events(feed: str) -> Answer:
    """Take some records in as a delivery of their own: the same path, the same checks."""
    contract = _contract(feed)
    request.max_content_length = MOST_EVENTS_BYTES
    with scratch_folder(platform().lake.root.parent) as folder:
        path = write_records(request.get_data(cache=False), contract, folder)
        return _ingest(contract, path, How())


def _contract(feed: str) -> Contract:
    """The contract of a feed that this token is for."""
    source: Source = g.source
    contract = platform().contracts.named(feed)
    if feed not in source.feeds:
        raise Refused(
            "not_granted",
            "This token is not for the feed '{feed}'.",
            why="It is for: {feeds}.",
            todo="Ask an operator for a token that names it.",
            feed=feed,
            feeds=", ".join(source.feeds),
        )
    return contract


def _reading() -> Reading:
    given = {**request.args.to_dict(), **request.form.to_dict()}
    try:
        return Reading.model_validate(given)
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()
        )
        raise Refused(
            "bad_request",
            "The call cannot be understood: {wrong}.",
            todo="/api/v1/openapi.json says what may stand there.",
            wrong=wrong[:500],
        ) from None


def _file(folder: Path, reading: Reading) -> Path:
    upload = request.files.get("file")
    path = keep_upload(folder, upload) if upload else keep_body(folder, reading.name)
    if reading.rows is not None or reading.sha256:
        manifest = {"rows": reading.rows, "sha256": reading.sha256}
        path.with_name(path.name + ".manifest.json").write_text(json.dumps(manifest))
    return path


def _ingest(contract: Contract, path: Path, how: How) -> Answer:
    source: Source = g.source
    options = options_for(how, contract, platform().settings.definitions)
    actor = Actor.machine(f"source:{source.token_id}")
    summary = ingest_delivery(platform(), actor, contract, path, options)
    return summary.as_json(), 200 if summary.state == "nothing_new" else 201
