"""Loading areas: real files of two countries, again without harm, wrong ones refused whole."""

import csv
import time
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import func, select

from proactive.areas.queries import (
    all_paths,
    children,
    find_by_name,
    full_name,
    names,
    path_of,
    paths_of,
    search,
)
from proactive.areas.service import AreaReport, load_areas, load_successors
from proactive.areas.store import area
from proactive.bootstrap import Platform
from proactive.kernel.errors import Refused
from proactive.kernel.tables import audit
from proactive.kernel.work import Actor, Work

HEAD = "code,parent,name,level,virtual"
SMALL = (
    "371400000000,370000000000,示例市,city,f",
    "371422000000,371400000000,示例县,county,f",
    "371422001000,371422000000,甲镇,town,f",
    "371422001001,371422001000,东村委会,village,f",
    "371422001002,371422001000,西村委会,village,f",
)


def write(folder: Path, rows: Iterable[str], *, head: str = HEAD, name: str = "areas.csv") -> Path:
    path = folder / name
    path.write_text("\n".join([head, *rows, ""]), encoding="utf-8")
    return path


def load(work: Work, folder: Path, rows: Iterable[str]) -> AreaReport:
    return load_areas(work, write(folder, rows), "cn_stats_long")


def test_the_two_cities_load_whole_and_quickly(
    platform: Platform, machine: Actor, shared_data: Path
) -> None:
    started = time.perf_counter()
    with platform.work(machine) as work:
        for city in ("dezhou_371400", "ningbo_330200"):
            load_areas(work, shared_data / f"divisions/{city}_2016.csv", "cn_stats_long")
        took = time.perf_counter() - started

        counts = dict(
            work.db.execute(
                select(area.c.area_2, func.count()).where(area.c.level == 5).group_by(area.c.area_2)
            ).all()
        )
        assert counts == {"371400000000": 5106, "330200000000": 3284}
        assert path_of(work.db, "371422002257") == (
            "370000000000",
            "371400000000",
            "371422000000",
            "371422002000",
            "371422002257",
        )
        assert work.db.execute(select(func.count()).where(area.c.virtual)).scalar() == 2
        assert took < 5


def test_every_village_is_found_by_its_name_inside_its_town_only(
    platform: Platform, machine: Actor, shared_data: Path
) -> None:
    file = shared_data / "divisions/dezhou_371400_2016.csv"
    with file.open(encoding="utf-8") as stream:
        villages = [row for row in csv.DictReader(stream) if row["level"] == "village"][::60]
    with platform.work(machine) as work:
        load_areas(work, file, "cn_stats_long")

        for row in villages:
            assert find_by_name(work.db, row["parent"], row["name"]) == row["code"]
        assert find_by_name(work.db, "371422002000", "刘言家村") == "371422002257"
        assert find_by_name(work.db, "371422002000", "刘言村") is None
        assert find_by_name(work.db, "371422000000", "刘言家村") is None


def test_another_country_with_opaque_codes_and_four_levels_loads(
    platform: Platform, machine: Actor, shared_data: Path
) -> None:
    with platform.work(machine) as work:
        report = load_areas(
            work, shared_data / "crvs/opencrvs_administrative_areas.csv", "opencrvs_wide"
        )

        assert report.levels == {1: 1, 2: 4, 3: 16, 4: 64}
        assert path_of(work.db, "IkYcYBUcyY2") == (
            "FAR",
            "WoNZq5uKPT0",
            "RNblUNSnSpQ",
            "IkYcYBUcyY2",
            "",
        )
        assert full_name(work.db, "IkYcYBUcyY2") == "Farajaland Central Ibombo Klow"


def test_a_newer_file_of_towns_renames_adds_and_retires_without_touching_villages(
    platform: Platform, machine: Actor, shared_data: Path
) -> None:
    with platform.work(machine) as work:
        for city in ("dezhou_371400", "ningbo_330200"):
            load_areas(work, shared_data / f"divisions/{city}_2016.csv", "cn_stats_long")

        report = load_areas(
            work, shared_data / "divisions/towns_2023_dezhou_ningbo.csv", "cn_towns_2023"
        )
        again = load_areas(
            work, shared_data / "divisions/towns_2023_dezhou_ningbo.csv", "cn_towns_2023"
        )

        gone_towns = [code for code in report.gone if not code.endswith("000000")]
        assert len([code for code in gone_towns if code.startswith("3302")]) == 31
        assert len([code for code in gone_towns if code.startswith("3714")]) == 4
        assert again.changed_nothing
        assert path_of(work.db, "371422002257") is not None
        assert names(work.db, ["371400000000"]) == {"371400000000": "德州市"}
        assert path_of(work.db, "371402001") == path_of(work.db, "371402001000")


def test_all_counties_of_a_country_load_with_cities_that_have_no_counties(
    platform: Platform, machine: Actor, shared_data: Path
) -> None:
    with platform.work(machine) as work:
        load_areas(work, shared_data / "divisions/counties_2023.csv", "cn_counties_2023")

        assert path_of(work.db, "371422") == (
            "370000000000",
            "371400000000",
            "371422000000",
            "",
            "",
        )
        assert full_name(work.db, "371422000000") == "山东省 德州市 宁津县"
        assert path_of(work.db, "441900") == ("440000000000", "441900000000", "", "", "")


def test_loading_the_same_file_again_changes_nothing(
    platform: Platform, machine: Actor, tmp_path: Path
) -> None:
    with platform.work(machine) as work:
        first = load(work, tmp_path, SMALL)
        again = load(work, tmp_path, SMALL)

        assert (first.units, first.new, first.placeholders) == (5, 5, ("370000000000",))
        assert again.changed_nothing
        assert again.same == 5
        assert (
            work.db.execute(
                select(func.count()).select_from(audit).where(audit.c.action == "load_areas")
            ).scalar()
            == 2
        )


def test_a_reload_reports_new_renamed_and_gone_and_deletes_nothing(
    platform: Platform, machine: Actor, tmp_path: Path
) -> None:
    with platform.work(machine) as work:
        load(work, tmp_path, SMALL)
        rows = [*SMALL[:3], SMALL[3].replace("东村", "东方村"), SMALL[3].replace("1001", "1003")]

        report = load(work, tmp_path, rows)

        assert report.renamed == (("371422001001", "东村委会", "东方村委会"),)
        assert report.gone == ("371422001002",)
        assert report.new == 1
        gone = work.db.execute(select(area).where(area.c.code == "371422001002")).one()
        assert gone.valid_to == date(2026, 11, 20)
        assert path_of(work.db, "371422001002") is not None
        assert load(work, tmp_path, SMALL).back == ("371422001002",)


def test_a_town_that_moves_takes_its_villages_along(
    platform: Platform, machine: Actor, tmp_path: Path
) -> None:
    other = "371423000000,371400000000,另县,county,f"
    with platform.work(machine) as work:
        load(work, tmp_path, [*SMALL, other])
        moved = SMALL[2].replace("371422000000", "371423000000")

        load(work, tmp_path, [*SMALL[:2], other, moved])

        path = path_of(work.db, "371422001001")
        assert path is not None
        assert path[2:4] == ("371423000000", "371422001000")


@pytest.mark.parametrize(
    ("rows", "code", "names_it"),
    [
        ([*SMALL, SMALL[3]], "duplicate_area", "371422001001"),
        ([*SMALL, "371422002001,371422002000,无镇村,village,f"], "unknown_parent", "371422002000"),
        ([*SMALL, "371422001003,371422001002,套村,village,f"], "area_level", "371422001003"),
        (["11,22,甲,town,f", "22,11,乙,town,f"], "area_cycle", "110000000000"),
        ([*SMALL, "371422001004,371422001000,某组,group,f"], "unknown_level", "group"),
        ([*SMALL, "371422001004,371422001000,,village,f"], "blank_area", "7"),
        (["12345,,怪,county,f"], "bad_area_code", "12345"),
    ],
)
def test_a_wrong_file_is_refused_whole(
    platform: Platform, machine: Actor, tmp_path: Path, rows: list[str], code: str, names_it: str
) -> None:
    with platform.work(machine) as work:
        with pytest.raises(Refused) as refusal:
            load(work, tmp_path, rows)

        assert refusal.value.code == code
        assert names_it in refusal.value.sentence()
        assert refusal.value.todo
        assert work.db.execute(select(func.count()).select_from(area)).scalar() == 0


def test_missing_columns_wrong_encoding_and_other_files_are_refused_with_advice(
    platform: Platform, machine: Actor, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_bytes(b"\xff\xfe\x00\x81")
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"no workbook")
    cases = {
        write(tmp_path, ["1,甲"], head="code,title"): "missing_column",
        bad: "wrong_encoding",
        broken: "not_a_table",
        tmp_path / "none.csv": "no_such_file",
    }
    with platform.work(machine) as work:
        for file, code in cases.items():
            with pytest.raises(Refused) as refusal:
                load_areas(work, file, "cn_stats_long")
            assert refusal.value.code == code
        with pytest.raises(Refused, match="cn_towns_2023"):
            load_areas(work, bad, "no_such")


def test_a_file_cut_in_half_does_not_retire_the_other_half(
    platform: Platform, machine: Actor, tmp_path: Path
) -> None:
    villages = [f"371422001{n:03},371422001000,第{n}村,village,f" for n in range(1, 101)]
    with platform.work(machine) as work:
        load(work, tmp_path, [*SMALL[:3], *villages])

        with pytest.raises(Refused, match="cut off"):
            load(work, tmp_path, [*SMALL[:3], *villages[:50]])
        accepted = load_areas(
            work,
            write(tmp_path, [*SMALL[:3], *villages[:50]]),
            "cn_stats_long",
            accept_gone=True,
        )

        assert len(accepted.gone) == 50


def test_a_file_in_gb18030_and_a_workbook_read_alike(
    platform: Platform, machine: Actor, tmp_path: Path
) -> None:
    import xlsxwriter

    gb = tmp_path / "gb.csv"
    gb.write_bytes("\r\n".join([HEAD, *SMALL]).encode("gb18030"))
    book = xlsxwriter.Workbook(tmp_path / "areas.xlsx")
    sheet = book.add_worksheet()
    for number, line in enumerate([HEAD, *SMALL]):
        cells = line.split(",")
        sheet.write_row(number, 0, [int(cells[0]) if cells[0].isdigit() else cells[0], *cells[1:]])
    book.close()
    with platform.work(machine) as work:
        load_areas(work, gb, "cn_stats_long")

        assert load_areas(work, tmp_path / "areas.xlsx", "cn_stats_long").changed_nothing


def test_a_tree_without_levels_takes_them_from_its_depth(
    platform: Platform, machine: Actor, tmp_path: Path
) -> None:
    mapping = tmp_path / "mine.yaml"
    mapping.write_text("form: long\ncode: id\nparent: up\nname: label\n", encoding="utf-8")
    rows = ["V9,T1,Low", "T1,R1,Mid", "R1,,Top", "R2,,Other"]
    with platform.work(machine) as work:
        load_areas(work, write(tmp_path, rows, head="id,up,label"), mapping)

        assert path_of(work.db, "V9") == ("R1", "T1", "V9", "", "")


def test_a_wrong_mapping_names_its_mistakes(tmp_path: Path) -> None:
    from proactive.areas.mapping import find_mapping

    mapping = tmp_path / "mine.yaml"
    mapping.write_text("form: long\ncode: id\nparnt: up\nname: label\n", encoding="utf-8")

    with pytest.raises(Refused, match="parnt"):
        find_mapping(mapping)


def test_a_replaced_code_leads_to_its_successor_and_a_reused_code_to_its_new_unit(
    platform: Platform, machine: Actor, tmp_path: Path
) -> None:
    with platform.work(machine) as work:
        load(work, tmp_path, SMALL)
        table = write(
            tmp_path,
            ["371499001001,371422001001,2019-05-01", "371422001002,371422001001,2030-01-01"],
            head="old_code,new_code,since",
            name="new.csv",
        )

        report = load_successors(work, table)

        assert report.unknown == ()
        assert path_of(work.db, "371499001001") == path_of(work.db, "371422001001")
        assert path_of(work.db, "371499001001", on=date(2018, 1, 1)) is None
        still = path_of(work.db, "371422001002", on=date(2026, 11, 21))
        assert still is not None
        assert still[4] == "371422001002"
        load_areas(work, write(tmp_path, SMALL), "cn_stats_long", stated_on=date(2031, 1, 1))
        reused = path_of(work.db, "371422001002")
        assert reused is not None
        assert reused[4] == "371422001002"


def test_a_village_stays_itself_when_only_its_town_was_replaced(
    platform: Platform, machine: Actor, tmp_path: Path
) -> None:
    new_town = "371422003000,371422000000,新镇,town,f"
    with platform.work(machine) as work:
        load(work, tmp_path, [*SMALL, new_town])
        rows = ["371422001000,371422003000,2020-01-01"]
        load_successors(work, write(tmp_path, rows, head="old_code,new_code,since", name="new.csv"))

        found = all_paths(work.db)

        assert found["371422001001"][3:] == ("371422003000", "371422001001")
        assert found["371422001000"][3] == "371422003000"
        assert found == paths_of(work.db, list(found))


def test_a_table_of_successors_that_runs_in_circles_is_refused(
    platform: Platform, machine: Actor, tmp_path: Path
) -> None:
    rows = ["a,b,2020-01-01", "b,a,2020-01-01", "c,d,soon"]
    file = write(tmp_path, rows, head="old_code,new_code,since", name="new.csv")

    with platform.work(machine) as work, pytest.raises(Refused, match="4, a, b"):
        load_successors(work, file)


def test_pages_find_units_by_code_and_by_words_with_their_surroundings(
    platform: Platform, machine: Actor, tmp_path: Path
) -> None:
    with platform.work(machine) as work:
        load(work, tmp_path, SMALL)

        assert [line.code for line in search(work.db, "西村")] == ["371422001002"]
        assert search(work.db, "3714220010")[0].where == ("示例市", "示例县", "甲镇")
        assert search(work.db, "%") == ()
        assert [line.children for line in children(work.db, "371422000000")] == [2]
