"""Laws of deliveries: order does not matter, replay changes nothing, no mutant changes silently."""

from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proactive.bootstrap import build
from proactive.config import Settings
from proactive.feeds.cells import Setting
from proactive.feeds.cleaning import Cleaner
from proactive.feeds.contracts import Contracts
from proactive.feeds.files import LIMITS, look_at
from proactive.feeds.identifiers import plain
from proactive.feeds.layout import resolve_layout
from proactive.feeds.mapping import no_mapping
from proactive.feeds.sources import open_source
from proactive.kernel.clock import ManualClock
from proactive.kernel.crypto import Keyring
from proactive.kernel.errors import Refused
from proactive.kernel.work import Actor
from tests.conftest import START
from tests.fullness import in_full
from tests.proactive.feeds.making import Bill, Office, bill_file, refund_of, resident

HALVES = {"total": "500.00", "fund": "300.00", "own": "200.00"}
STORY = [
    Bill(),
    Bill(own="350.00", fund="650.00", recorded="2026-03-20"),
    Bill(at="2026-03-04 10:00:00", own="340.00", fund="660.00", recorded="2026-04-02"),
    refund_of(Bill(), refund="R1", recorded="2026-05-02"),
    Bill(settlement="S2", at="2026-03-05 09:00:00"),
    refund_of(Bill(settlement="S2", **HALVES), refund="R2"),
    refund_of(Bill(settlement="S2", **HALVES), refund="R3", at="2026-06-01 10:00:00"),
    Bill(id=resident(2), settlement="S3", at="2026-01-31 23:59:00"),
    Bill(id=resident(2), settlement="S4", at="2025-12-31 00:01:00"),
    refund_of(Bill(id=resident(3), settlement="LOST")),
]


@pytest.mark.slow
@given(st.permutations(range(len(STORY))), st.integers(2, 4))
@settings(max_examples=6)
def test_any_order_in_any_pieces_twice_gives_the_same_visible_lake(
    database_url: str, tmp_path_factory: pytest.TempPathFactory, contracts: Contracts,
    keyring: Keyring, order: list[int], pieces: int,
) -> None:  # fmt: skip
    var = tmp_path_factory.mktemp("order")
    keyring.write(var / "keys.json")
    platform = build(Settings(var=var, database_url=database_url), clock=ManualClock(START))
    try:
        with platform.work(Actor.machine("test")) as work:
            for table in ("superseded", "held_row", "quarantine", "delivery", "feed_state"):
                work.db.exec_driver_sql(f"DELETE FROM {table}")
        office = Office(platform, contracts, Actor.operator_on_server("s"), var)
        files = [
            office.file(bill_file(*(STORY[i] for i in order[n::pieces]))) for n in range(pieces)
        ]
        for path in [*files, *reversed(files)]:
            office.deliver("medical_bill", path)
        found = [{k: v for k, v in row.items() if k != "row_hash"} for row in office.visible()]
    finally:
        platform.close()

    expected = EXPECTED.setdefault("rows", found)
    assert found == expected
    assert sum(row["out_of_pocket"] for row in found) == 34_000 - 40_000 + 0 + 2 * 40_000


EXPECTED: dict[str, list[dict[str, object]]] = {}

SIGNS = st.sampled_from(
    [*"0123456789,.-+eE '\"\t\n\r\0\ufeff\u200b０１Ｘ年月元x/王李\x1a\x85", "\\N", "１２"]
)
CLEAN = bill_file(*(Bill(settlement=f"S{n}", id=resident(n)) for n in range(1, 6)))


@given(st.integers(0, len(CLEAN) - 1), SIGNS, st.sampled_from(["put", "replace", "drop"]))
@settings(
    max_examples=in_full(1_000, 10_000),
)
def test_no_mutant_changes_an_amount_a_person_or_a_day_silently(
    tmp_path: Path, contracts: Contracts, keyring: Keyring, place: int, sign: str, how: str
) -> None:
    kept = "" if how == "drop" else sign
    mutant = CLEAN[:place] + kept + CLEAN[place + (how != "put") :]
    path = tmp_path / "mutant.csv"
    path.write_bytes(mutant.encode())

    told = facts_of(path, contracts, keyring)

    whole = tmp_path / "whole.csv"
    whole.write_bytes(CLEAN.encode())
    right = facts_of(whole, contracts, keyring)
    if told is None or right is None or told <= right:
        return  # refused, put aside, or unchanged in meaning
    # What is different must be written differently in the file: a value, never a guess of ours.
    for fact in told - right:
        assert written_in(mutant, fact), fact


def facts_of(path: Path, contracts: Contracts, keyring: Keyring) -> set[tuple[object, ...]] | None:
    """(settlement, person, own payment, day) of every row taken; None when refused whole."""
    contract = contracts["medical_bill"]
    try:
        with open_source(
            look_at(path, LIMITS),
            contract.reader,
            LIMITS,
            encoding=None,
            candidates=contract.encodings,
        ) as source:
            mapping = no_mapping(contract)
            layout = resolve_layout(contract, mapping, source.headings, path.name)
            setting = Setting(date(2026, 11, 21), ZoneInfo("Asia/Shanghai"))
            cleaner = Cleaner(contract, mapping, layout, setting=setting, keys=keyring)
            found: set[tuple[object, ...]] = set()
            for chunk in source.chunks():
                cleaned = cleaner.clean(chunk)
                numbers = {i.key: i.number for i in cleaned.identities}
                found |= {
                    (
                        r["settlement_id"],
                        numbers[r["subject_key"]],
                        r["out_of_pocket"],
                        r["event_on"],
                    )
                    for r in cleaned.rows.to_pylist()
                }
            return found
    except Refused:
        return None


def written_in(text: str, fact: tuple[object, ...]) -> bool:
    """Every part of the fact stands in one line of the file, spaces and width set aside."""
    _, person, own, day = fact
    assert isinstance(own, int)
    amount = f"{own / 100:.2f}"
    for line in plain(text).replace(" ", "").splitlines():
        bare = line.replace('"', "").replace("'", "").upper()
        if str(person) in bare and (amount in bare or amount.rstrip("0").rstrip(".") in bare):
            return str(day).replace("-", "") in bare.replace("-", "").replace("/", "")
    return False
