"""Counts and intervals as sentences that somebody who is no statistician understands."""

from proactive.outcomes.model import BAND_EDGES, MENDERS, NO_LINE, Counts, Mender, Missed, Share
from proactive.visits.model import NO_NEED_WORDS, NoNeed
from web.language import chosen_language
from web.say import gettext, ngettext
from web.say import lazy as _l

SURE = 0.15  # an interval as narrow as this is told without a warning
MENDER_WORDS = {
    Mender.RULE: _l("The owner of the rule: it may be too wide"),
    Mender.STEWARD: _l("The office that owns the record: it is asked to look"),
    Mender.QUIET: _l("Nobody: the family is left alone until a day"),
    Mender.NOBODY: _l("Nobody: it is their own choice and not held against the rule"),
}


def per_cent(share: float) -> str:
    return f"{share * 100:.0f} %"


def between(share: Share) -> str:
    """Return the bounds of a share: 62–88 %."""
    return f"{share.low * 100:.0f}–{share.high * 100:.0f} %"


def say_precision(counts: Counts) -> str:
    """Return how many visits found need, and how far that can be trusted."""
    share = counts.precision
    if share is None:
        return gettext("No visit has been judged yet, so nothing can be said about the rule.")
    said = ngettext(
        "The one visit so far found need: %(yes)d of %(num)d.",
        "Of %(num)d visits %(yes)d found need: %(share)s.",
        share.of,
        yes=share.count,
        share=per_cent(share.value),
    )
    return f"{said} {_how_sure(share)}"


def _how_sure(share: Share) -> str:
    if share.high - share.low > SURE:
        return gettext(
            "With so few visits the true share may be anywhere in %(bounds)s.",
            bounds=between(share),
        )
    return gettext("The true share most likely lies in %(bounds)s.", bounds=between(share))


def say_missed(found: Missed) -> str:
    """Return the estimate of who the rule leaves out."""
    return gettext(
        "About %(people)d of the %(stand)d people just under the line may be in need; with so few"
        " sample visits it may be %(low)d to %(high)d.",
        people=found.people,
        stand=found.just_under,
        low=found.low,
        high=found.high,
    )


def say_band(band: int) -> str:
    """Return the name of a band in words a coordinator would use."""
    if band == NO_LINE:
        return gettext("No line, or distance not known")
    edges = [f"{edge * 100:.0f} %" for edge in BAND_EDGES]
    if band == 0:
        return gettext("Under the line")
    if band == len(edges):
        return gettext("%(least)s of the line and more", least=edges[-1])
    return gettext("%(least)s to %(most)s of the line", least=edges[band - 1], most=edges[band])


def short_band(band: int) -> str:
    """Return a band as it is written under a bar."""
    edges = [f"{edge * 100:.0f}" for edge in BAND_EDGES]
    if band == 0:
        return f"< {edges[0]} %"
    return f"≥ {edges[-1]} %" if band == len(edges) else f"{edges[band - 1]}–{edges[band]} %"


def say_reason(reason: str) -> str:
    if reason not in set(NoNeed):
        return reason
    english, chinese = NO_NEED_WORDS[NoNeed(reason)]
    return chinese if chosen_language() == "zh" else english


def say_mender(reason: str) -> str:
    """Return who can mend what a reason tells; '' for a reason of another list."""
    return str(MENDER_WORDS[MENDERS[NoNeed(reason)]]) if reason in set(NoNeed) else ""
