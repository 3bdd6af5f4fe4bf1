"""The command line as an operator uses it, and what it says when something is wrong."""

import errno
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from proactive.cli import build as build_cli
from proactive.commands.frame import explained
from proactive.embedded import Servers
from proactive.kernel.crypto import Keyring

Run = Callable[..., Result]
CLI = build_cli()
AREAS = """code,parent,name,level,virtual
990000000000,,P,province,f
990100000000,990000000000,C,city,f
990101000000,990100000000,K,county,f
990101001000,990101000000,T,town,f
990101001001,990101001000,Village one,village,f
"""
BILLS = "公民身份号码,结算编号,结算时间,医疗费总额,个人自付\n"


@pytest.fixture
def run(
    servers: Servers,
    database_url: str,
    keyring: Keyring,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Run:
    var = tmp_path / "var"
    var.mkdir()
    keyring.write(var / "keys.json")
    monkeypatch.setenv("PROACTIVE_VAR", str(var))
    monkeypatch.setenv("PROACTIVE_DATABASE_URL", database_url)
    monkeypatch.setenv("PROACTIVE_REDIS_URL", servers.redis_url)
    runner = CliRunner()

    def call(*words: str) -> Result:
        return runner.invoke(CLI, list(words), catch_exceptions=False)

    return call


def test_areas_load_once_and_a_second_time_change_nothing(run: Run, tmp_path: Path) -> None:
    (tmp_path / "areas.csv").write_text(AREAS, encoding="utf-8")
    words = ("area", "load", str(tmp_path / "areas.csv"), "--mapping", "cn_stats_long")

    first, second = run(*words), run(*words, "--json")

    assert first.exit_code == second.exit_code == 0
    assert "5 units" in first.output
    assert json.loads(second.output)["same"] == 5
    shown = json.loads(run("area", "show", "990101001000", "--json").output)
    assert [child["name"] for child in shown["children"]] == ["Village one"]
    assert run("area", "show", "990101001000", "village one").output.startswith("990101001001")
    elsewhere = run("area", "show", "990101000000", "Village one")
    assert (elsewhere.exit_code, "directly inside" in elsewhere.stderr) == (1, True)


def test_a_refusal_says_what_why_what_to_do_and_exits_with_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "bills.csv").write_text("一,二\n1,2\n", encoding="utf-8")

    refused = run("feed", "ingest", "medical_bill", str(tmp_path / "bills.csv"))
    unknown = run("feed", "check", "no_such_feed", str(tmp_path / "bills.csv"))

    assert (refused.exit_code, unknown.exit_code) == (1, 1)
    assert "was refused" in refused.stderr
    assert "Known are: adverse_credit" in unknown.stderr


def test_a_delivery_comes_once_whatever_its_encoding_and_is_then_nothing_new(
    run: Run, tmp_path: Path
) -> None:
    rows = "99010119700101001X,S1,2026-11-01,100.00,50.00\n99010119700101999X,S2,2026-11-01,1,1\n"
    file = tmp_path / "bills.csv"
    file.write_bytes((BILLS + rows).encode("gb18030"))

    checked = json.loads(run("feed", "check", "medical_bill", str(file), "--json").output)
    first = json.loads(run("feed", "ingest", "medical_bill", str(file), "--json").output)
    second = json.loads(run("feed", "ingest", "medical_bill", str(file), "--json").output)

    assert checked["state"] == "checked"
    assert (first["state"], first["encoding"]) == ("applied", "gb18030")
    assert first["applied"] + sum(first["quarantined"].values()) == 2
    assert second["state"] == "nothing_new"
    rows_put_aside = json.loads(run("feed", "quarantine", first["delivery_id"], "--json").output)
    assert {row["row"] for row in rows_put_aside} <= {2, 3}


def test_shipped_definitions_load_prove_themselves_and_are_switched_on_by_a_person(
    run: Run,
) -> None:
    assert run("trigger", "check").exit_code == 0
    assert "4 bundles are in order" in run("bundle", "check").output
    assert run("trigger", "load").output.count("new draft") == 4
    assert run("trigger", "load").output.count("nothing new") == 4
    proposed = run("trigger", "propose", "--all", "--note", "As shipped.", "--by", "Li")
    assert proposed.output.count("is proposed") == 4
    approval = ("trigger", "approve", "--all", "--assessment", "IA-1", "--by")
    assert "does not approve it" in run(*approval, "Li").stderr
    assert run(*approval, "Wang").output.count("is approved") == 4
    assert run("trigger", "activate", "--all", "--by", "Li").output.count("everywhere") == 4
    assert run("bundle", "load").exit_code == 0
    assert run("bundle", "activate", "--all").output.count("switched on") == 4

    listed = json.loads(run("trigger", "list", "--json").output)
    assert {row["state"] for row in listed} == {"live"}
    text = Path("triggers/credit_blemish/trigger.yaml").read_text(encoding="utf-8")
    assert run("trigger", "export", "credit_blemish", "1").output == text


def test_looking_at_a_day_raises_nothing_and_an_unknown_trigger_is_refused(run: Run) -> None:
    run("trigger", "load")

    looked = json.loads(
        run("trigger", "scan", "large_medical_bill", "--as-of", "2026-06-30", "--json").output
    )
    assert (looked["subjects"], looked["hits"]) == (0, 0)
    assert run("trigger", "scan", "no_such").exit_code == 1
    assert run("trigger", "scan", "large_medical_bill").exit_code == 1
    assert json.loads(run("case", "list", "--json").output)["cases"] == []


def test_the_doctor_names_what_is_missing_and_what_to_do(run: Run) -> None:
    answer = run("doctor", "--json")

    findings = {one["name"]: one for one in json.loads(answer.output)}
    assert answer.exit_code == 1
    assert findings["areas"]["todo"].startswith("Run: proactive area load")
    assert findings["house"]["verdict"] == "good"


def test_every_message_template_can_be_previewed_in_both_languages(run: Run) -> None:
    for language in ("zh", "en"):
        shown = run("notice", "preview", "--language", language)
        assert ("12345核实" in shown.output) == (language == "zh")
        assert shown.exit_code == 0
        assert "someone_will_come" in shown.output


def test_a_county_is_on_trial_with_its_guests_until_it_is_taken_live(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "areas.csv").write_text(AREAS, encoding="utf-8")
    run("area", "load", str(tmp_path / "areas.csv"), "--mapping", "cn_stats_long")
    county = "990101000000"

    nowhere = run("notice", "guest", "add", "990100000000", "13800138000")
    added = run("notice", "guest", "add", county, "138 0013 8000", "--by", "Li")
    listed = run("notice", "guest", "list", county)
    trial = json.loads(run("county", "list", "--json").output)
    doctor = run("doctor")
    removed = run("notice", "guest", "remove", county, "13800138000")
    live = run("county", "live", county)

    assert nowhere.exit_code == 1
    assert "no county" in nowhere.output
    assert added.exit_code == removed.exit_code == live.exit_code == 0
    assert "13800138000" not in added.output + listed.output
    assert "8000" in listed.output
    assert "Li" in listed.output
    assert trial == [{"county": county, "live": False, "guests": 1, "held": 0}]
    assert f"County {county} is on trial: 1 guests" in doctor.output
    assert json.loads(run("county", "list", "--json").output)[0]["live"] is True


def test_a_slip_is_printed_with_address_code_and_last_day(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("user", "add", "wen", "--name", "Wen", "--role", "policy")

    chinese = run("user", "slip", "wen")
    monkeypatch.setenv("PROACTIVE_LANGUAGE", "en")
    english = run("user", "slip", "wen")
    nobody = run("user", "slip", "nobody")

    assert "Slip for Wen" in english.output
    assert "/start" in english.output
    assert "Wen的启用单" in chinese.output
    assert json.loads(run("user", "slip", "wen", "--json").output)["code"][5] == "-"
    assert (nobody.exit_code, "no account 'nobody'" in nobody.stderr) == (1, True)

    off, listed = run("user", "off", "wen"), run("user", "list", "wen", "--role", "policy")
    refused = run("user", "slip", "wen")
    run("user", "on", "wen")

    assert (off.output, refused.exit_code) == ("wen: switched off.\n", 1)
    assert listed.output.splitlines()[1].split() == ["wen", "Wen", "policy", "off"]
    assert json.loads(run("user", "list", "--json").output)[0]["active"] is True


def test_a_full_disk_is_called_that(capsys: pytest.CaptureFixture[str]) -> None:
    @explained
    def write() -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "var/lake")

    with pytest.raises(SystemExit, match="2"):
        write()

    assert "The disk is full (var/lake)" in capsys.readouterr().err
