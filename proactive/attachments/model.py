"""What may be attached to a case: its kinds, and what a file is by its content."""

from enum import StrEnum

from proactive.kernel.errors import Refused

LARGEST = 10 * 1024 * 1024
PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
ENDINGS = {PDF: "pdf", JPEG: "jpg", PNG: "png"}
PDF_END_WITHIN = 1024  # bytes from the end in which a whole PDF says so (ISO 32000-2, 7.5.5)


class Kind(StrEnum):
    """What a file is for: a photo from a visit, what an office gave out."""

    PHOTO = "photo"
    CERTIFICATE = "certificate"


TAKEN = {Kind.PHOTO: frozenset({JPEG, PNG}), Kind.CERTIFICATE: frozenset({PDF, JPEG, PNG})}


def media_type_of(content: bytes) -> str:
    """Return PDF, JPEG or PNG by what the bytes say, '' for anything else or a file cut short."""
    if content.startswith(b"%PDF-") and b"%%EOF" in content[-PDF_END_WITHIN:]:
        return PDF
    if content.startswith(b"\xff\xd8\xff") and content.rstrip(b"\x00").endswith(b"\xff\xd9"):
        return JPEG
    if content.startswith(b"\x89PNG\r\n\x1a\n") and content[-8:-4] == b"IEND":
        return PNG
    return ""


def check_content(kind: Kind, content: bytes) -> str:
    """Return the media type of a file that may be kept; Refused names what is wrong with it."""
    if len(content) > LARGEST:
        raise Refused(
            "file_too_large",
            "The file is larger than {most} MB.",
            todo="Scan or photograph it anew with less detail.",
            most=LARGEST // (1024 * 1024),
        )
    media_type = media_type_of(content)
    if media_type not in TAKEN[kind]:
        raise Refused(
            "file_not_readable",
            "This file cannot be kept.",
            why="It is not a whole PDF, JPEG or PNG, whatever its name says.",
            todo="Scan it as PDF, or photograph it.",
        )
    return media_type
