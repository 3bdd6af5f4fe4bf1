"""A desk says who a typed person is while others write: one open matter, or a plain refusal."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import date

import pytest
from sqlalchemy import insert, text

from proactive.bundles.from_below import help_for
from proactive.cases.identifying import identify
from proactive.cases.reporting import Report, Reported, report_need
from proactive.cases.store import case, case_hit, case_report, cool_down
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.states import Role
from proactive.kernel.work import Actor, Work
from proactive.people.typed import TypedPerson
from proactive.routing.queries import county_desks
from tests.web.browsing import TOWN, VILLAGE
from tests.web.story import MACHINE, Story
from tests.web.test_reporting import RESIDENT, coordinator, only, register

NAME = "郑大海"
PATH = ("370000000000", "371400000000", "371422000000", TOWN, VILLAGE)


def desk(story: Story) -> Actor:
    return Actor(Role.TOWN, story.accounts["town"], areas=(TOWN,), level=4, on_server=True)


def reported(story: Story, work: Work, key: int | None = None) -> Reported:
    """Report a medical need in an open work: of a typed person, or of a key."""
    asked = help_for(work, "medical_cost_relief")
    typed = None if key else TypedPerson(NAME)
    report = Report(new_id(), asked, "x", subject_key=key, typed=typed, path=PATH)
    return report_need(work, report, county_desks(work.db))


def typed_in(story: Story) -> Reported:
    with story.platform.work(coordinator(story)) as work:
        return reported(story, work)


def blocked(story: Story, do: Callable[[], object]) -> Future[object]:
    """Start `do` in a thread and return once it waits for somebody's lock."""
    result: Future[object] = Future()

    def run() -> None:
        try:
            result.set_result(do())
        except Exception as error:
            result.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    waits = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    for _ in range(500):
        with story.platform.engine.connect() as connection:
            if connection.execute(waits).scalar_one() or result.done():
                break
        time.sleep(0.01)
    assert not result.done()
    return result


def test_a_scan_that_raises_in_the_instant_of_identifying_is_named_not_stumbled_over(
    story: Story,
) -> None:
    key, case_id = register(story, NAME, VILLAGE), typed_in(story).case_id

    def say() -> None:
        with story.platform.work(desk(story)) as work:
            identify(work, case_id, RESIDENT)

    with story.platform.work(MACHINE) as work:
        story.raise_in(work, key, "large_medical_bill")
        late = blocked(story, say)
    with pytest.raises(Refused) as refused:
        late.result(10)

    raised = next(row for row in only(story, case) if row.subject_key == key)
    assert (refused.value.code, refused.value.facts) == ("already_open", {"ref": raised.ref})
    assert [row.state for row in only(story, case)] == ["raised", "raised"]
    with story.platform.work(desk(story)) as work:
        identify(work, case_id, RESIDENT, together=[case_id])
    assert [row.id for row in only(story, case) if row.state != "closed"] == [raised.id]
    assert [row.case_id for row in only(story, case_report)] == [raised.id]


def test_a_scan_that_comes_while_a_desk_identifies_joins_the_matter(story: Story) -> None:
    key, case_id = register(story, NAME, VILLAGE), typed_in(story).case_id

    with story.platform.work(desk(story)) as work:
        identify(work, case_id, RESIDENT)
        late = blocked(story, lambda: story.raise_case(key))
    assert late.result(10) == case_id

    [row] = only(story, case)
    assert (row.subject_key, row.reported) == (key, True)
    assert [hit.case_id for hit in only(story, case_hit)] == [case_id]


def test_the_longer_quiet_time_of_the_two_goes_along(story: Story) -> None:
    key, case_id = register(story, NAME, VILLAGE), typed_in(story).case_id
    typed = next(row.subject_key for row in only(story, case))
    lapsed, soon, late = date(2026, 10, 1), date(2026, 12, 1), date(2027, 3, 1)
    said = [
        ("lapsed", key, lapsed), ("lapsed", typed, soon), ("never", key, late),
        ("never", typed, None), ("longer", key, None), ("longer", typed, late),
        ("typed_only", typed, late),
    ]  # fmt: skip
    keep = insert(cool_down).values(outcome="not_confirmed", case_id=case_id)
    with story.platform.work(MACHINE) as work:
        for trigger, subject_key, until in said:
            work.db.execute(keep.values(trigger=trigger, subject_key=subject_key, until=until))

    with story.platform.work(desk(story)) as work:
        identify(work, case_id, RESIDENT)

    quiet = {row.trigger: row.until for row in only(story, cool_down) if row.subject_key == key}
    assert quiet == {"lapsed": soon, "never": None, "longer": None, "typed_only": late}


def test_a_report_from_a_stale_page_goes_to_whom_the_desk_has_just_found(story: Story) -> None:
    key, case_id = register(story, NAME, VILLAGE), typed_in(story).case_id
    typed = next(row.subject_key for row in only(story, case))

    def report() -> Reported:
        with story.platform.work(coordinator(story)) as work:
            return reported(story, work, typed)

    with story.platform.work(desk(story)) as work:
        identify(work, case_id, RESIDENT)
        late = blocked(story, report)
    joined = late.result(10)

    assert isinstance(joined, Reported)
    assert (joined.joined, joined.case_id) == (True, case_id)
    assert {row.subject_key for row in only(story, case_report)} == {key}
