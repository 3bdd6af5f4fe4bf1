"""A day's work at the offices' desks, done by clerks through the services behind the pages."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from proactive.bootstrap import Platform
from proactive.bundles.model import ItemState
from proactive.bundles.parts import Delivery
from proactive.bundles.queries import item_sheet, progress
from proactive.bundles.requests import ask_for_more, open_request
from proactive.bundles.service import act_on_item, fill_form
from proactive.bundles.store import item, office
from proactive.demo.cast import acting, clerk_of
from proactive.kernel.work import Actor

READER = Actor.machine("teller-of-the-story")
OPEN_PAPERS = ("missing", "lenient")
RESULTS = {"disability_kind": "4", "disability_grade": "2"}
ANSWERS = {"bank_account": "6200000000000000001", "yes_no": "yes"}


@dataclass(frozen=True, slots=True)
class Done:
    """One thing somebody at a desk did, in both languages."""

    en: str
    zh: str


def work_items(platform: Platform, bundle_ids: list[UUID], coordinator: str) -> list[Done]:
    """Let every clerk do what lies on his desk for these bundles, and the coordinator answer."""
    done: list[Done] = []
    for row, code in _open_items(platform, bundle_ids):
        with acting(platform, clerk_of(code)) as work:
            title = item_sheet(work, row.id, "en").definition.title
            did = _at_the_desk(work, row)
        if did:
            en, zh = (title.in_language(language) for language in ("en", "zh"))
            done.append(Done(f"{en} — {did[0]}", f"{zh} — {did[1]}"))
    for bundle_id in bundle_ids:
        answered = _answer(platform, bundle_id, coordinator)
        if answered:
            done.append(answered)
    return done


def _open_items(platform: Platform, bundle_ids: list[UUID]) -> list[tuple[Row[Any], str]]:
    with platform.work(READER) as work:
        rows = work.db.execute(
            select(item, office.c.code.label("office_code"))
            .join(office, office.c.id == item.c.office_id)
            .where(item.c.bundle_id.in_(bundle_ids))
            .order_by(item.c.position)
        ).all()
    return [(row, row.office_code) for row in rows]


def _at_the_desk(work: Any, row: Row[Any]) -> tuple[str, str] | None:
    """Do the next thing to one item, as a clerk would."""
    sheet = item_sheet(work, row.id, "zh")
    version = sheet.item.version
    if row.state in (ItemState.READY, ItemState.SUBMITTED):
        return _take_in(work, row, sheet, version)
    if row.state in (ItemState.ACCEPTED, ItemState.ACCEPTED_LENIENT):
        return _grant(work, row, sheet, version)
    if row.state == ItemState.GRANTED:
        act_on_item(
            work,
            row.id,
            "deliver",
            base_version=version,
            mode=row.delivery_mode,
            pickup_code=row.pickup_code,
            tracking_no=f"DEMO{row.id.hex[-8:].upper()}"
            if row.delivery_mode == Delivery.POST
            else "",
        )
        return "delivered", "已送达"
    return None


def _take_in(work: Any, row: Row[Any], sheet: Any, version: int) -> tuple[str, str]:
    empty = [line.code for line in sheet.fields if line.required and not line.value]
    lenient = {paper.material for paper in sheet.definition.materials if paper.lenient}
    missing = [line.code for line in sheet.papers if line.state in OPEN_PAPERS]
    strict = [code for code in missing if code not in lenient]
    if empty or strict:
        ask_for_more(work, row.id, base_version=version, papers=strict, fields=empty)
        return "asks for what is missing, once for all offices", "一次性告知所需补充材料"
    if missing:
        act_on_item(work, row.id, "accept_lenient", base_version=version)
        return "accepted leniently, papers may follow", "容缺受理"
    act_on_item(work, row.id, "accept", base_version=version)
    return "accepted", "受理"


def _grant(work: Any, row: Row[Any], sheet: Any, version: int) -> tuple[str, str]:
    papers = tuple(line.code for line in sheet.papers if line.state in OPEN_PAPERS)
    results = {code: RESULTS.get(code, "1") for code in sheet.definition.gives}
    act_on_item(work, row.id, "grant", base_version=version, papers=papers, results=results)
    return "granted", "准予办理"


def _answer(platform: Platform, bundle_id: UUID, coordinator: str) -> Done | None:
    """Let the coordinator bring what was asked for."""
    with platform.work(READER) as work:
        if open_request(work, bundle_id) is None:
            return None
        asked = progress(work, bundle_id, "zh").asked
    fields = {one.code: ANSWERS.get(one.code, "yes") for one in asked if one.kind == "field"}
    papers = [one.code for one in asked if one.kind == "material"]
    with acting(platform, coordinator) as work:
        fill_form(work, bundle_id, values=fields, papers=papers)
    count = len(fields) + len(papers)
    return Done(
        f"the coordinator brings what was asked ({count} things), once",
        f"协理员一次补齐 {count} 项",
    )
