"""The county of the web tests, and short ways to raise, visit and judge."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Row, select, text

from proactive.bootstrap import Platform
from proactive.cases.service import get_case
from proactive.demo.cast import acting
from proactive.handlers import finding, learning
from proactive.kernel.ids import new_id
from proactive.kernel.needs import CONFIRM_BY, Need
from proactive.outcomes.store import correction_request, outcome
from proactive.scans.store import hit
from proactive.visits.model import Outcome, VisitForm
from proactive.visits.service import record_visit
from tests.web.conftest import template_database as template_database
from tests.web.story import MACHINE, Story, story_of

FOUND = {"agrees": "yes", "hard_to_pay": "yes", "income_lost": "no", "lasting_impairment": "no"}


@dataclass
class Learning:
    """Cases raised the real way, visited by their own coordinators."""

    story: Story

    @property
    def platform(self) -> Platform:
        return self.story.platform

    def raised(self, key: int) -> UUID:
        """Raise a case for a person, with its open outcome."""
        case_id = self.story.raise_case(key)
        with self.platform.work(MACHINE) as work:
            query = select(hit.c.run_id).where(hit.c.subject_key == key).limit(1)
            finding.learn_of_run(self.platform, work, work.db.execute(query).scalar_one())
        return case_id

    def visited(self, case_id: UUID, outcome: Outcome, **answers: Any) -> None:
        """Record a visit by who holds the case, and let all that follows happen."""
        with self.platform.work(MACHINE) as work:
            row = get_case(work, case_id)
            holder = work.db.execute(
                text(
                    "SELECT a.login FROM post p JOIN account a ON a.id = p.holder_id WHERE p.id=:id"
                ),
                {"id": row.owner_post_id},
            ).scalar_one()
        form = VisitForm(
            id=new_id(),
            case_id=case_id,
            base_version=row.version,
            outcome=outcome,
            told_at=self.platform.clock.now(),
            how=CONFIRM_BY[Need(row.need)],
            **answers,
        )
        with acting(self.platform, holder) as work:
            record_visit(work, form)
        self.story.settle()

    def no_need(self, case_id: UUID, reason: str, **more: Any) -> None:
        self.visited(case_id, Outcome.NO_NEED, reason=reason, **more)

    def confirmed(self, case_id: UUID, findings: Mapping[str, str] = FOUND) -> None:
        self.visited(case_id, Outcome.CONFIRMED, findings=findings)

    def outcome(self, case_id: UUID) -> Row[Any]:
        with self.platform.work(MACHINE) as work:
            return work.db.execute(select(outcome).where(outcome.c.case_id == case_id)).one()

    def corrections(self, case_id: UUID) -> list[Row[Any]]:
        query = select(correction_request).where(correction_request.c.case_id == case_id)
        with self.platform.work(MACHINE) as work:
            return list(work.db.execute(query))

    def fill_in(self) -> None:
        learning.learn(self.platform, "")


@pytest.fixture
def county(platform: Platform) -> Learning:
    return Learning(story_of(platform))
