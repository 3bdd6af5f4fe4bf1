"""What one letter says to its person: how the matter stands, who comes, number and code."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from proactive.cases.queries import facts_of, grounds_of
from proactive.kernel.work import Work
from proactive.notices.service import mark_told, open_tellings
from proactive.voice.codes import issue_code
from proactive.voice.model import How
from proactive.voice.queries import Comer, who_answers
from web.access import platform
from web.display import phone
from web.language import chosen_language, joined
from web.naming import name_of
from web.person.mine import comes_next, stands_of
from web.person.services import BY_HAND, menus_of
from web.reasons import reasons_of
from web.say import gettext
from web.words import word


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter. `found`: what the records say; `services`: how each stands, `wanted`: papers."""

    name: str
    guardian: bool
    address: str
    need: str
    found: tuple[str, ...]
    stands: str
    next: str
    services: tuple[str, ...]
    wanted: str
    comer: Comer | None
    ref: str
    code: str
    until: date

    @property
    def addressee(self) -> str:
        """Whom the envelope is for: of a child whoever stands for it."""
        if self.guardian:
            return gettext("To whoever stands for %(name)s", name=self.name)
        return self.name


@dataclass(frozen=True, slots=True)
class House:
    """Who writes: what stands in every letter alike."""

    sender: str
    address: str
    check_phone: str
    today: date


def house(today: date) -> House:
    """Return who writes, in the reader's language."""
    settings = platform().settings
    return House(
        sender=settings.sender_name if chosen_language() == "zh" else settings.sender_name_en,
        address=f"{settings.public_url.rstrip('/')}/my",
        check_phone=phone(settings.check_phone),
        today=today,
    )


def write_letter(unit: Work, case_id: UUID, how: How) -> Letter:
    """Make a fresh code and return the letter; what was to be told by letter counts as told.

    Raises Refused `not_found`, `no_code_for_the_dead`, `identity_doubtful`.
    """
    issued = issue_code(unit, case_id, how)
    for telling in _by_letter(unit, case_id) if how is How.LETTER else ():
        mark_told(unit, telling)
    row, who = issued.case, issued.card
    menus = menus_of(unit, case_id, {})
    wanted = [title for menu in menus for title in menu.wanted]
    grounds, facts = grounds_of(unit, [case_id])[case_id], facts_of(unit, case_id)
    return Letter(
        name=name_of(who, unit.today),
        guardian=issued.guardian,
        address=who.address,
        need=word("need", row.need),
        found=reasons_of(unit, grounds, facts, to_the_person=True).sentences,
        stands=stands_of(row),
        next=comes_next(row, menus, on_paper=True),
        services=tuple(
            joined([f"{item.title}{gettext(': ')}{item.stands}", *item.more])
            for menu in menus
            for item in menu.items
            if item.chosen
        ),
        wanted=gettext(", ").join(dict.fromkeys(wanted)),
        comer=who_answers(unit, row.owner_post_id) if row.owner_post_id else None,
        ref=row.ref,
        code=f"{issued.code[:4]} {issued.code[4:]}",
        until=issued.expires_at.astimezone(unit.zone).date(),
    )


def says_who_comes(letter: Letter, written_by: House) -> str:
    """Return who answers for the matter, with a number to call; '' where nobody does yet."""
    if letter.comer is None:
        return ""
    return gettext(
        "%(who)s (%(what)s), telephone %(phone)s",
        who=letter.comer.name,
        what=word("post", letter.comer.kind),
        phone=phone(letter.comer.phone) or written_by.check_phone,
    )


def says_what_is_wanted(letter: Letter) -> str:
    """Return what the person is to bring and to whom; '' where nothing is asked."""
    if not letter.wanted:
        return ""
    please = gettext("Please bring or give to the coordinator: %(what)s.", what=letter.wanted)
    return joined([please, str(BY_HAND)])


def advice(written_by: House) -> tuple[str, ...]:
    """Return what the person can do, in sentences; how to say no and how to check come first."""
    check = written_by.check_phone
    return (
        gettext(
            "You may say no. Nothing is taken from you. Tell whoever comes, or call %(phone)s.",
            phone=check,
        ),
        gettext(
            "Is this letter genuine? Call %(phone)s and say only the number. Nobody asks you for "
            "money or for a password. Give the code to nobody.",
            phone=check,
        ),
        gettext(
            "Look it up, say yes or no, choose, correct or object: open %(address)s on any phone "
            "and enter number and code.",
            address=written_by.address,
        ),
        gettext(
            "Without a phone: tell the coordinator, or call %(phone)s and say only the number.",
            phone=check,
        ),
        gettext(
            "If something is wrong you may object. Somebody else than who decided answers within "
            "10 working days."
        ),
    )


def _by_letter(unit: Work, case_id: UUID) -> list[UUID]:
    return [row.id for row in open_tellings(unit, [case_id]) if row.how == "letter"]
