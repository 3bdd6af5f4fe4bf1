"""One path for every door: the same file gives the same summary, refusals and 'nothing new'."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import text

from proactive.bootstrap import Platform
from proactive.cli import build as build_cli
from proactive.embedded import Servers
from proactive.feeds.refusal_words import kept
from proactive.feeds.service import check_delivery
from proactive.feeds.tokens import add_token
from proactive.handlers.taking import look_into_drop
from proactive.kernel.errors import Refused
from proactive.kernel.states import Role
from proactive.stepping import run_due_steps
from tests.proactive.feeds.making import Bill, bill_file, resident
from tests.web.browsing import SETUP, SignIn
from tests.web.story import MACHINE

# What a door says of a file: its summary, or the code and sentence of its refusal.
Told = dict[str, Any]
Door = Callable[[bytes], Told]
CLI = build_cli()
NAME = "bills.csv"
DIRTY = bill_file(
    Bill(),
    Bill(settlement="S2", at="2026-03-02 08:00:00", id=resident(2)),
    Bill(settlement="S3", id="371422197103050018"),
    Bill(settlement="S4", at="2026-13-02 08:00:00"),
    Bill(settlement="S5", status="退费", total="-1", fund="0", own="-1", refund="S0"),
).encode("gb18030")
DAMAGED = {
    "truncated": DIRTY[:-1],
    "columns": "姓名,年龄\n王小明,5\n".encode(),
    "not_a_table": b"%PDF-1.7\n",
    "wrong_encoding": bill_file(Bill()).encode() + b"\xff\xff\xff,\n",
}


@pytest.fixture
def doors(
    platform: Platform,
    app: Flask,
    sign_in_as: SignIn,
    servers: Servers,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, Door]:
    drop = tmp_path / "drop"
    (drop / "medical_bill").mkdir(parents=True)
    platform.settings = platform.settings.model_copy(update={"drop": drop})
    monkeypatch.setenv("PROACTIVE_VAR", str(platform.settings.var))
    monkeypatch.setenv("PROACTIVE_DATABASE_URL", platform.settings.database_url)
    monkeypatch.setenv("PROACTIVE_REDIS_URL", servers.redis_url)
    with platform.work(SETUP) as work:
        token = add_token(work, platform.contracts, ["medical_bill"], "another system")
    operator = sign_in_as(Role.OPERATOR)

    def command(content: bytes) -> Told:
        path = tmp_path / NAME
        path.write_bytes(content)
        words = ["feed", "ingest", "medical_bill", str(path), "--json", "--by", "Li"]
        told: Told = json.loads(CliRunner().invoke(CLI, words).stdout)
        return told

    def folder(content: bytes) -> Told:
        (drop / "medical_bill" / NAME).write_bytes(content)
        with platform.work(MACHINE) as work:
            look_into_drop(platform, work)
        with platform.work(MACHINE) as work:
            work.db.execute(text("UPDATE parcel SET marked_at = marked_at - interval '1 minute'"))
        with platform.work(MACHINE) as work:
            assert look_into_drop(platform, work) == 1
        take_parcels(platform)
        return parcel_told(platform)

    def page(content: bytes) -> Told:
        form = {"feed": "medical_bill", "file": (io.BytesIO(content), NAME)}
        address = operator.post("/operator/hand-in", form).location
        take_parcels(platform)
        if operator.post(address).status_code == 303:
            take_parcels(platform)
        return parcel_told(platform)

    def api(content: bytes) -> Told:
        shown = {"Authorization": f"Bearer {token}"}
        address = f"/api/v1/feeds/medical_bill/deliveries?name={NAME}"
        told: Told = app.test_client().post(address, data=content, headers=shown).get_json()
        return told

    return {"command": command, "folder": folder, "page": page, "api": api}


def take_parcels(platform: Platform) -> None:
    with platform.work(MACHINE) as work:
        work.db.execute(text("DELETE FROM step WHERE name <> 'take_parcel'"))
    run_due_steps(platform)


def parcel_told(platform: Platform) -> Told:
    with platform.work(MACHINE) as work:
        row = work.db.execute(
            text("SELECT summary, refusal FROM parcel ORDER BY received_at DESC, id DESC LIMIT 1")
        ).one()
    told: Told = row.refusal or row.summary
    return told


def expected(platform: Platform, content: bytes, tmp_path: Path) -> Told:
    """What a mere look at the file says, before any door has seen it."""
    path = tmp_path / NAME
    path.write_bytes(content)
    with platform.work(SETUP) as work:
        try:
            contract = platform.contracts["medical_bill"]
            return plain(check_delivery(work, platform.lake, contract, path).as_json())
        except Refused as refusal:
            return plain(dict(kept(refusal)))


def plain(told: Told) -> Told:
    """Without what no two deliveries share, and with one name for the code of a refusal."""
    if "error" in told or "code" in told:
        return {"code": told.get("error") or told["code"], "sentence": told["sentence"]}
    # How many people are new is known only when the vault is written.
    differs = ("state", "delivery_id", "new_subjects")
    return {name: value for name, value in told.items() if name not in differs}


@pytest.mark.parametrize("first", ["command", "folder", "page", "api"])
def test_each_door_takes_a_file_like_every_other_and_then_nothing_is_new(
    platform: Platform, doors: dict[str, Door], tmp_path: Path, first: str
) -> None:
    wanted = expected(platform, DIRTY, tmp_path)

    told = doors[first](DIRTY)
    others = {name: door(DIRTY) for name, door in doors.items() if name != first}

    assert wanted["quarantined"]
    assert wanted["held"]
    assert told["state"] == "applied"
    assert plain(told) == wanted
    for name, again in others.items():
        assert again["state"] == "nothing_new", name
        assert plain(again) == wanted, name


@pytest.mark.parametrize("damage", DAMAGED)
def test_each_door_refuses_a_damaged_file_with_the_same_words(
    platform: Platform, doors: dict[str, Door], tmp_path: Path, damage: str
) -> None:
    wanted = expected(platform, DAMAGED[damage], tmp_path)

    assert wanted["code"] == damage
    for name, door in doors.items():
        assert plain(door(DAMAGED[damage])) == wanted, name
