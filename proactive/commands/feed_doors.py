"""Commands about the doors of feeds: tokens of other systems, alarms."""

from datetime import datetime
from uuid import UUID

import click

from proactive.commands.frame import Frame, explained, pass_frame, table, with_by, with_json
from proactive.feeds.alarms import close_alarm, open_alarms
from proactive.feeds.tokens import add_token, list_tokens, revoke_token


@click.group()
def token() -> None:
    """Tokens with which other systems deliver by the API."""


@token.command("add")
@click.argument("feeds", metavar="FEED...", nargs=-1, required=True)
@click.option("--source", required=True, help="Which system will use it; stands in every delivery.")
@with_by
@with_json
@pass_frame
@explained
def add(frame: Frame, feeds: tuple[str, ...], source: str) -> None:
    """Make a token that may deliver FEED; it is shown this once."""
    with frame.work() as (platform, work):
        made = add_token(work, platform.contracts, feeds, source)
    frame.show(
        {"token": made, "feeds": list(feeds), "source": source},
        f"{made}\nShown this once; only its fingerprint is kept. Good for: {', '.join(feeds)}.",
    )


@token.command("list")
@with_json
@pass_frame
@explained
def show_tokens(frame: Frame) -> None:
    """List the tokens: for which feeds, when last used, whether revoked."""
    with frame.work() as (_, work):
        lines = list_tokens(work)
    data = [
        {
            "id": line.id,
            "source": line.source,
            "feeds": list(line.feeds),
            "created_at": line.created_at,
            "created_by": line.created_by,
            "last_used_at": line.last_used_at,
            "revoked_at": line.revoked_at,
        }
        for line in lines
    ]
    rows = [
        (one.id, one.source, " ".join(one.feeds), _day(one.last_used_at), _day(one.revoked_at))
        for one in lines
    ]
    heads = ("token", "source", "feeds", "last used", "revoked")
    frame.show(data, table(list(rows), heads) if rows else "There is no token.")


@token.command("revoke")
@click.argument("token_id", metavar="TOKEN")
@with_by
@pass_frame
@explained
def revoke(frame: Frame, token_id: str) -> None:
    """Let TOKEN (its eight signs in the list) open nothing from now on."""
    with frame.work() as (_, work):
        revoke_token(work, token_id)
    click.echo("Revoked.")


@click.group()
def alarm() -> None:
    """Alarms: unusual numbers of rows, silence, folders of no feed."""


@alarm.command("list")
@click.option("--language", type=click.Choice(["zh", "en"]), default="en")
@with_json
@pass_frame
@explained
def show_alarms(frame: Frame, language: str) -> None:
    """List what should be looked at, and what to do."""
    with frame.work() as (_, work):
        lines = open_alarms(work)
    data = [
        {
            "id": str(one.id),
            "feed": one.feed,
            "kind": str(one.kind),
            "raised_at": one.raised_at,
            "facts": dict(one.facts),
            "sentence": one.sentence(language),
            "todo": one.todo(language),
        }
        for one in lines
    ]
    text = "\n".join(
        f"{one.id}\n  {one.sentence(language)}\n  → {one.todo(language)}" for one in lines
    )
    frame.show(data, text or "No alarm is open.")


@alarm.command("close")
@click.argument("alarm_id", type=click.UUID)
@click.option("--reason", required=True, help="Why all is well; stands with the alarm.")
@with_by
@pass_frame
@explained
def close(frame: Frame, alarm_id: UUID, reason: str) -> None:
    """Close an alarm; you vouch that all is well."""
    with frame.work() as (_, work):
        close_alarm(work, alarm_id, reason)
    click.echo("Closed.")


def _day(moment: datetime | None) -> str:
    return f"{moment:%F}" if moment else ""
