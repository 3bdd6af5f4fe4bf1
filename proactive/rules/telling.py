"""Tells a whole trigger part by part: conditions as a nested list, then what becomes of a hit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from proactive.feeds.contract import Contract
from proactive.feeds.words import FieldClass
from proactive.kernel.periods import Period
from proactive.rules.comparing import FIGURES, GROUPS, PER
from proactive.rules.conditions import (
    All,
    Any_,
    Condition,
    IfUnknown,
    LeafCondition,
    Measure,
    Not,
)
from proactive.rules.grammar import NEVER_AGAIN, ParameterType, Route, Schedule, TriggerRule
from proactive.rules.leaves import CALENDAR_YEAR, WHOLE_RECORD
from proactive.rules.nodes import Plan
from proactive.rules.speaking import Speaker, say_parameter, say_period

ROUTES = {
    Route.COORDINATOR: ("当地协理员", "the coordinator of the place"),
    Route.TOWN: ("镇街窗口", "the town desk"),
    Route.COUNTY: ("县级窗口", "the county desk"),
    Route.ENTERPRISE_SERVICE: ("企业服务窗口", "the enterprise service desk"),
}
ENDS = {
    "not_confirmed": ("核实无需帮助", "it turned out that nothing was needed"),
    "declined": ("本人不需要", "the person said no"),
    "completed": ("全部办结", "all was done"),
}
WEEKDAYS = (
    ("周日", "Sunday"), ("周一", "Monday"), ("周二", "Tuesday"), ("周三", "Wednesday"),
    ("周四", "Thursday"), ("周五", "Friday"), ("周六", "Saturday"), ("周日", "Sunday"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One condition in words; a group has its parts below it. `path` is its place in the file."""

    words: str
    path: str
    parts: "tuple[Line, ...]" = ()


@dataclass(frozen=True, slots=True)
class FeedRead:
    """A feed that a trigger reads, and the fields it looks at, by their titles."""

    feed: str
    title: str
    fields: tuple[str, ...]


def tell_condition(speaker: Speaker, condition: Condition, path: str) -> Line:
    """Return a condition as a nested list; a group of one is said without the group."""
    if isinstance(condition, Not):
        inner = tell_condition(speaker, condition.not_, f"{path}.not")
        return Line(speaker.pick(*GROUPS["not"]), path, (inner,))
    if not isinstance(condition, All | Any_):
        return Line(speaker.leaf(condition), path)
    kind = "all" if isinstance(condition, All) else "any"
    inside = condition.all if isinstance(condition, All) else condition.any
    parts = tuple(
        tell_condition(speaker, part, f"{path}.{kind}.{index}") for index, part in enumerate(inside)
    )
    return parts[0] if len(parts) == 1 else Line(speaker.pick(*GROUPS[kind]), path, parts)


def tell_measure(speaker: Speaker, measure: Measure) -> str:
    """Return how a figure is computed."""
    figure, per = speaker.pick(*FIGURES[measure.figure]), speaker.pick(*PER[measure.per])
    feed = speaker.feed(measure.feed)
    what = speaker.field(measure.feed, measure.of_field) if measure.of_field else ""
    where = speaker.pick("，", ", ").join(speaker.tests(measure.feed, measure.where))
    window = _window(speaker, measure)
    if speaker.chinese:
        only = f"，仅计{where}的记录" if where else ""
        return f"“{feed}”中{what}{figure}，{per}，{window}{only}"
    only = f", only records where {where}" if where else ""
    of = f"{figure} “{what}”" if what else figure
    return f"{of} in “{feed}”, {per}, {window}{only}"


def _window(speaker: Speaker, measure: Measure) -> str:
    if measure.window == CALENDAR_YEAR:
        return speaker.pick("当年1月1日至当日", "from 1 January to the day looked at")
    if measure.window == WHOLE_RECORD:
        return speaker.pick("不限时间", "at any time")
    span = speaker.span(measure.window)
    return speaker.pick(f"截至当日的{span}内", f"in the {span} up to the day looked at")


def tell_unknown(speaker: Speaker) -> tuple[str, ...]:
    """Return what happens where records are missing: the default, then each exception."""
    told = []
    leaves = [leaf for root in _roots(speaker.rule) for leaf in leaves_in(root)]
    asked = [leaf for leaf in leaves if leaf.if_unknown is IfUnknown.ASK]
    if asked:
        told.append(
            speaker.pick(
                "查不到记录的条件不作否定：列为需当面询问的事项，其余条件有记录可证即提示走访。",
                "Where a record is missing, nothing is taken as a no: the missing fact is put on "
                "the case as a question, as long as other records speak for it.",
            )
        )
    for leaf in leaves:
        if leaf.if_unknown is not IfUnknown.ASK:
            text = speaker.leaf(leaf)
            told.append(f"{text}。" if speaker.chinese else f"{text[:1].upper()}{text[1:]}.")
    return tuple(told)


def _roots(rule: TriggerRule) -> Sequence[Condition]:
    return (rule.when, *rule.unless)


def leaves_in(condition: Condition) -> Iterator[LeafCondition]:
    """Yield the single conditions below one, in the order of the file."""
    if isinstance(condition, All | Any_):
        for part in condition.all if isinstance(condition, All) else condition.any:
            yield from leaves_in(part)
    elif isinstance(condition, Not):
        yield from leaves_in(condition.not_)
    else:
        yield condition


@dataclass(frozen=True, slots=True)
class HitPart:
    """One sentence about a hit; `value` is what stands in the file, for comparing versions."""

    key: str
    value: object
    words: str


def tell_hit(speaker: Speaker) -> tuple[str, ...]:
    """Return what becomes of whoever meets the rule: one sentence for each part of `hit`."""
    return tuple(part.words for part in hit_parts(speaker))


def hit_parts(speaker: Speaker) -> Iterator[HitPart]:
    """Yield the parts of `hit`, each with its sentence."""
    hit, pick = speaker.rule.hit, speaker.pick
    if hit.pending_period:
        span = speaker.span(hit.pending_period)
        text = pick(
            f"观察期{span}：期满仍符合才提示。", f"It must still hold {span} later to count."
        )
        yield HitPart("pending_period", hit.pending_period, text)
    days = hit.due_in.working_days
    zh, en = ROUTES[hit.route]
    text = pick(
        f"交{zh}，{days}个工作日内核实。",
        f"Goes to {en}, to be checked within {days} working days.",
    )
    yield HitPart("route", (hit.route, days), text)
    if hit.priority:
        name = speaker.measure(hit.priority.order_by)
        zh, en = ("高", "highest") if hit.priority.descending else ("低", "lowest")
        text = pick(
            f"人手不足时，同一时限内“{name}”{zh}者先办；不打分。",
            f"When hands are short, of equal due dates the {en} “{name}” come first; no score.",
        )
        yield HitPart("priority", hit.priority, text)
    yield from _cool_down(speaker)
    if hit.band:
        low, high = hit.band.at_least, hit.band.at_most
        text = pick(
            f"全量扫描每千人提示不足{low}或超过{high}时自动停止，由人确认。",
            f"A full scan that finds fewer than {low} or more than {high} in a thousand stops "
            "itself and asks a person.",
        )
        yield HitPart("band", hit.band, text)
    yield from _cap(speaker)
    yield from _sample(speaker)


def _cool_down(speaker: Speaker) -> Iterator[HitPart]:
    cool = speaker.rule.hit.cool_down
    if cool is None:
        return
    for end, span in cool.after.items():
        zh, en = ENDS[end]
        if span == NEVER_AGAIN:
            text = speaker.pick(
                f"{zh}后，同一事由不再提示。",
                f"After {en}, never raised again for the same reason.",
            )
        else:
            told = say_period(Period.parse(span), speaker.language)
            text = speaker.pick(
                f"{zh}后{told}内不再提示。", f"After {en}, not raised again for {told}."
            )
        yield HitPart(f"cool_down.{end}", span, text)
    if cool.unless_grows:
        share = say_parameter(ParameterType.RATIO, str(cool.unless_grows.by), speaker.language)
        name = speaker.measure(cool.unless_grows.measure)
        text = speaker.pick(
            f"但“{name}”比上次增加{share}以上的，仍再次提示。",
            f"Unless “{name}” has grown by {share} since: then it is raised again.",
        )
        yield HitPart("cool_down.unless_grows", cool.unless_grows, text)


def _cap(speaker: Speaker) -> Iterator[HitPart]:
    cap = speaker.rule.hit.cap
    for limit, zh, en in (("per_run", "每次扫描", "one run"), ("per_day", "每日", "one day")):
        count = getattr(cap, limit, None)
        if count is not None:
            text = speaker.pick(
                f"{zh}新增超过{count}人时，一个也不提示，自动停止并由人确认。",
                f"If {en} would bring more than {count} new ones, it stops itself before anybody "
                "is raised, and asks a person.",
            )
            yield HitPart(f"cap.{limit}", count, text)


def _sample(speaker: Speaker) -> Iterator[HitPart]:
    sample = getattr(speaker.rule.hit, "sample", None)
    if sample is None:
        return
    share = say_parameter(ParameterType.RATIO, str(sample.share), speaker.language)
    down = say_parameter(ParameterType.RATIO, str(sample.down_to), speaker.language)
    text = speaker.pick(
        f"另从标准的{down}至标准之间的人中随机抽取{share}（每次最多{sample.per_run}人）走访，"
        "用以了解规则遗漏了谁。",
        f"Besides, {share} of those between {down} of the threshold and the threshold itself are "
        f"drawn at random (at most {sample.per_run} in one run) and visited, to learn whom the "
        "rule misses.",
    )
    yield HitPart("sample", sample, text)


def tell_schedule(speaker: Speaker, schedule: Schedule) -> str:
    """Return when the trigger is run."""
    parts = [_cron(speaker, schedule.cron)] if schedule.cron else []
    if schedule.on_feed:
        feeds = speaker.pick("、", ", ").join(f"“{speaker.feed(one)}”" for one in schedule.on_feed)
        parts.append(speaker.pick(f"{feeds}到货时", f"whenever {feeds} arrives"))
    else:
        parts.append(
            speaker.pick("所用数据到货时", "whenever one of the feeds it reads is delivered")
        )
    return speaker.pick("；", "; ").join(parts)


def _cron(speaker: Speaker, cron: str) -> str:
    minute, hour, day, month, weekday = cron.split()
    if not (minute.isdigit() and hour.isdigit() and month == "*"):
        return speaker.pick(f"按计划（{cron}）", f"on the schedule {cron}")
    time = f"{int(hour):02d}:{int(minute):02d}"
    if day == weekday == "*":
        return speaker.pick(f"每天{time}", f"every day at {time}")
    if day == "*" and weekday.isdigit():
        zh, en = WEEKDAYS[int(weekday)]
        return speaker.pick(f"每{zh}{time}", f"every {en} at {time}")
    if weekday == "*" and day.isdigit():
        return speaker.pick(f"每月{day}日{time}", f"on day {day} of every month at {time}")
    return speaker.pick(f"按计划（{cron}）", f"on the schedule {cron}")


def feeds_read(plan: Plan, speaker: Speaker) -> tuple[FeedRead, ...]:
    """Return the feeds a trigger reads, each with the fields it looks at."""
    return tuple(
        FeedRead(
            feed, speaker.feed(feed), tuple(_titles(plan.contracts[feed], feed, plan, speaker))
        )
        for feed in sorted(plan.feeds)
    )


def _titles(contract: Contract, feed: str, plan: Plan, speaker: Speaker) -> Iterator[str]:
    for name in plan.fields_used.get(feed, ()):
        column = contract.fields.get(name)
        if column is not None and column.class_ is FieldClass.PLAIN:
            yield speaker.field(feed, name)
