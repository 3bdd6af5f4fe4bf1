"""The life of a trigger version on the command line, in the names of two people."""

import json
from pathlib import Path

from proactive.cli import build as build_cli
from tests.proactive.commands.test_cli import AREAS, Run, run

CLI = build_cli()
NAME = "birth_registration"
TOWN = "990101001000"

__all__ = ["run"]  # the fixture


def listed(run: Run) -> dict[int, dict[str, object]]:
    rows = json.loads(run("trigger", "list", "--json").output)
    return {row["version"]: row for row in rows if row["trigger"] == NAME}


def second_version(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "changed"
    folder.mkdir()
    for file in Path("triggers", NAME).glob("*.yaml"):
        (folder / file.name).write_text(file.read_text("utf-8") + "# anew\n", encoding="utf-8")
    assert "new draft" in run("trigger", "load", str(folder), "--by", "Li").output


def approve(run: Run) -> None:
    assert run("trigger", "propose", NAME, "--note", "Earlier.", "--by", "Li").exit_code == 0
    approved = run("trigger", "approve", NAME, "--assessment", "IA-3", "--by", "Wang", "--json")
    assert json.loads(approved.output)[0]["state"] == "approved"


def test_a_version_is_proposed_sent_back_approved_piloted_and_rolled_back(
    run: Run, tmp_path: Path
) -> None:
    (tmp_path / "areas.csv").write_text(AREAS, encoding="utf-8")
    run("area", "load", str(tmp_path / "areas.csv"), "--mapping", "cn_stats_long")
    run("trigger", "load", "--by", "Li")
    approve(run)
    assert "in use everywhere" in run("trigger", "activate", NAME, "--by", "Li").output
    second_version(run, tmp_path)

    bare = run("trigger", "propose", NAME, "--by", "Li")
    assert (bare.exit_code, "says nothing" in bare.stderr) == (1, True)
    run("trigger", "propose", NAME, "--note", "Earlier.", "--by", "Li")
    sent = run("trigger", "send-back", NAME, "--reason", "Cite it.", "--by", "Wang")
    assert "version 2 is a draft again" in sent.output
    approve(run)
    pilot = run("trigger", "activate", NAME, "--in", TOWN, "--by", "Li")
    assert "version 2 is in use in the chosen areas" in pilot.output
    assert listed(run)[2]["areas"] == [TOWN]
    assert listed(run)[1]["state"] == "live"

    assert "version 2 is no longer used" in run("trigger", "rollback", NAME).output
    again = run("trigger", "activate", NAME, "2", "--json", "--by", "Li")
    assert json.loads(again.output)[0]["state"] == "live"
    assert "version 1 is in use everywhere" in run("trigger", "rollback", NAME).output
    assert json.loads(run("trigger", "retire", NAME, "--json").output)[0]["state"] == "retired"

    gone = run("trigger", "rollback", NAME)
    assert (gone.exit_code, "not switched on" in gone.stderr) == (1, True)


def test_a_day_to_come_is_told_and_the_dry_run_stays_with_the_approval(run: Run) -> None:
    run("trigger", "load", "--by", "Li")
    approve(run)

    told = run("trigger", "activate", NAME, "--from", "2999-01-01", "--by", "Li").output

    assert "will be switched on on 2999-01-01" in told
    row = listed(run)[1]
    assert (row["state"], row["live_from"]) == ("approved", "2999-01-01")
    assert row["figures"]["subjects"] == 0  # the lake is empty
    assert (row["loaded_by"], row["approved_by"], row["assessment"]) == ("Li", "Wang", "IA-3")


def test_what_cannot_be_done_is_refused_with_a_sentence(run: Run) -> None:
    run("trigger", "load", "--by", "Li")

    for words, said in (
        (("activate", NAME), "has not been approved"),
        (("activate", "--all"), "No trigger waits for this."),
        (("activate",), "No trigger is named."),
        (("approve", NAME, "--assessment", "x"), "not possible now"),
        (("propose", "no_such", "--note", "x"), "no version"),
        (("rollback", NAME), "not switched on"),
        (("scan", NAME), "not switched on"),
        (("scan", NAME, "--accept-band", "--reason", "x"), "No run of"),
    ):
        answer = run("trigger", *words)
        assert (answer.exit_code, said in answer.stderr) == (1, True), answer.stderr

    assert {row["state"] for row in listed(run).values()} == {"draft"}
