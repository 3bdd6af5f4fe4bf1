"""Certificates as files: handed out for saving or printing, never shown inside our own pages."""

from uuid import UUID

from flask import Response, request

from proactive.attachments.model import LARGEST
from proactive.attachments.service import OpenFile, look
from proactive.bundles.certificates import attach_certificate
from proactive.kernel.errors import Refused
from proactive.kernel.work import Work


def certificate_answer(work: Work, file_id: UUID, item_id: UUID) -> Response:
    """Return one file of an item as a download under a name that names nobody; audited."""
    return _download(look(work, file_id, owner_id=item_id))


def attach_posted(work: Work, item_id: UUID, *, needed: bool = False) -> None:
    """Keep the file that came with the form, if one did; Refused says what is wrong with it."""
    upload = request.files.get("certificate")
    if upload is not None and upload.filename:
        attach_certificate(work, item_id, upload.stream.read(LARGEST + 1))
    elif needed:
        raise Refused("no_file", "No file was chosen.", todo="Choose a file and send it again.")


def _download(opened: OpenFile) -> Response:
    name = f"certificate-{opened.file.id.hex[-6:]}.{opened.file.ending}"
    return Response(
        opened.content,
        content_type=opened.file.media_type,
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": "sandbox; default-src 'none'",
            "Cache-Control": "no-store",
        },
    )
