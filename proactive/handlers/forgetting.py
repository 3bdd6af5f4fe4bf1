"""What has come to its date is forgotten, feed by feed: records, files, and names nobody needs."""

from collections.abc import Sequence

from sqlalchemy import Column, delete, exists

from proactive.bootstrap import Platform
from proactive.feeds.forgetting import forget_records, sweep_files
from proactive.kernel.db import metadata
from proactive.kernel.logs import get_logger
from proactive.kernel.work import Actor, Work
from proactive.people.store import identity_decision, subject, subject_alias

KEEPER = Actor.machine("keeper")
SUBJECT_COLUMNS = ("subject_key", "holder_subject_key")
AT_ONCE = 10_000
log = get_logger(__name__)


def forget_all(platform: Platform) -> None:
    """Apply each feed's period in transactions of its own; one that fails never stops the others.

    The first failure is raised in the end, so that the step is tried again.
    """
    failures: list[Exception] = []
    for feed, contract in sorted(platform.contracts.items()):
        try:
            with platform.work(KEEPER) as work:
                forgotten = forget_records(work, platform.lake, contract)
                forget_subjects(work, forgotten.subjects)
            with platform.work(KEEPER) as work:
                sweep_files(work, platform.lake, feed)
        except Exception as error:
            log.error("A feed could not forget.", feed=feed, exc_info=error)
            failures.append(error)
    if failures:
        raise failures[0]


def forget_subjects(work: Work, keys: Sequence[int]) -> int:
    """Delete the subjects among `keys` whom nothing speaks of any more; return how many.

    A name told by another feed, a case, a hit, a notice, a child's guardian: any of them keeps.
    """
    gone = 0
    for start in range(0, len(keys), AT_ONCE):
        some = subject.c.key.in_(keys[start : start + AT_ONCE])
        free = [~exists().where(column == subject.c.key) for column in _naming()]
        deleted = delete(subject).where(some, *free).returning(subject.c.key)
        keys_gone = work.db.execute(deleted).scalars().all()
        decided = identity_decision.c.subject_key.in_(keys_gone)
        work.db.execute(delete(identity_decision).where(decided))
        gone += len(keys_gone)
    if gone:
        work.audit("forget_subjects", "subject", "several", count=gone)
    return gone


def _naming() -> list[Column[int]]:
    """Every column of the database that may name a subject; a decision about one goes with it."""
    children = subject.alias("child")
    own = {subject.name, identity_decision.name}
    tables = [table for table in metadata.sorted_tables if table.name not in own]
    return [
        *(table.c[name] for table in tables for name in SUBJECT_COLUMNS if name in table.c),
        subject_alias.c.key,
        subject_alias.c.temporary_key,
        children.c.guardian_key,
    ]
