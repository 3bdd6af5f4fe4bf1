"""Files of a case: known by content, sealed, for their readers only, gone by their day."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select, update

from proactive.attachments.model import JPEG, LARGEST, PDF, PNG, Kind, check_content, media_type_of
from proactive.attachments.service import files_of, keep, let_go, look, purge_files
from proactive.attachments.store import attachment
from proactive.cases.store import case
from proactive.kernel.errors import Refused
from proactive.kernel.work import Actor, Work
from tests.proactive.bundles.conftest import AREAS, MACHINE, Desk

A_PDF = b"%PDF-1.7\nsome certificate\n%%EOF\n"
A_JPEG = b"\xff\xd8\xff\xe0 picture \xff\xd9"
A_PNG = b"\x89PNG\r\n\x1a\n picture IEND\xaeB`\x82"


def test_a_file_is_what_its_content_says_and_nothing_else_is_kept() -> None:
    assert [media_type_of(each) for each in (A_PDF, A_JPEG, A_PNG)] == [PDF, JPEG, PNG]
    assert media_type_of(A_PDF[:-8]) == ""
    assert check_content(Kind.PHOTO, A_JPEG) == JPEG
    for kind, content in (
        (Kind.PHOTO, A_PDF),
        (Kind.CERTIFICATE, b"<html>%PDF-"),
        (Kind.CERTIFICATE, b""),
    ):
        with pytest.raises(Refused, match="cannot be kept"):
            check_content(kind, content)
    with pytest.raises(Refused, match="larger than 10 MB"):
        check_content(Kind.CERTIFICATE, A_PDF + b" " * LARGEST)


def test_a_file_is_read_by_those_it_is_for_and_leaves_with_its_case(desk: Desk) -> None:
    case_id = desk.case()
    item = desk.item(desk.open(case_id), "grade_assessment")
    clerk = desk.clerk("disabled_federation")

    def put(work: Work) -> tuple[UUID, UUID]:
        given: dict[str, Any] = {"owner_id": item.id, "case_id": case_id, "areas": AREAS}
        mine = UUID(clerk.office_id)
        paper = keep(work, kind=Kind.CERTIFICATE, content=A_PDF, office_id=mine, **given)
        again = keep(
            work, kind=Kind.CERTIFICATE, content=A_PDF, office_id=mine, file_id=paper, **given
        )
        assert again == paper
        return paper, keep(work, kind=Kind.PHOTO, content=A_JPEG, **given)

    paper, photo = desk.do(MACHINE, put)

    def seen(actor: Actor) -> list[UUID]:
        def see(work: Work) -> list[UUID]:
            kinds = [files_of(work, kind, [item.id]) for kind in Kind]
            return [each.id for files in kinds for each in files.get(item.id, [])]

        found: list[UUID] = desk.do(actor, see)
        return found

    assert seen(clerk) == seen(Actor.person(case_id)) == [paper]
    assert seen(desk.coordinator) == [photo, paper]
    other = desk.clerk("civil_affairs")
    assert seen(other) == seen(desk.stranger) == seen(Actor.person(desk.case(subject=7))) == []
    with pytest.raises(Refused, match="no such file"):
        desk.do(other, lambda work: look(work, paper, owner_id=item.id))
    opened = desk.do(clerk, lambda work: look(work, paper, owner_id=item.id))
    assert (opened.content, opened.file.media_type) == (A_PDF, PDF)
    stored = desk.rows(attachment, attachment.c.id == paper)[0]
    assert b"certificate" not in stored.content_cipher

    desk.do(clerk, lambda work: let_go(work, paper, why="wrong_file"))
    assert seen(clerk) == []
    assert desk.do(MACHINE, lambda work: purge_files(work, keep_days=180)) == 0
    closed = desk.do(MACHINE, lambda work: work.now - timedelta(days=181))
    desk.do(
        MACHINE,
        lambda work: work.db.execute(
            update(case).where(case.c.id == case_id).values(closed_at=closed)
        ),
    )
    assert desk.do(MACHINE, lambda work: purge_files(work, keep_days=180)) == 1
    left = desk.do(MACHINE, lambda work: work.db.execute(select(attachment)).all())
    assert {(row.gone_why, row.content_cipher) for row in left} == {
        ("wrong_file", None),
        ("its_day", None),
    }
