"""One confirmed case as the second gate sees it: what was found, why, and what would follow."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from proactive.accounts.queries import account_names
from proactive.bundles.selection import select_bundles
from proactive.bundles.versions import live_definitions
from proactive.cases.model import CaseState
from proactive.cases.queries import Ground
from proactive.cases.service import is_own_confirmation
from proactive.kernel.work import Work
from proactive.routing.desks import need_another
from proactive.rules.service import rule_of
from proactive.visits.form_versions import form_for
from proactive.visits.model import Outcome
from proactive.visits.queries import CaseSheet, household_sheet
from web.coordinator.lists import place_names, place_of
from web.coordinator.sheets import MatterView, matter_of, person_of
from web.language import chosen_language


@dataclass(frozen=True, slots=True)
class Finding:
    """One question and its answer, in words."""

    ask: str
    answer: str


@dataclass(frozen=True, slots=True)
class DecisionView:
    """Everything the town needs to approve one case or to send it back.

    `own`: the reader is who confirmed the need, so that somebody else approves it; `alone`:
    nobody else is at the desk that has the case, so that the other desks have it on their lists.
    """

    matter: MatterView
    findings: tuple[Finding, ...]
    note: str
    checked_by: str
    checked_at: datetime | None
    bundles: tuple[str, ...]
    open: bool
    own: bool
    alone: bool


def read_decision(work: Work, case_id: UUID) -> DecisionView:
    """Return one case for the gate; Refused `not_found` outside the reader's area."""
    sheet = household_sheet(work, case_id, chosen_language())
    each = next(one for one in sheet.cases if one.case.id == case_id)
    places = place_names(work, [each.case])
    person = person_of(work, each.person, place_of(each.case, places))
    visit = next((v for v in each.visits if v.taken and v.outcome == Outcome.CONFIRMED), None)
    findings = visit.findings if visit else {}
    names = account_names(work.db, [visit.account_id]) if visit else {}
    return DecisionView(
        matter=matter_of(work, each, person, (), {}),
        findings=_in_words(work, each, findings),
        note=visit.note if visit else "",
        checked_by=names.get(visit.account_id, "") if visit else "",
        checked_at=visit.told_at if visit else None,
        bundles=_bundles(work, each, findings),
        open=each.case.state == CaseState.CONFIRMED,
        own=is_own_confirmation(work, case_id),
        alone=case_id in need_another(work),
    )


def _in_words(work: Work, each: CaseSheet, findings: dict[str, str]) -> tuple[Finding, ...]:
    form = form_for(work.db, each.case.need, chosen_language())
    asked = {question.code: question for question in form.questions}
    return tuple(
        Finding(
            asked[code].ask if code in asked else code,
            dict(asked[code].answers).get(answer, answer) if code in asked else answer,
        )
        for code, answer in findings.items()
    )


def _bundles(work: Work, each: CaseSheet, findings: dict[str, str]) -> tuple[str, ...]:
    """Return the titles of the bundles that the findings select; opened only after approval."""
    live = {code: version.definition for code, version in live_definitions(work.db).items()}
    proposed = {name for ground in each.grounds for name in _proposed(work, ground)}
    chosen = select_bundles(live, findings, proposed, need=each.case.need)
    return tuple(live[one.bundle].title.in_language(chosen_language()) for one in chosen)


def _proposed(work: Work, ground: Ground) -> tuple[str, ...]:
    return rule_of(work, ground.trigger_version_id).proposes
