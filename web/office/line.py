"""How an item stands at the office's own system, in one sentence for its clerk."""

from dataclasses import dataclass
from uuid import UUID

from proactive.bundles.model import DECIDED
from proactive.connectors.model import CallState
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
    if standing.state is CallState.DECLINED:
        return LineView(
            gettext("The office's own system did not take this item. Work on it here."),
            attention=True,
        )
    if standing.state in (CallState.SENT, CallState.ANSWERED):
        since = display.day(standing.since.astimezone(work.zone).date())
        return LineView(gettext("In the office's own system since %(day)s.", day=since), False)
    return LineView(gettext("On its way to the office's own system."), attention=False)
