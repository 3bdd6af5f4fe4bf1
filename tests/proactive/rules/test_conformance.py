"""DuckDB and the slow judge give the same answers, on rules and data made up by the machine."""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import yaml
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from proactive.feeds.contracts import load_contracts
from proactive.rules import duck, reference
from proactive.rules.check import check_rule
from proactive.rules.memory import memory_view
from proactive.rules.nodes import Plan
from proactive.rules.plan import plan_rule
from proactive.rules.reading import RuleRefused
from proactive.rules.results import Evaluation
from proactive.rules.views import MemoryView
from tests.fullness import in_full

ROOT = Path(__file__).resolve().parents[3]
CONTRACTS = load_contracts(ROOT / "triggers" / "feeds")
AS_OF = date(2026, 3, 31)
AREAS = {
    "11": ("11",),
    "1101": ("11", "1101"),
    "110101": ("11", "1101", "110101"),
    "1102": ("11", "1102"),
}
ALIASES = pa.table({"temporary_key": pa.array([6], pa.int64()), "key": pa.array([1], pa.int64())})
NO_ALIASES = ALIASES.slice(0, 0)
FEEDS = (
    "medical_bill", "household_income", "low_income_register", "disability_register",
    "benefit", "death_register", "resident_register",
)  # fmt: skip

# --- data ---------------------------------------------------------------------------------------

EDGES = [AS_OF + timedelta(days=days) for days in (1, 0, -1, -29, -30, -31, -364, -365, -366)]
EDGES += [
    AS_OF,
    AS_OF - timedelta(days=5),
    date(2025, 12, 31),
    date(2026, 1, 1),
    date(2026, 2, 28),
    date(2026, 3, 1),
]
days = st.sampled_from(EDGES)
amounts = st.sampled_from([1, 4999, 5000, 5001, 10000, 20000, 20000, -5000])
subjects = st.sampled_from([1, 1, 2, 2, 3, 6])
recorded = st.sampled_from(
    [None, None, AS_OF - timedelta(days=40), AS_OF, AS_OF + timedelta(days=2)]
)
arrivals = st.sampled_from([datetime(2026, 3, 20, tzinfo=UTC), datetime(2026, 4, 2, 1, tzinfo=UTC)])
validity = st.sampled_from([True, True, False])
homes = st.sampled_from([100, 100, 101, None])


def perhaps(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 9).flatmap(lambda die: strategy if die else st.none())


@st.composite
def bills(draw: st.DrawFn) -> dict[str, Any]:
    day = draw(perhaps(days))
    hour = draw(st.sampled_from([0, 12, 16, 23]))
    moment = datetime(day.year, day.month, day.day, hour, tzinfo=UTC) if day else None
    return {
        "subject_key": draw(subjects), "event_on": day, "settled_at": moment,
        "out_of_pocket": draw(perhaps(amounts)), "total": draw(perhaps(amounts)),
        "valid": draw(perhaps(validity)),
        "care_kind": draw(perhaps(st.sampled_from(["inpatient", "outpatient"]))),
        "stay_id": draw(perhaps(st.sampled_from(["s1", "s2"]))),
        "area": draw(perhaps(st.sampled_from([*AREAS, "99"]))),
    }  # fmt: skip


@st.composite
def entries(draw: st.DrawFn, **fields: st.SearchStrategy[Any]) -> dict[str, Any]:
    return {
        "subject_key": draw(subjects),
        "valid_from": draw(perhaps(days)),
        "valid_to": draw(st.sampled_from([None, None, *EDGES])),
        **{name: draw(strategy) for name, strategy in fields.items()},
    }


MARKS = ["record_id", "version", "subject_key", "household_key", "recorded_on", "event_on", "area"]
ROWS_TOLD = {
    "medical_bill": [*MARKS, "settled_at", "out_of_pocket", "valid", "care_kind", "stay_id"],
    "household_income": [*MARKS, "annual_income"],
    "low_income_register": [*MARKS, "class", "valid_from", "valid_to"],
    "disability_register": [*MARKS, "kind", "grade", "status", "valid_from", "valid_to"],
    "benefit": [*MARKS, "benefit", "valid_from", "valid_to"],
    "death_register": [*MARKS, "valid_from"],
    "resident_register": [*MARKS, "valid_from", "valid_to"],
}
ROWS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "medical_bill": bills(),
    "household_income": st.fixed_dictionaries(
        {"household_key": homes, "event_on": perhaps(days), "annual_income": perhaps(amounts)}
    ),
    "low_income_register": entries(
        **{"class": perhaps(st.sampled_from(["minimum_living", "destitute"]))}
    ),
    "disability_register": entries(
        kind=perhaps(st.sampled_from(["1", "5"])),
        grade=perhaps(st.sampled_from([1, 2, 3, 4])),
        status=perhaps(st.sampled_from(["valid", "cancelled"])),
    ),
    "benefit": entries(
        benefit=perhaps(st.sampled_from(["medical_assistance", "temporary_relief"]))
    ),
    "death_register": entries(),
    "resident_register": entries(
        household_key=homes, area=perhaps(st.sampled_from([*AREAS, "99"]))
    ),
}


HOW_MANY = {"medical_bill": (2, 9), "resident_register": (1, 5), "death_register": (0, 1)}


@st.composite
def feed_rows(draw: st.DrawFn, feed: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Rows of a feed and what is superseded: some records come in two versions."""
    rows, gone = [], []
    for number in range(draw(st.integers(*HOW_MANY.get(feed, (0, 4))))):
        record = f"{feed}-{number}"
        for version in range(1, draw(st.sampled_from([1, 1, 1, 2])) + 1):
            row = draw(ROWS[feed]) | {"record_id": record, "version": version}
            row |= {"recorded_on": draw(recorded), "arrived_at": draw(arrivals)}
            rows.append(row)
            if version == 2:
                gone.append({"record_id": record, "version": 1, "since": row["arrived_at"],
                             "since_recorded": row["recorded_on"]})  # fmt: skip
    return rows, gone


class County:
    """Views by feed, told in a failure by their rows."""

    def __init__(self, views: dict[str, MemoryView]) -> None:
        self.views = views

    def __repr__(self) -> str:
        told = {feed: view.table.select(ROWS_TOLD[feed]) for feed, view in self.views.items()}
        rows = {feed: table.to_pylist() for feed, table in told.items()}
        return "\n".join(f"{feed}: {row}" for feed, some in rows.items() for row in some)[:4000]


@st.composite
def counties(draw: st.DrawFn) -> County:
    return County({f: memory_view(CONTRACTS[f], *draw(feed_rows(f))) for f in FEEDS})


# --- rules --------------------------------------------------------------------------------------

NUMBER_TESTS = st.sampled_from(["at_least", "at_least", "at_most", "more_than", "less_than"])
UNKNOWN = st.sampled_from(["ask", "ask", "met", "not_met"])


class Writer:
    """Writes a trigger: parameters and measures are made as conditions need them."""

    def __init__(self, draw: st.DrawFn) -> None:
        self.draw = draw
        self.parameters: dict[str, Any] = {}
        self.measures: dict[str, Any] = {}
        self.classed = draw(st.booleans())
        self.records = draw(st.sampled_from(["", "", "", "record_id", "stay_id"]))

    def rule(self) -> dict[str, Any]:
        draw = self.draw
        when = {draw(st.sampled_from(["all", "any"])): [self._measure(), self.node(2)]}
        if self.records:
            when = {"all": [self.record_leaf(), when]}
        rule: dict[str, Any] = {
            "trigger": "made_up", "title": {"en": "Made up", "zh-CN": "虚构"}, "subject": "person",
            "need": "medical_cost_relief", "proposes": ["medical_cost_relief"],
            "legal_basis": [{"title": "none", "citation": "none"}],
            "when": when,
            "unless": [self.leaf() for _ in range(draw(st.sampled_from([0, 0, 1, 1, 2])))],
        }  # fmt: skip
        if self.classed:
            where = [{"field": "class", "is": "minimum_living"}]
            rule["classes"] = {"poor": {"registered_in": "low_income_register", "where": where}}
            if draw(st.booleans()):
                name = self.parameter("integer", [1, 2, 3], classed=False)
                where = [{"field": "grade", "at_most": name}]
                rule["classes"]["frail"] = {"registered_in": "disability_register", "where": where}
        if draw(st.booleans()):
            rule["hit"] = {"pending_period": self.parameter("duration", ["P3D", "P1M"])}
        return rule | {"parameters": self.parameters, "measures": self.measures}

    def parameter(
        self, kind: str, values: list[Any], *, classed: bool = True, dated: bool = False
    ) -> str:
        draw, name = self.draw, f"p{len(self.parameters)}"
        entry: dict[str, Any] = {"type": kind, "values": []}
        day = date(1990, 1, 1)
        if dated and self.records == "record_id" and draw(st.booleans()):
            entry["in_force_on"] = "recorded_on"
            day = draw(st.sampled_from([date(1990, 1, 1), AS_OF - timedelta(days=1)]))
        places: set[tuple[Any, ...]] = {(day, "", "")}
        for _ in range(draw(st.integers(0, 3))):
            start = draw(st.sampled_from([day, AS_OF, AS_OF + timedelta(days=1), date(2026, 1, 1)]))
            area = draw(st.sampled_from(["", "", "11", "1101"]))
            klass = draw(st.sampled_from(["", "poor", "other"])) if classed and self.classed else ""
            places.add((start, area, klass))
        for start, area, klass in sorted(places):
            value: dict[str, Any] = {"from": str(start), "value": draw(st.sampled_from(values))}
            value |= ({"area": area} if area else {}) | ({"class": klass} if klass else {})
            entry["values"].append(value)
        self.parameters[name] = entry
        return name

    def node(self, depth: int) -> dict[str, Any]:
        kind = self.draw(st.sampled_from(["leaf", "all", "any", "any", "not"][: 4 * depth or 1]))
        if kind == "leaf":
            return self.leaf()
        if kind == "not":
            return {"not": self.node(depth - 1)}
        return {kind: [self.node(depth - 1) for _ in range(self.draw(st.integers(1, 3)))]}

    def leaf(self) -> dict[str, Any]:
        kinds = ["measure", "measure", "share", "count", "incomes", "registered", "disabled"]
        kinds += ["benefit"]
        kind = self.draw(st.sampled_from(kinds))
        return getattr(self, f"_{kind}")() | {"if_unknown": self.draw(UNKNOWN)}

    def record_leaf(self) -> dict[str, Any]:
        draw = self.draw
        if self.records == "stay_id":
            name = self.measure("record")
            limit = self.parameter("money", ["50.00", "49.99", "0"])
            return {"measure": name, draw(NUMBER_TESTS): limit, "if_unknown": draw(UNKNOWN)}
        tests: list[dict[str, Any]] = [
            {"field": "settled_at", draw(st.sampled_from(["within", "older_than"])):
                self.parameter("duration", ["P30D", "P1M", "P365D"], dated=True)},
            {"field": "out_of_pocket", "at_least":
                self.parameter("money", ["50.00", "0"], dated=True)},
            {"field": "care_kind", draw(st.sampled_from(["is", "is_not"])): "inpatient"},
            {"field": "stay_id", "known": draw(st.booleans())},
            {"field": "valid", "is": draw(st.booleans())},
        ]  # fmt: skip
        chosen = draw(st.lists(st.sampled_from(tests), max_size=2, unique_by=lambda t: t["field"]))
        return {"record": "medical_bill", "where": chosen, "if_unknown": draw(UNKNOWN)}

    def measure(self, per: str = "") -> str:
        draw, name = self.draw, f"m{len(self.measures)}"
        figure = draw(st.sampled_from(["sum", "sum", "max", "min"]))
        window = draw(
            st.sampled_from(
                ["P30D", "P12M", "P12M", "P365D", "P365D", "calendar_year", "parameter"]
            )
        )
        if window == "parameter":
            window = self.parameter("duration", ["P30D", "P12M"])
        per = per or draw(st.sampled_from(["person", "household"]))
        entry = {"feed": "medical_bill", figure: "out_of_pocket", "per": per, "window": window}
        if per == "record":
            entry["by"] = "stay_id"
            entry["window"] = draw(st.sampled_from(["record", window]))
        if draw(st.booleans()):
            field = draw(st.sampled_from(["valid", "care_kind"]))
            word = {"valid": "true", "care_kind": "inpatient"}[field]
            entry["where"] = [{"field": field, "is": word}]
        self.measures[name] = entry
        return name

    def _measure(self) -> dict[str, Any]:
        name = self.measure()
        limit = self.parameter("money", ["50.00", "49.99", "50.01", "0", "100"], dated=True)
        return {"measure": name, self.draw(NUMBER_TESTS): limit}

    def _count(self) -> dict[str, Any]:
        draw, name = self.draw, self.measure()
        for figure in ("sum", "max", "min"):
            self.measures[name].pop(figure, None)
        self.measures[name] |= draw(
            st.sampled_from([{"count": "records"}, {"distinct": "stay_id"}])
        )
        limit = draw(st.sampled_from([("integer", ["1", "2"]), ("number", ["1.5", "2", "0"])]))
        return {"measure": name, draw(NUMBER_TESTS): self.parameter(*limit)}

    def _incomes(self) -> dict[str, Any]:
        name = f"m{len(self.measures)}"
        window = self.draw(st.sampled_from(["P12M", "calendar_year"]))
        self.measures[name] = {
            "feed": "household_income", "sum": "annual_income", "per": "household",
            "window": window,
        }  # fmt: skip
        limit = self.parameter("money", ["50.00", "100.00", "250"])
        return {"measure": name, self.draw(NUMBER_TESTS): limit}

    def _share(self) -> dict[str, Any]:
        leaf: dict[str, Any] = {"measure": self.measure()}
        leaf[self.draw(NUMBER_TESTS)] = self.parameter("ratio", ["0.5", "1", "0.33"])
        if self.draw(st.booleans()):
            return leaf | {"of": self.parameter("money", ["100", "50.00"])}
        leaf["of"] = self.draw(
            st.sampled_from(["household_income.annual_income", "medical_bill.total"])
        )
        if self.draw(st.booleans()):
            leaf["of_within"] = "P12M"
        return leaf

    def _registered(self) -> dict[str, Any]:
        key = self.draw(st.sampled_from(["registered_in", "not_registered_in"]))
        leaf = {key: self.draw(st.sampled_from(["low_income_register", "death_register"]))}
        return leaf | self.draw(st.sampled_from([{}, {"within": "P30D"}]))

    def _disabled(self) -> dict[str, Any]:
        grade = self.parameter("integer", [1, 2, 3])
        where = [{"field": "grade", "at_most": grade}, {"field": "kind", "in": ["1", "3"]}]
        where = where[: self.draw(st.integers(0, 2))]
        key = self.draw(st.sampled_from(["registered_in", "registered_in", "not_registered_in"]))
        return {key: "disability_register", "where": where}

    def _benefit(self) -> dict[str, Any]:
        key = self.draw(st.sampled_from(["receiving", "not_receiving"]))
        leaf: dict[str, Any] = {key: ["medical_assistance"]}
        if self.draw(st.booleans()):
            leaf["within"] = self.parameter("duration", ["P30D", "P6M"])
        return leaf


class Rule:
    """A made-up trigger; a failure shows its text."""

    def __init__(self, text: str, plan: Plan) -> None:
        self.text = text
        self.plan = plan

    def __repr__(self) -> str:
        return f"\n{self.text}"


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    text = yaml.safe_dump(_texts(Writer(draw).rule()), allow_unicode=True, sort_keys=False)
    try:
        return Rule(text, plan_rule(check_rule(text, CONTRACTS), CONTRACTS))
    except RuleRefused as refused:
        senseless = ("absent", "nobody is left", "in every way")
        if not all(any(word in one.text for word in senseless) for one in refused.mistakes):
            raise
        assume(False)
        raise


def _texts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _texts(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_texts(one) for one in value]
    return str(value).lower() if isinstance(value, bool) else str(value)


# --- the law ------------------------------------------------------------------------------------

known_days = st.sampled_from(
    [datetime(2026, 3, 31, 15, 59, tzinfo=UTC), datetime(2026, 4, 2, 0, 59, tzinfo=UTC),
     datetime(2026, 6, 1, tzinfo=UTC)]
)  # fmt: skip
MORE = int(os.environ.get("CONFORMANCE_TIMES", "1"))  # times as many examples
FAIR = settings(
    max_examples=in_full(8, 25) * MORE,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # shrinking takes minutes here
    print_blob=True,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.filter_too_much,
        HealthCheck.data_too_large,
    ],
)


@FAIR
@given(rules(), counties(), known_days, st.sampled_from([ALIASES, NO_ALIASES]))
def test_the_engine_agrees_with_the_slow_judge(
    rule: Rule, county: County, known_at: datetime, aliases: pa.Table
) -> None:
    question = {"as_of": AS_OF, "known_at": known_at, "areas": AREAS, "aliases": aliases}

    judged = reference.evaluate(rule.plan, county.views, **question)
    found = duck.evaluate(rule.plan, county.views, **question)

    _agree(found, judged)


@FAIR
@given(rules(), counties(), st.sets(subjects, min_size=1, max_size=2))
def test_a_run_for_some_subjects_says_what_the_whole_run_says_of_them(
    rule: Rule, county: County, some: set[int]
) -> None:
    question = {"as_of": AS_OF, "known_at": datetime(2026, 6, 1, tzinfo=UTC), "areas": AREAS,
                "aliases": ALIASES}  # fmt: skip

    judged = reference.evaluate(rule.plan, county.views, subjects=some, **question)
    found = duck.evaluate(rule.plan, county.views, subjects=some, **question)

    _agree(found, judged)


def _agree(found: Evaluation, judged: Evaluation) -> None:
    assert found.hits.to_pylist() == judged.hits.to_pylist()
    assert found.unknown_counts == judged.unknown_counts
    assert found.counts == judged.counts
