"""A photo of a visit: made small and plain before it is kept, apart from the facts.

What comes in is looked at by its content, never by its name. What is kept is a new JPEG picture of
at most 1600 px: no place, no camera, no comment of the old file is left.
"""

from io import BytesIO
from struct import error as StructError  # noqa: N812 - as an error is named
from uuid import UUID

from PIL import Image, ImageOps
from sqlalchemy import select

from proactive.attachments.model import LARGEST, Kind
from proactive.attachments.service import KeptFile, files_of, keep, let_go
from proactive.kernel.db import AREA_COLUMNS
from proactive.kernel.errors import Refused
from proactive.kernel.work import Work
from proactive.visits.store import visit

MOST_OF_A_VISIT = 3
SIDE = 1600
QUALITY = 82
FORMATS = ("JPEG", "PNG", "WEBP")
# A JPEG (MPO: with a second picture in it, as phones make them) is decoded small, the others
# whole: 4 bytes a pixel, here at most 100 MB for a moment.
MOST_PIXELS = {"JPEG": 50_000_000, "MPO": 50_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}


def plain_photo(content: bytes) -> bytes:
    """Return the picture as a JPEG of at most 1600 px without anything but the picture.

    Raises Refused `photo_too_large` (bytes, or pixels by the header, before decoding) or
    `not_a_photo`.
    """
    if len(content) > LARGEST:
        raise _too_large()
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS[picture.format or "PNG"]:
                raise _too_large()
            picture.draft("RGB", (SIDE, SIDE))
            return _drawn_anew(picture)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_large() from None
    except (OSError, SyntaxError, ValueError, TypeError, EOFError, MemoryError, StructError):
        raise _not_a_photo() from None


def _drawn_anew(picture: Image.Image) -> bytes:
    """Turn it upright, make it small, and draw it on a white sheet that carries nothing else."""
    upright = ImageOps.exif_transpose(picture)
    upright.thumbnail((SIDE, SIDE))
    drawn = upright.convert("RGBA")
    sheet = Image.new("RGB", drawn.size, "white")
    sheet.paste(drawn, mask=drawn.getchannel("A"))
    made = BytesIO()
    sheet.save(made, "JPEG", quality=QUALITY, optimize=True)
    return made.getvalue()


def keep_photo(work: Work, case_id: UUID, visit_id: UUID, photo_id: UUID, content: bytes) -> None:
    """Keep a photo of the actor's own visit; the same `photo_id` again keeps it once.

    Raises Refused `visit_not_there` (the facts come first), `too_many_photos`, `photo_too_large`
    or `not_a_photo`; the visit itself is never touched.
    """
    query = select(visit).where(visit.c.id == visit_id, visit.c.case_id == case_id)
    row = work.db.execute(query.with_for_update()).one_or_none()
    if row is None or row.account_id != work.actor.id:
        raise Refused(
            "visit_not_there",
            "The photo waits for its visit.",
            why="What you recorded has not arrived yet.",
            todo="Save the visit first; the photo follows by itself.",
        )
    kept = photos_of(work, [visit_id])[visit_id]
    if photo_id in {one.id for one in kept}:
        return
    if len(kept) >= MOST_OF_A_VISIT:
        raise Refused(
            "too_many_photos",
            "This visit has three photos already.",
            todo="Remove one first if the new one is better.",
        )
    areas = {column: getattr(row, column) for column in AREA_COLUMNS}
    keep(
        work,
        kind=Kind.PHOTO,
        owner_id=visit_id,
        case_id=case_id,
        areas=areas,
        content=plain_photo(content),
        file_id=photo_id,
    )


def photos_of(work: Work, visit_ids: list[UUID]) -> dict[UUID, list[KeptFile]]:
    """Return the photos of visits without opening them."""
    found = files_of(work, Kind.PHOTO, visit_ids)
    return {visit_id: found.get(visit_id, []) for visit_id in visit_ids}


def remove_photo(work: Work, visit_id: UUID, photo_id: UUID) -> None:
    """Drop a photo that the actor took; one that is gone already stays so."""
    own = [one for one in photos_of(work, [visit_id])[visit_id] if one.kept_by == work.actor.id]
    if photo_id in {one.id for one in own}:
        let_go(work, photo_id, why="removed")


def _too_large() -> Refused:
    return Refused(
        "photo_too_large",
        "This photo is too large.",
        why="At most 10 MB and 50 million pixels are taken (PNG and WebP 25 million).",
        todo="Take it with less detail. What you recorded is not touched by this.",
    )


def _not_a_photo() -> Refused:
    return Refused(
        "not_a_photo",
        "This file is no photo that can be read.",
        why="Only whole JPEG, PNG and WebP pictures are taken, whatever the file's name says.",
        todo="Take the photo anew. What you recorded is not touched by this.",
    )
