"""How the operator's pages show deliveries and runs: tones and reasons in words. No person."""

from dataclasses import dataclass

from proactive.feeds.queries import DeliveryLine
from proactive.scans.queries import RunLine
from web.language import chosen_language
from web.reasons import feed_title
from web.say import gettext
from web.stopped import say_why_stopped

PAGE = 50
TONES = {
    "applied": "good",
    "done": "good",
    "delivered": "good",
    "sent": "good",
    "refused": "late",
    "failed": "late",
    "stopped": "late",
    "parked": "wait",
    "unknown": "wait",
}


@dataclass(frozen=True, slots=True)
class RunView:
    """One run of a trigger with its words."""

    run: RunLine

    @property
    def tone(self) -> str:
        return tone_of(self.run.state)

    @property
    def why_stopped(self) -> str:
        return (
            say_why_stopped(self.run.counts["why_stopped"]) if self.run.state == "stopped" else ""
        )

    @property
    def stale_feeds(self) -> str:
        return gettext(", ").join(feed_title(feed) for feed in self.run.stale)

    def count_of(self, name: str) -> int:
        """Return one of the counts; one that this run did not keep is 0."""
        value = self.run.counts.get(name, 0)
        return value if isinstance(value, int) else 0


def tone_of(state: str) -> str:
    return TONES.get(state, "info")


def say_refusal_of(line: DeliveryLine) -> str:
    """Return why a delivery was refused, as it was kept."""
    kept = line.refusal
    return str(kept.get(chosen_language()) or kept.get("sentence") or kept.get("what") or "")
