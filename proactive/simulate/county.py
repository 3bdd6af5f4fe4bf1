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
from proactive.simulate.deliveries import Drawn, Written, write_deliveries
from proactive.simulate.draws import Chance, Progress
from proactive.simulate.expected import warned_people
from proactive.simulate.households import NOT_LOW, make_households
from proactive.simulate.impairments import make_impairments
from proactive.simulate.needs import World, true_state
from proactive.simulate.organisations import dishonest, make_enterprises, make_penalties
from proactive.simulate.people import make_people
from proactive.simulate.places import AreaTree, county_from_tree, invent_county
from proactive.simulate.posts import make_posts
from proactive.simulate.shares import Shares, check_people
from proactive.simulate.story import choose_story, with_low_income, with_phone
from proactive.simulate.summary import CountySummary, FileLine
from proactive.simulate.truth import Truth


def simulate_county(
    folder: Path,
    people: int,
    seed: int,
    *,
    areas: AreaTree | None,
    as_of: date,
    progress: Progress | None = None,
    shares: Shares | None = None,
) -> CountySummary:
    """Write a county of invented people into `folder`; the same arguments give the same bytes.

    `areas` puts them into a loaded tree instead of invented villages. `progress` is told each
    step and the share done. Raises Refused `bad_people`, `no_villages`.
    """
    check_people(people)
    shares = shares or Shares()
    tell = progress or _silent
    chance = Chance(seed, people, as_of)
    folder.mkdir(parents=True, exist_ok=True)
    tell("people", 0.0)
    drawn = draw_county(chance, areas, shares, tell)
    tell("files", 0.45)
    staff_files.write(folder, drawn.county, drawn.posts)
    written = write_deliveries(folder, chance, drawn, shares.batches, tell)
    truth = true_state(chance, drawn.world)
    summary = _summary(folder, chance, drawn, written, truth, shares)
    _write_truth(folder, chance, drawn, written, truth, summary)
    tell("done", 1.0)
    return summary


def draw_county(chance: Chance, areas: AreaTree | None, shares: Shares, tell: Progress) -> Drawn:
    """Draw everything that happens in the county, without writing anything."""
    county = (
        invent_county(chance, chance.people)
        if areas is None
        else county_from_tree(chance, chance.people, areas)
    )
    people = make_people(chance, county, shares)
    tell("people", 0.2)
    posts = make_posts(chance, county, people)
    story = choose_story(chance, people, posts)
    people = with_phone(people, story)
    homes = with_low_income(people, make_households(chance, people, shares), story)
    held = make_impairments(chance, people, story, shares)
    crises = make_crises(chance, people, homes, story, shares)
    benefits, unreached = make_benefits(chance, people, homes, held, crises, story, shares)
    tell("bills", 0.3)
    bills = make_bills(chance, people, homes, crises, shares)
    enterprises = make_enterprises(chance, county, people, shares)
    penalties = make_penalties(chance, people, enterprises, shares)
    world = World(
        people, homes, held, crises, make_births(chance, people, shares),
        enterprises, penalties, unreached, story,
    )  # fmt: skip
    return Drawn(county, posts, world, benefits, bills, dishonest(chance, penalties))


def expected_warnings(chance: Chance, drawn: Drawn, shares: Shares) -> tuple[list[str], list[str]]:
    """Give the numbers of those a plain reading of the rule warns of today: all, and new ones."""
    as_of, world = chance.as_of, drawn.world
    today, before = (
        warned_people(
            as_of, world.people, world.homes, drawn.bills, drawn.benefits, shares,
            known_before=subtract(as_of, Period(months=months)),
        )
        for months in (0, 1)
    )  # fmt: skip
    numbers = world.people.number
    fresh = np.setdiff1d(today, before)
    return [numbers[at] for at in today.tolist()], [numbers[at] for at in fresh.tolist()]


def _write_truth(
    folder: Path,
    chance: Chance,
    drawn: Drawn,
    written: Written,
    truth: Truth,
    summary: CountySummary,
) -> None:
    world, county = drawn.world, drawn.county
    village = int(world.people.living[world.story])
    post = drawn.posts.of_village(county, village)
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
        "warnings": {"about": summary.warnings, "new_in_newest_month": summary.new_warnings},
    }
    text = json.dumps(content, ensure_ascii=False, indent=1)
    (folder / "truth.json").write_text(text + "\n", encoding="utf-8")


def _summary(
    folder: Path,
    chance: Chance,
    drawn: Drawn,
    written: Written,
    truth: Truth,
    shares: Shares,
) -> CountySummary:
    world, people = drawn.world, drawn.world.people
    warned, fresh = expected_warnings(chance, drawn, shares)
    low = world.homes.low_class[people.household] != NOT_LOW
    return CountySummary(
        folder=str(folder),
        county=drawn.county.name,
        as_of=chance.as_of.isoformat(),
        seed=chance.seed,
        people=len(people),
        households=people.households,
        towns=len(drawn.county.towns),
        villages=len(drawn.county.villages),
        coordinators=len(drawn.posts.covered),
        low_income_people=int(low.sum()),
        disabled=len(world.held.person),
        receiving=len(drawn.benefits.person),
        enterprises=len(world.enterprises),
        penalties=len(world.penalties),
        births=len(world.births),
        deaths=int((~np.isnat(people.died)).sum()),
        bills=len(drawn.bills),
        warnings=len(warned),
        new_warnings=len(fresh),
        true_needs=len(truth.needs),
        unseen_needs=sum(not need.visible for need in truth.needs),
        dirty_rows=len(written.dirt.rows),
        dirty_kinds=written.dirt.kinds,
        refused_files=len(written.refused),
        story_village=drawn.county.villages[int(people.living[world.story])].name,
        files=tuple(
            FileLine(line.feed, line.file, line.rows)
            for line in written.deliveries
            if not line.repeat
        ),
    )


def _silent(step: str, share: float) -> None:
    """Tell nobody."""
