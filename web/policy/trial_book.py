"""A finished trial as an Excel file: every row of its tables, for a paper or sums of one's own."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from proactive.kernel.clock import local_date
from proactive.kernel.work import Work
from proactive.rules.grammar import TriggerRule
from proactive.tuning.queries import Trial
from web.display import day
from web.policy.trial_view import View, view_of
from web.policy.trial_words import KINDS
from web.say import gettext
from web.workbook import Value, frame_of, workbook_of

if TYPE_CHECKING:
    from pandas import DataFrame

Frames = dict[str, "DataFrame"]


def trial_book(work: Work, trial: Trial, rule: TriggerRule, title: str, who: str) -> bytes:
    """Return the file of a trial that is done. Numbers about so few are hidden as on the page."""
    view = view_of(work, trial, rule, {})
    about = [
        (gettext("Trigger"), title),
        (gettext("Kind"), str(KINDS[trial.kind])),
        (gettext("Version"), str(trial.version)),
        (gettext("Asked for by"), f"{who}, {day(local_date(trial.asked_at, work.zone))}"),
        *_days(view["r"]),
        *((gettext("Stale"), feed) for feed in view["stale"]),
        *((gettext("Never delivered"), feed) for feed in view["never"]),
        ("", gettext("Nothing was raised: no case, no visit, no message comes from a trial.")),
    ]
    return workbook_of(FRAMES[trial.kind](view), about)


def _days(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return for which days the figures hold, as far as the trial has one or two of them."""
    names = {"as_of": gettext("As of"), "first": gettext("From"), "last": gettext("To")}
    return [(words, str(result[name])) for name, words in names.items() if name in result]


def _few(number: int | None) -> Value:
    return gettext("fewer than 5") if number is None else number


def _dry_run(view: View) -> Frames:
    places, result = view["places"], view["r"]
    found, new = gettext("Found"), gettext("New")
    posts = [
        (one["name"], places[one["area"]], one["open"], _few(one["added"]), one["capacity"],
         one["weeks"])
        for one in result["load"]
    ]  # fmt: skip
    towns = [(places[one["area"]], _few(one["found"]), _few(one["new"])) for one in result["towns"]]
    villages = [
        (places[one["area"]], places[one["town"]], _few(one["found"]), _few(one["new"]))
        for one in result["villages"]
    ]
    town, village = gettext("Town"), gettext("Village")
    loads = [gettext("Post"), gettext("Place"), gettext("Open now"), new, gettext("A week"),
             gettext("Weeks to clear")]  # fmt: skip
    return {
        gettext("How busy the posts would get"): frame_of(posts, loads),
        gettext("By town"): frame_of(towns, [town, found, new]),
        gettext("By village"): frame_of(villages, [village, town, found, new]),
    }


def _sweep(view: View) -> Frames:
    """Return a row for each point; of two parameters also who is found as a grid."""
    names, found = view["names"], gettext("Found")
    heads = [*names, found, gettext("New"), gettext("With a gap"), gettext("Posts over"),
             gettext("Confirmed"), gettext("Judged")]  # fmt: skip
    rows = []
    for point in view["rows"]:
        judged = point["precision"] or {"count": None, "of": None}
        rows.append(
            (*map(_figure, point["values"]), point["subjects"], point["new"], point["asked"],
             point["over"], judged["count"], judged["of"])
        )  # fmt: skip
    points = frame_of(rows, heads)
    frames = {gettext("Points"): points}
    if len(names) == 2:
        # By place, as two axes may have one title.
        plain = points.iloc[:, :3].set_axis(["x", "y", "found"], axis="columns")
        grid = plain.pivot_table(index="y", columns="x", values="found", aggfunc="first")
        frames[gettext("Grid")] = grid.reset_index(names=f"{names[1]} ↓ · {names[0]} →")
    return frames


def _figure(text: str) -> Value:
    """A value of a parameter as a number where it is one."""
    try:
        return float(text)
    except ValueError:
        return text


def _backtest(view: View) -> Frames:
    codes, places, moments = view["codes"], view["places"], view["moments"]
    month_end = gettext("Month end")
    heads = [month_end, gettext("Found that day"), gettext("For the first time"),
             gettext("With a gap"), gettext("Nothing known yet of")]  # fmt: skip
    rows = [
        (one["as_of"], one["subjects"], one["new"], one["asked"], gettext(", ").join(one["silent"]))
        for one in moments
    ]
    towns = [
        (one["as_of"], *(_few(one["towns"].get(code, 0)) for code in codes)) for one in moments
    ]
    return {
        gettext("Month ends"): frame_of(rows, heads),
        gettext("By town"): frame_of(towns, [month_end, *(places[code] for code in codes)]),
    }


def _replay(view: View) -> Frames:
    """Return who was found for the first time by day and by month, days without anybody too."""
    from pandas import DataFrame, Series, date_range

    result = view["r"]
    span = date_range(result["first"], result["last"]).strftime("%Y-%m-%d")
    columns = {gettext("Replayed"): result["days"]}
    if view["live"]:
        columns[gettext("Really found by scans")] = result["really"]
    days = DataFrame(
        {
            name: Series(dict(counts), dtype="int64").reindex(span, fill_value=0)
            for name, counts in columns.items()
        }
    )
    months = days.groupby(days.index.str[:7]).sum()
    towns = [(view["places"][code], _few(number)) for code, number in result["towns"].items()]
    return {
        gettext("Days"): days.reset_index(names=gettext("Day")),
        gettext("Months"): months.reset_index(names=gettext("Month")),
        gettext("By town"): frame_of(towns, [gettext("Town"), gettext("People")]),
    }


FRAMES: Mapping[str, Callable[[View], Frames]] = {
    "dry_run": _dry_run,
    "sweep": _sweep,
    "backtest": _backtest,
    "replay": _replay,
}
