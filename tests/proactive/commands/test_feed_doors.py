"""Tokens and alarms by command: shown once, listed without the secret, revoked, closed."""

import json

from tests.proactive.commands.test_cli import Run, run

__all__ = ["run"]


def test_a_token_is_shown_once_listed_without_its_secret_and_revoked(run: Run) -> None:
    made = json.loads(
        run("feed", "token", "add", "medical_bill", "--source", "hospital", "--json").stdout
    )
    listed = run("feed", "token", "list", "--json").stdout
    [line] = json.loads(listed)

    assert made["token"].startswith(f"pb_{line['id']}_")
    assert made["token"].split("_", 2)[2] not in listed
    assert (line["source"], line["feeds"]) == ("hospital", ["medical_bill"])
    assert run("feed", "token", "revoke", line["id"], "--by", "Li").exit_code == 0
    assert json.loads(run("feed", "token", "list", "--json").stdout)[0]["revoked_at"]
    assert run("feed", "token", "revoke", line["id"]).exit_code == 1
    assert run("feed", "token", "add", "no_such_feed", "--source", "x").exit_code == 1
    assert "No alarm is open." in run("feed", "alarm", "list").stdout
