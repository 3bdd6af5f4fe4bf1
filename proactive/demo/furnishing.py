"""The first half of the stage: a county is made, the house furnished, deliveries taken in."""

from pathlib import Path
from typing import Any

from proactive.areas.calendar import refresh_calendar
from proactive.areas.service import load_areas
from proactive.bundles.offices import load_offices_file
from proactive.bundles.versions import activate_bundle, load_bundles
from proactive.demo.cast import APPROVER, DIRECTOR, hire
from proactive.demo.stage import STORY_DAY, Stage
from proactive.demo.teller import Teller
from proactive.feeds.mapping import load_mapping
from proactive.feeds.reasons import reason_text
from proactive.feeds.service import Options, ingest_delivery
from proactive.handlers.installing import install_trigger
from proactive.kernel.errors import Refused
from proactive.routing.loading import load_posts, load_relatives
from proactive.rules.service import load_trigger, rule_of
from proactive.simulate.county import simulate_county
from proactive.visits.form_versions import load_forms


def make_county(teller: Teller, county: Path, people: int, seed: int) -> None:
    teller.chapter(None, "An invented county", "一个虚构的县")
    summary = simulate_county(county, people, seed, areas=None, as_of=STORY_DAY)
    teller.line(summary.as_text("en"), summary.as_text("zh"))


def set_up(stage: Stage, teller: Teller, county: Path) -> None:
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


def take_in(stage: Stage, teller: Teller, county: Path, deliveries: list[dict[str, Any]]) -> None:
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
            teller.line(
                f"    put aside: {count} × {reason_text(reason, 'en')}",
                f"    隔离:{count} × {reason_text(reason, 'zh')}",
            )


def switch_on(stage: Stage, teller: Teller) -> None:
    """Have each trigger proposed with its dry run, approved by a second person, switched on."""
    platform = stage.platform
    for file in sorted(platform.settings.definitions.glob("*/trigger.yaml")):
        with platform.work(DIRECTOR) as work:
            loaded = load_trigger(
                work,
                file.read_text(encoding="utf-8"),
                platform.contracts,
                file=file.name,
                examples=file.with_name("examples.yaml").read_text(encoding="utf-8"),
            )
            title = rule_of(work, loaded.id).title
        install_trigger(
            platform,
            loaded,
            proposer=DIRECTOR,
            approver=APPROVER,
            note="随系统发布的规则,已在本县数据上试算。",
            assessment=f"评估-2026-{loaded.trigger}",
        )
        teller.line(
            f"trigger '{title.en}': examples hold, tried on the county's records, approved by"
            " a second person, switched on",
            f"触发规则“{title.zh}”:示例全部通过,已用本县数据试算,经第二人批准后启用",
        )
