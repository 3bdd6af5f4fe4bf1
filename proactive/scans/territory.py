"""Where a run may record: a pilot inside its areas only, the live version everywhere else.

A subject belongs where the register has its home (`subject.area_*`); who is in no known place
belongs to the live version.
"""

from dataclasses import dataclass

from sqlalchemy import select, text, update

from proactive.areas.queries import paths_of
from proactive.kernel.work import Work
from proactive.rules.model import IN_USE
from proactive.rules.model import TriggerState as S
from proactive.rules.store import trigger_version
from proactive.rules.switching import standing_code
from proactive.scans.store import scan_run


@dataclass(frozen=True, slots=True)
class Territory:
    """Area codes as they stand today; both empty: everywhere."""

    inside: tuple[str, ...] = ()
    outside: tuple[str, ...] = ()


def in_territory(run: str, key: str) -> str:
    """Return SQL that says whether the subject `key` is in the territory of the row `run`."""
    return (
        f"(({run}.inside = '{{}}' AND {run}.outside = '{{}}')"
        f" OR EXISTS (SELECT FROM subject AS s WHERE s.key = {key}"
        f"  AND ARRAY[s.area_1, s.area_2, s.area_3, s.area_4, s.area_5]"
        f"  && ({run}.inside || {run}.outside)) = ({run}.inside <> '{{}}'))"
    )


def mark_territory(work: Work, run_id: object, trigger: str, version_id: object) -> bool:
    """Write on a run where it may record, as things stand now; False when it may nowhere.

    The caller holds the trigger's lock, so that nothing is switched meanwhile.
    """
    rows = work.db.execute(
        select(trigger_version.c.id, trigger_version.c.state, trigger_version.c.areas).where(
            trigger_version.c.trigger == trigger, trigger_version.c.state.in_(IN_USE)
        )
    ).all()
    mine = next((row for row in rows if row.id == version_id), None)
    if mine is None:
        return False
    pilot = next((row for row in rows if row.state == S.PILOT), None)
    codes = _standing(work, pilot.areas) if pilot else ()
    territory = Territory(inside=codes) if mine is pilot else Territory(outside=codes)
    work.db.execute(
        update(scan_run)
        .where(scan_run.c.id == run_id)
        .values(inside=list(territory.inside), outside=list(territory.outside))
    )
    return True


def looked_at_later(work: Work, run_id: object) -> frozenset[int] | None:
    """Return whom of its territory runs that knew more have looked at; None: everybody."""
    values = {"run": run_id}
    if work.db.execute(text(EVERYBODY_LATER), values).scalar_one():
        return None
    return frozenset(work.db.execute(text(SOME_LATER), values).scalars())


def known_subjects(work: Work, run_id: object, kind: str) -> int:
    """Return how many persons or organisations live in the territory of a run."""
    return int(work.db.execute(text(KNOWN), {"run": run_id, "kind": kind}).scalar_one())


def _standing(work: Work, codes: list[str]) -> tuple[str, ...]:
    """Return the codes, a retired one by its successor."""
    paths = paths_of(work.db, codes)
    return tuple(sorted({standing_code(paths[code]) if code in paths else code for code in codes}))


_LATER = """
FROM scan_run AS r JOIN scan_run AS later ON later.trigger = r.trigger AND later.state = 'done'
  AND later.known_at > r.known_at
"""
EVERYBODY_LATER = f"""
SELECT EXISTS (SELECT {_LATER} WHERE r.id = :run AND later.subjects IS NULL
  AND ((later.inside = '{{}}' AND later.outside = '{{}}')
    OR (later.inside = r.inside AND later.outside = r.outside)))
"""
SOME_LATER = f"""
SELECT DISTINCT one.key {_LATER}
CROSS JOIN LATERAL (
  SELECT unnest(later.subjects) AS key
  UNION ALL SELECT p.key FROM subject AS p WHERE later.subjects IS NULL
) AS one
WHERE r.id = :run AND {in_territory("later", "one.key")} AND {in_territory("r", "one.key")}
"""
KNOWN = f"""
SELECT count(*) FROM subject AS p JOIN scan_run AS r ON r.id = :run
WHERE p.kind = :kind AND {in_territory("r", "p.key")}
"""
