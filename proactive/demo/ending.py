"""The second half of the story: the offices' work, and the last word to the person."""

from sqlalchemy import select, text

from proactive.bundles.model import SETTLED, ItemState
from proactive.bundles.queries import progress
from proactive.bundles.store import item
from proactive.cases.service import apply
from proactive.demo.cast import acting
from proactive.demo.offices import work_items
from proactive.demo.story import READER, Story
from proactive.demo.words import ITEM_STATES, in_words
from proactive.notices.queries import messages_of_case


def show_progress(story: Story) -> None:
    """Print each bundle with its items: office, state, what waits on what, when it is due."""
    for bundle_id in story.bundle_ids:
        with story.platform.work(READER) as work:
            found = progress(work, bundle_id, story.teller.language)
        story.teller.line(
            f"{found.title} — lead: {found.lead_office}, promised by {found.bundle.promised_on}",
            f"{found.title} — 牵头:{found.lead_office},承诺 {found.bundle.promised_on} 前办结",
        )
        titles = {line.code: line.title for line in found.items}
        for line in found.items:
            if line.state == ItemState.NOT_SELECTED:
                continue
            waited = [titles[code] for code in line.waits_for]
            waits_en = f", waits for: {', '.join(waited)}" if waited else ""
            waits_zh = f",等待:{'、'.join(waited)}" if waited else ""
            state_en, state_zh = in_words(line.state, ITEM_STATES)
            story.teller.line(
                f"  · {line.title} ({line.office}): {state_en}{waits_en}",
                f"  · {line.title}({line.office}):{state_zh}{waits_zh}",
            )


def tell_items(story: Story) -> None:
    """The offices work in parallel; one asks for more, once; all is granted and delivered."""
    teller = story.teller
    moment = story.at(1, 10)
    teller.chapter(moment, "The offices work in parallel", "各部门并联办理")
    for day in range(1, 9):
        worked = work_items(story.platform, story.bundle_ids, story.person["coordinator_login"])
        for line in worked:
            teller.line(f"day {day}: {line.en}", f"第 {day} 天:{line.zh}")
        teller.see(
            f"day {day}: what these decisions make possible is ready",
            f"第 {day} 天:后续事项已就绪",
            lambda: quiet(story),
        )
        if _settled(story):
            break
        moment = story.at(1, 10)
    teller.see(
        "every item was granted and delivered", "各事项均已办结并送达", lambda: _settled(story)
    )
    show_progress(story)


def quiet(story: Story) -> bool:
    """Answer whether no step waits: the machine has done what follows."""
    with story.platform.work(READER) as work:
        waiting = work.db.execute(
            text(
                "SELECT count(*) FROM step WHERE state IN ('pending', 'running') AND due_at <= :now"
                " AND name NOT IN ('sweep_messages', 'send_messages')"
            ),
            {"now": work.now},
        ).scalar_one()
    return bool(waiting == 0)


def _settled(story: Story) -> bool:
    with story.platform.work(READER) as work:
        states = work.db.execute(
            select(item.c.state).where(item.c.bundle_id.in_(story.bundle_ids))
        ).scalars()
        return all(state in SETTLED for state in states)


def tell_end(story: Story) -> None:
    """The person is told; the coordinator closes after a last word."""
    teller = story.teller
    moment = story.at(1, 10)
    teller.chapter(moment, "The person has been told", "本人已获告知")
    teller.see("the case is complete", "事项已全部办结", lambda: story.case().state == "completed")
    teller.see(
        "the last message was delivered", "办结短信已送达", story.message("done", "delivered")
    )
    with story.platform.work(READER) as work:
        lines = messages_of_case(work.db, story.case().id)
    for line in lines:
        teller.line(
            f"· {line.template} to {line.to_masked}: {line.state}",
            f"· {line.template} 发往 {line.to_masked}:{line.name['zh']}",
        )
    row = story.case()
    with acting(story.platform, story.person["coordinator_login"]) as work:
        apply(
            work,
            row.id,
            "close",
            base_version=row.version,
            reason="fulfilled",
            close_reason="fulfilled",
        )
    teller.see(
        "the coordinator closed the case; nobody and nothing else could",
        "由协理员归档;系统本身无权关闭",
        lambda: story.case().state == "closed",
    )
