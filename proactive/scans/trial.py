"""Looking at a day without raising anything."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from proactive.areas.queries import all_paths
from proactive.feeds.contracts import Contracts
from proactive.feeds.lake import Lake
from proactive.feeds.views import feed_views
from proactive.kernel.work import Work
from proactive.people.vault import aliases_table
from proactive.rules.duck import evaluate
from proactive.rules.plan import plan_rule
from proactive.rules.results import hit_rows
from proactive.rules.service import stored_rule, version_row


@dataclass(frozen=True, slots=True)
class Trial:
    """What a scan of a day finds: persons or organisations, hits (records count each), gaps."""

    subjects: int
    hits: int
    asked: int
    excluded: int
    unknown: Mapping[str, int]
    classes: Mapping[str, int]

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    def as_text(self, trigger: str, version: int, as_of: date) -> str:
        """Return the counts as sentences of English."""
        text = (
            f"{trigger} version {version} as of {as_of}: {self.subjects} subjects, {self.hits} hits"
        )
        text += f", {self.asked} of them with a gap to ask about; {self.excluded} excluded."
        for fact, count in self.unknown.items():
            text += f"\n  not known: {fact}, {count} times"
        return text + "\nNothing was raised."


def try_out(
    work: Work, lake: Lake, contracts: Contracts, trigger: str, version: int, as_of: date
) -> Trial:
    """Evaluate a version, live or not, as of a day with everything known now; keep nothing."""
    plan = plan_rule(stored_rule(version_row(work, trigger, version).yaml), contracts)
    evaluation = evaluate(
        plan,
        feed_views(work, lake, sorted(plan.feeds), contracts),
        as_of=as_of,
        known_at=work.now,
        areas=all_paths(work.db, on=as_of) if plan.needs_area else {},
        aliases=aliases_table(work),
    )
    rows = list(hit_rows(evaluation))
    return Trial(
        subjects=len({row.subject_key for row in rows}),
        hits=len(rows),
        asked=evaluation.counts["asked"],
        excluded=evaluation.counts["excluded"],
        unknown=dict(evaluation.unknown_counts),
        classes=Counter(row.klass for row in rows),
    )
