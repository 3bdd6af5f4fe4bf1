"""How somebody is called on a page: by name, or by what is known where there is none."""

from datetime import date

from proactive.people.model import PersonCard
from web.say import gettext

NAMELESS_DAYS = 366


def name_of(card: PersonCard, today: date) -> str:
    """Return the name; a child that has none yet, and somebody unknown, are said to be so."""
    if card.name:
        return card.name
    newborn = card.scheme == "birth_certificate"
    if card.born_on is not None:
        newborn |= 0 <= (today - card.born_on).days < NAMELESS_DAYS
    return gettext("child without a name yet") if newborn else gettext("name not known")
