"""Learning: outcomes are filled in, and a few people just under a line are drawn for a visit."""

from uuid import UUID

from sqlalchemy import text

from proactive.bootstrap import Platform
from proactive.cases.raising import raise_hits
from proactive.handlers.finding import raising_of
from proactive.kernel.logs import get_logger
from proactive.kernel.work import Actor
from proactive.outcomes.corrections import note_arrived
from proactive.outcomes.sampling import get_look, keep_round, look_below
from proactive.outcomes.service import note_help, open_outcomes
from proactive.routing.queries import county_desks
from proactive.rules.lines import line_of
from proactive.rules.service import plan_of

LEARNER = Actor.machine("learner")
log = get_logger(__name__)

VERSIONS = "SELECT DISTINCT trigger_version_id FROM case_hit ORDER BY 1"


def learn(platform: Platform, key: str) -> None:
    """Fill in what outcomes lack, version by version: rows, margins, places, the first help."""
    with platform.work(LEARNER) as work:
        versions = list(work.db.execute(text(VERSIONS)).scalars())
    for version_id in versions:
        with platform.work(LEARNER) as work:
            line = line_of(plan_of(work, version_id, platform.contracts))
            open_outcomes(work, version_id=version_id, line=line)
    with platform.work(LEARNER) as work:
        note_help(work)
        note_arrived(work)


def sample(platform: Platform, key: str) -> None:
    """Look just under the line of the run's rule and raise the few that the lot falls on."""
    run_id = UUID(key)
    with platform.work(LEARNER) as work:
        look = get_look(work, run_id, platform.lake, platform.contracts)
    if look is None:
        return
    evaluation = look_below(look)
    with platform.work(LEARNER) as work:
        chosen = keep_round(work, look, evaluation)
        if chosen is not None and chosen.hits:
            raise_hits(work, raising_of(platform, work, run_id), county_desks(work.db))
            open_outcomes(work, run_id=run_id, line=look.line)
    if chosen is not None:
        log.info(
            "A sample was drawn.",
            run=run_id,
            trigger=look.run.trigger,
            count=chosen.just_under,
            rows=chosen.hits,
        )
