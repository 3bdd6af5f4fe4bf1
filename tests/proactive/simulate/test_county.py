"""The county as a whole: same arguments same bytes, right shares, places that can be loaded."""

import csv
import hashlib
import json
import os
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from proactive.areas.mapping import find_mapping, read_areas
from proactive.areas.model import ReadArea, build_tree
from proactive.areas.sheets import read_sheet
from proactive.kernel.errors import Refused
from proactive.simulate import simulate_county
from proactive.simulate.trees import read_tree
from tests.proactive.simulate.making import AS_OF, Made, make
from tests.proactive.simulate.reading import read_back

MAKE = """
import sys; from datetime import date; from pathlib import Path
from proactive.simulate import simulate_county
simulate_county(Path(sys.argv[1]), 1200, 5, areas=None, as_of=date(2026, 11, 21))
"""


def fingerprints(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_same_arguments_give_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONHASHSEED": "1", "TZ": "Etc/GMT+9"}
    subprocess.run([sys.executable, "-c", MAKE, str(tmp_path / "1")], check=True, env=environment)
    simulate_county(tmp_path / "2", 1200, 5, areas=None, as_of=AS_OF)

    assert fingerprints(tmp_path / "1") == fingerprints(tmp_path / "2")


def test_another_seed_gives_another_county(tmp_path: Path) -> None:
    one, other = make(tmp_path / "1", 600, 1), make(tmp_path / "2", 600, 2)

    assert one.truth["roles"] != other.truth["roles"]


def test_a_county_made_in_the_same_folder_leaves_nothing_of_the_earlier_one(
    tmp_path: Path,
) -> None:
    simulate_county(tmp_path / "a", 600, 1, areas=None, as_of=date(2026, 5, 31))
    simulate_county(tmp_path / "a", 600, 2, areas=None, as_of=AS_OF)
    simulate_county(tmp_path / "b", 600, 2, areas=None, as_of=AS_OF)

    assert fingerprints(tmp_path / "a") == fingerprints(tmp_path / "b")


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")

    with pytest.raises(Refused) as refused:
        simulate_county(tmp_path, 600, 1, areas=None, as_of=AS_OF)

    assert refused.value.code == "not_a_county"
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_shares_are_those_of_the_field(county: Made) -> None:
    made = county.summary

    assert made.people == 20_000
    assert made.villages >= 25
    assert made.people / made.households == pytest.approx(2.6, abs=0.1)
    assert made.low_income_people / made.people == pytest.approx(0.047, abs=0.004)
    assert made.disabled / made.people == pytest.approx(0.03, abs=0.001)
    assert made.receiving / made.people == pytest.approx(0.05, abs=0.005)
    assert made.penalties / made.people == pytest.approx(0.01, abs=0.001)
    assert made.new_warnings / made.people == pytest.approx(0.0005, abs=0.0002)
    assert made.warnings <= 3 * made.new_warnings + 10


def test_bills_have_refunds_and_late_rows_in_the_wanted_shares(county: Made) -> None:
    heading, *rows = read_back(county.folder / "20_medical_bill_history.csv.gz")
    status, settled, entered = (
        heading.index(title) for title in ("退费标志", "结算时间", "入库日期")
    )
    forward = [row for row in rows if row[status] == "正常"]
    late = [row for row in forward if row[settled][:10] < row[entered]]

    assert (len(rows) - len(forward)) / len(forward) == pytest.approx(0.015, abs=0.005)
    assert len(late) / len(forward) == pytest.approx(0.10, abs=0.02)


def test_amounts_of_every_clean_bill_add_up(county: Made) -> None:
    heading, *rows = read_back(county.folder / "20_medical_bill_history.csv.gz")
    titles = (
        "医疗费总额",
        "基金支付总额",
        "医院负担金额",
        "个人负担总金额",
        "个人账户支付",
        "个人现金支付",
    )
    places = [heading.index(title) for title in titles]

    for row in rows:
        total, fund, hospital, own, account, cash = (round(float(row[at]) * 100) for at in places)
        assert total == fund + hospital + own
        assert own == account + cash


def test_villages_have_a_size_a_coordinator_can_walk(county: Made) -> None:
    heading, *rows = read_back(county.folder / "01_resident_register.csv")
    lived = Counter(row[heading.index("户籍地区划代码")] for row in rows)

    assert all(350 <= people <= 900 for people in lived.values())


def test_no_number_can_belong_to_a_living_person(county: Made) -> None:
    shape = re.compile(r"(?<![0-9A-Za-z])[1-9]\d{5}(?:19|20)\d{9}[\dX](?![0-9A-Za-z])")

    for line in county.listed["deliveries"]:
        for row in read_back(county.folder / line["file"]):
            for cell in row:
                assert all(number.startswith("99") for number in shape.findall(cell)), line


def test_the_areas_load_with_their_mapping_and_with_the_shipped_one(county: Made) -> None:
    sheet = read_sheet(county.folder / "areas.csv")
    for mapping in (county.folder / "areas.mapping.yaml", "cn_stats_long"):
        tree = build_tree(read_areas(find_mapping(mapping), sheet), {})

        levels = Counter(area.level for area in tree.values())
        assert levels == {1: 1, 2: 1, 3: 1, 4: 6, 5: county.summary.villages}


def test_some_village_names_repeat_in_another_town(county: Made) -> None:
    with (county.folder / "areas.csv").open(encoding="utf-8") as stream:
        villages = [row for row in csv.DictReader(stream) if row["level"] == "village"]
    names = Counter(row["name"] for row in villages)

    assert max(names.values()) > 1
    assert len({(row["parent"], row["name"]) for row in villages}) == len(villages)


def test_people_can_live_in_a_given_tree(tmp_path: Path) -> None:
    rows = [ReadArea("P", "", "Province", 1), ReadArea("C", "P", "City", 2)]
    for county, villages in (("A", 3), ("B", 9)):
        rows += [ReadArea(county, "C", f"County {county}", 3)]
        rows += [ReadArea(f"{county}t{t}", county, f"Town {t}", 4) for t in range(2)]
        rows += [
            ReadArea(f"{county}v{v}", f"{county}t{v % 2}", f"V {v}", 5) for v in range(villages)
        ]

    made = simulate_county(tmp_path, 5_000, 1, areas=build_tree(rows, {}), as_of=AS_OF)

    heading, *people = read_back(tmp_path / "01_resident_register.csv")
    assert made.county == "County B"
    assert {row[heading.index("户籍地区划代码")] for row in people} == {f"Bv{v}" for v in range(9)}
    assert all(row[heading.index("公民身份号码")][:2] != "37" for row in people)
    assert not (tmp_path / "areas.csv").exists()


def test_a_tree_of_another_country_with_four_levels_and_opaque_codes_will_do(
    tmp_path: Path, shared_data: Path
) -> None:
    tree = read_tree(shared_data / "crvs" / "opencrvs_administrative_areas.csv", "opencrvs_wide")

    made = simulate_county(tmp_path, 3_000, 1, areas=tree, as_of=AS_OF)

    with (tmp_path / "posts.csv").open(encoding="utf-8") as stream:
        assert {post["area_code"] for post in csv.DictReader(stream)} <= set(tree)
    assert made.villages >= 2


def test_a_tree_without_villages_is_refused(tmp_path: Path) -> None:
    tree = build_tree([ReadArea("P", "", "Province", 1)], {})

    with pytest.raises(Refused) as refused:
        simulate_county(tmp_path, 2_000, 1, areas=tree, as_of=AS_OF)
    assert refused.value.code == "no_villages"


@pytest.mark.parametrize("people", [0, 499, 20_000_001])
def test_an_impossible_size_is_refused(tmp_path: Path, people: int) -> None:
    with pytest.raises(Refused) as refused:
        simulate_county(tmp_path, people, 1, areas=None, as_of=AS_OF)
    assert refused.value.code == "bad_people"


@pytest.mark.parametrize("as_of", [date(2026, 3, 1), date(2024, 2, 29), date(2027, 1, 31)])
def test_any_day_and_the_smallest_size_make_a_county(tmp_path: Path, as_of: date) -> None:
    made = simulate_county(tmp_path, 500, 3, areas=None, as_of=as_of)

    assert made.new_warnings >= 1
    assert "Everybody here is invented" in made.as_text("en")
    assert "虚构" in made.as_text("zh-CN")
    assert json.loads(json.dumps(made.as_json()))["people"] == 500


def test_every_post_has_an_area_and_every_stand_in_exists(county: Made) -> None:
    with (county.folder / "posts.csv").open(encoding="utf-8") as stream:
        posts = list(csv.DictReader(stream))
    with (county.folder / "areas.csv").open(encoding="utf-8") as stream:
        areas = {row["code"] for row in csv.DictReader(stream)}
    logins = {post["holder_login"] for post in posts}

    assert len({post["code"] for post in posts}) == len(posts)
    assert {post["area_code"] for post in posts} <= areas
    assert {post["stand_in_login"] for post in posts} - {"", "county2"} <= logins
    kinds = Counter(post["kind"] for post in posts)
    assert county.summary.coordinators <= kinds["coordinator"] < county.summary.villages
    assert kinds["town_desk"] == 6
    assert kinds["county_desk"] >= 1
    assert kinds["enterprise_desk"] == 1
