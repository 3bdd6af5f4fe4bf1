"""Commands that look at cases and messages; no names, no numbers of people."""

import click

from proactive.cases.queries import case_by_ref, count_by_state, events_of, recent_cases
from proactive.commands.frame import Frame, explained, pass_frame, table, with_json, with_language
from proactive.kernel.errors import Refused
from proactive.notices.model import MessageState
from proactive.notices.queries import count_states, list_messages


@click.group()
def case() -> None:
    """Cases: one per subject and need, always with an owner, a due date and a next step."""


@case.command("list")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1, 1000))
@with_json
@pass_frame
@explained
def show_list(frame: Frame, limit: int) -> None:
    """List the newest open cases and how many there are of each state."""
    with frame.work() as (_, work):
        counts, rows = count_by_state(work), recent_cases(work, limit=limit)
    data = {
        "counts": counts,
        "cases": [
            {
                "ref": r.ref,
                "need": r.need,
                "state": r.state,
                "due_on": r.due_on,
                "next_step": r.next_step,
                "area": r.area_5,
            }
            for r in rows
        ],
    }
    cells = [(r.ref, r.need, r.state, r.next_step, r.due_on, r.area_5) for r in rows]
    heads = ("ref", "need", "state", "next step", "due", "village")
    summary = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    text = f"{summary}\n{table(list(cells), heads)}" if cells else summary or "There are no cases."
    frame.show(data, text)


@case.command("show")
@click.argument("ref")
@with_json
@pass_frame
@explained
def show_one(frame: Frame, ref: str) -> None:
    """Show what has happened to one case."""
    with frame.work() as (_, work):
        row = case_by_ref(work, ref)
        if row is None:
            raise Refused(
                "not_found", "There is no case {ref}.", todo="Check the reference.", ref=ref
            )
        events = events_of(work, row.id)
    data = {
        "ref": row.ref,
        "need": row.need,
        "state": row.state,
        "due_on": row.due_on,
        "next_step": row.next_step,
        "events": [
            {
                "at": e.at,
                "by": f"{e.actor_role}:{e.actor_id}",
                "action": e.action,
                "state": e.state,
                "reason": e.reason,
            }
            for e in events
        ],
    }
    cells = [
        (e.seq, f"{e.at.astimezone(work.zone):%F %H:%M}", e.actor_role, e.action, e.state, e.reason)
        for e in events
    ]
    head = f"{row.ref}  {row.need}  {row.state}  next: {row.next_step}  due: {row.due_on}"
    frame.show(data, head + "\n" + table(list(cells), ("", "at", "who", "action", "state", "why")))


@click.group()
def notice() -> None:
    """Messages to people and posts."""


@notice.command("list")
@click.option("--state", type=click.Choice([state.value for state in MessageState]))
@with_json
@pass_frame
@explained
def show_messages(frame: Frame, state: str | None) -> None:
    """Count messages by state with what to do, or list those of one state."""
    with frame.work() as (_, work):
        if state is None:
            counts = [line for line in count_states(work.db) if line.count]
            rows: list[tuple[object, ...]] = [
                (c.state.value, c.count, c.what_to_do["en"]) for c in counts
            ]
            data = [{"state": c.state.value, "count": c.count} for c in counts]
            heads: tuple[str, ...] = ("state", "count", "what to do")
        else:
            lines = list_messages(work.db, MessageState(state), limit=200)
            rows = [(n.ref, n.template, n.to_masked, n.why["en"]) for n in lines]
            data = [{"ref": n.ref, "template": n.template, "reason": n.reason} for n in lines]
            heads = ("ref", "template", "to", "why")
    frame.show(data, table(rows, heads) if rows else "There are no messages.")


@notice.command()
@click.argument("template", required=False)
@with_language
@pass_frame
@explained
def preview(frame: Frame, template: str | None, language: str | None) -> None:
    """Show templates as a person would read them, and how many parts each needs."""
    with frame.platform() as platform:
        templates, voice = platform.desk.templates, platform.desk.voice
        language = language or platform.settings.language
    for name in [template] if template else templates:
        sample = {key: f"({key})" for key in templates.get(name).placeholders}
        filled = templates.fill(name, sample, voice=voice, language=language, reference="3A4C6D7E")
        click.echo(f"{name} ({filled.parts.parts} part(s)):\n  {filled.text}\n")
