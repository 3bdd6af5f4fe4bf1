"""Makes the county: draws people and events, writes files, list and truth, and sums it up."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import numpy as np

from proactive.kernel.periods import Period, subtract
from proactive.simulate import staff_files
from proactive.simulate.benefits import make_benefits
from proactive.simulate.bills import make_bills
from proactive.simulate.births import make_births
from proactive.simulate.crises import make_crises
from proactive.simulate.deliveries import Written, write_deliveries
from proactive.simulate.draws import Chance
from proactive.simulate.expected import expected_hits, warned
from proactive.simulate.folder import make_room
from proactive.simulate.households import NOT_LOW, make_households
from proactive.simulate.impairments import make_impairments
from proactive.simulate.needs import true_state
from proactive.simulate.organisations import dishonest, make_enterprises, make_penalties
from proactive.simulate.people import make_people
from proactive.simulate.places import AreaTree, county_from_tree, invent_county
from proactive.simulate.posts import make_posts
from proactive.simulate.shares import Shares, check_people
from proactive.simulate.story import choose_story, with_low_income, with_phone
from proactive.simulate.summary import CountySummary, FileLine
from proactive.simulate.truth import Truth
from proactive.simulate.world import World


def simulate_county(
    folder: Path,
    people: int,
    seed: int,
    *,
    areas: AreaTree | None,
    as_of: date,
    shares: Shares | None = None,
) -> CountySummary:
    """Write a county of invented people into `folder`; the same arguments give the same bytes.

    `areas` puts them into a loaded tree instead of invented villages. A county made there
    before is replaced. Raises Refused `bad_people`, `no_villages`, `not_a_county`.
    """
    check_people(people)
    shares = shares or Shares()
    chance = Chance(seed, people, as_of)
    make_room(folder)
    world = draw_county(chance, areas, shares)
    staff_files.write(folder, world.county, world.posts)
    written = write_deliveries(folder, chance, world, shares.batches)
    truth = true_state(chance, world, shares)
    _write_truth(folder, chance, world, written, truth, shares)
    return _summary(folder, chance, world, written, truth, shares)


def draw_county(chance: Chance, areas: AreaTree | None, shares: Shares) -> World:
    """Draw everything that happens in the county, without writing anything."""
    county = (
        invent_county(chance, chance.people)
        if areas is None
        else county_from_tree(chance, chance.people, areas)
    )
    people = make_people(chance, county, shares)
    posts = make_posts(chance, county, people)
    story = choose_story(chance, people, posts)
    people = with_phone(people, story)
    homes = with_low_income(people, make_households(chance, people, shares), story)
    held = make_impairments(chance, people, story, shares)
    crises = make_crises(chance, people, homes, story, shares)
    benefits, unreached = make_benefits(chance, people, homes, held, crises, story, shares)
    enterprises = make_enterprises(chance, county, people, shares)
    penalties = make_penalties(chance, people, enterprises, shares)
    return World(
        county=county,
        posts=posts,
        people=people,
        homes=homes,
        held=held,
        crises=crises,
        benefits=benefits,
        unreached=unreached,
        bills=make_bills(chance, people, homes, crises, shares),
        births=make_births(chance, people, shares),
        enterprises=enterprises,
        penalties=penalties,
        listed=dishonest(chance, penalties),
        story=story,
    )


def _write_truth(
    folder: Path,
    chance: Chance,
    world: World,
    written: Written,
    truth: Truth,
    shares: Shares,
) -> None:
    county = world.county
    village = int(world.people.living[world.story])
    post = world.posts.of_village(county, village)
    expected = expected_hits(chance.as_of, world, shares)
    content = {
        "note": "Everybody in this county is invented; numbers start with 99.",
        "as_of": chance.as_of.isoformat(),
        "seed": chance.seed,
        "people": chance.people,
        "roles": {
            "central_story": {
                **world.who(world.story).as_json(),
                "name": world.people.name[world.story],
                "phone": world.people.phone[world.story],
                "village": county.villages[village].code,
                "town": county.town(village).code,
                "post": post.code,
                "coordinator_login": post.login,
            }
        },
        **truth.as_json(),
        "dirty": written.dirt.as_json(),
        "expected_hits": {
            trigger: [who.as_json() for who in found] for trigger, found in expected.items()
        },
    }
    text = json.dumps(content, ensure_ascii=False, indent=1)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8")


def _summary(
    folder: Path,
    chance: Chance,
    world: World,
    written: Written,
    truth: Truth,
    shares: Shares,
) -> CountySummary:
    people, as_of = world.people, chance.as_of
    today = warned(as_of, world, shares, as_of)
    before = warned(as_of, world, shares, subtract(as_of, Period(months=1)))
    low = world.homes.low_class[people.household] != NOT_LOW
    return CountySummary(
        folder=str(folder),
        county=world.county.name,
        as_of=as_of.isoformat(),
        seed=chance.seed,
        people=len(people),
        households=people.households,
        towns=len(world.county.towns),
        villages=len(world.county.villages),
        coordinators=len(world.posts.covered),
        low_income_people=int(low.sum()),
        disabled=len(world.held.person),
        receiving=len(world.benefits.person),
        enterprises=len(world.enterprises),
        penalties=len(world.penalties),
        births=len(world.births),
        deaths=int((~np.isnat(people.died)).sum()),
        bills=len(world.bills),
        warnings=len(today),
        new_warnings=len(set(today) - set(before)),
        true_needs=len(truth.needs),
        unseen_needs=sum(not need.visible for need in truth.needs),
        dirty_rows=len(written.dirt.rows),
        dirty_kinds=written.dirt.kinds,
        refused_files=len(written.refused),
        story_village=world.county.villages[int(people.living[world.story])].name,
        files=tuple(
            FileLine(line.feed, line.file, line.rows)
            for line in written.deliveries
            if not line.repeat
        ),
    )
