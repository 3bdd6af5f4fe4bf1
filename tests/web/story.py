"""A county with people, posts and offices, and cases that walk the real path."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import insert, select, text

from proactive.areas.calendar import add_working_days, refresh_calendar
from proactive.areas.service import load_areas
from proactive.bootstrap import Platform, build
from proactive.bundles.offices import load_offices
from proactive.bundles.versions import activate_bundle, load_bundles
from proactive.cases.raising import Raising, raise_hits
from proactive.cases.store import case
from proactive.config import Settings
from proactive.embedded import Servers
from proactive.kernel.clock import ManualClock
from proactive.kernel.crypto import Keyring
from proactive.kernel.ids import new_id
from proactive.kernel.offices import OfficeKind
from proactive.kernel.work import Actor, Work
from proactive.people.intake import Intake
from proactive.people.model import Identity, Place
from proactive.routing.loading import load_posts
from proactive.routing.queries import county_desks
from proactive.routing.reading import PostRow
from proactive.rules.results import HitRow
from proactive.rules.service import live_triggers
from proactive.scans.recording import Recording, record_found
from proactive.scans.store import scan_run
from proactive.stepping import run_due_steps
from proactive.visits.form_versions import load_forms
from tests.databases import copy_database, database_name
from tests.switching import switch_on
from tests.web.browsing import AREAS, COUNTY, FAR_VILLAGE, OTHER_TOWN, SETUP, SIBLING, TOWN, VILLAGE

DEFINITIONS = Path(__file__).parents[2] / "triggers"
MACHINE = Actor.machine("story")
HOME = 9001

OFFICE_NAMES = {
    OfficeKind.MEDICAL_INSURANCE: "医疗保障局",
    OfficeKind.CIVIL_AFFAIRS: "民政局",
    OfficeKind.DISABLED_FEDERATION: "残疾人联合会",
    OfficeKind.CHARITY: "慈善总会",
}
POSTS = (
    PostRow("c1", "county_desk", COUNTY, "青禾县救助服务中心", "county", "赵敏"),
    PostRow("t1", "town_desk", TOWN, "甲镇便民服务中心", "town", "钱进"),
    PostRow("t2", "town_desk", OTHER_TOWN, "乙镇便民服务中心", "town2", "孙立"),
    PostRow("e1", "enterprise_desk", COUNTY, "青禾县企业服务窗口", "desk", "李企"),
    PostRow("v1", "coordinator", VILLAGE, "东村", "east", "李春梅"),
    PostRow("v2", "coordinator", SIBLING, "西村", "west", "吴西", capacity_per_week="5"),
    PostRow("v3", "coordinator", FAR_VILLAGE, "南村", "south", "郑南"),
)


def person(key: int, name: str, village: str = VILLAGE, **more: object) -> Identity:
    """Return somebody invented; the number is of a form that no register gives."""
    given: dict[str, object] = {
        "kind": "person",
        "scheme": "opaque",
        "number": f"P-{key}",
        "phone": f"+86138{key:08d}",
        "address": f"{key % 9 + 1}组{key % 30 + 1}号",
        "born_on": date(1960 + key % 40, 5, 1),
        "household_key": HOME + key,
        "place": Place(living=village, registered=village, authority=50),
        "seen_on": date(2026, 1, 2),
    }
    return Identity(key=key, name=name, **{**given, **more})  # type: ignore[arg-type]


PEOPLE = (
    person(1, "刘建国", household_key=HOME),
    person(2, "王秀兰", household_key=HOME),
    person(3, "陈大山", phone=""),
    person(4, "周小妹", SIBLING),
    person(5, "何远", FAR_VILLAGE),
    person(6, "无名氏", "", place=Place()),
    person(7, "王小宝", born_on=date(2026, 10, 30), phone=""),
    person(8, "赵铁柱"),
    Identity(
        key=20,
        kind="organisation",
        scheme="opaque",
        number="ORG-20",
        name="青禾食品有限公司",
        phone="+8613800000020",
        place=Place(living=VILLAGE, registered=VILLAGE, authority=50),
        seen_on=date(2026, 1, 2),
    ),
)


def filled_county(servers: Servers, template: str, keyring: Keyring, var: Path) -> str:
    """Fill a copy of an empty database once and return its name: tests start from copies of it."""
    url = copy_database(servers, template, "filled")
    keyring.write(var / "keys.json")
    settings = Settings(var=var, database_url=url)
    built = build(settings, clock=ManualClock(datetime(2026, 11, 1, tzinfo=UTC)))
    with built.work(SETUP) as work:
        fill_county(work, var)
    load_triggers(built)
    built.close()
    return database_name(url)


def fill_county(work: Work, folder: Path) -> None:
    """Bring everything a county has before its first case."""
    file = folder / "areas.csv"
    file.write_text("\n".join(["code,parent,name,level,virtual", *AREAS, ""]), encoding="utf-8")
    load_areas(work, file, "cn_stats_long")
    refresh_calendar(work, "CN", 2026, 2027)
    load_posts(work, POSTS)
    offices = [
        {
            "code": f"C-{kind}",
            "kind": str(kind),
            "name": f"青禾县{OFFICE_NAMES.get(kind, '办公室')}",
            "area_code": COUNTY,
            "phone": "0534-1234567",
        }
        for kind in OfficeKind
    ]
    load_offices(work, offices)
    load_forms(work, DEFINITIONS / "findings")
    for each in load_bundles(work, DEFINITIONS / "bundles", findings=DEFINITIONS / "findings"):
        activate_bundle(work, each.bundle, each.version)
    intake = Intake(work, "resident_register", uuid4())
    intake.add(PEOPLE)
    intake.finish()


def load_triggers(platform: Platform) -> None:
    for path in sorted(DEFINITIONS.glob("*/trigger.yaml")):
        examples = path.with_name("examples.yaml").read_text(encoding="utf-8")
        switch_on(platform, path.read_text(encoding="utf-8"), examples=examples)


RECORDS: Mapping[str, tuple[str, dict[str, object]]] = {
    "large_medical_bill": (
        "medical_bill",
        {"out_of_pocket": 2_100_000, "care_kind": "inpatient", "record_status": "final"},
    ),
    "disability_record": ("disability_register", {"kind": 4, "grade": 1, "status": "valid"}),
    "birth_registration": ("birth_certificate", {"born_on": "2026-10-30"}),
    "credit_blemish": ("adverse_credit", {"status": "published", "severity": "general"}),
}


@dataclass
class Story:
    """What the tests do: raise a case and let the machine do its part."""

    platform: Platform
    accounts: dict[str, str] = field(default_factory=dict)
    offices: dict[str, UUID] = field(default_factory=dict)

    def raise_case(
        self, key: int, trigger: str = "large_medical_bill", *, event_on: str = "2026-10-03"
    ) -> UUID:
        """Raise a case for a person and route it; return the id of the newest of this need."""
        with self.platform.work(MACHINE) as work:
            need = self.raise_in(work, key, trigger, event_on=event_on)
        self.settle()
        with self.platform.work(MACHINE) as work:
            return work.db.execute(
                select(case.c.id)
                .where(case.c.subject_key == key, case.c.need == need)
                .order_by(case.c.state == "closed", case.c.raised_at.desc())
                .limit(1)
            ).scalar_one()

    def raise_in(self, work: Work, key: int, trigger: str, *, event_on: str = "2026-10-03") -> str:
        """Find a person and raise a case in a work of the caller's; return the need."""
        live = {one.trigger: one for one in live_triggers(work, work.today)}[trigger]
        run_id = new_id()
        work.db.execute(
            insert(scan_run).values(
                id=run_id,
                trigger=trigger,
                trigger_version_id=live.version_id,
                slot=str(run_id),
                kind="arrival",
                as_of=work.today,
                known_at=work.now,
                state="done",
                counts={"found": 1, "new": 1},
                subjects=[key],
            )
        )
        recording = Recording(
            run_id=run_id,
            trigger=trigger,
            trigger_version_id=live.version_id,
            need=live.rule.need,
            as_of=work.today,
            subjects=[key],
        )
        record_found(work, recording, [_hit(key, trigger, event_on)])
        due = add_working_days(work, work.today, live.rule.hit.due_in.working_days)
        raising = Raising(
            run_id=run_id,
            trigger=trigger,
            need=live.rule.need,
            kind=live.rule.subject,
            due_on=due.day,
            due_provisional=due.provisional,
            route="" if live.rule.hit.route == "coordinator" else live.rule.hit.route,
            lead_feed=live.rule.hit.evidence[0],
        )
        raise_hits(work, raising, county_desks(work.db))
        return str(live.rule.need)

    def settle(self) -> None:
        """Let the machine take every step that is due."""
        run_due_steps(self.platform)

    def state(self, case_id: UUID) -> str:
        with self.platform.work(MACHINE) as work:
            return str(
                work.db.execute(select(case.c.state).where(case.c.id == case_id)).scalar_one()
            )

    def items(self) -> dict[str, tuple[UUID, str]]:
        """Return item code → id and state."""
        with self.platform.work(MACHINE) as work:
            rows = work.db.execute(text("SELECT code, id, state FROM item"))
            return {row.code: (row.id, row.state) for row in rows}


def _hit(key: int, trigger: str, event_on: str) -> HitRow:
    feed, facts = RECORDS[trigger]
    medical = trigger == "large_medical_bill"
    return HitRow(
        subject_key=key,
        episode="" if trigger in ("large_medical_bill", "disability_record") else f"{feed}-{key}",
        klass="other",
        area="",
        pending="",
        measures={"oop_person": 4_231_000, "oop_household": 4_231_000} if medical else {},
        parameters={
            "oop_threshold": {"value": "26000", "from": "2024-01-01"},
            "oop_window": {"value": "P12M", "from": "2024-01-01"},
        }
        if medical
        else {},
        unknowns=["household_income.annual_income"] if medical else [],
        evidence=[
            {
                "feed": feed,
                "record_id": f"{feed}-{key}",
                "version": 1,
                "event_on": event_on,
                "recorded_on": "2026-10-09",
                "facts": facts,
            }
        ],
    )


def story_of(platform: Platform) -> Story:
    """Return the story of a platform whose database is filled."""
    with platform.work(MACHINE) as work:
        logins = work.db.execute(text("SELECT login, id FROM account"))
        offices = work.db.execute(text("SELECT kind, id FROM office"))
        return Story(
            platform,
            {row.login: row.id for row in logins},
            {row.kind: row.id for row in offices},
        )
