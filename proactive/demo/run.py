"""The demo from an empty folder to the last message, and the pages left open."""

import json
import time
from datetime import UTC, date, datetime
from datetime import time as clock_time
from pathlib import Path
from typing import Any

import click
from sqlalchemy import text

from proactive.areas.calendar import refresh_calendar
from proactive.areas.service import load_areas
from proactive.bundles.offices import load_offices_file
from proactive.bundles.versions import activate_bundle, load_bundles
from proactive.config import read_settings
from proactive.demo.cast import DIRECTOR, hire, link
from proactive.demo.stage import Stage, set_stage
from proactive.demo.story import (
    READER,
    Story,
    read_truth,
    tell_announcement,
    tell_end,
    tell_gate,
    tell_items,
    tell_visit,
    tell_warning,
)
from proactive.demo.teller import NotSeen, Teller
from proactive.feeds.mapping import load_mapping
from proactive.feeds.service import Options, ingest_delivery
from proactive.kernel.errors import CodedError, Refused
from proactive.routing.loading import load_posts, load_relatives
from proactive.rules.examples import prove_with
from proactive.rules.service import activate_trigger, load_trigger
from proactive.simulate.county import simulate_county
from proactive.visits.form_versions import load_forms

STORY_DAY = date(2026, 11, 16)
MORNING = clock_time(8, 0)
SHOWN_REASONS = 6


def run_demo(folder: Path, *, people: int, seed: int, language: str, port: int, once: bool) -> int:
    """Tell the whole story; return 0 only if every step was seen."""
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
    _make_county(teller, county, people, seed)
    _set_up(stage, teller, county)
    deliveries = json.loads((county / "deliveries.json").read_text(encoding="utf-8"))["deliveries"]
    teller.chapter(
        stage.platform.clock.now(), "Offices deliver what they already hold", "各部门交来已有数据"
    )
    *earlier, newest = deliveries
    _take_in(stage, teller, county, earlier)
    _switch_on(stage, teller)
    _take_in(stage, teller, county, [newest])
    _scan(stage, teller)
    story = Story(stage, teller, read_truth(county))
    tell_warning(story)
    tell_announcement(story)
    tell_visit(story)
    tell_gate(story)
    tell_items(story)
    tell_end(story)
    _show_everything(stage, teller)


def _morning(day: date, teller: Teller) -> datetime:
    return datetime.combine(day, MORNING, tzinfo=teller.zone).astimezone(UTC)


def _make_county(teller: Teller, county: Path, people: int, seed: int) -> None:
    teller.chapter(None, "An invented county", "一个虚构的县")
    summary = simulate_county(county, people, seed, areas=None, as_of=STORY_DAY)
    teller.line(summary.as_text("en"), summary.as_text("zh"))


def _set_up(stage: Stage, teller: Teller, county: Path) -> None:
    teller.chapter(None, "The house is furnished", "系统准备")
    platform, definitions = stage.platform, stage.platform.settings.definitions
    with platform.work(DIRECTOR) as work:
        areas = load_areas(work, county / "areas.csv", county / "areas.mapping.yaml")
        refresh_calendar(work, platform.settings.calendar, STORY_DAY.year - 1, STORY_DAY.year + 1)
        offices = load_offices_file(work, county / "offices.csv")
    with platform.work(DIRECTOR) as work:
        posts = load_posts(work, county / "posts.csv")
        load_relatives(work, county / "relatives.csv")
        forms = load_forms(work, definitions / "findings")
        bundles = load_bundles(work, definitions / "bundles", findings=definitions / "findings")
        for one in bundles:
            activate_bundle(work, one.bundle, one.version)
        hire(work)
    teller.line(
        f"{areas.units} areas, {posts.rows} posts, {offices.total} offices,"
        f" {len(bundles)} bundles, {forms} forms for visits",
        f"{areas.units} 个区划、{posts.rows} 个岗位、{offices.total} 个部门、"
        f"{len(bundles)} 个一件事、{forms} 张核实表",
    )


def _take_in(stage: Stage, teller: Teller, county: Path, deliveries: list[dict[str, Any]]) -> None:
    for given in deliveries:
        contract = stage.platform.contracts[given["feed"]]
        mapping = county / given["mapping"] if given["mapping"] else None
        options = Options(
            mapping=load_mapping(mapping, contract) if mapping else None,
            encoding=given["encoding"] or None,
            history=given["history"],
        )
        try:
            summary = ingest_delivery(
                stage.platform, DIRECTOR, contract, county / given["file"], options
            )
        except Refused as refusal:
            teller.line(f"{given['file']}: refused. {refusal}", f"{given['file']}:拒收。{refusal}")
            continue
        bad, held = sum(summary.quarantined.values()), sum(summary.held.values())
        if summary.state == "nothing_new":
            teller.line(f"{given['file']}: nothing new", f"{given['file']}:没有新内容")
            continue
        teller.line(
            f"{given['file']}: {summary.rows_read:,} rows, {summary.applied:,} applied,"
            f" {bad} put aside, {held} held",
            f"{given['file']}:{summary.rows_read:,} 行,入库 {summary.applied:,},"
            f"隔离 {bad},暂缓 {held}",
        )
        for reason, count in summary.quarantined.most_common(2):
            teller.line(f"    put aside: {count} × {reason}", f"    隔离:{count} × {reason}")


def _switch_on(stage: Stage, teller: Teller) -> None:
    platform = stage.platform
    prove = prove_with(platform.contracts)
    with platform.work(DIRECTOR) as work:
        for file in sorted(platform.settings.definitions.glob("*/trigger.yaml")):
            examples = file.with_name("examples.yaml")
            loaded = load_trigger(
                work,
                file.read_text(encoding="utf-8"),
                platform.contracts,
                file=file.name,
                examples=examples.read_text(encoding="utf-8") if examples.exists() else "",
            )
            activate_trigger(work, loaded.trigger, loaded.version, prove=prove)
            teller.line(
                f"trigger '{loaded.trigger}' switched on by a named person, its examples hold",
                f"触发规则 {loaded.trigger} 由具名人员启用,示例全部通过",
            )


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
        "全部命中已立案并派单",
        lambda: _all_routed(stage),
    )
    for row in rows:
        teller.line(f"{row.trigger}: {row.new} hits", f"{row.trigger}:{row.new} 条命中")
    with stage.platform.work(READER) as work:
        counts = work.db.execute(
            text(
                'SELECT c.need, p.kind, count(*) AS n FROM "case" c JOIN post p'
                " ON p.id = c.owner_post_id GROUP BY 1, 2 ORDER BY 1, 2"
            )
        ).all()
    for row in counts:
        teller.line(
            f"cases {row.need}: {row.n} with {row.kind}", f"案件 {row.need}:{row.n} 件在 {row.kind}"
        )


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
        "没有重复案件,没有卡住的步骤",
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
        ("operator", "operator"),
    ]:
        click.echo(f"   {role:<16} {link(stage.platform, login)}")
    click.echo(teller.say("Ctrl-C ends it.", "按 Ctrl-C 结束。"))
    try:
        while True:
            time.sleep(1)
            stage.children.mend()
    except KeyboardInterrupt:
        click.echo()
