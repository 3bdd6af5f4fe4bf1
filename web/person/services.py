"""The services of a matter as its person reads them: how each stands, and what there is to do."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from proactive.attachments.service import KeptFile
from proactive.bundles.model import ITEM_TABLE, ItemState
from proactive.bundles.queries import Progress, ProgressLine, bundles_of_case, progress
from proactive.kernel.states import Role
from proactive.kernel.work import Work
from web.display import phone
from web.language import chosen_language, joined
from web.say import gettext
from web.say import lazy as _l
from web.words import word

S = ItemState
STANDS = {
    S.WAITING: _l("It begins once another service is decided."),
    S.READY: _l("All is ready; it goes to the office now."),
    S.SUBMITTED: _l("The office has it and will begin."),
    S.ACCEPTED: _l("The office is working on it."),
    S.ACCEPTED_LENIENT: _l("The office is working on it; what is missing may follow."),
    S.SUSPENDED: _l("The office waits for what is asked of you."),
    S.RETURNED: _l("The office sent it back. It is put right and handed in again."),
    S.BLOCKED: _l("It cannot be done, because another service was not granted."),
    S.GRANTED: _l("It is granted."),
    S.REFUSED: _l("It was not granted."),
    S.DELIVERED: _l("It is done."),
}
COMES = {
    "post": _l("It comes to you by post."),
    "at_home": _l("It is brought to your home."),
    "file": _l("Nothing to collect: it is paid or entered."),
}
BY_HAND = _l(
    "Only by hand, to the coordinator or at the desk. Whoever asks you for it by telephone or by "
    "text message is not from us."
)
ICONS = {
    S.SUSPENDED: "◷",
    S.RETURNED: "◷",
    S.GRANTED: "✓",
    S.DELIVERED: "✓",
    S.REFUSED: "!",
    S.BLOCKED: "!",
}


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One service: how it stands in one sentence, `more` in a few others."""

    code: str
    title: str
    office: str
    phone: str
    stands: str
    icon: str
    more: tuple[str, ...]
    chosen: bool
    may_change: bool
    expected_on: date | None
    item_id: UUID
    files: tuple[KeptFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Menu:
    """The services of one bundle, and what the person still has to bring or to say."""

    bundle_id: UUID
    version: int
    title: str
    items: tuple[ItemLine, ...]
    wanted: tuple[str, ...]

    @property
    def choosable(self) -> bool:
        return any(item.may_change for item in self.items)


def menus_of(
    work: Work, case_id: UUID, files: Mapping[UUID, Collection[KeptFile]]
) -> tuple[Menu, ...]:
    """Return what a case's bundles hold; `files` are certificates by item."""
    return tuple(
        _menu(progress(work, each.id, chosen_language()), files)
        for each in bundles_of_case(work, case_id)
    )


def _menu(seen: Progress, files: Mapping[UUID, Collection[KeptFile]]) -> Menu:
    return Menu(
        bundle_id=seen.bundle.id,
        version=seen.bundle.version,
        title=seen.title,
        items=tuple(_item(line, files.get(line.item_id, ())) for line in seen.items),
        wanted=_wanted(seen),
    )


def _wanted(seen: Progress) -> tuple[str, ...]:
    """Return the papers that are missing and what offices ask beside them, each once."""
    titles = {field.code: field.title for field in seen.to_ask}
    papers = [paper.title for paper in seen.papers if paper.state in ("missing", "lenient")]
    asked = [titles[each.code] for each in seen.asked if not each.answered and each.code in titles]
    return tuple(dict.fromkeys([*papers, *asked]))


def _item(line: ProgressLine, files: Collection[KeptFile]) -> ItemLine:
    may = {
        action: ITEM_TABLE.can(line.state, action, Role.RECIPIENT) for action in ("choose", "drop")
    }
    return ItemLine(
        code=line.code,
        title=line.title,
        office=line.office,
        phone=phone(line.office_phone),
        stands=str(STANDS.get(line.state, "")),
        icon=ICONS.get(line.state, ""),
        more=tuple(_more(line)),
        chosen=line.state in STANDS,
        may_change=any(may.values()),
        expected_on=line.expected_on if line.state is not S.GRANTED else None,
        item_id=line.item_id,
        files=tuple(files),
    )


def _more(line: ProgressLine) -> list[str]:
    """Return what a person must know beside the state: why, by what right, where and how."""
    if line.state is S.REFUSED:
        return [
            gettext("Reason: %(why)s. By: %(basis)s.", why=_open(line.why), basis=line.legal_basis),
            gettext(
                "If you think this is wrong, object: somebody else than who decided looks at it. "
                "If something has changed, it can be tried again; the coordinator helps you."
            ),
        ]
    if line.state is S.RETURNED:
        return [gettext("Reason: %(why)s.", why=word("item_reason", line.reason))]
    return [_how_it_comes(line)] if line.state is S.GRANTED else []


def _open(sentence: str) -> str:
    """Return a sentence of a bundle without its full stop: more stands behind it."""
    return sentence.rstrip(".。")


def _how_it_comes(line: ProgressLine) -> str:
    if line.delivery_mode == "collect":
        where = " ".join(filter(None, (line.office, line.office_address)))
        return gettext(
            "Collect it at %(where)s and say the code %(code)s. If you cannot come, ask to have "
            "it brought.",
            where=where,
            code=line.pickup_code,
        )
    says = [str(COMES.get(line.delivery_mode, ""))]
    if line.delivery_mode == "post" and line.tracking_no:
        says.append(gettext("Number of the parcel: %(number)s.", number=line.tracking_no))
    return joined(says)
