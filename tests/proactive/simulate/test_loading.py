"""A made county goes into the system by the doors every county uses."""

from proactive.areas.service import load_areas
from proactive.bootstrap import Platform
from proactive.bundles.offices import load_offices_file
from proactive.kernel.work import Actor
from proactive.routing.loading import load_posts, load_relatives
from tests.proactive.simulate.making import Made


def test_areas_posts_relatives_and_offices_load(
    platform: Platform, machine: Actor, small: Made
) -> None:
    folder = small.folder
    with platform.work(machine) as work:
        areas = load_areas(work, folder / "areas.csv", folder / "areas.mapping.yaml")
    with platform.work(machine) as work:
        posts = load_posts(work, folder / "posts.csv")
        new, removed = load_relatives(work, folder / "relatives.csv")
        offices = load_offices_file(work, folder / "offices.csv")

    assert areas.levels[5] == small.summary.villages
    assert len(posts.new) == posts.rows > small.summary.villages
    assert new > 0
    assert removed == 0
    assert offices.new == offices.total


def test_loading_a_county_again_changes_nothing(
    platform: Platform, machine: Actor, small: Made
) -> None:
    folder = small.folder
    for again in (False, True):
        with platform.work(machine) as work:
            areas = load_areas(work, folder / "areas.csv", folder / "areas.mapping.yaml")
            posts = load_posts(work, folder / "posts.csv")
            offices = load_offices_file(work, folder / "offices.csv")
        assert areas.changed_nothing is again
        assert bool(posts.new or posts.changed) is not again
        assert bool(offices.new) is not again
