"""How somebody is called on a page: by name, or by what is known where there is none."""

from datetime import date

from proactive.people.model import PersonCard
from web.say import gettext

NAMELESS_DAYS = 366


def name_of(card: PersonCard, today: date) -> str:
    """Return the name, or say why there is none: damaged, not given yet, not known."""
    if card.name:
        return card.name
    if "name" in card.damaged:
        return gettext("name cannot be read")
    newborn = card.scheme == "birth_certificate"
    if card.born_on is not None:
        newborn |= 0 <= (today - card.born_on).days < NAMELESS_DAYS
    return gettext("child without a name yet") if newborn else gettext("name not known")
