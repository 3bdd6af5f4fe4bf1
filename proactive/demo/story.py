"""The central story on a made-up county, step by step, each step seen in the database."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, text

from proactive.bootstrap import Platform
from proactive.bundles.model import ItemState
from proactive.bundles.queries import bundles_of_case
from proactive.bundles.store import item
from proactive.cases.queries import facts_of, grounds_of
from proactive.cases.service import apply, get_case
from proactive.cases.store import case
from proactive.demo.cast import acting
from proactive.demo.stage import Stage
from proactive.demo.teller import Teller
from proactive.kernel.ids import new_id
from proactive.kernel.masking import mask_name
from proactive.kernel.needs import ConfirmBy
from proactive.kernel.work import Actor
from proactive.notices.queries import messages_of_case
from proactive.people.vault import card
from proactive.rules.service import rule_of
from proactive.rules.words import render_explain
from proactive.visits.model import Outcome, VisitForm
from proactive.visits.service import VisitTaken, record_visit

READER = Actor.machine("teller-of-the-story")
NEED = "medical_cost_relief"


@dataclass
class Story:
    """The person who is followed, and what has been seen so far."""

    stage: Stage
    teller: Teller
    truth: dict[str, Any]
    case_id: UUID | None = None
    bundle_ids: list[UUID] = field(default_factory=list)

    @property
    def platform(self) -> Platform:
        return self.stage.platform

    @property
    def person(self) -> dict[str, Any]:
        found: dict[str, Any] = self.truth["roles"]["central_story"]
        return found

    @property
    def subject_key(self) -> int:
        return self.platform.keys.subject_key(self.person["scheme"], self.person["number"])

    def case(self) -> Row[Any]:
        """Return the case as it stands now."""
        if self.case_id is None:
            raise LookupError("no case yet")
        with self.platform.work(READER) as work:
            return get_case(work, self.case_id)

    def find_case(self) -> Row[Any] | None:
        with self.platform.work(READER) as work:
            query = select(case).where(case.c.subject_key == self.subject_key, case.c.need == NEED)
            row = work.db.execute(query).one_or_none()
        if row is not None:
            self.case_id = row.id
        return row

    def at(self, days: int, hour: int, minute: int = 0) -> datetime:
        """Move business time `days` on, to this local hour, and return it."""
        zone = self.teller.zone
        day = self.platform.clock.now().astimezone(zone).date() + timedelta(days=days)
        moment = datetime.combine(day, time(hour, minute), tzinfo=zone).astimezone(UTC)
        self.stage.move_to(moment)
        return moment

    def message(self, template: str, *states: str) -> Callable[[], Any]:
        """Return a look for a message of this case in one of these states."""

        def look() -> Any:
            with self.platform.work(READER) as work:
                lines = messages_of_case(work.db, self.case().id)
            return next((m for m in lines if m.template == template and m.state in states), None)

        return look


def read_truth(folder: Path) -> dict[str, Any]:
    """Return what is really so in the made-up county."""
    found: dict[str, Any] = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    return found


def tell_warning(story: Story) -> None:
    """The bill has raised a warning; it was routed to the person's village."""
    teller = story.teller
    moment = story.platform.clock.now()
    teller.chapter(moment, "One hospital bill, followed through", "跟踪一张住院费用单")
    row = teller.see(
        "the bill raised a case by itself",
        "费用单自动触发预警",
        story.find_case,
    )
    with story.platform.work(READER) as work:
        person = card(work, row.subject_key, purpose="demo_story")
        ground = grounds_of(work, [row.id])[row.id][0]
        rule = rule_of(work, ground.trigger_version_id)
        reason = render_explain(rule, ground, teller.language)
        facts = facts_of(work, row.id)
    teller.line(
        f"{mask_name(person.name)}, case {row.ref}: {reason}",
        f"{mask_name(person.name)},编号 {row.ref}:{reason}",
    )
    for fact in facts[:3]:
        title = story.platform.contracts[fact.source].title
        teller.line(
            f"· from: {title.en}, dated {fact.event_on}",
            f"· 来源:{title.zh},日期 {fact.event_on}",
        )
    teller.see(
        f"it lies with the coordinator of the village (post {story.person['post']})",
        f"已派给本村协理员(岗位 {story.person['post']})",
        lambda: _owned_by(story, story.person["post"]),
    )


def _owned_by(story: Story, post_code: str) -> bool:
    with story.platform.work(READER) as work:
        code = work.db.execute(
            text(
                'SELECT p.code FROM "case" c JOIN post p ON p.id = c.owner_post_id WHERE c.id=:id'
            ),
            {"id": story.case_id},
        ).scalar_one()
    return bool(code == post_code and story.case().state == "assigned")


def tell_announcement(story: Story) -> None:
    """In the morning the person is told that someone will come."""
    moment = story.at(0, 9)
    teller = story.teller
    teller.chapter(moment, "The person is told that someone will come", "短信告知将有人上门")
    sent = teller.see(
        "the message was delivered; the gateway reported it with a signed call-back",
        "短信已送达,网关以签名回执报告",
        story.message("someone_will_come", "delivered"),
    )
    _show_text(story, sent.ref)


def _show_text(story: Story, ref: str) -> None:
    for taken in story.stage.gateway_messages():
        if ref in str(taken["body"]):
            story.teller.line(f"“{taken['body']}”", f"“{taken['body']}”")
            return


def tell_visit(story: Story) -> None:
    """The coordinator goes there and confirms, on the short form."""
    moment = story.at(1, 10)
    teller = story.teller
    teller.chapter(moment, "The coordinator visits and confirms", "协理员走访核实")
    answer = next(
        each
        for each in story.truth["answers"]
        if each["number"] == story.person["number"] and each["need"] == NEED
    )
    row = story.case()
    form = VisitForm(
        id=new_id(),
        case_id=row.id,
        base_version=row.version,
        outcome=Outcome.CONFIRMED,
        told_at=moment,
        findings=answer["findings"],
        how=ConfirmBy.VISIT,
    )
    for _ in range(2):
        with acting(story.platform, story.person["coordinator_login"]) as work:
            taken = record_visit(work, form)
    teller.see(
        f"confirmed with {len(answer['findings'])} answers; sent twice by the phone, taken once",
        f"已核实,{len(answer['findings'])} 项回答;手机重复提交两次,只记一次",
        lambda: isinstance(taken, VisitTaken) and story.case().state in ("confirmed", "approved"),
    )


def tell_gate(story: Story) -> None:
    """The town is the second human gate; then the findings select the bundles."""
    moment = story.at(0, 15)
    teller = story.teller
    teller.chapter(
        moment, "The town confirms; the findings select the bundles", "镇街确认,按核实结果组合事项"
    )
    teller.see(
        "the case lies before the town desk",
        "已报镇街",
        lambda: _before_town(story),
    )
    row = story.case()
    with acting(story.platform, _town_login(story)) as work:
        apply(work, row.id, "approve", base_version=row.version)
    teller.see(
        "approved by a named person; the bundles were opened",
        "已由具名人员确认,组合事项已启动",
        lambda: _bundles(story),
    )


def _before_town(story: Story) -> bool:
    with story.platform.work(READER) as work:
        kind = work.db.execute(
            text(
                'SELECT p.kind FROM "case" c JOIN post p ON p.id = c.owner_post_id WHERE c.id=:id'
            ),
            {"id": story.case_id},
        ).scalar_one()
    return bool(kind == "town_desk")


def _town_login(story: Story) -> str:
    with story.platform.work(READER) as work:
        login: str = work.db.execute(
            text(
                'SELECT a.login FROM "case" c JOIN post p ON p.id = c.owner_post_id'
                " JOIN account a ON a.id = p.holder_id WHERE c.id = :id"
            ),
            {"id": story.case_id},
        ).scalar_one()
    return login


def _bundles(story: Story) -> list[UUID]:
    if story.case().state != "fulfilling":
        return []
    with story.platform.work(READER) as work:
        rows = bundles_of_case(work, story.case().id)
        codes = work.db.execute(
            select(item.c.state).where(item.c.bundle_id.in_([row.id for row in rows]))
        ).scalars()
        settled = any(code == ItemState.READY for code in codes)
    story.bundle_ids = [row.id for row in rows] if settled else []
    return story.bundle_ids
