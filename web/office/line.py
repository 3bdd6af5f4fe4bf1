"""How an item stands at the office's own system, in one sentence for its clerk."""

from dataclasses import dataclass
from uuid import UUID

from proactive.bundles.model import DECIDED
from proactive.connectors.model import CallState, Fault
from proactive.connectors.queries import standing_of
from proactive.kernel.work import Work
from web import display
from web.say import gettext


@dataclass(frozen=True, slots=True)
class LineView:
    """A sentence, and whether somebody must look after it here."""

    words: str
    attention: bool


def line_view(work: Work, item_id: UUID, state: str) -> LineView | None:
    """Return None where the office works with these pages only, or all is over."""
    standing = standing_of(work, item_id)
    if standing is None or standing.state is CallState.DROPPED or state in DECIDED:
        return None
    if standing.problem:
        return LineView(
            gettext(
                "The office's own system answered, but the answer could not be taken over. Have it"
                " sent again, or decide here."
            ),
            attention=True,
        )
    if standing.fault is Fault.CANNOT_BE_TOLD:
        return LineView(
            gettext(
                "Something in this item cannot be read here, so the office's own system has not"
                " got it yet. Enter anew what is marked below; it then goes there by itself. Or"
                " work on it here."
            ),
            attention=True,
        )
    if standing.fault is Fault.VAULT_SHUT:
        return LineView(
            gettext(
                "It waits here for a fault of ours and goes to the office's own system by itself"
                " once that is mended. You need do nothing."
            ),
            attention=False,
        )
    if standing.state is CallState.DECLINED:
        return LineView(
            gettext("The office's own system did not take this item. Work on it here."),
            attention=True,
        )
    if standing.state in (CallState.SENT, CallState.ANSWERED):
        since = display.day(standing.since.astimezone(work.zone).date())
        return LineView(gettext("In the office's own system since %(day)s.", day=since), False)
    return LineView(gettext("On its way to the office's own system."), attention=False)
