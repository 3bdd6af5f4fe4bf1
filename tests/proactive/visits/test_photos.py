"""A photo is made small and plain, refused by its content, kept once, and never holds up facts."""

import struct
import zlib
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from proactive.attachments.service import look
from proactive.attachments.store import attachment
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.visits.model import Outcome, VisitForm
from proactive.visits.photos import keep_photo, photos_of, plain_photo, remove_photo
from proactive.visits.service import record_visit
from proactive.visits.store import visit


def picture(kind: str = "JPEG", size: tuple[int, int] = (2400, 1200), mode: str = "RGB") -> bytes:
    made = BytesIO()
    with_all: dict[str, Any] = {}
    if kind == "JPEG":
        exif = Image.Exif()
        exif[0x0112] = 6  # lies on its side
        exif[0x010F] = "SECRET-CAMERA"
        exif.get_ifd(0x8825)[1] = "SECRET-PLACE"
        with_all = {"exif": exif, "comment": b"SECRET-COMMENT"}
    Image.new(mode, size, "red").save(made, kind, **with_all)
    return made.getvalue()


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises more pixels than anybody should decode."""

    def chunk(name: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + check

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    data = chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + data


def test_only_the_picture_itself_is_left_upright_and_small() -> None:
    plain = plain_photo(picture())

    with Image.open(BytesIO(plain)) as kept:
        assert (kept.format, kept.size, kept.mode) == ("JPEG", (800, 1600), "RGB")
        assert not kept.getexif()
        assert "comment" not in kept.info
    assert b"SECRET" not in plain
    for kind, mode in (("PNG", "RGBA"), ("PNG", "P"), ("WEBP", "RGB")):
        with Image.open(BytesIO(plain_photo(picture(kind, (40, 30), mode)))) as kept:
            assert (kept.format, kept.size) == ("JPEG", (40, 30))


def test_forty_million_pixels_of_a_phone_are_made_small() -> None:
    grey = BytesIO()
    Image.new("L", (7300, 5480)).save(grey, "JPEG", quality=20)

    with Image.open(BytesIO(plain_photo(grey.getvalue()))) as kept:
        assert max(kept.size) == 1600


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"MZ\x90\x00 This program cannot be run in DOS mode", "not_a_photo"),
        (b"", "not_a_photo"),
        (picture()[:2000], "not_a_photo"),
        (b"GIF89a" + bytes(100), "not_a_photo"),
        (bomb(6000, 5000), "photo_too_large"),
        (bomb(12000, 9000), "photo_too_large"),
        (bomb(60000, 60000), "photo_too_large"),
        (b"\xff\xd8\xff" + bytes(10 * 1024 * 1024), "photo_too_large"),
    ],
)
def test_what_is_no_photo_or_too_large_is_told_before_it_is_decoded(
    content: bytes, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        plain_photo(content)
    assert refused.value.code == code


def test_a_photo_follows_its_visit_is_kept_once_sealed_and_shown_with_a_trace(village: Any) -> None:
    case_id, visit_id, photo_id = village.case(), new_id(), new_id()
    form = VisitForm(
        visit_id, case_id, 2, Outcome.NO_NEED, village.platform.clock.now(), reason="no_need"
    )
    content = picture(size=(60, 40))

    def send(photo: Any = photo_id, what: bytes = content, actor: Any = None) -> None:
        village.do(
            actor or village.coordinator,
            lambda work: keep_photo(work, case_id, visit_id, photo, what),
        )

    def refusal(*given: Any, **more: Any) -> str:
        with pytest.raises(Refused) as refused:
            send(*given, **more)
        return refused.value.code

    assert refusal() == "visit_not_there"
    village.do(village.coordinator, lambda work: record_visit(work, form))
    assert refusal(new_id(), b"MZ") == "not_a_photo"
    assert refusal(actor=village.neighbour) == "visit_not_there"
    send()
    send()
    [kept] = village.rows(attachment)
    assert b"JFIF" not in kept.content_cipher
    send(new_id())
    send(new_id())
    assert refusal(new_id()) == "too_many_photos"
    send()  # the first once more: it is there
    assert village.rows(visit)[0].taken

    opened = village.do(village.coordinator, lambda work: look(work, photo_id, owner_id=visit_id))
    assert opened.content.startswith(b"\xff\xd8\xff")
    village.do(village.neighbour, lambda work: remove_photo(work, visit_id, photo_id))
    village.do(village.coordinator, lambda work: remove_photo(work, visit_id, photo_id))
    left = village.do(village.coordinator, lambda work: photos_of(work, [visit_id])[visit_id])
    assert len(left) == 2
    with pytest.raises(Refused):
        village.do(village.coordinator, lambda work: look(work, photo_id, owner_id=visit_id))
