"""Pages to print: my list for the bag, and the sheet on which a person says yes or no."""

from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue

from proactive.cases.queries import facts_of, grounds_of
from proactive.kernel.states import FIELD
from web.access import Scope, policy, work
from web.coordinator.lists import read_my_list
from web.coordinator.sheets import read_sheet, reader_may_act
from web.coordinator.views import blueprint
from web.reasons import reasons_of


@blueprint.get("/visits/print")
@policy(roles=FIELD, scope=Scope.AREA)
def print_list() -> ResponseReturnValue:
    return render_template(
        "coordinator/print_list.html", mine=read_my_list(work()), today=work().today
    )


@blueprint.get("/visits/<uuid:case_id>/consent")
@policy(roles=FIELD, scope=Scope.AREA)
def consent_sheet(case_id: UUID) -> ResponseReturnValue:
    """Show what the person of one case is asked to agree to; nothing is recorded by it."""
    reader_may_act(work(), case_id)
    sheet = read_sheet(work(), case_id)
    matter = next(each for each in sheet.matters if each.case_id == case_id)
    grounds = grounds_of(work(), [case_id])[case_id]
    facts = facts_of(work(), case_id)
    said = reasons_of(work(), grounds, facts, to_the_person=True).sentences
    return render_template("coordinator/consent.html", matter=matter, said=said, today=work().today)
