"""Commands that try a trigger version: dry run, sweep, back-test, replay, shadow."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import click

from proactive.areas.queries import names
from proactive.bootstrap import Platform
from proactive.commands.frame import Frame, explained, pass_frame, table, with_by, with_json
from proactive.commands.switching import newest_versions
from proactive.commands.trial_text import areas_in, shadow_text, trial_text
from proactive.handlers.trying import try_now
from proactive.kernel.errors import Refused
from proactive.kernel.work import Work
from proactive.rules.axes import evenly
from proactive.rules.grammar import TriggerRule
from proactive.rules.service import rule_of, version_row
from proactive.tuning.model import TrialKind
from proactive.tuning.queries import list_shadows, list_trials, shadow_runs
from proactive.tuning.shadows import start_shadow, stop_shadow

DAY = click.DateTime(["%Y-%m-%d"])
VERSION = click.option("--version", type=int, help="Default: the newest, live or not.")
AS_OF = click.option("--as-of", type=DAY, help="The day to look at. Default: today.")


@click.command("dry-run")
@click.argument("name")
@VERSION
@AS_OF
@with_by
@with_json
@pass_frame
@explained
def dry_run(frame: Frame, name: str, version: int | None, as_of: datetime | None) -> None:
    """Say what a scan of a day finds, what is new of it, and how busy posts would get."""
    with frame.platform() as platform:
        show_dry_run(frame, platform, name, version, as_of)


def show_dry_run(
    frame: Frame, platform: Platform, name: str, version: int | None, as_of: datetime | None
) -> None:
    """Run a dry run and print it; `scan --as-of` and `scan --dry-run` do the same."""
    _show(frame, platform, TrialKind.DRY_RUN, name, version, {"as_of": as_of and as_of.date()})


@click.command()
@click.argument("name")
@click.option("--parameter", required=True, help="The parameter to vary.")
@click.option("--from", "start", help="Its first value, as in the file: 5000, 0.3, P6M.")
@click.option("--to", "stop", help="Its last value.")
@click.option("--points", default=50, show_default=True, type=click.IntRange(2, 200))
@click.option("--value", "values", multiple=True, help="Single values instead of a range.")
@click.option("--area", default="", help="Vary the value of this area only.")
@click.option("--class", "klass", default="", help="Vary the value of this class only.")
@click.option("--and", "other", default="", help="A second parameter: a grid.")
@click.option("--and-value", "others", multiple=True, help="Single values of the second.")
@click.option("--and-from", "other_start", help="The second parameter's first value.")
@click.option("--and-to", "other_stop", help="Its last value.")
@click.option("--and-points", "other_points", default=8, show_default=True)
@VERSION
@AS_OF
@with_by
@with_json
@pass_frame
@explained
def sweep(
    frame: Frame, /, name: str, version: int | None, as_of: datetime | None, **how: Any
) -> None:
    """Say what each of many values of a parameter would find, and how busy posts would get."""
    with frame.platform() as platform:
        with platform.work(frame.operator()) as work:
            number = _version(work, name, version)
            rule = rule_of(work, version_row(work, name, number).id)
        ends = how["start"], how["stop"], how["points"]
        first = _axis(rule, how["parameter"], how["values"], *ends)
        axes = [{**first, "area": how["area"], "class": how["klass"]}]
        if how["other"]:
            ends = how["other_start"], how["other_stop"], how["other_points"]
            axes.append(_axis(rule, how["other"], how["others"], *ends))
        settings = {"as_of": as_of and as_of.date(), "axes": axes}
        _show(frame, platform, TrialKind.SWEEP, name, number, settings)


@click.command()
@click.argument("name")
@click.option("--months", default=24, show_default=True, type=click.IntRange(1, 60))
@VERSION
@with_by
@with_json
@pass_frame
@explained
def backtest(frame: Frame, name: str, months: int, version: int | None) -> None:
    """Count the past month ends, each with what was known at its time."""
    with frame.platform() as platform:
        _show(frame, platform, TrialKind.BACKTEST, name, version, {"months": months})


@click.command()
@click.argument("name")
@click.option("--from", "first", type=DAY, required=True, help="The first day.")
@click.option("--to", "last", type=DAY, help="The last day. Default: today.")
@VERSION
@with_by
@with_json
@pass_frame
@explained
def replay(
    frame: Frame, name: str, first: datetime, last: datetime | None, version: int | None
) -> None:
    """Count on which day everybody would first have been found, as a scan of every day would."""
    with frame.platform() as platform:
        settings = {"first": first.date(), "last": last and last.date()}
        _show(frame, platform, TrialKind.REPLAY, name, version, settings)


@click.command()
@click.argument("name")
@click.argument("version", type=int, required=False)
@click.option("--until", type=DAY, help="Let VERSION look beside every full run to this day.")
@click.option("--stop", is_flag=True, help="End the shadow of VERSION now.")
@with_by
@with_json
@pass_frame
@explained
def shadow(
    frame: Frame, name: str, version: int | None, until: datetime | None, stop: bool
) -> None:
    """Start or stop a shadow; without an option, list shadows and what each run counted."""
    with frame.platform() as platform, platform.work(frame.operator()) as work:
        if (until or stop) and version is None:
            raise Refused(
                "no_version_named",
                "No version is named.",
                todo="Write: proactive trigger shadow NAME VERSION --until DAY (or --stop).",
            )
        if until and version is not None:
            start_shadow(work, name, version, until.date())
        if stop and version is not None:
            _stop(work, name, version)
        found = [one for one in list_shadows(work, name) if version in (None, one.version)]
        told = [(one, shadow_runs(work, one.id)) for one in found]
        today = work.today
    data = [
        {
            "trigger": one.trigger,
            "version": one.version,
            "started_by": one.started_by,
            "until": one.until,
            "running": one.running(today),
            "runs": [
                {
                    "as_of": run.as_of,
                    "only_live": run.only_live,
                    "only_candidate": run.only_candidate,
                    "both": run.both,
                    "by_area": run.by_area,
                    "why": run.why,
                }
                for run in runs
            ],
        }
        for one, runs in told
    ]
    text = "\n\n".join(shadow_text(one, runs, today) for one, runs in told)
    frame.show(data, text or "There is no shadow.")


@click.command()
@click.argument("name")
@with_json
@pass_frame
@explained
def trials(frame: Frame, name: str) -> None:
    """List what has been tried with the versions of a trigger, newest first."""
    with frame.work() as (_, work):
        found = list_trials(work, name)
    data = [
        {
            "id": one.id,
            "kind": one.kind,
            "version": one.version,
            "settings": one.settings,
            "state": one.state,
            "asked_by": one.asked_by,
            "asked_at": one.asked_at,
            "result": one.result,
            "why": one.why,
        }
        for one in found
    ]
    rows: list[tuple[object, ...]] = [
        (f"{one.asked_at:%Y-%m-%d %H:%M}", one.kind, one.version, one.state, one.asked_by)
        for one in found
    ]
    heads = ("asked at (UTC)", "kind", "version", "state", "asked by")
    frame.show(data, table(rows, heads) if rows else "Nothing has been tried yet.")


COMMANDS = (dry_run, sweep, backtest, replay, shadow, trials)


def _show(
    frame: Frame,
    platform: Platform,
    kind: TrialKind,
    name: str,
    version: int | None,
    settings: Mapping[str, Any],
) -> None:
    """Try, with a progress bar where somebody watches, and print the answer."""
    actor = frame.operator()
    with platform.work(actor) as work:
        number = _version(work, name, version)
    with frame.bar() as bar:
        task = bar.add_task(kind.replace("_", " "), total=None)

        def hear(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)

        trial = try_now(platform, actor, kind, name, number, settings, hear=hear)
    with platform.work(actor) as work:
        places = names(work.db, areas_in(trial))
    data = {"id": trial.id, "trigger": name, "version": number, "kind": kind}
    frame.show({**data, **(trial.result or {})}, trial_text(trial, places))


def _axis(
    rule: TriggerRule, name: str, values: Sequence[str], start: str, stop: str, points: int
) -> dict[str, Any]:
    """One parameter with its values: those named, else round ones between both ends."""
    if not values and start and stop:
        parameter = rule.parameters.get(name)
        # Without such a parameter the refusal to come names the nearest.
        values = evenly(start, stop, points, parameter.type) if parameter else (start, stop)
    return {"parameter": name, "values": list(values)}


def _version(work: Work, name: str, version: int | None) -> int:
    return version or newest_versions(work).get(name, 0)


def _stop(work: Work, name: str, version: int) -> None:
    running = [
        one for one in list_shadows(work, name) if one.version == version and one.ended_at is None
    ]
    if not running:
        raise Refused(
            "no_such_shadow",
            "Version {version} of '{trigger}' does not run as a shadow.",
            version=version,
            trigger=name[:60],
        )
    stop_shadow(work, running[0].id)
