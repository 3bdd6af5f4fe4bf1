"""Files become versions, offices come in bulk."""

from pathlib import Path
from typing import Any

import pytest

from proactive.bundles.offices import (
    OfficeFinder,
    load_offices,
    load_offices_file,
    offices_of_kind_missing,
)
from proactive.bundles.parts import Level
from proactive.bundles.versions import (
    activate_bundle,
    export_bundle,
    list_versions,
    live_definitions,
    load_bundle,
)
from proactive.kernel.errors import Refused
from proactive.kernel.work import Actor

ROOT = Path(__file__).resolve().parents[3] / "triggers" / "bundles"
OPERATOR = Actor.operator_on_server("op-li")
MACHINE = Actor.machine("test")
COUNTY, TOWN, VILLAGE = "371422000000", "371422001000", "371422001001"
PATH = ("370000000000", "371400000000", COUNTY, TOWN, VILLAGE)


def row(code: str, kind: str, area: str) -> dict[str, str]:
    return {"code": code, "kind": kind, "name": code, "area_code": area}


def test_the_same_file_again_is_nothing_new_and_a_version_exports_letter_by_letter(
    desk: Any,
) -> None:
    text = (ROOT / "newborn.yaml").read_text(encoding="utf-8")

    again = desk.do(OPERATOR, lambda work: load_bundle(work, text))
    assert (again.new, again.version, again.state) == (False, 1, "live")
    assert desk.do(OPERATOR, lambda work: export_bundle(work.db, "newborn", 1)) == text


def test_a_running_bundle_keeps_its_version_and_only_a_named_person_switches_one_on(
    desk: Any,
) -> None:
    running = desk.open(desk.case("newborn_services", findings={"agrees": "yes"}), "newborn")
    text = (
        (ROOT / "newborn.yaml")
        .read_text(encoding="utf-8")
        .replace("merge_hours: 2", "merge_hours: 5")
    )
    draft = desk.do(OPERATOR, lambda work: load_bundle(work, text))
    assert (draft.version, draft.state) == (2, "draft")

    with pytest.raises(Refused):
        desk.do(MACHINE, lambda work: activate_bundle(work, "newborn", 2))
    desk.do(OPERATOR, lambda work: activate_bundle(work, "newborn", 2))

    live = desk.do(MACHINE, lambda work: live_definitions(work.db))
    assert live["newborn"].definition.merge_hours == 5
    assert desk.running(running).definition.merge_hours == 2
    states = {
        (r.bundle, r.version): r.state
        for r in desk.do(OPERATOR, lambda work: list_versions(work.db))
    }
    assert states["newborn", 1] == "retired"
    with pytest.raises(Refused):
        desk.do(OPERATOR, lambda work: activate_bundle(work, "newborn", 9))


def test_the_nearest_office_of_the_kind_at_the_items_level_is_found(desk: Any) -> None:
    rows = [row("T-civil", "civil_affairs", TOWN), row("V-civil", "civil_affairs", VILLAGE)]
    desk.do(OPERATOR, lambda work: load_offices(work, rows))

    def find(kind: str, level: Level | None = None) -> str:
        code: str = desk.do(MACHINE, lambda w: OfficeFinder(w.db, PATH).must_find(kind, level).code)
        return code

    assert find("civil_affairs", Level.COUNTY) == "C-civil_affairs"
    assert find("civil_affairs", Level.TOWN) == "T-civil"
    assert find("civil_affairs") == "V-civil"
    assert desk.do(MACHINE, lambda w: offices_of_kind_missing(w.db, PATH)) == ()
    assert "health" in desk.do(MACHINE, lambda w: offices_of_kind_missing(w.db, ("x",)))
    with pytest.raises(Refused):
        desk.do(MACHINE, lambda w: OfficeFinder(w.db, ("nowhere",)).must_find("health"))


def test_wrong_offices_are_refused_together_and_nothing_is_kept(desk: Any) -> None:
    rows = [
        row("N-1", "civil_affairs", TOWN),
        row("N-2", "civil_afairs", TOWN),
        row("N-3", "health", "999"),
        row("N-1", "health", TOWN),
    ]

    with pytest.raises(Refused) as refused:
        desk.do(OPERATOR, lambda work: load_offices(work, rows))

    said = str(refused.value)
    assert "did you mean 'civil_affairs'?" in said
    assert "row 3: unknown area" in said
    assert "row 4: the same code" in said


def test_a_file_of_offices_creates_and_renews(desk: Any, tmp_path: Path) -> None:
    file = tmp_path / "offices.csv"
    file.write_text(
        "code,kind,name,area_code,phone,address\n"
        f"C-health,health,新名称,{COUNTY},0534-7654321,示例街1号\nN-9,charity,慈善会,{TOWN},,\n",
        encoding="gb18030",
    )

    loaded = desk.do(OPERATOR, lambda work: load_offices_file(work, file))

    assert (loaded.total, loaded.new) == (2, 1)
