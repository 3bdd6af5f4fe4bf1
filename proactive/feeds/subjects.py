"""Whom a row is about: its number by the scheme that fits, and what the vault should learn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from proactive.feeds.cells import Cell
from proactive.feeds.contract import Alias, Contract, OtherId, Subject
from proactive.feeds.identifiers import (
    Checked,
    birth_in,
    check_credit_code,
    check_opaque,
    check_resident_id,
)
from proactive.feeds.mapping import Mapping as FileMapping
from proactive.feeds.reasons import Reason, Warn
from proactive.feeds.words import Scheme, SubjectKind
from proactive.kernel.crypto import Keyring
from proactive.people.model import Identity, Place

HOUSEHOLD = "household"
KINDS = {
    Scheme.CN_RESIDENT_ID: "person",
    Scheme.BIRTH_CERTIFICATE: "person",
    Scheme.CN_CREDIT_CODE: "organisation",
}
Values = Mapping[str, Cell]


@dataclass(frozen=True, slots=True)
class Number:
    """A subject's number in its normal form, with the key the lake knows it by."""

    scheme: Scheme
    value: str
    key: int
    kind: str


@dataclass(frozen=True, slots=True)
class Found:
    """What a row says of its subject; a reason when it cannot be told who it is."""

    number: Number | None = None
    reason: Reason | None = None
    field: str = ""
    warnings: tuple[Warn, ...] = ()
    identities: tuple[Identity, ...] = ()
    alias: tuple[int, int] | None = None


@dataclass(slots=True)
class SubjectReader:
    """Reads the subject of each row of one delivery; keys are worked out once per number."""

    contract: Contract
    mapping: FileMapping
    keys: Keyring
    today: date
    _numbers: dict[tuple[str, ...], Number | Checked] = field(default_factory=dict)
    _households: dict[str, int] = field(default_factory=dict)

    def household(self, values: Values) -> int | None:
        """The household's key; the number itself stays out of the lake."""
        text = str(self._text(values, self.contract.household) or "")
        if not text:
            return None
        number = "".join(text.split()).upper()
        if number not in self._households:
            self._households[number] = self.keys.subject_key(HOUSEHOLD, number)
        return self._households[number]

    def read(self, values: Values, household: int | None, seen_on: date | None) -> Found:
        """The subject of a row, its identities, and the alias it reveals."""
        subject = self.contract.subject
        if subject is None:
            return Found()
        found, warning = self._own_number(subject, values)
        if isinstance(found, Reason):
            return Found(reason=found, field=subject.id[0])
        warnings = [warning] if warning else []
        guardian = self._guardian(subject, values)
        born = self._born(subject, values, found, warnings)
        identities = [self._identity(subject, values, found, household, born, guardian, seen_on)]
        if guardian and subject.guardian:
            identities.append(self._guardian_identity(subject, values, guardian, seen_on))
        return Found(
            number=found,
            warnings=tuple(warnings),
            identities=tuple(identities),
            alias=self._alias(subject.alias, values, found),
        )

    def _own_number(self, subject: Subject, values: Values) -> tuple[Number | Reason, Warn | None]:
        texts = tuple(str(self._text(values, name) or "") for name in subject.id)
        schemes = (self.mapping.id_scheme,) if self.mapping.id_scheme else subject.schemes
        other: OtherId | None = subject.otherwise
        if not texts[0] and other:
            texts = tuple(str(self._text(values, name) or "") for name in other.id)
            schemes = (other.scheme,)
        if not texts[0]:
            return Reason.MISSING_VALUE, None
        return self._number(texts, schemes)

    def _number(
        self, texts: tuple[str, ...], schemes: tuple[Scheme, ...]
    ) -> tuple[Number | Reason, Warn | None]:
        known = (*texts, "/", *schemes)
        if known not in self._numbers:
            self._numbers[known] = self._checked_number(texts, schemes)
            if len(self._numbers) > 50_000:
                self._numbers = {known: self._numbers[known]}
        found = self._numbers[known]
        if isinstance(found, Number):
            upgraded = found.scheme is Scheme.CN_RESIDENT_ID and len(texts[0]) < len(found.value)
            return found, Warn.ID_UPGRADED if upgraded else None
        return found.reason or Reason.ID_SHAPE, None

    def _checked_number(
        self, texts: tuple[str, ...], schemes: tuple[Scheme, ...]
    ) -> Number | Checked:
        first: Checked | None = None
        for scheme in schemes:
            checked = self._check(scheme, texts)
            if checked.value:
                kind = KINDS.get(scheme) or self._opaque_kind()
                key = self.keys.subject_key(scheme, checked.value)
                return Number(scheme, checked.value, key, kind)
            # The scheme whose shape fits best tells the better reason.
            if first is None or first.reason is Reason.ID_SHAPE:
                first = checked
        return first or Checked(reason=Reason.ID_SHAPE)

    def _check(self, scheme: Scheme, texts: tuple[str, ...]) -> Checked:
        if scheme is Scheme.CN_RESIDENT_ID:
            return check_resident_id(texts[0], self.today)
        if scheme is Scheme.CN_CREDIT_CODE:
            return check_credit_code(texts[0])
        if scheme is Scheme.BIRTH_CERTIFICATE:
            return Checked("|".join("".join(text.split()).upper() for text in texts))
        return check_opaque(texts[0])

    def _opaque_kind(self) -> str:
        subject = self.contract.subject
        if self.mapping.subject_kind:
            return self.mapping.subject_kind
        organisation = subject is not None and subject.kind is SubjectKind.ORGANISATION
        return "organisation" if organisation else "person"

    def _alias(self, alias: Alias | None, values: Values, own: Number) -> tuple[int, int] | None:
        """(temporary, permanent) where the row carries a second number of the same subject."""
        if alias is None or own.scheme is alias.scheme:
            return None
        texts = tuple(str(self._text(values, name) or "") for name in alias.id)
        if not texts[0]:
            return None
        other, _ = self._number(texts, (alias.scheme,))
        if isinstance(other, Reason):
            return None
        return (other.key, own.key) if alias.temporary else (own.key, other.key)

    def _guardian(self, subject: Subject, values: Values) -> Number | None:
        if subject.guardian is None:
            return None
        text = str(self._text(values, subject.guardian.id) or "")
        if not text:
            return None
        scheme = Scheme.OPAQUE if self.mapping.id_scheme is Scheme.OPAQUE else Scheme.CN_RESIDENT_ID
        found, _ = self._number((text,), (scheme,))
        return found if isinstance(found, Number) else None

    def _born(
        self, subject: Subject, values: Values, number: Number, warnings: list[Warn]
    ) -> date | None:
        told = self._text(values, subject.born_on)
        inside = birth_in(number.value) if number.scheme is Scheme.CN_RESIDENT_ID else None
        if isinstance(told, date) and inside and told != inside:
            warnings.append(Warn.BIRTH_DIFFERS)
        return inside or (told if isinstance(told, date) else None)

    def _identity(
        self,
        subject: Subject,
        values: Values,
        number: Number,
        household: int | None,
        born: date | None,
        guardian: Number | None,
        seen_on: date | None,
    ) -> Identity:
        died = self._text(values, subject.died_on)
        extra = {
            name: str(self._text(values, name))
            for name in subject.extra
            if self._text(values, name)
        }
        return Identity(
            key=number.key,
            kind=number.kind,
            scheme=number.scheme,
            number=number.value,
            name=str(self._text(values, subject.name) or ""),
            phone=str(self._text(values, subject.phone) or ""),
            address=str(self._text(values, subject.address) or ""),
            extra=extra,
            born_on=born,
            died_on=died if isinstance(died, date) else None,
            household_key=household,
            guardian_key=guardian.key if guardian else None,
            place=self._place(values),
            seen_on=seen_on,
        )

    def _guardian_identity(
        self, subject: Subject, values: Values, number: Number, seen_on: date | None
    ) -> Identity:
        columns = subject.guardian
        name = self._text(values, columns.name if columns else None)
        phone = self._text(values, columns.phone if columns else None)
        return Identity(
            key=number.key,
            kind="person",
            scheme=number.scheme,
            number=number.value,
            name=str(name or ""),
            phone=str(phone or ""),
            born_on=birth_in(number.value) if number.scheme is Scheme.CN_RESIDENT_ID else None,
            place=self._place(values),
            seen_on=seen_on,
        )

    def _place(self, values: Values) -> Place:
        place = self.contract.place
        if place is None:
            return Place()
        registered = str(self._text(values, place.registered) or "")
        living = str(self._text(values, place.living) or "") or registered
        return Place(living, registered, place.authority)

    @staticmethod
    def _text(values: Values, name: str | None) -> object:
        cell = values.get(name) if name else None
        return cell.value if cell else None
