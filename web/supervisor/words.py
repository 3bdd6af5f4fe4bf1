"""What the supervisor's pages call things: why a case is stuck, the steps from signal to help."""

from proactive.outcomes.stuck import Why
from web.say import lazy as _l

WHY_WORDS = {
    Why.NO_PLACE: _l("Nobody knows where the person lives"),
    Why.NO_POST: _l("No post covers the place"),
    Why.NOBODY_THERE: _l("Nobody is at the post"),
    Why.GATE: _l("Waits for the town to decide"),
    Why.REFUSED: _l("Held up by another service"),
    Why.OFFICE: _l("Waits for an office"),
    Why.UNDELIVERED: _l("A message did not arrive"),
    Why.NO_ANSWER: _l("Nobody answered"),
    Why.VISIT: _l("The visit is late"),
    Why.NO_ROOM: _l("Waits for room at a post"),
    Why.LATE: _l("Past its date"),
}
