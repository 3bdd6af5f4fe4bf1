"""What a trial found, as tables and sentences for the command line."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from proactive.commands.frame import table
from proactive.tuning.model import FEW
from proactive.tuning.queries import Shadow, ShadowRun, Trial

Names = Mapping[str, str]
Result = Mapping[str, Any]
RAISED = "Nothing was raised."


def trial_text(trial: Trial, places: Names) -> str:
    """Return a finished trial in words."""
    head = f"{trial.trigger} version {trial.version}"
    result = trial.result or {}
    return "\n".join([*TEXTS[trial.kind](head, result, places), *_silence(result), RAISED])


def areas_in(trial: Trial) -> set[str]:
    """Return the area codes whose names the text will want."""
    result = trial.result or {}
    codes = {row["area"] for part in ("towns", "villages") for row in _rows(result.get(part))}
    codes |= {row["town"] for row in result.get("sample", ())}
    codes |= {row["area"] for row in result.get("load", ())}
    if isinstance(result.get("towns"), dict):
        codes |= set(result["towns"])
    return codes - {""}


def few(count: int | None) -> str:
    """Return a count; one that may point at somebody only as 'fewer than 5'."""
    return f"<{FEW}" if count is None else str(count)


def _rows(part: object) -> Sequence[Mapping[str, Any]]:
    return part if isinstance(part, list) else ()


def _dry_run(head: str, r: Result, places: Names) -> list[str]:
    standing = r["standing"]
    lines = [
        (
            f"{head} as of {r['as_of']}: {r['subjects']} subjects of {r['population']}, {r['hits']}"
            f" hits, {r['asked']} of them with a gap to ask about; {r['excluded']} excluded."
        ),
        (
            f"New: {standing['new']}, {r['pending']} of them first stand for the pending period."
            f" Already open: {standing['open']}, put off: {standing['snoozed']}, in cool-down:"
            f" {standing['cool_down']}, dealt with before: {standing['known']}."
        ),
    ]
    lines += [f"Class {name}: {count}" for name, count in r["classes"].items() if name]
    lines += [f"Not known: {fact}, {count} times" for fact, count in r["unknown"].items()]
    lines += _judged(r.get("judged"))
    towns: list[tuple[object, ...]] = [
        (_place(row["area"], places), few(row["found"]), few(row["new"])) for row in r["towns"]
    ]
    if towns:
        lines += ["", table(towns, ("town", "found", "new"))]
    if r["load"]:
        lines += ["", _load(r, places)]
    if r["sample"]:
        lines += ["", "Some of them, amounts rounded down to 100 yuan, days to the month:"]
        lines += [f"  {one['en']}" for one in r["sample"]]
    return lines


def _judged(told: Result | None) -> list[str]:
    """The version held against the visits already made."""
    if not told:
        return []
    need, none = told["confirmed"], told["no_need"]
    lines = [
        (
            f"Of the visits judged since {told['since']} it would find {need['found']} of"
            f" {need['of']} in need, and make {none['found']} of {none['of']} for nothing."
        )
    ]
    need, none = told["sample_confirmed"], told["sample_no_need"]
    if need["of"] or none["of"]:
        lines.append(
            f"Of the sample visits under the line {need['found']} of {need['of']} in need,"
            f" {none['found']} of {none['of']} for nothing; each stands for {told['stands_for']}."
        )
    return [
        *lines,
        (
            f"In all {_about(told['need'])} found in need, about {told['missed']} in need and not"
            f" found, {_about(told['needless'])} visits for nothing."
        ),
    ]


def _about(one: Result) -> str:
    span = f" ({one['low']} to {one['high']})" if one["low"] < one["high"] else ""
    return f"about {one['about']}{span}"


def _load(r: Result, places: Names) -> str:
    rows: list[tuple[object, ...]] = [
        (
            row["name"],
            _place(row["area"], places),
            row["capacity"] or "-",
            row["open"],
            few(row["added"]),
            row["weeks"] if row["weeks"] is not None else "-",
            "over" if row["over"] else "",
        )
        for row in r["load"]
    ]
    heads = ("post", "covers", "a week", "open now", "added", "weeks to clear", "")
    told = f"{r['over']} of {r['posts']} posts would be over what they can do before it is due."
    return f"{table(rows, heads)}\n{told}"


def _sweep(head: str, r: Result, _places: Names) -> list[str]:
    names = [axis["parameter"] for axis in r["axes"]]
    rows: list[tuple[object, ...]] = [
        (
            *point["values"],
            point["subjects"],
            point["asked"],
            point["new"],
            f"{point['over']} of {r['posts']}",
            _agreed(point["precision"]),
            "in force" if point["values"] == [axis["in_force"] for axis in r["axes"]] else "",
        )
        for point in r["points"]
    ]
    heads = (*names, "subjects", "with a gap", "new", "posts over", "confirmed of judged", "")
    return [
        (
            f"{head} as of {r['as_of']}, {len(r['points'])} points. All posts together can take"
            f" {r['capacity']} a week; the latest scan found {r['known']}."
        ),
        table(rows, heads),
    ]


def _agreed(share: Mapping[str, Any] | None) -> str:
    if not share or not share["of"]:
        return "-"
    low, high = (f"{share[end] * 100:.0f}" for end in ("low", "high"))
    return f"{share['count']}/{share['of']} ({low}-{high} %)"


def _backtest(head: str, r: Result, _places: Names) -> list[str]:
    rows: list[tuple[object, ...]] = [
        (one["as_of"], one["subjects"], one["new"], one["asked"], ", ".join(one["silent"]))
        for one in r["moments"]
    ]
    heads = ("month end", "subjects", "new", "with a gap", "nothing known yet of")
    lines = [f"{head}, each month end with what was known then.", table(rows, heads)]
    if r["assumed"]:
        feeds = ", ".join(r["assumed"])
        lines.append(f"Knowledge date assumed (history loaded at go-live): {feeds}")
    return lines + _whole(r)


def _replay(head: str, r: Result, places: Names) -> list[str]:
    months: dict[str, list[int]] = {}
    for place, column in enumerate(("days", "really")):
        for day, count in r[column]:
            months.setdefault(day[:7], [0, 0])[place] += count
    rows: list[tuple[object, ...]] = [(month, *counts) for month, counts in sorted(months.items())]
    towns: list[tuple[object, ...]] = [
        (_place(code, places), few(count)) for code, count in r["towns"].items()
    ]
    return [
        (
            f"{head}, every day from {r['first']} to {r['last']}, with everything known now:"
            f" {r['subjects']} subjects, {r['hits']} hits, {r['standing']} on the first day."
        ),
        table(rows, ("month", "first found", "really found by scans")),
        *([table(towns, ("town", "subjects"))] if towns else []),
        *_whole(r),
    ]


def _whole(r: Result) -> list[str]:
    if not r["whole_from"]:
        return []
    day = r["whole_from"]
    return [f"Before {day} the records do not reach back a whole window: too few are found."]


def _silence(r: Result) -> list[str]:
    lines = []
    if r.get("stale"):
        lines.append(f"Stale, so people may be missing: {', '.join(r['stale'])}")
    if r.get("never"):
        lines.append(f"Never delivered, so people may be missing: {', '.join(r['never'])}")
    if r.get("stops_scan"):
        lines.append(f"A scan would stop itself over: {', '.join(r['stops_scan'])}")
    return lines


def _place(code: str, places: Names) -> str:
    return places.get(code, code) or "(no place known)"


def shadow_text(shadow: Shadow, runs: Sequence[ShadowRun], today: date) -> str:
    """Return a shadow and its looks."""
    state = "runs" if shadow.running(today) else "has ended"
    head = (
        f"{shadow.trigger} version {shadow.version} {state} as a shadow until {shadow.until},"
        f" started by {shadow.started_by}."
    )
    rows: list[tuple[object, ...]] = [
        (
            one.as_of,
            *("-" if n is None else n for n in (one.only_live, one.only_candidate, one.both)),
            one.why["code"] if one.why else "",
        )
        for one in runs
    ]
    heads = ("day", "only live", "only candidate", "both", "")
    return f"{head}\n{table(rows, heads) if rows else 'It has not looked yet.'}"


TEXTS: Mapping[str, Callable[[str, Result, Names], list[str]]] = {
    "dry_run": _dry_run,
    "sweep": _sweep,
    "backtest": _backtest,
    "replay": _replay,
}
