"""Village names: the form decides, and a doubt is never settled by guessing."""

import pytest

from proactive.areas.names import match_name, short_name


@pytest.mark.parametrize(
    ("official", "everyday"),
    [
        ("刘言家村委会", "刘言家村"),
        ("刘庄村村民委员会", "刘庄村"),
        ("阳光社区居委会", "阳光社区"),
        ("马桥社区村委会", "马桥社区"),
        ("解放居民委员会", "解放居"),
        ("新湖街道办事处", "新湖街道"),
        ("Klow", "klow"),
        ("村委会", "村委会"),
    ],
)
def test_an_official_name_has_one_everyday_form(official: str, everyday: str) -> None:
    assert short_name(official) == everyday


def test_the_same_village_is_found_under_each_way_of_writing() -> None:
    town = [("1", "刘言家村委会"), ("2", "张庄社区居委会"), ("3", "张庄村委会")]

    for written in ("刘言家村委会", "刘言家村民委员会", "刘言家村", "刘言家", " 刘言家 村 "):
        assert match_name(written, town) == ("1",)
    assert match_name("张庄村", town) == ("3",)
    assert match_name("张庄社区", town) == ("2",)


def test_a_bare_name_that_fits_two_units_is_an_ambiguity() -> None:
    town = [("2", "张庄社区居委会"), ("3", "张庄村委会")]

    assert match_name("张庄", town) == ("2", "3")


def test_a_similar_name_is_no_match() -> None:
    town = [("1", "刘言家村委会")]

    assert match_name("刘言村", town) == ()
    assert match_name("刘言社区", town) == ()
    assert match_name("刘言家社区", town) == ()
