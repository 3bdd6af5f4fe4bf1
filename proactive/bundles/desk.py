"""An office's desk as a work list: which items, in which order, and ways of looking at them."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, cast, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from proactive.bundles.model import RUNNING, ItemState
from proactive.bundles.running import AnyRow
from proactive.bundles.store import bundle, desk_filter, item
from proactive.bundles.versions import pinned_definition
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.work import Work

S = ItemState
DESK_STATES = frozenset({S.READY, *RUNNING, S.SUSPENDED, S.RETURNED, S.GRANTED})
OFFICES_TURN = frozenset({S.READY, S.GRANTED, *RUNNING})
# What can be looked at, in the order of a clerk's day.
PARTS: Mapping[str, frozenset[ItemState]] = {
    "todo": OFFICES_TURN,
    "new": frozenset({S.READY, S.SUBMITTED}),
    "decide": frozenset({S.ACCEPTED, S.ACCEPTED_LENIENT}),
    "deliver": frozenset({S.GRANTED}),
    "waiting": frozenset({S.SUSPENDED, S.RETURNED}),
    # of who hands in for all offices of a place
    "hand_in": frozenset({S.READY, S.RETURNED}),
    "bring": frozenset({S.SUSPENDED, S.ACCEPTED_LENIENT}),
    "with_office": frozenset({S.SUBMITTED, S.ACCEPTED, S.ACCEPTED_LENIENT}),
}
DUES = ("late", "soon")
SOON = timedelta(days=2)  # due today or within two days
LONGEST_QUEUE = 2000
MOST_FILTERS = 20
LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class DeskFilter:
    """One way of looking at the desk.

    `part` is one of PARTS, `due` one of DUES or empty, `kind` is bundle/item or empty, `number`
    the beginning of a reference or a whole receipt number.
    """

    part: str = "todo"
    due: str = ""
    kind: str = ""
    number: str = ""

    def cleaned(self) -> "DeskFilter":
        """Return it with what does not exist left out."""
        number = "".join(self.number.split())[:40].upper()
        return replace(
            self,
            part=self.part if self.part in PARTS else "todo",
            due=self.due if self.due in DUES else "",
            kind=self.kind[:200],
            number="".join(sign for sign in number if sign.isprintable()),
        )


@dataclass(frozen=True, slots=True)
class DeskLine:
    """One item on an office's desk."""

    item: AnyRow
    bundle: AnyRow
    title: str
    bundle_title: str
    our_turn: bool
    overdue: bool


@dataclass(frozen=True, slots=True)
class SavedFilter:
    """A way of looking at the desk that an account keeps under a name."""

    id: UUID
    name: str
    shows: DeskFilter


def desk_ids(work: Work, shown: DeskFilter) -> list[UUID]:
    """Return the items of a work list in its order: earliest due first, without a day last."""
    query = _ordered(select(item.c.id).join(bundle, bundle.c.id == item.c.bundle_id), work)
    return list(work.db.execute(query.where(*_shown(work, shown)).limit(LONGEST_QUEUE)).scalars())


def desk_lines(work: Work, ids: Collection[UUID], language: str) -> list[DeskLine]:
    """Return the named items of the actor's desk, in its order."""
    rows = list(work.db.execute(_ordered(select(item), work).where(item.c.id.in_(ids))))
    bundles = _bundles(work, {row.bundle_id for row in rows})
    versions = {row.bundle_version_id for row in bundles.values()}
    definitions = {version: pinned_definition(work.db, version) for version in versions}
    lines = []
    for row in rows:
        of = bundles[row.bundle_id]
        definition = definitions[of.bundle_version_id]
        lines.append(
            DeskLine(
                item=row,
                bundle=of,
                title=definition.item(row.code).title.in_language(language),
                bundle_title=definition.title.in_language(language),
                our_turn=row.state in OFFICES_TURN,
                overdue=row.due_on is not None and row.due_on < work.today,
            )
        )
    return lines


def desk_counts(work: Work) -> dict[str, int]:
    """Return how many items each part of PARTS holds, and "late": overdue and the office's turn."""
    late = item.c.due_on < work.today
    query = select(item.c.state, func.count(), func.count().filter(late)).group_by(item.c.state)
    rows = work.db.execute(query.where(item.c.state.in_(sorted(DESK_STATES)), *_own(work))).all()
    counts = {part: sum(n for state, n, _ in rows if state in of) for part, of in PARTS.items()}
    return counts | {"late": sum(late for state, _, late in rows if state in OFFICES_TURN)}


def desk_kinds(work: Work, language: str) -> list[tuple[str, str]]:
    """Return (bundle/item, title) of what lies on the desk, by title."""
    query = (
        select(bundle.c.bundle, item.c.code, func.max(cast(bundle.c.bundle_version_id, Text)))
        .select_from(item.join(bundle, bundle.c.id == item.c.bundle_id))
        .where(item.c.state.in_(sorted(DESK_STATES)), *_own(work))
        .group_by(bundle.c.bundle, item.c.code)
    )
    found = [
        (
            f"{row[0]}/{row[1]}",
            pinned_definition(work.db, UUID(row[2])).item(row[1]).title.in_language(language),
        )
        for row in work.db.execute(query)
    ]
    return sorted(found, key=lambda kind: kind[1])


def _ordered(query: Select[Any], work: Work) -> Select[Any]:
    return query.where(*_own(work)).order_by(item.c.due_on.nulls_last(), item.c.id)


def _own(work: Work) -> list[ColumnElement[bool]]:
    return [item.c.office_id == UUID(work.actor.office_id)] if work.actor.office_id else []


def _shown(work: Work, shown: DeskFilter) -> list[ColumnElement[bool]]:
    wanted: list[ColumnElement[bool]] = [item.c.state.in_(sorted(PARTS[shown.part]))]
    if shown.due == "late":
        wanted.append(item.c.due_on < work.today)
    if shown.due == "soon":
        wanted.append(item.c.due_on.between(work.today, work.today + SOON))
    if shown.kind:
        of, _, code = shown.kind.partition("/")
        wanted += [bundle.c.bundle == of, item.c.code == code]
    if shown.number:
        number = func.upper(item.c.receipt_no)
        wanted.append(
            or_(
                bundle.c.ref.startswith(shown.number, autoescape=True),
                number == shown.number,
                item.c.acceptance_no == shown.number,
            )
        )
    return wanted


def _bundles(work: Work, ids: Collection[UUID]) -> dict[UUID, AnyRow]:
    rows = work.db.execute(select(bundle).where(bundle.c.id.in_(ids)))
    return {row.id: row for row in rows}


# ways of looking that are kept


def saved_filters(work: Work) -> list[SavedFilter]:
    """Return the actor's own filters by name."""
    query = select(desk_filter).where(desk_filter.c.account_id == work.actor.id)
    rows = work.db.execute(query.order_by(desk_filter.c.name))
    return [SavedFilter(row.id, row.name, DeskFilter(**row.shows).cleaned()) for row in rows]


def save_filter(work: Work, name: str, shown: DeskFilter) -> None:
    """Keep a filter under a name; the same name again changes it.

    Refused `no_name` for an empty or too long name, `too_many_filters` beyond MOST_FILTERS.
    """
    kept = " ".join(name.split())
    if not kept or len(kept) > LONGEST_NAME:
        raise Refused(
            "no_name",
            "A filter needs a name of at most {most} characters.",
            todo="Give it a short name.",
            most=LONGEST_NAME,
        )
    names = {each.name for each in saved_filters(work)}
    if kept not in names and len(names) >= MOST_FILTERS:
        raise Refused(
            "too_many_filters",
            "You have {most} filters already.",
            todo="Delete one that you no longer use.",
            most=MOST_FILTERS,
        )
    shows = asdict(shown.cleaned())
    statement = insert(desk_filter).values(
        id=new_id(), account_id=work.actor.id, name=kept, shows=shows
    )
    work.db.execute(
        statement.on_conflict_do_update(
            index_elements=["account_id", "name"], set_={"shows": shows}
        )
    )


def drop_filter(work: Work, filter_id: UUID) -> None:
    """Delete one of the actor's own filters; one that is gone already is no mistake."""
    work.db.execute(
        desk_filter.delete().where(
            desk_filter.c.id == filter_id, desk_filter.c.account_id == work.actor.id
        )
    )
