"""Deliveries made for tests: invented people with sound numbers, bills as an office writes them."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from proactive.bootstrap import Platform
from proactive.feeds.contracts import Contracts
from proactive.feeds.identifiers import credit_check_sign, resident_check_digit
from proactive.feeds.service import Options, feed_views, ingest_delivery
from proactive.feeds.summary import Summary
from proactive.kernel.work import Actor

BILL_HEADS = (
    "身份证号,姓名,结算编号,结算时间,医疗费总额,基金支付,个人自付,"
    "医疗机构编码,结算标志,退费单号,登记入库日期"
)
REGISTER_HEADS = (
    "身份证号,姓名,户号,居住地区划代码,户籍地区划代码,手机号,出生日期,登记日期,登记入库日期"
)


def resident(number: int, born: str = "19710305", area: str = "371422") -> str:
    """A citizen number with a right check digit; `number` tells people apart."""
    first = f"{area}{born}{number:03d}"
    return first + resident_check_digit(first)


def credit_code(number: int) -> str:
    first = f"91371400MA{number:07d}"
    return first + credit_check_sign(first)


@dataclass
class Bill:
    """One line of a bill file; text is written as it stands."""

    id: str = field(default_factory=lambda: resident(1))
    settlement: str = "S1"
    at: str = "2026-03-01 10:15:00"
    total: str = "1000.00"
    fund: str = "600.00"
    own: str = "400.00"
    name: str = "王小明"
    hospital: str = "H1"
    status: str = "正常"
    refund: str = ""
    recorded: str = "2026-03-02"

    def line(self) -> str:
        cells = (self.id, self.name, self.settlement, self.at, self.total, self.fund, self.own)
        return ",".join((*cells, self.hospital, self.status, self.refund, self.recorded))


def refund_of(bill: Bill, **changes: str) -> Bill:
    """The reverse row of a bill: same number, negative amounts."""
    given = {"status": "退费", "at": "2026-05-01 09:00:00", "recorded": "2026-05-02", **changes}
    minus = {name: f"-{getattr(bill, name)}" for name in ("total", "fund", "own")}
    return Bill(**{**vars(bill), **minus, **given})


def bill_file(*bills: Bill) -> str:
    return "\n".join([BILL_HEADS, *(bill.line() for bill in bills)]) + "\n"


@dataclass
class Office:
    """Delivers files to a platform in the name of a steward."""

    platform: Platform
    contracts: Contracts
    steward: Actor
    folder: Path
    count: int = 0

    def file(self, text: str | bytes, name: str = "") -> Path:
        self.count += 1
        path = self.folder / (name or f"delivery{self.count}.csv")
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def deliver(self, feed: str, content: str | bytes | Path, **options: Any) -> Summary:
        path = content if isinstance(content, Path) else self.file(content)
        contract = self.contracts[feed]
        return ingest_delivery(self.platform, self.steward, contract, path, Options(**options))

    def bills(self, *bills: Bill, **options: Any) -> Summary:
        return self.deliver("medical_bill", bill_file(*bills), **options)

    def visible(self, feed: str = "medical_bill") -> list[dict[str, Any]]:
        """What a scan sees now, without the stamps of arrival."""
        with self.platform.work(self.steward) as work:
            view = feed_views(work, self.platform.lake, [feed], self.contracts)[feed]
        if not view.files:
            return []
        with duckdb.connect() as db:
            db.execute("SET TimeZone = 'UTC'")
            db.register("gone", view.superseded)
            files = ", ".join(f"'{file}'" for file in view.files)
            rows: Any = db.sql(
                f"""SELECT * EXCLUDE (version, arrived_at, delivery_id)
                FROM read_parquet([{files}], union_by_name = true) r WHERE NOT EXISTS (
                    SELECT 1 FROM gone g WHERE g.record_id = r.record_id AND g.version = r.version)
                ORDER BY record_id, event_on"""
            ).to_arrow_table()
        found: list[dict[str, Any]] = rows.to_pylist()
        return found
