"""What the supervisor's pages call things: why a case is stuck, the steps from signal to help."""

from proactive.outcomes.funnel import By, Stage
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
STAGE_WORDS = {
    Stage.SIGNALS: _l("Signals in records"),
    Stage.CASES: _l("Cases"),
    Stage.VISITED: _l("Spoken to"),
    Stage.CONFIRMED: _l("Need confirmed"),
    Stage.APPROVED: _l("Approved by the town"),
    Stage.OFFERED: _l("Offered or begun"),
    Stage.GRANTED: _l("Something granted"),
    Stage.DELIVERED: _l("Something delivered"),
    Stage.OPEN: _l("Open today"),
    Stage.LATE: _l("Past their date"),
    Stage.GIVEN: _l("Given this week"),
}
BY_WORDS = {
    By.TOWN: _l("Town"),
    By.PLACE: _l("Village"),
    By.NEED: _l("Need"),
    By.MONTH: _l("Month raised"),
}
PURPOSES = {
    "meeting": _l("For a meeting about the work"),
    "planning": _l("To plan people and time"),
    "checking": _l("To check that nothing is forgotten"),
    "reporting": _l("For a report to the level above"),
}
