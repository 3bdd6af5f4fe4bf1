"""Files that come in: how large they may be, what they are called, where they are kept."""

from pathlib import Path
from typing import Any, cast

from flask import g, request
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from proactive.kernel.errors import Refused
from web.access import View, platform, policy_of

MIB = 1024 * 1024
BLOCK = 256 * 1024
FORM_ROOM = 64 * 1024
LONGEST_NAME = 120
NAMELESS = "delivery"


def takes_files(view: View) -> View:
    """Mark a page whose form may carry a file; `allow_files` then lets it in."""
    cast("Any", view).takes_files = True
    return view


def allow_files(view: object) -> None:
    """Raise the limit of this request, for those only who may open the page.

    Called before the body is read, and so before the page's own guard.
    """
    signed_in, rule = g.get("signed_in"), policy_of(view)
    may = signed_in is not None and rule is not None and signed_in.actor.role in rule.roles
    if may and getattr(view, "takes_files", False):
        raise_limit()


def raise_limit() -> None:
    """Let this request carry a file; Refused `too_large` where it says that it is larger."""
    most = platform().settings.upload_mb * MIB + FORM_ROOM
    if (request.content_length or 0) > most:
        raise too_large()
    request.max_content_length = most


def keep_body(folder: Path, name: str) -> Path:
    """Write the request's body to a file, block by block."""
    path = folder / file_name(name)
    try:
        with path.open("wb") as file:
            while block := request.stream.read(BLOCK):
                file.write(block)
    except RequestEntityTooLarge as error:
        raise too_large() from error
    return path


def keep_upload(folder: Path, upload: FileStorage) -> Path:
    """Write a file of a form to the folder under its own name."""
    path = folder / file_name(upload.filename or "")
    upload.save(path, buffer_size=BLOCK)
    return path


def file_name(given: str) -> str:
    """Return a name that stays in its folder: no path, nothing hidden, no control signs."""
    last = given.replace("\\", "/").rpartition("/")[2]
    plain = "".join(sign for sign in last if sign.isprintable()).strip().lstrip(".")
    return plain[-LONGEST_NAME:] or NAMELESS


def too_large() -> Refused:
    return Refused(
        "too_large",
        "The file is larger than {most} MiB, the most this door takes.",
        todo="Choose a smaller one. Records may also come in pieces or by the drop folder.",
        most=platform().settings.upload_mb,
    )
