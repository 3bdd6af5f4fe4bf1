"""Who belongs to which group, read from the registers as delivered; only counts come out.

This is the one place that reads a protected attribute. It runs over the pinned files in DuckDB,
outside any transaction, and gives back figures of groups without a single key.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import duckdb
import pyarrow as pa

from proactive.feeds.lake import FeedView
from proactive.feeds.settling_sql import lake_view, quoted, text
from proactive.outcomes.fairness_model import AGE_BANDS, AGES, UNKNOWN, Attribute
from proactive.rules.nodes import HOME_FEEDS

HOME, DISABILITY, DEATHS = HOME_FEEDS["person"], "disability_register", "death_register"
FEEDS = (HOME, DISABILITY, DEATHS)
SEX, GRADE = "sex", "grade"
TOWN_LEVEL = 4

# One row per person a trigger version found: what became of it, and after how many days help came.
FINDS = pa.schema(
    [
        ("trigger", pa.string()),
        ("version", pa.string()),
        ("month", pa.date32()),
        ("subject_key", pa.int64()),
        *(
            (name, pa.bool_())
            for name in (
                "sample",
                "visited",
                "confirmed",
                "granted",
                "refused",
                "declined",
                "not_reached",
            )
        ),
        ("days", pa.int32()),
    ]
)
COUNTS = (
    "found",
    "visited",
    "confirmed",
    "granted",
    "refused",
    "declined",
    "not_reached",
    "sampled",
    "sample_confirmed",
)


@dataclass(frozen=True, slots=True)
class Scope:
    """A trigger version, from when to when it looked (None: still does), and where alone.

    `areas` are those of a pilot; none means everywhere.
    """

    trigger: str
    version: str
    first: date
    last: date | None = None
    areas: tuple[str, ...] = ()

    def looked_in(self, month: date) -> bool:
        return self.first <= last_day(month) and (self.last is None or self.last >= month)


@dataclass(frozen=True, slots=True)
class Gathered:
    """Everything the counting needs, read in one transaction: no name is in it.

    `finds` has the columns of FINDS, `areas` maps a code to its path, outermost first.
    """

    views: Mapping[str, FeedView]
    finds: pa.Table
    areas: Mapping[str, Sequence[str]]
    scopes: tuple[Scope, ...]
    months: tuple[date, ...]
    today: date


def count_groups(gathered: Gathered) -> list[dict[str, Any]]:
    """Return one row of figures per version, month, attribute and group."""
    found: list[dict[str, Any]] = []
    with _opened(gathered) as db:
        for month in gathered.months:
            scopes = [scope for scope in gathered.scopes if scope.looked_in(month)]
            if scopes:
                db.execute(_PEOPLE, {"day": min(last_day(month), gathered.today)})
                db.execute(_CELLS)
                db.execute(_MET, {"month": month})
            for scope in scopes:
                values = {
                    "trigger": scope.trigger,
                    "version": scope.version,
                    "areas": list(scope.areas),
                }
                rows = db.execute(_GROUPS, values)
                names = [column[0] for column in rows.description]
                found += [
                    {"trigger": scope.trigger, "trigger_version_id": scope.version, "month": month}
                    | dict(zip(names, row, strict=True))
                    for row in rows.fetchall()
                ]
    return found


def last_day(month: date) -> date:
    """Return the last day of the month of a day."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


@contextmanager
def _opened(gathered: Gathered) -> Iterator[duckdb.DuckDBPyConnection]:
    """Yield a connection with the tables `home`, `certificate`, `death`, `place` and `finds`."""
    with duckdb.connect(config={"threads": "2", "memory_limit": "1GB"}) as db:
        db.execute("SET TimeZone = 'UTC'")
        for feed, name in ((HOME, "home"), (DISABILITY, "certificate"), (DEATHS, "death")):
            db.execute(f"CREATE TABLE {name} AS {_NOTHING[name]} WHERE false")
            if feed in gathered.views:
                _read(db, gathered.views[feed], name)
        db.register("finds", gathered.finds)
        db.register("place", _places(gathered.areas))
        yield db


def _read(db: duckdb.DuckDBPyConnection, view: FeedView, name: str) -> None:
    """Fill a table with the newest version of each entry that has not been superseded."""
    contract, register = view.contract, view.contract.register_
    db.execute(lake_view(contract, list(view.files)))
    db.register("superseded", view.superseded)
    fields = {
        "sex": SEX,
        "born_on": (contract.subject.born_on or "") if contract.subject else "",
        "grade": GRADE,
        "valid_from": register.valid_from if register else "",
        "valid_to": (register.valid_to or "") if register else "",
        "status": (register.status or "") if register else "",
    }
    have = {*contract.lake_fields}
    asked = {target: source for target, source in fields.items() if source in have}
    active = ", ".join(text(code) for code in register.active) if register else ""
    columns = ", ".join(f"{quoted(source)} AS {target}" for target, source in asked.items())
    where = f"WHERE status IS NULL OR status IN ({active})" if "status" in asked and active else ""
    db.execute(
        f"""
        INSERT INTO {name} BY NAME SELECT * EXCLUDE (record_id, status) FROM (
            SELECT subject_key, area, record_id, version,
                {columns}{"" if "status" in asked else ", NULL AS status"}
            FROM lake ANTI JOIN superseded USING (record_id, version)
            WHERE subject_key IS NOT NULL
            QUALIFY row_number() OVER (PARTITION BY record_id ORDER BY version DESC) = 1
        ) {where}"""
    )
    db.execute("DROP VIEW lake")
    db.unregister("superseded")


def _places(areas: Mapping[str, Sequence[str]]) -> pa.Table:
    """Return code, town ('' where not that deep) and every code on the path."""
    return pa.table(
        {
            "code": pa.array(list(areas), pa.string()),
            "town": pa.array([path[TOWN_LEVEL - 1] for path in areas.values()], pa.string()),
            "path": pa.array([list(path) for path in areas.values()], pa.list_(pa.string())),
        }
    )


def _ages() -> str:
    """Return the age band of `years` as SQL."""
    cases = " ".join(
        f"WHEN years BETWEEN {low} AND {high} THEN '{name}'"
        for (low, high), name in zip(AGE_BANDS, AGES, strict=True)
    )
    return f"CASE {cases} ELSE '{UNKNOWN}' END"


_ENTRY = "NULL::BIGINT AS subject_key, NULL::VARCHAR AS area, NULL::BIGINT AS version, "
_DATES = "NULL::DATE AS valid_from, NULL::DATE AS valid_to"
_NOTHING = {
    "home": f"SELECT {_ENTRY} NULL::VARCHAR AS sex, NULL::DATE AS born_on, {_DATES}",
    "certificate": f"SELECT {_ENTRY} NULL::BIGINT AS grade, {_DATES}",
    "death": f"SELECT {_ENTRY} {_DATES}",
}
_HOLDS = (
    "(valid_from IS NULL OR valid_from <= $day::DATE) AND (valid_to IS NULL OR valid_to >= $day)"
)

# Everybody alive in the home register on the day, with what each is grouped by. `date_sub` counts
# whole years; somebody born on 29 February is older on 1 March.
_PEOPLE = f"""
CREATE OR REPLACE TEMP TABLE people AS
WITH living AS (
    SELECT * FROM home WHERE {_HOLDS}
    QUALIFY row_number() OVER (PARTITION BY subject_key ORDER BY valid_from DESC NULLS LAST,
        version DESC) = 1
), graded AS (
    SELECT subject_key, min(grade) AS grade FROM certificate WHERE {_HOLDS} GROUP BY subject_key
), aged AS (
    SELECT l.*, g.grade, p.town, date_sub('year', l.born_on, $day::DATE) AS years
    FROM living AS l LEFT JOIN graded AS g USING (subject_key)
    LEFT JOIN place AS p ON p.code = l.area
    ANTI JOIN (SELECT subject_key FROM death WHERE valid_from IS NULL OR valid_from <= $day) AS d
        USING (subject_key)
)
SELECT subject_key, coalesce(sex, '{UNKNOWN}') AS sex, {_ages()} AS age,
    CASE WHEN grade IN (1, 2) THEN 'grade_1_2' WHEN grade IN (3, 4) THEN 'grade_3_4'
        WHEN grade IS NULL THEN 'none' ELSE '{UNKNOWN}' END AS disability,
    coalesce(nullif(town, ''), '{UNKNOWN}') AS area, aged.area AS code
FROM aged"""

_PARTS = ", ".join(f"{{'attribute': '{name}', 'part': {name}}}" for name in Attribute)
_OF_FINDS = """
    count(*) FILTER (WHERE NOT sample) AS found,
    count(*) FILTER (WHERE NOT sample AND visited) AS visited,
    count(*) FILTER (WHERE NOT sample AND confirmed) AS confirmed,
    count(*) FILTER (WHERE NOT sample AND granted) AS granted,
    count(*) FILTER (WHERE NOT sample AND refused) AS refused,
    count(*) FILTER (WHERE NOT sample AND declined) AS declined,
    count(*) FILTER (WHERE NOT sample AND not_reached) AS not_reached,
    count(*) FILTER (WHERE sample AND visited) AS sampled,
    count(*) FILTER (WHERE sample AND confirmed) AS sample_confirmed,
    coalesce(list_sort(list(days) FILTER (WHERE NOT sample AND days IS NOT NULL)), [])
        AS days_to_help"""

# Everybody, folded into the few thousand kinds of people there are; asked once for each version.
_CELLS = """
CREATE OR REPLACE TEMP TABLE cells AS
SELECT c.*, coalesce(p.path, []) AS path
FROM (SELECT sex, age, disability, area, code, count(*) AS people FROM people GROUP BY ALL) AS c
LEFT JOIN place AS p ON p.code = c.code"""

# Somebody who was found but stands in no register is counted under "not known".
_MET = f"""
CREATE OR REPLACE TEMP TABLE met AS
SELECT f.* EXCLUDE (subject_key, month), coalesce(p.sex, '{UNKNOWN}') AS sex,
    coalesce(p.age, '{UNKNOWN}') AS age, coalesce(p.disability, '{UNKNOWN}') AS disability,
    coalesce(p.area, '{UNKNOWN}') AS area
FROM finds AS f LEFT JOIN people AS p USING (subject_key) WHERE f.month = $month"""

_GROUPS = f"""
WITH whole AS (
    SELECT one.attribute, one.part, sum(people) AS population
    FROM (
        SELECT unnest([{_PARTS}]) AS one, people FROM cells
        WHERE len($areas::VARCHAR[]) = 0 OR list_has_any(path, $areas)
    ) GROUP BY ALL
), mine AS (
    SELECT one.attribute, one.part, {_OF_FINDS}
    FROM (
        SELECT unnest([{_PARTS}]) AS one, * FROM met
        WHERE "trigger" = $trigger AND version = $version
    ) GROUP BY one.attribute, one.part
)
SELECT attribute, part, coalesce(population, 0)::INTEGER AS population,
    {", ".join(f"coalesce({name}, 0)::INTEGER AS {name}" for name in COUNTS)},
    coalesce(days_to_help, []) AS days_to_help
FROM whole FULL JOIN mine USING (attribute, part) ORDER BY attribute, part"""
