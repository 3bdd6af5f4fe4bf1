"""How far the offices are with a case, and what the person still has to bring or answer."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from proactive.attachments.service import KeptFile
from proactive.bundles.certificates import certificates_of_case
from proactive.bundles.queries import Progress, ProgressLine, bundles_of_case, progress
from proactive.bundles.service import fill_form
from proactive.bundles.versions import pinned_definition
from proactive.kernel.errors import Refused
from proactive.kernel.work import Work
from web.errors import not_found
from web.language import chosen_language


@dataclass(frozen=True, slots=True)
class ItemView:
    """One office's item: whose turn it is and what it waits for."""

    title: str
    office: str
    phone: str
    state: str
    waits_for: tuple[str, ...]
    expected_on: date | None
    item_id: UUID
    files: tuple[KeptFile, ...] = ()


@dataclass(frozen=True, slots=True)
class AskedField:
    """An answer that only the person can give."""

    code: str
    title: str
    kind: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class BundleView:
    """One bundle of a case."""

    bundle_id: UUID
    title: str
    lead_office: str
    promised_on: date
    late_days: int
    items: tuple[ItemView, ...]
    papers: tuple[tuple[str, str], ...]
    fields: tuple[AskedField, ...]
    notes: tuple[str, ...]


def read_bundles(work: Work, case_id: UUID) -> tuple[BundleView, ...]:
    """Return the bundles of a case with what is still asked of the person."""
    language = chosen_language()
    files = certificates_of_case(work, case_id)
    return tuple(
        _bundle(work, progress(work, row.id, language), files)
        for row in bundles_of_case(work, case_id)
    )


def _bundle(work: Work, seen: Progress, files: Mapping[UUID, list[KeptFile]]) -> BundleView:
    titles = {line.code: line.title for line in seen.items}
    definition = pinned_definition(work.db, seen.bundle.bundle_version_id)
    wanted = {thing.code for thing in seen.asked if not thing.answered}
    missing = [p for p in seen.papers if p.state in ("missing", "lenient")]
    return BundleView(
        bundle_id=seen.bundle.id,
        title=seen.title,
        lead_office=seen.lead_office,
        promised_on=seen.bundle.promised_on,
        late_days=seen.late_days,
        items=tuple(
            _item(line, titles, files.get(line.item_id, ()))
            for line in seen.items
            if line.state != "not_selected"
        ),
        papers=tuple((paper.code, paper.title) for paper in missing),
        fields=tuple(
            AskedField(
                line.code,
                line.title,
                str(definition.fields[line.code].kind),
                tuple(
                    (choice.code, choice.text.in_language(chosen_language()))
                    for choice in definition.fields[line.code].choices
                ),
            )
            for line in seen.to_ask
        ),
        notes=tuple(note for thing in seen.asked if thing.code in wanted for note in thing.notes),
    )


def _item(line: ProgressLine, titles: dict[str, str], files: Collection[KeptFile]) -> ItemView:
    return ItemView(
        title=line.title,
        office=line.office,
        phone=line.office_phone,
        state=line.state,
        waits_for=tuple(titles.get(code, code) for code in line.waits_for),
        expected_on=line.expected_on,
        item_id=line.item_id,
        files=tuple(files),
    )


def hand_in(
    work: Work, case_id: UUID, bundle_id: UUID, values: dict[str, str], papers: tuple[str, ...]
) -> None:
    """Keep answers and papers that the person gave; every office that waits for them goes on."""
    if bundle_id not in {row.id for row in bundles_of_case(work, case_id)}:
        raise not_found()
    given = {code: value for code, value in values.items() if value}
    if not given and not papers:
        raise Refused(
            "nothing_given",
            "Nothing has been entered.",
            todo="Mark the papers that came in, or fill in a field.",
        )
    fill_form(work, bundle_id, values=given, papers=papers)
