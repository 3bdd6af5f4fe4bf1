"""A made-up county whose people are known, so that figures can be counted by hand."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import text

from proactive.areas.calendar import refresh_calendar
from proactive.areas.service import load_areas
from proactive.bootstrap import Platform
from proactive.feeds.identifiers import resident_check_digit
from proactive.feeds.service import Options, ingest_delivery
from proactive.handlers.measuring import count_fairness
from proactive.kernel.ids import new_id, public_ref
from proactive.kernel.states import Role
from proactive.kernel.work import Actor, Work
from proactive.outcomes.fairness import Report, report
from proactive.outcomes.fairness_counting import NOW
from proactive.outcomes.fairness_model import Limits
from proactive.routing.loading import load_posts
from proactive.routing.reading import PostRow
from tests.switching import switch_on

COUNTY, TOWNS = "371422000000", ("371422001000", "371422002000")
VILLAGES = ("371422001001", "371422002001")
AREAS = (
    "code,parent,name,level,virtual",
    "370000000000,,示例省,province,f",
    "371400000000,370000000000,示例市,city,f",
    f"{COUNTY},371400000000,青禾县,county,f",
    f"{TOWNS[0]},{COUNTY},甲镇,town,f",
    f"{TOWNS[1]},{COUNTY},乙镇,town,f",
    f"{VILLAGES[0]},{TOWNS[0]},东村委会,village,f",
    f"{VILLAGES[1]},{TOWNS[1]},南村委会,village,f",
)
SETUP = Actor.operator_on_server("setup")
MACHINE = Actor.machine("test")
REVIEWER = Actor(Role.FAIRNESS, "reviewer")
RESIDENT_HEADS = (
    "身份证号,姓名,户号,居住地区划代码,户籍地区划代码,性别,出生日期,登记日期,登记入库日期"
)
CERTIFICATE_HEADS = "身份证号,姓名,残疾类别,残疾等级,证件状态,发证日期,登记入库日期"
DEATH_HEADS = "身份证号,姓名,死亡日期"
BILL_HEADS = (
    "身份证号,姓名,结算编号,结算时间,医疗费总额,基金支付,个人自付,医疗类别,结算标志,登记入库日期"
)


@dataclass(frozen=True)
class Resident:
    """Somebody invented; `sex` is 男, 女 or nothing."""

    number: int
    sex: str = "女"
    born: date = date(1980, 5, 1)
    village: int = 0

    @property
    def id(self) -> str:
        first = f"371422{self.born:%Y%m%d}{self.number % 1000:03d}"
        return first + resident_check_digit(first)

    def key(self, platform: Platform) -> int:
        return platform.keys.subject_key("cn_resident_id", self.id)


def crowd(count: int) -> list[Resident]:
    """Return so many people, women and men in turn, of all ages, in both towns."""
    return [
        Resident(
            number,
            sex="女" if number % 2 else "男",
            born=date(1935, 1, 1) + timedelta(days=31 * (number // 2)),
            village=number // 2 % 2,
        )
        for number in range(count)
    ]


@dataclass
class County:
    """The platform and ways to fill it."""

    platform: Platform
    folder: Path
    files: int = 0

    def deliver(self, feed: str, heads: str, lines: Iterable[str]) -> None:
        self.files += 1
        path = self.folder / f"{feed}{self.files}.csv"
        path.write_text("\n".join([heads, *lines, ""]), encoding="utf-8")
        ingest_delivery(self.platform, SETUP, self.platform.contracts[feed], path, Options())

    def live(self, people: Iterable[Resident]) -> None:
        self.deliver(
            "resident_register",
            RESIDENT_HEADS,
            (
                f"{p.id},王小明,H{p.number},{VILLAGES[p.village]},{VILLAGES[p.village]},{p.sex},"
                f"{p.born},2020-01-01,2026-01-02"
                for p in people
            ),
        )

    def certify(self, *people: tuple[Resident, int, str]) -> None:
        """Deliver certificates: who, grade, status."""
        lines = (f"{p.id},王小明,4,{g},{state},2024-01-01,2026-01-03" for p, g, state in people)
        self.deliver("disability_register", CERTIFICATE_HEADS, lines)

    def find(
        self,
        people: Sequence[Resident],
        version: UUID,
        *,
        trigger: str = "large_medical_bill",
        result: Callable[[Resident], str] = lambda _: "confirmed",
        reason: str = "",
        helped: int | None = None,
        sample: bool = False,
        days_ago: int = 0,
    ) -> None:
        """Write a case and its outcome for each, as if a run had found them `days_ago`."""

        def put(work: Work) -> None:
            at = work.now - timedelta(days=days_ago)
            for one in people:
                ids = {"case": new_id(), "key": one.key(self.platform), "at": at}
                work.db.execute(text(CASE), {**ids, "ref": public_ref(), "post": new_id()})
                said = result(one)
                values = {
                    "trigger": trigger,
                    "version": version,
                    "result": said,
                    "reason": reason,
                    "judged": None if said == "open" else at,
                    "helped": None if helped is None else at + timedelta(days=helped),
                    "sample": sample,
                }
                work.db.execute(text(OUTCOME), {**ids, **values})

        with self.platform.work(MACHINE) as work:
            put(work)

    def count(self) -> None:
        count_fairness(self.platform, NOW)

    def read(self, trigger: str = "large_medical_bill", limits: Limits | None = None) -> Report:
        with self.platform.work(REVIEWER) as work:
            first = work.today.replace(day=1)
            return report(work, trigger, first, first, limits=limits or Limits())

    def switch_on(self, text: str) -> UUID:
        return switch_on(self.platform, text).id


CASE = """
INSERT INTO "case" (id, ref, subject_key, kind, need, trigger, state, raised_at, raised_by,
  closed_at) VALUES (:case, :ref, :key, 'person', 'medical_cost_relief', 't', 'closed', :at,
  'machine', :at)
"""
OUTCOME = """
INSERT INTO outcome (case_id, trigger, trigger_version_id, result, reason, measures, raised_at,
  judged_at, helped_at, sample)
VALUES (:case, :trigger, :version, :result, :reason, '{}', :at, :judged, :helped, :sample)
"""


def found_county(platform: Platform, folder: Path) -> County:
    """Lay out areas, calendar and posts."""
    file = folder / "areas.csv"
    file.write_text("\n".join([*AREAS, ""]), encoding="utf-8")
    with platform.work(SETUP) as work:
        load_areas(work, file, "cn_stats_long")
        refresh_calendar(work, "CN", 2026, 2027)
        load_posts(work, [PostRow("c1", "county_desk", COUNTY, "救助中心", "county", "赵敏")])
    return County(platform, folder)


def bill_line(one: Resident, number: int, yuan: int, care: str) -> str:
    return (
        f"{one.id},王小明,S{number},2026-11-01 10:00:00,{yuan}.00,0.00,{yuan}.00,{care},正常,"
        "2026-11-02"
    )


def bill_rule(name: str, where: str = "") -> str:
    """Return a trigger that finds own payments from 10,000 yuan on, `where` narrowing the bills."""
    return f"""trigger: {name}
title: {{en: Bills, zh-CN: 账单}}
subject: person
need: medical_cost_relief
proposes: [medical_cost_relief]
legal_basis: [{{title: 社会救助暂行办法, citation: 第十七条, grade: A}}]
schedule: {{cron: "30 5 * * *", timezone: Asia/Shanghai}}
parameters:
  line:
    type: money
    unit: CNY
    values: [{{from: 2020-01-01, value: 10000, legal_basis: 示例}}]
  span: {{type: duration, values: [{{from: 2020-01-01, value: P12M, legal_basis: 示例}}]}}
measures:
  own: {{feed: medical_bill, sum: out_of_pocket, per: person, window: span, where: [{where}]}}
when: {{measure: own, at_least: line}}
unless: [{{registered_in: death_register}}]
hit:
  due_in: {{working_days: 5}}
  band: {{at_least: 0, at_most: 500}}
  cap: {{per_run: 5000}}
  explain: {{en: "{{own}}", zh-CN: "{{own}}"}}
  evidence: [medical_bill]
"""
