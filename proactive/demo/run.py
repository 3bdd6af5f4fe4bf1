"""The demo from an empty folder to the last message, and the pages left open."""

import json
import time
from datetime import UTC, date, datetime
from datetime import time as clock_time
from pathlib import Path

import click
from sqlalchemy import text

from proactive.config import read_settings
from proactive.demo.cast import link
from proactive.demo.ending import show_progress, tell_end, tell_items
from proactive.demo.furnishing import make_county, set_up, switch_on, take_in
from proactive.demo.others import move_others_on
from proactive.demo.stage import STORY_DAY, Stage, set_stage
from proactive.demo.story import (
    READER,
    Story,
    read_truth,
    tell_announcement,
    tell_gate,
    tell_visit,
    tell_warning,
)
from proactive.demo.teller import NotSeen, Teller
from proactive.demo.words import POSTS, in_words, need_in_words
from proactive.kernel.errors import CodedError
from proactive.kernel.logs import configure
from proactive.outcomes.fairness_counting import ask_for_counts
from proactive.rules.service import live_triggers

MORNING = clock_time(8, 0)


def run_demo(folder: Path, *, people: int, seed: int, language: str, port: int, once: bool) -> int:
    """Tell the whole story; return 0 only if every step was seen."""
    configure("WARNING")  # the story is for people; the children keep their own logs
    teller = Teller(language, read_settings().zone)
    with set_stage(folder, port=port, pages=not once, language=language) as stage:
        try:
            _tell(stage, teller, folder / "county", people, seed)
        except (NotSeen, CodedError) as error:
            if isinstance(error, CodedError):
                teller.missed.append(str(error))
            _show_trouble(stage, teller, folder)
        code = teller.end()
        if not once:
            _leave_open(stage, teller)
    return code


def _tell(stage: Stage, teller: Teller, county: Path, people: int, seed: int) -> None:
    stage.move_to(_morning(STORY_DAY, teller))
    make_county(teller, county, people, seed)
    set_up(stage, teller, county)
    deliveries = json.loads((county / "deliveries.json").read_text(encoding="utf-8"))["deliveries"]
    teller.chapter(
        stage.platform.clock.now(), "Offices deliver what they already hold", "各部门交来已有数据"
    )
    *earlier, newest = deliveries
    take_in(stage, teller, county, earlier)
    switch_on(stage, teller)
    take_in(stage, teller, county, [newest])
    _scan(stage, teller)
    story = Story(stage, teller, read_truth(county))
    tell_warning(story)
    tell_announcement(story)
    tell_visit(story)
    tell_gate(story)
    show_progress(story)
    tell_items(story)
    tell_end(story)
    move_others_on(story)
    _show_everything(stage, teller)


def _morning(day: date, teller: Teller) -> datetime:
    return datetime.combine(day, MORNING, tzinfo=teller.zone).astimezone(UTC)


def _scan(stage: Stage, teller: Teller) -> None:
    """Let the schedule come due each morning until the newest bills have settled."""
    teller.chapter(stage.platform.clock.now(), "Triggers run by themselves", "触发规则自动运行")
    teller.see(
        "the newest delivery was looked at on arrival",
        "新到数据已即时扫描",
        lambda: _closed_runs(stage, "arrival"),
    )
    for days in range(1, 5):
        moment = _morning(date.fromordinal(STORY_DAY.toordinal() + days), teller)
        stage.move_to(moment.replace(minute=5))
        teller.see(
            f"scheduled scans of {moment.astimezone(teller.zone):%Y-%m-%d} are done",
            f"{moment.astimezone(teller.zone):%Y-%m-%d} 定时扫描完成",
            lambda: _mornings(stage) >= days,  # noqa: B023 - looked at within this turn
        )
    with stage.platform.work(READER) as work:
        rows = work.db.execute(
            text(
                "SELECT trigger, sum((counts->>'new')::int) AS new FROM scan_run"
                " WHERE state = 'done' GROUP BY 1 ORDER BY 1"
            )
        ).all()
    teller.see(
        "all that was found was raised and routed",
        "全部命中已发起个案并派单",
        lambda: _all_routed(stage),
    )
    with stage.platform.work(READER) as work:
        titles = {one.trigger: one.rule.title for one in live_triggers(work, work.today)}
    for row in rows:
        title = titles[row.trigger]
        teller.line(f"{title.en}: {row.new} hits", f"{title.zh}:{row.new} 条命中")
    with stage.platform.work(READER) as work:
        counts = work.db.execute(
            text(
                'SELECT c.need, p.kind, count(*) AS n FROM "case" c JOIN post p'
                " ON p.id = c.owner_post_id GROUP BY 1, 2 ORDER BY 1, 2"
            )
        ).all()
    for row in counts:
        (need_en, need_zh), (post_en, post_zh) = need_in_words(row.need), in_words(row.kind, POSTS)
        teller.line(f"{need_en}: {row.n} with {post_en}", f"{need_zh}:{row.n} 件在{post_zh}")


def _closed_runs(stage: Stage, kind: str) -> bool:
    with stage.platform.work(READER) as work:
        row = work.db.execute(
            text(
                "SELECT count(*) FILTER (WHERE state <> 'waiting') AS closed,"
                " count(*) FILTER (WHERE state = 'waiting') AS open FROM scan_run WHERE kind = :k"
            ),
            {"k": kind},
        ).one()
    return bool(row.closed and not row.open)


def _mornings(stage: Stage) -> int:
    """Return on how many days the medical trigger's scheduled scan was done."""
    with stage.platform.work(READER) as work:
        found: int = work.db.execute(
            text(
                "SELECT count(DISTINCT slot) FROM scan_run WHERE kind = 'full'"
                " AND trigger = 'large_medical_bill' AND state <> 'waiting'"
                " AND NOT EXISTS (SELECT FROM scan_run WHERE state = 'waiting')"
            )
        ).scalar_one()
    return found


def _all_routed(stage: Stage) -> bool:
    with stage.platform.work(READER) as work:
        row = work.db.execute(
            text(
                "SELECT (SELECT count(*) FROM hit WHERE fate = 'waiting') AS hits,"
                " (SELECT count(*) FROM \"case\" WHERE state = 'raised'"
                "  AND next_step = 'route' AND owner_post_id NOT IN"
                "  (SELECT id FROM post WHERE kind IN ('town_desk','county_desk'))) AS cases,"
                " (SELECT count(*) FROM step WHERE state IN ('pending','running')"
                "  AND name IN ('raise_hits','route_raised') AND due_at <= :now) AS steps"
            ),
            {"now": work.now},
        ).one()
    return not (row.hits or row.cases or row.steps)


def _show_everything(stage: Stage, teller: Teller) -> None:
    with stage.platform.work(READER) as work:
        rows = work.db.execute(
            text("SELECT state, count(*) AS n FROM message GROUP BY 1 ORDER BY 1")
        ).all()
        parked = work.db.execute(
            text("SELECT count(*) FROM step WHERE state = 'parked'")
        ).scalar_one()
        doubled = work.db.execute(
            text(
                'SELECT count(*) FROM (SELECT subject_key, need FROM "case"'
                " WHERE state <> 'closed' GROUP BY 1, 2 HAVING count(*) > 1) AS twice"
            )
        ).scalar_one()
    states = ", ".join(f"{row.n} {row.state}" for row in rows)
    teller.chapter(None, "The whole county", "全县情况")
    teller.line(f"messages: {states}", f"短信:{states}")
    copies = [str(taken["body"]) for taken in stage.gateway_messages()]
    teller.see(
        "no message left the gateway twice",
        "网关没有重复短信",
        lambda: len(copies) == len(set(copies)),
        seconds=1,
    )
    teller.see(
        "no person has two open cases of one need, and no step is stuck",
        "没有重复个案,没有卡住的步骤",
        lambda: not doubled and not parked,
        seconds=1,
    )


def _show_trouble(stage: Stage, teller: Teller, folder: Path) -> None:
    """Say what the machine was doing when the story stopped."""
    with stage.platform.work(READER) as work:
        rows = work.db.execute(
            text(
                "SELECT name, state, count(*) AS n, max(error) AS error FROM step"
                " WHERE state <> 'done' GROUP BY 1, 2"
            )
        ).all()
    for row in rows:
        teller.line(
            f"step {row.name}: {row.n} {row.state} {row.error or ''}",
            f"步骤 {row.name}:{row.n} {row.state} {row.error or ''}",
        )
    teller.line(f"logs: {folder / 'logs'}", f"日志:{folder / 'logs'}")


def _leave_open(stage: Stage, teller: Teller) -> None:
    """Print one link per role and wait until somebody ends it."""
    with stage.platform.work(READER) as work:
        ask_for_counts(work)
        work.step("count_take_up")
        posts = work.db.execute(
            text(
                "SELECT DISTINCT ON (p.kind) p.kind, a.login FROM post p JOIN account a"
                ' ON a.id = p.holder_id LEFT JOIN "case" c ON c.owner_post_id = p.id'
                " AND c.state <> 'closed' GROUP BY p.kind, p.code, a.login"
                " ORDER BY p.kind, count(c.id) DESC, p.code"
            )
        ).all()
        clerk = work.db.execute(
            text(
                "SELECT lower('clerk-' || o.code) FROM office o LEFT JOIN item i"
                " ON i.office_id = o.id GROUP BY o.code ORDER BY count(i.id) DESC, o.code LIMIT 1"
            )
        ).scalar_one()
    click.echo(
        "\n" + teller.say("The pages are open. One link per role:", "页面已开放,每种角色一个链接:")
    )
    for role, login in [
        *((row.kind, row.login) for row in posts),
        ("office clerk", clerk),
        ("policy staff", "policy"),
        ("fairness reviewer", "fairness"),
        ("operator", "operator"),
    ]:
        click.echo(f"   {role:<17} {link(stage.platform, login)}")
    click.echo(teller.say("Ctrl-C ends it.", "按 Ctrl-C 结束。"))
    try:
        while True:
            time.sleep(1)
            stage.children.mend()
    except KeyboardInterrupt:
        click.echo()
