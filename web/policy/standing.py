"""Where each version of a trigger stands, who took which step, and what a reader may do now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row

from proactive.accounts.queries import account_names
from proactive.areas.queries import AreaLine, children, names
from proactive.kernel.work import Work
from proactive.rules.life import is_same_person
from proactive.rules.model import IN_USE
from proactive.rules.model import TriggerState as S
from proactive.rules.service import list_triggers, rule_of
from proactive.scans.stopping import StoppedRun, stopped_runs
from proactive.tuning.model import TrialKind
from proactive.tuning.queries import latest_dry_run, list_trials
from web.errors import not_found
from web.language import chosen_language
from web.say import gettext
from web.stopped import say_why_stopped

MOST_PLACES = 120
TOWN_LEVEL = 4


@dataclass(frozen=True, slots=True)
class Move:
    """One step that somebody took."""

    words: str
    who: str
    at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """What a dry run found, as the approver reads it; None: this one does not say."""

    as_of: date
    subjects: int
    new: int | None
    asked: int
    excluded: int
    over: int | None
    posts: int | None
    stale: tuple[str, ...]
    unknown: int
    towns: tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version with its history. `waits_for_another`: the reader wrote or proposed it."""

    version: int
    state: str
    note: str
    returned_why: str
    assessment: str
    starts_on: date | None
    places: tuple[str, ...]
    area_codes: tuple[str, ...]
    moves: tuple[Move, ...]
    figures: Figures | None
    being_tried: bool
    waits_for_another: bool
    replaces: int | None


@dataclass(frozen=True, slots=True)
class Alarm:
    """A run that stopped itself, for a person to answer."""

    run: StoppedRun
    why: str


@dataclass(frozen=True, slots=True)
class Board:
    """Everything on the page of one trigger."""

    trigger: str
    title: str
    versions: tuple[VersionView, ...]
    alarms: tuple[Alarm, ...]
    places: tuple[tuple[str, str], ...]

    @property
    def in_use(self) -> tuple[VersionView, ...]:
        return tuple(one for one in self.versions if one.state in IN_USE)

    @property
    def coming(self) -> tuple[VersionView, ...]:
        return tuple(one for one in self.versions if one.state not in (*IN_USE, S.RETIRED))

    @property
    def past(self) -> tuple[VersionView, ...]:
        return tuple(one for one in self.versions if one.state == S.RETIRED)


def read_board(unit: Work, trigger: str) -> Board:
    """Return the page's content, or Refused `not_found`."""
    rows = [row for row in list_triggers(unit) if row.trigger == trigger]
    if not rows:
        raise not_found()
    people = {getattr(row, name) for row in rows for name in WHO} - {None}
    called = account_names(unit.db, people)
    trials = [one for one in list_trials(unit, trigger) if one.kind == TrialKind.DRY_RUN]
    trying = {one.version for one in trials if one.open}
    return Board(
        trigger=trigger,
        title=rule_of(unit, rows[0].id).title.in_language(chosen_language()),
        versions=tuple(_view(unit, row, called, row.version in trying) for row in rows),
        alarms=tuple(Alarm(run, say_why_stopped(run.why)) for run in stopped_runs(unit, trigger)),
        places=places_to_choose(unit),
    )


WHO = ("loaded_by", "proposed_by", "returned_by", "approved_by", "activated_by")


def _view(unit: Work, row: Row[Any], called: Mapping[str, str], being_tried: bool) -> VersionView:
    trial = latest_dry_run(unit, row.id) if row.state == S.DRAFT else None
    told = row.figures or (trial.result if trial else None)
    places = names(unit.db, row.areas) if row.areas else {}
    return VersionView(
        version=row.version,
        state=row.state,
        note=row.note,
        returned_why=row.returned_why if row.state == S.DRAFT else "",
        assessment=row.assessment,
        starts_on=row.live_from if row.state == S.APPROVED and row.activated_by else None,
        places=tuple(places.get(code, code) for code in row.areas),
        area_codes=tuple(row.areas),
        moves=tuple(_moves(row, called)),
        figures=_figures(unit, told) if told else None,
        being_tried=being_tried,
        waits_for_another=row.state == S.PROPOSED
        and is_same_person(unit, unit.actor.id, row.loaded_by, row.proposed_by),
        replaces=row.replaces,
    )


def _moves(row: Row[Any], called: Mapping[str, str]) -> list[Move]:
    steps = (
        (row.loaded_by, row.loaded_at, gettext("Written and kept"), ""),
        (row.returned_by, row.returned_at, gettext("Sent back"), row.returned_why),
        (row.proposed_by, row.proposed_at, gettext("Proposed"), ""),
        (
            row.approved_by,
            row.approved_at,
            gettext("Approved for use"),
            gettext("impact assessment %(id)s", id=row.assessment) if row.assessment else "",
        ),
        (row.activated_by, row.activated_at, _switched(row), ""),
    )
    moves = [Move(words, called.get(who, who), at, told) for who, at, words, told in steps if at]
    if row.retired_at and row.state == S.RETIRED:
        moves.append(Move(gettext("Taken out of use"), "", row.retired_at))
    return sorted(moves, key=lambda move: move.at)


def _switched(row: Row[Any]) -> str:
    if row.state == S.APPROVED:
        return gettext("Signed for a later day")
    return gettext("Switched on in chosen areas") if row.areas else gettext("Switched on")


def _figures(unit: Work, told: Mapping[str, Any]) -> Figures | None:
    if "as_of" not in told:
        return None
    towns: Sequence[Mapping[str, Any]] = told.get("towns", ())
    called = names(unit.db, [town["area"] for town in towns])
    return Figures(
        as_of=date.fromisoformat(told["as_of"]),
        subjects=told.get("subjects", 0),
        new=told.get("standing", {}).get("new"),
        asked=told.get("asked", 0),
        excluded=told.get("excluded", 0),
        over=told.get("over"),
        posts=told.get("posts"),
        stale=tuple(told.get("stale", ())),
        unknown=sum(told.get("unknown", {}).values()),
        towns=tuple(
            (
                called.get(town["area"]) or town["area"] or gettext("place not known"),
                _few(town["found"]),
                _few(town["new"]),
            )
            for town in towns
        ),
    )


def _few(number: int | None) -> str:
    return gettext("fewer than 5") if number is None else f"{number:,}"


def places_to_choose(unit: Work) -> tuple[tuple[str, str], ...]:
    """Return (code, name) of the towns, or of the counties where there are very many towns."""
    level: list[AreaLine] = list(children(unit.db))
    chosen: list[AreaLine] = []
    while level:
        standing = [one for one in level if not one.retired]
        if len(standing) > MOST_PLACES:
            break
        chosen = standing
        if chosen and min(one.level for one in chosen) >= TOWN_LEVEL:
            break
        level = [inner for one in standing for inner in children(unit.db, one.code)]
    return tuple((one.code, one.name) for one in chosen)
