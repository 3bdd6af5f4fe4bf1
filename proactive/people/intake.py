"""Identities of a delivery go into the vault: encrypted in memory, merged set by set.

One COPY into a temporary table, then a handful of statements, whatever the number of rows. The
result does not depend on the order in which deliveries come.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import text

from proactive.areas.queries import paths_of
from proactive.kernel.errors import Failed
from proactive.kernel.work import Work
from proactive.people import intake_sql as sql
from proactive.people.model import SHARED_BY_MANY, Identity, compared_name

REMEMBERED = 1_000_000


@dataclass(frozen=True, slots=True)
class IntakeCounts:
    """What a delivery changed in the vault."""

    new_subjects: int = 0
    doubtful: int = 0
    shared_phones: int = 0
    unknown_areas: int = 0
    aliases: int = 0


class Intake:
    """Takes the identities of one delivery, chunk by chunk, inside its transaction."""

    def __init__(self, work: Work, feed: str, delivery_id: UUID) -> None:
        self._work, self._feed, self._delivery = work, feed, delivery_id
        self._seen: set[int] = set()
        self._areas: set[str] = set()
        self._order = 0
        self._run(sql.CREATE_STAGED)

    def add(self, identities: Iterable[Identity]) -> None:
        """Encrypt and stage; what this delivery has said already is not said again."""
        fresh: list[Identity] = []
        for identity in identities:
            mark = hash(identity)
            if mark not in self._seen:
                self._seen.add(mark)
                fresh.append(identity)
        if len(self._seen) > REMEMBERED:
            self._seen.clear()
        self._areas |= {
            code for i in fresh for code in (i.place.living, i.place.registered) if code
        }
        self._copy(sql.COPY_STAGED, (self._row(identity) for identity in fresh))

    def add_aliases(self, aliases: Sequence[tuple[int, int]]) -> None:
        """Stage pairs of a temporary and a permanent key."""
        self._copy(sql.COPY_ALIASES, aliases)

    def finish(self) -> IntakeCounts:
        """Merge everything staged; a collision of keys is loud and undoes the delivery."""
        self._stage_areas()
        self._refuse_collisions()
        new = self._run(sql.NEW_SUBJECTS)
        for statements in (sql.DATES, sql.LIFE, sql.PLACES, sql.IDENTITIES):
            self._run(statements)
        aliases = self._run(sql.ALIASES)
        for statements in (sql.ALIAS_CHAIN, sql.CHILDREN, sql.FOLLOW):
            self._run(statements)
        self._run(sql.DOUBTS)
        return IntakeCounts(
            new_subjects=new,
            doubtful=self._count(sql.COUNT_DOUBTFUL),
            shared_phones=self._count(sql.COUNT_SHARED),
            unknown_areas=self._count(sql.COUNT_UNKNOWN_AREAS),
            aliases=aliases,
        )

    def _run(self, statements: str) -> int:
        """Run statements one by one; return how many rows the last one changed."""
        changed = 0
        for statement in statements.split(";\n"):
            changed = self._work.db.execute(text(statement), self._values(statement)).rowcount
        return changed

    def _count(self, query: str) -> int:
        return int(self._work.db.execute(text(query), self._values(query)).scalar_one())

    def _values(self, statement: str) -> dict[str, object]:
        known: dict[str, object] = {
            "feed": self._feed,
            "now": self._work.now,
            "delivery_id": self._delivery,
            "many": SHARED_BY_MANY,
        }
        return {name: value for name, value in known.items() if f":{name}" in statement}

    def _row(self, identity: Identity) -> tuple[Any, ...]:
        keys, feed, key = self._work.keys, self._feed, identity.key
        self._order += 1

        def sealed(part: str, value: str) -> bytes | None:
            return keys.encrypt(value, aad=f"identity:{part}:{key}:{feed}") if value else None

        name = compared_name(identity.name)
        extra = json.dumps(identity.extra, ensure_ascii=False) if identity.extra else ""
        return (
            self._order,
            key,
            identity.kind,
            identity.scheme,
            keys.encrypt(identity.number, aad=f"subject:id:{key}"),
            keys.blind(identity.number, column=f"subject.id.{identity.scheme}"),
            identity.born_on,
            identity.died_on,
            identity.household_key,
            identity.guardian_key,
            sealed("name", identity.name),
            keys.blind(name, column="identity.name") if name else None,
            sealed("phone", identity.phone),
            keys.blind(identity.phone, column="identity.phone") if identity.phone else None,
            sealed("address", identity.address),
            sealed("extra", extra),
            identity.place.living,
            identity.place.registered,
            identity.place.authority if identity.place.living else -1,
            identity.seen_on or self._work.today,
        )

    def _copy(self, statement: str, rows: Iterable[Sequence[Any]]) -> None:
        connection: Any = self._work.db.connection.driver_connection
        with connection.cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def _stage_areas(self) -> None:
        """Paths of the known codes; an unknown place stays '' and the county places it."""
        paths = paths_of(self._work.db, sorted(self._areas)) if self._areas else {}
        self._copy(sql.COPY_AREAS, ((code, *path) for code, path in paths.items()))

    def _refuse_collisions(self) -> None:
        found = self._count(sql.COLLISIONS)
        if found:
            raise Failed(
                "subject_collision",
                "{count} subject key(s) of feed '{feed}' stand for two different numbers. Nothing "
                "was applied; call the maintainers.",
                count=found,
                feed=self._feed,
            )
