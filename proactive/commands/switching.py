"""Commands of a trigger version's life: propose, approve, send back, switch on, take back."""

from collections.abc import Sequence
from datetime import datetime

import click

from proactive.commands.frame import Frame, explained, pass_frame, with_by, with_json
from proactive.handlers.trying import dry_run_figures
from proactive.kernel.errors import Refused
from proactive.kernel.work import Work
from proactive.rules.approving import approve_trigger, propose_trigger, send_back_trigger
from proactive.rules.examples import prove_with
from proactive.rules.model import TriggerState as S
from proactive.rules.service import LoadedTrigger, list_triggers, version_row
from proactive.rules.switching import activate_trigger, retire_trigger, roll_back_trigger

DAY = click.DateTime(["%Y-%m-%d"])
WORDS = {
    S.DRAFT: "is a draft again",
    S.PROPOSED: "is proposed; another person approves it",
    S.APPROVED: "is approved; it can be switched on",
    S.PILOT: "is in use in the chosen areas",
    S.LIVE: "is in use everywhere",
    S.RETIRED: "is no longer used",
}
ALL = click.option("--all", "everything", is_flag=True, help="Every trigger that waits for this.")


def newest_versions(work: Work, *states: str) -> dict[str, int]:
    """Return trigger → its newest version, or its newest in one of `states`."""
    newest: dict[str, int] = {}
    for row in list_triggers(work):
        if not states or row.state in states:
            newest.setdefault(row.trigger, row.version)
    return newest


def wanted_versions(
    work: Work, name: str | None, version: int | None, everything: bool, states: Sequence[str]
) -> list[tuple[str, int]]:
    """Return which versions a command is about: the named one, else those in the first state.

    A trigger without a version in one of `states` is answered with its newest, so that the refusal
    says where it stands. Raises Refused `no_trigger_named`, `nothing_waits`.
    """
    if not everything and not name:
        raise Refused("no_trigger_named", "No trigger is named.", todo="Name one, or --all.")
    if everything:
        waiting = newest_versions(work, states[0])
        if not waiting:
            raise Refused(
                "nothing_waits",
                "No trigger waits for this.",
                todo="'proactive trigger list' shows where each version stands.",
            )
        return sorted(waiting.items())
    trigger = name or ""
    if version is None:
        found = [newest_versions(work, state).get(trigger) for state in states]
        version = next((one for one in found if one), newest_versions(work).get(trigger, 0))
    return [(trigger, version)]


def show_steps(frame: Frame, done: Sequence[LoadedTrigger], day: datetime | None = None) -> None:
    """Print where each version stands now."""
    data = [
        {"trigger": one.trigger, "version": one.version, "state": one.state, "new": one.new}
        for one in done
    ]
    lines = []
    for one in done:
        words = WORDS[S(one.state)]
        if day and one.state == S.APPROVED:
            words = f"will be switched on on {day:%Y-%m-%d}"
        before = "" if one.new else " already"
        lines.append(f"{one.trigger} version {one.version} {words}{before}.")
    frame.show(data, "\n".join(lines))


@click.command()
@click.argument("name", required=False)
@click.argument("version", type=int, required=False)
@click.option("--note", default="", help="What the version changes and why.")
@ALL
@with_by
@with_json
@pass_frame
@explained
def propose(
    frame: Frame, name: str | None, version: int | None, note: str, everything: bool
) -> None:
    """Propose a draft: its examples must hold, its dry run is laid before the approver."""
    with frame.platform() as platform:
        person, prove = frame.operator(), prove_with(platform.contracts)
        with platform.work(person) as work:
            wanted = wanted_versions(work, name, version, everything, (S.DRAFT,))
            ids = {one: version_row(work, *one).id for one in wanted}
        figures = {one: dry_run_figures(platform, person, ids[one], *one) for one in wanted}
        with platform.work(person) as work:
            done = [
                propose_trigger(
                    work, trigger, number, prove=prove, note=note, figures=figures[trigger, number]
                )
                for trigger, number in wanted
            ]
    show_steps(frame, done)


@click.command()
@click.argument("name", required=False)
@click.argument("version", type=int, required=False)
@click.option("--assessment", default="", help="The number of the impact assessment.")
@ALL
@with_by
@with_json
@pass_frame
@explained
def approve(
    frame: Frame, name: str | None, version: int | None, assessment: str, everything: bool
) -> None:
    """Approve what another person wrote and proposed; see its dry run with 'list --json'."""
    with frame.work() as (platform, work):
        prove = prove_with(platform.contracts)
        done = [
            approve_trigger(work, trigger, number, prove=prove, assessment=assessment)
            for trigger, number in wanted_versions(work, name, version, everything, (S.PROPOSED,))
        ]
    show_steps(frame, done)


@click.command("send-back")
@click.argument("name")
@click.argument("version", type=int, required=False)
@click.option("--reason", default="", help="What is to be done differently.")
@with_by
@with_json
@pass_frame
@explained
def send_back(frame: Frame, name: str, version: int | None, reason: str) -> None:
    """Give a proposed or approved version back to its author, with the reason."""
    with frame.work() as (_, work):
        states = (S.PROPOSED, S.APPROVED)
        [(trigger, number)] = wanted_versions(work, name, version, False, states)
        done = send_back_trigger(work, trigger, number, reason=reason)
    show_steps(frame, [done])


@click.command()
@click.argument("name", required=False)
@click.argument("version", type=int, required=False)
@click.option("--from", "live_from", type=DAY, help="Default: at once.")
@click.option("--in", "areas", multiple=True, metavar="AREA", help="A pilot in this area; repeat.")
@ALL
@with_by
@with_json
@pass_frame
@explained
def activate(
    frame: Frame,
    name: str | None,
    version: int | None,
    live_from: datetime | None,
    areas: tuple[str, ...],
    everything: bool,
) -> None:
    """Switch an approved version on, everywhere or in chosen areas; its examples must hold."""
    with frame.work() as (platform, work):
        states = (S.APPROVED, S.PILOT)
        prove = prove_with(platform.contracts)
        day = live_from.date() if live_from else None
        done = [
            activate_trigger(work, trigger, number, prove=prove, live_from=day, areas=areas)
            for trigger, number in wanted_versions(work, name, version, everything, states)
        ]
    show_steps(frame, done, live_from)


@click.command()
@click.argument("name")
@with_by
@with_json
@pass_frame
@explained
def rollback(frame: Frame, name: str) -> None:
    """Take back at once what was switched on last; cases that were raised stay."""
    with frame.work() as (_, work):
        done = roll_back_trigger(work, name)
    show_steps(frame, [done])


@click.command()
@click.argument("name")
@with_by
@with_json
@pass_frame
@explained
def retire(frame: Frame, name: str) -> None:
    """Switch a trigger off everywhere; cases that were raised stay."""
    with frame.work() as (_, work):
        done = retire_trigger(work, name)
    show_steps(frame, done)


COMMANDS = (propose, approve, send_back, activate, rollback, retire)
