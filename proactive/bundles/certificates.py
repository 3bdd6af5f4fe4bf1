"""What an office gives out as a file: comes with the delivery, stays for those it is for."""

from uuid import UUID

from proactive.attachments.model import Kind
from proactive.attachments.service import KeptFile, files_of, files_of_case, keep, let_go
from proactive.bundles.model import ItemState
from proactive.bundles.running import areas_of, get_item
from proactive.kernel.errors import Refused
from proactive.kernel.work import Work

MOST_FILES = 5
HAS_RESULT = frozenset({ItemState.GRANTED, ItemState.DELIVERED})


def attach_certificate(work: Work, item_id: UUID, content: bytes) -> UUID:
    """Keep a file of what was granted; the person finds it at the own page.

    Raises Refused `not_found`, `not_granted_yet`, `too_many_files`, or what is wrong with the file.
    """
    row = get_item(work, item_id)
    if row.state not in HAS_RESULT:
        raise Refused(
            "not_granted_yet",
            "A certificate belongs to an item that is granted.",
            todo="Grant it first.",
        )
    if len(certificates_of(work, item_id)) >= MOST_FILES:
        raise Refused(
            "too_many_files",
            "This item has {most} files already.",
            todo="Put the pages into one file, or remove one that is wrong.",
            most=MOST_FILES,
        )
    return keep(
        work,
        kind=Kind.CERTIFICATE,
        owner_id=row.id,
        case_id=row.case_id,
        office_id=row.office_id,
        areas=areas_of(row),
        content=content,
    )


def certificates_of(work: Work, item_id: UUID) -> list[KeptFile]:
    """Return the files of one item, oldest first."""
    return files_of(work, Kind.CERTIFICATE, [item_id]).get(item_id, [])


def certificates_of_case(work: Work, case_id: UUID) -> dict[UUID, list[KeptFile]]:
    """Return the files of a case by item, as far as the reader sees them."""
    return files_of_case(work, Kind.CERTIFICATE, case_id)


def remove_certificate(work: Work, item_id: UUID, file_id: UUID) -> None:
    """Take a wrong file away at once; Refused `not_found` where it is not this item's."""
    if file_id not in {each.id for each in certificates_of(work, item_id)}:
        raise Refused("not_found", "There is no such file.", todo="Go back to the page before.")
    let_go(work, file_id, why="wrong_file")
