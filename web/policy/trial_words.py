"""Values of parameters, feeds and places as people read them on the pages of "Try it"."""

from collections.abc import Collection
from decimal import Decimal

from proactive.accounts.queries import account_names
from proactive.areas.queries import names
from proactive.kernel.errors import Refused
from proactive.kernel.money import unit_name, with_unit
from proactive.kernel.periods import Period
from proactive.kernel.work import Work
from proactive.rules.grammar import Parameter, ParameterType, TriggerRule
from proactive.rules.speaking import Speaker, say_parameter
from web.access import platform
from web.language import chosen_language
from web.say import gettext
from web.say import lazy as _l

KINDS = {
    "dry_run": _l("Dry run"),
    "sweep": _l("Many values at once"),
    "backtest": _l("Month ends of the past"),
    "replay": _l("Every day of a span"),
}
STATES = {
    "waiting": ("wait", "◷", _l("waits for its turn")),
    "running": ("info", "▸", _l("runs")),
    "done": ("good", "✓", _l("done")),
    "cancelled": ("", "○", _l("cancelled")),
    "refused": ("wait", "!", _l("not possible")),
    "failed": ("late", "✕", _l("failed")),
}


def say_value(parameter: Parameter, text: str) -> str:
    """Return a value of a parameter with its unit; '' stays ''."""
    if not text:
        return ""
    said = say_parameter(parameter.type, text, chosen_language())
    return with_unit(said, parameter.unit, chosen_language()) if parameter.unit else said


def class_name(rule: TriggerRule, name: str) -> str:
    """Return for whom a class stands: its title, else its condition in words."""
    return Speaker(rule, chosen_language(), platform().contracts).klass(name)


def place_of(parameter: Parameter, text: str) -> float | None:
    """Return where a value stands on an axis of numbers; None for codes."""
    if parameter.type in (ParameterType.CODE, ParameterType.CODES):
        return None
    if parameter.type is ParameterType.DURATION:
        try:
            period = Period.parse(text)
        except Refused:
            return None
        return float(period.months or period.days)
    factor = 100 if parameter.type is ParameterType.RATIO else 1
    return float(Decimal(text) * factor)


def unit_of(parameter: Parameter, text: str) -> str:
    """Return what the numbers of an axis are counted in, for its name."""
    if parameter.unit:
        return unit_name(parameter.unit, chosen_language())
    if parameter.type is ParameterType.RATIO:
        return "%"
    if parameter.type is ParameterType.DURATION:
        return gettext("months") if text.endswith("M") else gettext("days")
    return ""


def feed_titles(feeds: Collection[str]) -> list[str]:
    """Return what feeds are called."""
    contracts = platform().contracts
    return [
        str(getattr(contracts[feed].title, chosen_language())) if feed in contracts else feed
        for feed in feeds
    ]


def place_names(work: Work, codes: Collection[str]) -> dict[str, str]:
    """Return code → name in the reader's language, '' → what is said where no place is known."""
    language = "other" if chosen_language() == "en" else ""
    found = names(work.db, {code for code in codes if code}, language=language)
    return {code: found.get(code, code) or gettext("place not known") for code in codes}


def people_named(work: Work, ids: Collection[str]) -> dict[str, str]:
    """Return account → the name its owner goes by; who works at the server is named as he is."""
    known = account_names(work.db, set(ids))
    return {one: known.get(one, one) for one in ids}
