"""Some other villagers' cases taken a step or two further, so that every desk has its work."""

from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text

from proactive.cases.model import CaseState
from proactive.cases.service import apply, get_case
from proactive.cases.store import case
from proactive.demo.cast import acting
from proactive.demo.ending import quiet
from proactive.demo.story import READER, Story
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.needs import CONFIRM_BY, Need
from proactive.visits.model import Outcome, VisitForm
from proactive.visits.service import record_visit

VISITED, APPROVED = 12, 7


def move_others_on(story: Story) -> None:
    """Let coordinators confirm some cases, and the town some of those; the rest is left to do."""
    story.teller.chapter(
        story.platform.clock.now(), "Others are visited meanwhile", "其他个案同步推进"
    )
    visited = [_visit(story, given, row) for given, row in _assigned(story)[:VISITED]]
    story.teller.see(
        f"{len(visited)} more cases were confirmed by their coordinators",
        f"另有 {len(visited)} 件经协理员核实",
        lambda: quiet(story),
    )
    approved = sum(_approve(story, case_id) for case_id in visited[:APPROVED])
    story.teller.see(
        f"{approved} of them were confirmed by the town; their items lie with the offices",
        f"其中 {approved} 件经镇街确认,事项已到各部门",
        lambda: quiet(story),
    )


def _assigned(story: Story) -> list[tuple[dict[str, Any], Row[Any]]]:
    found = []
    with story.platform.work(READER) as work:
        for given in story.truth["answers"]:
            key = story.platform.keys.subject_key(given["scheme"], given["number"])
            query = select(case).where(
                case.c.subject_key == key,
                case.c.need == given["need"],
                case.c.state == CaseState.ASSIGNED,
            )
            row = work.db.execute(query).one_or_none()
            if row is not None and given["outcome"] == Outcome.CONFIRMED:
                found.append((given, row))
    return sorted(found, key=lambda pair: (pair[1].due_on, pair[1].ref))


def _visit(story: Story, given: dict[str, Any], row: Row[Any]) -> UUID:
    form = VisitForm(
        id=new_id(),
        case_id=row.id,
        base_version=row.version,
        outcome=Outcome.CONFIRMED,
        told_at=story.platform.clock.now(),
        findings=given["findings"],
        how=CONFIRM_BY[Need(row.need)],
    )
    with acting(story.platform, _holder(story, row.owner_post_id)) as work:
        record_visit(work, form)
    case_id: UUID = row.id
    return case_id


def _approve(story: Story, case_id: UUID) -> bool:
    with story.platform.work(READER) as work:
        row = get_case(work, case_id)
    if row.state != CaseState.CONFIRMED:
        return False
    try:
        with acting(story.platform, _holder(story, row.owner_post_id)) as work:
            apply(work, case_id, "approve", base_version=row.version)
    except Refused:
        return False
    return True


def _holder(story: Story, post_id: UUID) -> str:
    with story.platform.work(READER) as work:
        query = "SELECT a.login FROM post p JOIN account a ON a.id = p.holder_id WHERE p.id = :id"
        login: str = work.db.execute(text(query), {"id": post_id}).scalar_one()
    return login
