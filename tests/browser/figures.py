"""Fills the site with what months of work would leave: results, figures, proposals, words."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select, text

from proactive.areas.queries import path_of
from proactive.bundles.from_below import help_for
from proactive.cases.reporting import Report, report_need
from proactive.cases.service import get_case
from proactive.handlers.measuring import count_take_up
from proactive.kernel.ids import new_id
from proactive.kernel.states import Role
from proactive.kernel.work import Actor, Work
from proactive.outcomes.corrections import ask_correction
from proactive.outcomes.store import outcome, sample_round
from proactive.people.typed import TypedPerson
from proactive.routing.queries import county_desks, posts_of
from proactive.rules.approving import propose_trigger
from proactive.rules.drafts import begin_from_version
from proactive.rules.service import export_trigger, load_trigger, version_row
from proactive.scans.store import scan_run
from proactive.voice.model import Kind
from proactive.voice.objections import bring
from tests.web.browsing import COUNTY, FAR_VILLAGE, OTHER_TOWN, SIBLING, TOWN, VILLAGE
from tests.web.story import DEFINITIONS, MACHINE, Story

TRIGGER = "large_medical_bill"
# margin, result, reason, how often
FOUND = (
    (1.1, "confirmed", "", 9),
    (1.1, "not_confirmed", "no_need", 6),
    (1.1, "not_confirmed", "above_means", 3),
    (1.3, "confirmed", "", 12),
    (1.3, "not_confirmed", "already_helped", 2),
    (1.7, "confirmed", "", 10),
    (1.7, "not_confirmed", "data_wrong", 2),
    (2.4, "confirmed", "", 5),
    (2.4, "declined", "refused", 3),
    (1.2, "open", "", 8),
    (1.2, "open", "not_reached", 2),
)


PROPOSED = "disability_record"
DRY_RUN = {
    "as_of": "2026-11-01",
    "subjects": 38,
    "asked": 4,
    "excluded": 2,
    "unknown": {"low_income_register": 3},
    "standing": {"new": 31, "open": 5, "known": 2, "cool_down": 0, "snoozed": 0},
    "posts": 3,
    "over": 1,
    "stale": [],
    "towns": [
        {"area": TOWN, "found": 25, "new": 21},
        {"area": OTHER_TOWN, "found": 13, "new": None},
    ],
}


# population, found, visited, confirmed, granted, refused, declined, not reached, sampled, in need
FIGURES = {
    "sex": {
        "female": (21034, 38, 35, 24, 21, 3, 2, 1, 14, 9),
        "male": (20876, 81, 74, 40, 36, 4, 3, 4, 15, 5),
        "unknown": (312, 1, 1, 0, 0, 0, 0, 0, 0, 0),
    },
    "age": {
        "0-13": (6100, 6, 6, 2, 2, 0, 0, 0, 0, 0),
        "14-17": (1800, 3, 3, 1, 1, 0, 0, 0, 0, 0),
        "18-44": (14200, 19, 17, 9, 8, 1, 1, 1, 6, 2),
        "45-59": (9900, 36, 33, 19, 17, 2, 1, 2, 8, 4),
        "60-74": (7300, 41, 38, 26, 23, 3, 2, 1, 9, 5),
        "75+": (2922, 15, 13, 7, 6, 1, 1, 1, 6, 3),
    },
    "disability": {
        "grade_1_2": (610, 9, 9, 8, 7, 1, 0, 0, 5, 4),
        "grade_3_4": (940, 11, 10, 7, 7, 0, 0, 1, 6, 4),
        "none": (40672, 100, 91, 49, 43, 6, 5, 4, 18, 6),
    },
    "area": {
        TOWN: (22111, 71, 66, 38, 34, 4, 3, 3, 15, 7),
        OTHER_TOWN: (20111, 49, 44, 26, 23, 3, 2, 2, 14, 7),
    },
}
COLUMNS = (
    "population, found, visited, confirmed, granted, refused, declined, not_reached, sampled,"
    " sample_confirmed"
)
COUNTERS = {
    "households_found": 61,
    "found_by_people": 9,
    "households_served": 37,
    "served_by_people": 6,
    "opened": 39,
    "handed_in": 38,
    "items_1": 9,
    "items_2": 17,
    "items_3": 12,
    "looked_at": 36,
    "ready_first": 29,
    "returned": 3,
    "ended": 31,
    "done_once": 25,
    "in_promise": 28,
    "whole_days": 240,
    "helped": 30,
    "before_trips": 180,
    "now_trips": 4,
    "before_steps": 410,
    "now_steps": 41,
    "before_materials": 330,
    "now_materials": 52,
}
ITEM = {
    "handed_in": 33,
    "looked_at": 31,
    "ready_first": 27,
    "returned": 3,
    "decided": 29,
    "granted": 27,
    "refused": 2,
    "done_once": 24,
    "whole_days": 110,
    "before_days": 620,
    "granted_days": 101,
    "promised_n_working": 29,
    "promised_limit_working": 145,
    "promised_used_working": 88,
    "promised_kept_working": 27,
    "why_paper_wrong": 2,
    "why_field_wrong": 1,
}


def fill_figures(story: Story, pages: dict[str, str]) -> dict[str, str]:
    """Fill the site's tables; return the further pages' addresses by name."""
    home, far, gate = (UUID(pages[name].rpartition("/")[2]) for name in ("sheet", "far", "gate"))
    measure(story)
    asked = learn(story, home, far)
    with story.platform.work(Actor.person(gate, by_worker=True)) as work:
        objection = bring(work, gate, Kind.OBJECTION, "这张票据不是我的。")
    reported = report(story, None)
    unknown = report(story, TypedPerson("吴某某", address="村东头"))
    propose(story, PROPOSED)
    stop_scan(story)
    with story.platform.work(Actor(role=Role.POLICY, id="赵敏")) as work:
        draft = begin_from_version(work, TRIGGER, 1)
    return {
        "sample": f"/visits/{far}",
        "asked": f"/visits/{home}/correction/{asked}",
        "reported": f"/report/{reported[0]}/done",
        "who-is-it": f"/report/{unknown[1]}/who",
        "hall-item": f"/hall/items/{story.items()['serious_illness_pay'][0]}",
        "objection": f"/objections/{objection}",
        "draft": f"/policy/drafts/{draft}",
        "draft-examples": f"/policy/drafts/{draft}/examples",
        "draft-group": f"/policy/drafts/{draft}/part?at=when.all.1",
        "draft-condition": f"/policy/drafts/{draft}/part?at=when.all.0",
        "draft-measure": f"/policy/drafts/{draft}/part?at=measures.oop_person",
        "draft-hit": f"/policy/drafts/{draft}/part?at=hit",
    }


def report(story: Story, typed: TypedPerson | None) -> tuple[UUID, UUID]:
    """Let the coordinator report a need, of somebody known or typed in; return report and case."""
    account = story.accounts["east"]
    with story.platform.work(MACHINE) as work:
        posts = posts_of(work.db, account, work.today)
    actor = Actor(Role.COORDINATOR, account, areas=(VILLAGE,), level=5, posts=posts)
    with story.platform.work(actor) as work:
        asked = help_for(work, "disability_assistance")
        given = Report(
            new_id(), asked, "走不动了。", subject_key=None if typed else 8, typed=typed,
            path=path_of(work.db, VILLAGE) if typed else None,
        )  # fmt: skip
        done = report_need(work, given, county_desks(work.db))
    story.settle()
    return given.id, done.case_id


def learn(story: Story, home: UUID, far: UUID) -> UUID:
    """Keep what visits found, a drawn sample and a question to an office; return the question."""
    with story.platform.work(MACHINE) as work:
        run = work.db.execute(select(scan_run).where(scan_run.c.trigger == TRIGGER).limit(1)).one()
        day = timedelta(days=1)
        about = {"trigger": TRIGGER, "trigger_version_id": run.trigger_version_id}
        work.db.execute(insert(outcome), [about | row for row in _results(work)])
        work.db.execute(
            sample_round.insert().values(
                run_id=run.id, as_of=work.today, at=work.now, just_under=240,
                bands={"80-90": 150, "90-100": 90}, chosen=5, raised=2, kept_back={}, **about,
            )
        )  # fmt: skip
        sampled = [
            {
                "case_id": uuid4(), "result": "confirmed" if n < 2 else "not_confirmed",
                "reason": "" if n < 2 else "no_need", "measures": {}, "sample": True,
                "raised_at": work.now - day * 9, "judged_at": work.now, "margin": 0.9,
                "area": VILLAGE, **about,
            }
            for n in range(8)
        ]  # fmt: skip
        work.db.execute(insert(outcome), sampled)
        work.db.execute(text('UPDATE "case" SET sample = true WHERE id = :id'), {"id": far})
        asked = ask_correction(
            work, get_case(work, home), "data_wrong", asked_by=story.accounts["east"],
            said_at=work.now, contracts=story.platform.contracts,
        )  # fmt: skip
        assert asked
        return asked


def _results(work: Work) -> list[dict[str, Any]]:
    """Return a row for each of FOUND, spread over villages, days and classes."""
    day, areas = timedelta(days=1), (VILLAGE, SIBLING, FAR_VILLAGE)
    numbered = [one for one in FOUND for _ in range(one[3])]
    return [
        {
            "case_id": uuid4(), "result": result, "reason": reason, "measures": {},
            "raised_at": work.now - day * 12, "margin": margin, "area": areas[n % 3],
            "judged_at": None if result == "open" else work.now - day * (n % 9),
            "helped_at": work.now if result == "confirmed" and n % 3 == 0 else None,
            "klass": "low_income" if n % 4 == 0 else "",
            "unknowns": ["household_income.annual_income"] if n % 2 else [],
        }
        for n, (margin, result, reason, _) in enumerate(numbered)
    ]  # fmt: skip


def measure(story: Story) -> None:
    """Put figures of a county into the tables, as the machine would."""
    count_take_up(story.platform, "test")
    with story.platform.work(MACHINE) as work:
        for attribute, parts in FIGURES.items():
            for part, counts in parts.items():
                work.db.execute(
                    text(
                        "INSERT INTO fairness_count (trigger, trigger_version_id, month, attribute,"
                        f" part, {COLUMNS}, days_to_help, counted_at) SELECT v.trigger, v.id,"
                        f" '2026-11-01', :attribute, :part, {', '.join(map(str, counts))},"
                        " '{3,5,8,9,12,14,20}', :now FROM trigger_version AS v"
                        " WHERE v.trigger = 'large_medical_bill'"
                    ),
                    {"attribute": attribute, "part": part, "now": work.now},
                )
        work.db.execute(text("DELETE FROM takeup_count"))
        work.db.execute(
            text(
                "INSERT INTO takeup_count VALUES (:month, 'medical_cost_relief', :item, :counter,"
                " :count, :now, '370000000000', '371400000000', :county, :town, '')"
            ),
            list(_take_up(work)),
        )


def _take_up(work: Work) -> list[dict[str, Any]]:
    months = (("2026-09-01", TOWN, 2), ("2026-10-01", OTHER_TOWN, 1), ("2026-11-01", TOWN, 3))
    return [
        {
            "month": month, "item": item, "counter": counter, "count": count * share,
            "now": work.now, "county": COUNTY, "town": town,
        }
        for item, counters in (("", COUNTERS), ("serious_illness_pay", ITEM))
        for month, town, share in months
        for counter, count in counters.items()
    ]  # fmt: skip


def propose(story: Story, name: str) -> int:
    """Let a colleague propose a changed trigger; return the proposed version."""
    author = Actor(role=Role.POLICY, id="赵敏")
    examples = (DEFINITIONS / name / "examples.yaml").read_text(encoding="utf-8")
    with story.platform.work(author) as work:
        changed = export_trigger(work, name, 1) + "# 明年起扩大范围\n"
        kept = load_trigger(work, changed, story.platform.contracts, examples=examples)
        propose_trigger(
            work,
            name,
            kept.version,
            prove=lambda *_: None,
            note="省里自明年起扩大范围，二级肢体残疾一并纳入。",
            figures=DRY_RUN,
        )
    return kept.version


def stop_scan(story: Story) -> None:
    """Let a scan of the proposed trigger find far more than it may: it stopped."""
    why = {"code": "outside_band", "hits": 812, "known": 9000, "at_least": 0.0, "at_most": 20.0}
    with story.platform.work(MACHINE) as work:
        work.db.execute(
            scan_run.insert().values(
                id=new_id(),
                trigger=PROPOSED,
                trigger_version_id=version_row(work, PROPOSED, 1).id,
                slot="2026-11-01T22:00Z",
                kind="full",
                as_of=work.today,
                known_at=work.now,
                state="stopped",
                finished_at=work.now,
                counts={"found": 812, "why_stopped": why},
            )
        )
