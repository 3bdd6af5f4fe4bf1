"""A platform with the whole county in it: everything loaded, ingested, scanned and routed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from bench.county import make_county
from bench.measuring import Setting
from bench.place import APPROVER, NOW, STEWARD, fresh_platform
from proactive.areas.calendar import refresh_calendar
from proactive.areas.service import load_areas
from proactive.bootstrap import Platform
from proactive.bundles.offices import load_offices_file
from proactive.bundles.versions import activate_bundle, load_bundles
from proactive.feeds.mapping import load_mapping
from proactive.feeds.service import Options, ingest_delivery
from proactive.handlers.installing import install_trigger
from proactive.routing.loading import load_posts, load_relatives
from proactive.rules.service import load_trigger
from proactive.visits.form_versions import load_forms


@contextmanager
def furnished_platform(setting: Setting) -> Iterator[tuple[Platform, Path, list[dict[str, Any]]]]:
    """Yield a platform with definitions and places, the county's folder and its deliveries."""
    folder = make_county(setting.folder, setting.people)
    with fresh_platform(setting.servers, setting.folder) as platform:
        _bring_places(platform, folder)
        _bring_definitions(platform)
        listed = json.loads((folder / "deliveries.json").read_text(encoding="utf-8"))
        yield platform, folder, listed["deliveries"]


def deliver(platform: Platform, folder: Path, line: dict[str, Any]) -> None:
    """Take in one listed delivery."""
    contract = platform.contracts[line["feed"]]
    mapping = load_mapping(folder / line["mapping"], contract) if line["mapping"] else None
    options = Options(mapping=mapping, history=line["history"])
    ingest_delivery(platform, STEWARD, contract, folder / line["file"], options)


def _bring_places(platform: Platform, folder: Path) -> None:
    with platform.work(STEWARD) as work:
        load_areas(work, folder / "areas.csv", folder / "areas.mapping.yaml")
        refresh_calendar(work, platform.settings.calendar, NOW.year - 1, NOW.year + 1)
        load_offices_file(work, folder / "offices.csv")
    with platform.work(STEWARD) as work:
        load_posts(work, folder / "posts.csv")
        load_relatives(work, folder / "relatives.csv")


def _bring_definitions(platform: Platform) -> None:
    definitions = platform.settings.definitions
    kept = []
    with platform.work(STEWARD) as work:
        load_forms(work, definitions / "findings")
        findings = definitions / "findings"
        for one in load_bundles(work, definitions / "bundles", findings=findings):
            activate_bundle(work, one.bundle, one.version)
        for file in sorted(definitions.glob("*/trigger.yaml")):
            text = file.read_text(encoding="utf-8")
            examples = file.with_name("examples.yaml").read_text(encoding="utf-8")
            kept.append(
                load_trigger(work, text, platform.contracts, file=file.name, examples=examples)
            )
    for loaded in kept:
        install_trigger(
            platform,
            loaded,
            proposer=STEWARD,
            approver=APPROVER,
            note="For the bench.",
            assessment="bench",
        )
