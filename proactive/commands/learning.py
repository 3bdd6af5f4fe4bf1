"""Commands about what visits found, and about the records that offices are asked to check."""

from uuid import UUID

import click
from sqlalchemy import select

from proactive.commands.frame import Frame, explained, pass_frame, table, with_by, with_json
from proactive.kernel.errors import Refused
from proactive.kernel.work import Work
from proactive.outcomes.correction_lists import counted_corrections
from proactive.outcomes.corrections import answer_correction
from proactive.outcomes.faults import ANSWER_WORDS, Answer, CorrectionState
from proactive.outcomes.model import BAND_EDGES, NO_LINE, Counts, Share
from proactive.outcomes.queries import (
    VersionLearning,
    latest_round,
    learnings,
    sample_counts,
    what_is_missed,
)
from proactive.outcomes.store import correction_request


@click.group()
def outcome() -> None:
    """Outcomes: what people found about what each trigger raised."""


@outcome.command("list")
@with_json
@pass_frame
@explained
def show_all(frame: Frame) -> None:
    """List every trigger version that has raised a case: precision with its 95 % interval."""
    with frame.work() as (_, work):
        found = learnings(work)
    cells = [
        (one.trigger, one.version, one.state, *_cells(one.counts), one.counts.helped)
        for one in found
    ]
    heads = ("trigger", "version", "state", *COUNT_HEADS, "helped")
    text = table(list(cells), heads) if cells else "No trigger has raised a case yet."
    frame.show([one.as_json() for one in found], text)


COUNT_HEADS = ("raised", "judged", "need", "not judged yet", "precision", "95 % interval")


def _cells(counts: Counts) -> tuple[object, ...]:
    waiting = counts.waiting + counts.not_reached
    share = counts.precision
    return (counts.raised, counts.judged, counts.confirmed, waiting, *_share(share))


def _share(share: Share | None) -> tuple[str, str]:
    if share is None:
        return "–", "–"
    return f"{share.value:.0%}", f"{share.low:.0%} to {share.high:.0%}"


@outcome.command("show")
@click.argument("trigger")
@with_json
@pass_frame
@explained
def show_one(frame: Frame, trigger: str) -> None:
    """Show one trigger: by distance from its line, by reason, and whom it may miss."""
    with frame.work() as (_, work):
        found = learnings(work, trigger)
        sample, latest = sample_counts(work, trigger), latest_round(work, trigger)
        missed = what_is_missed(work, trigger)
    if not found:
        raise Refused(
            "not_found",
            "The trigger '{trigger}' has not raised a case.",
            todo="'proactive outcome list' shows those that have.",
            trigger=trigger[:60],
        )
    data = {
        "trigger": trigger,
        "versions": [one.as_json() for one in found],
        "sample": {
            **sample.as_json(),
            "just_under": latest.just_under if latest else None,
            "bands": latest.bands if latest else None,
            "missed": [missed.people, missed.low, missed.high] if missed else None,
        },
    }
    lines = [part for one in found for part in _version_lines(one)]
    if latest:
        lines.append(f"Just under the line: {latest.just_under}; sample visits: {sample.raised}.")
    if missed:
        lines.append(
            f"About {missed.people} of them may be in need ({missed.low} to {missed.high})."
        )
    frame.show(data, "\n".join(lines))


def _version_lines(one: VersionLearning) -> list[str]:
    rows: list[tuple[object, ...]] = [
        (_band(band), *_cells(counts)) for band, counts in one.bands.items()
    ]
    rows.append(("all", *_cells(one.counts)))
    lines = [f"{one.trigger} version {one.version} ({one.state})"]
    lines.append(table(rows, ("against the line", *COUNT_HEADS)))
    reasons = sorted(one.counts.reasons.items(), key=lambda pair: -pair[1])
    lines += [f"  no need: {count} × {reason}" for reason, count in reasons]
    if one.counts.declined:
        lines.append(f"  did not want it: {one.counts.declined}")
    return lines


def _band(band: int) -> str:
    if band == NO_LINE:
        return "no line"
    if band == 0:
        return "under"
    least = f"{BAND_EDGES[band - 1]:.0%}"
    return f"{least} and more" if band == len(BAND_EDGES) else f"{least} to {BAND_EDGES[band]:.0%}"


@click.group()
def correction() -> None:
    """Correction requests: what offices are asked to check in their own records."""


@correction.command("list")
@click.option("--open", "only_open", is_flag=True, help="Only those that wait for an answer.")
@with_json
@pass_frame
@explained
def show_corrections(frame: Frame, only_open: bool) -> None:
    """List what offices are asked, newest first; no names and no records."""
    with frame.work() as (_, work):
        rows = [
            row
            for row in counted_corrections(work)
            if not only_open or row.state == CorrectionState.OPEN
        ]
        today = work.today
    data = [
        {name: getattr(row, name) for name in correction_request.info["counted"]} for row in rows
    ]
    cells = [
        (
            row.ref,
            row.feed,
            row.fault,
            row.answer or row.state,
            f"{row.due_on}{' late' if row.state == 'open' and row.due_on < today else ''}",
            "arrived" if row.arrived_at else "",
        )
        for row in rows
    ]
    heads = ("number", "feed", "said to be wrong", "answer", "due", "changed record")
    frame.show(data, table(list(cells), heads) if cells else "No office is asked anything.")


@correction.command()
@click.argument("number")
@click.argument("answer", type=click.Choice([str(one) for one in Answer]))
@click.option("--note", default="", help="Without names and numbers of people.")
@with_by
@pass_frame
@explained
def answer(frame: Frame, number: str, answer: str, note: str) -> None:
    """Keep an office's answer that came by another way, in the name of who enters it."""
    with frame.work() as (_, work):
        answer_correction(work, _id_of(work, number), answer, note=note)
    click.echo(f"{number}: {ANSWER_WORDS[Answer(answer)][0]}.")


def _id_of(work: Work, number: str) -> UUID:
    query = select(correction_request.c.id).where(
        correction_request.c.ref == number.strip().upper()
    )
    found: UUID | None = work.db.execute(query).scalar_one_or_none()
    if found is None:
        raise Refused(
            "not_found",
            "There is no correction request {number}.",
            todo="'proactive correction list' shows their numbers.",
            number=number[:20],
        )
    return found
