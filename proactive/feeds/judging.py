"""Judging a whole row: is it a refund, do its dates and amounts agree, what makes it itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from typing import Any

from proactive.feeds.cells import EMPTY, Cell, Setting
from proactive.feeds.contract import Contract
from proactive.feeds.dates import EARLIEST_YEAR
from proactive.feeds.mapping import Mapping as FileMapping
from proactive.feeds.reasons import Reason, Warn
from proactive.feeds.subjects import Number
from proactive.feeds.words import Check, ColumnType
from proactive.kernel.crypto import Keyring

MIDNIGHT = time()
DAY_STEPS = 10_000  # versions of one recording day: its ordinal times this, plus their order


def value_of(values: Mapping[str, Cell], name: str | None) -> Any:
    """A field's value, None where the field or its column is not there."""
    return values.get(name, EMPTY).value if name else None


class RowJudge:
    """Judges rows of one contract; `status_given` says that the file tells refunds itself."""

    def __init__(
        self,
        contract: Contract,
        mapping: FileMapping,
        *,
        setting: Setting,
        keys: Keyring,
        status_given: bool,
    ) -> None:
        self._contract, self._mapping, self._keys = contract, mapping, keys
        self._zone, self._today = setting.zone, setting.today
        self._status_given = status_given
        fields = contract.fields.items()
        self._money = tuple(name for name, c in fields if c.type is ColumnType.MONEY)
        self._certified = tuple(name for name, c in fields if c.check is Check.CERTIFICATE_NO)

    def reversal(self, values: dict[str, Cell]) -> tuple[bool, tuple[str, Reason] | None]:
        """Is it a reversal? Without a status a negative amount says so."""
        reversal = self._contract.record.reversal
        if reversal is None:
            return False, None
        money: dict[str, Any] = {
            name: values[name].value
            for name in self._money
            if name in values and values[name].value is not None
        }
        told = value_of(values, reversal.field) == reversal.code
        if told and self._mapping.reversal_amounts == "unsigned":
            for name, amount in money.items():
                values[name] = Cell(-abs(amount))
            return True, None
        wrong = next((n for n, a in money.items() if a > 0), None) if told else None
        below = next((n for n, a in money.items() if a < 0), None)
        if told:
            return True, (wrong, Reason.AMOUNT_SIGN) if wrong else None
        if below is None:
            return False, None
        mixed = any(amount > 0 for amount in money.values())
        if self._status_given or mixed:
            return False, (below, Reason.AMOUNT_SIGN)
        values[reversal.field] = Cell(reversal.code)
        return True, None

    def fault_of_dates(self, values: dict[str, Cell]) -> tuple[str, Reason] | None:
        """A year that is none, or an entry that ends before it starts."""
        event = self._contract.event
        year: Any = value_of(values, event.year if event else None)
        if (
            event
            and event.year
            and year is not None
            and not EARLIEST_YEAR <= year <= self._today.year
        ):
            return event.year, Reason.DATE_IMPOSSIBLE
        register = self._contract.register_
        if register is None or register.valid_to is None:
            return None
        start, end = (value_of(values, n) for n in (register.valid_from, register.valid_to))
        if isinstance(start, date) and isinstance(end, date) and end < start:
            return register.valid_to, Reason.ENDS_BEFORE_START
        return None

    def warnings(self, values: Mapping[str, Cell], number: Number | None) -> list[Warn]:
        """Amounts that do not add up; a certificate that is not its holder's."""
        found: list[Warn] = []
        for total in self._contract.sums:
            whole = value_of(values, total.total)
            parts = [value_of(values, name) for name in total.parts]
            if whole is not None and None not in parts and abs(whole - sum(parts)) > 1:
                found.append(Warn.SUM_DIFFERS)
        for name in self._certified:
            certificate = value_of(values, name)
            if certificate and number and not certificate.startswith(number.value):
                found.append(Warn.CERTIFICATE_DIFFERS)
        return found

    def record_id(self, values: dict[str, Cell], number: Number | None, *, reversal: bool) -> str:
        """The record's own id; one that holds an identity is made opaque."""
        contract = self._contract
        parts: list[str] = []
        identity = False
        subject_ids = contract.subject.id if contract.subject else ()
        for name in contract.record.id:
            own = number is not None and name == subject_ids[0]
            value = number.value if own and number else value_of(values, name)
            parts.append("" if value is None else str(value))
            identity |= contract.fields[name].identity
        text = "|".join(parts)
        if identity:
            text = self._keys.opaque(text, purpose=f"record:{contract.feed}")
        if reversal and contract.record.reversal:
            refund = value_of(values, contract.record.reversal.number)
            text += f"|{contract.record.reversal.code}" + (f"|{refund}" if refund else "")
        return text

    def timed(self, values: dict[str, Cell]) -> bool:
        """Everything that tells a doubled bill is there, with a time of day."""
        names = self._contract.record.duplicate
        if not names or any(value_of(values, name) is None for name in names):
            return False
        moments = [v for v in (value_of(values, n) for n in names) if isinstance(v, datetime)]
        return all(moment.astimezone(self._zone).time() != MIDNIGHT for moment in moments)

    def base_version(self, values: dict[str, Cell]) -> int:
        """The version its recording day gives; 0 where the source gives no day."""
        for name in self._contract.record.version_from:
            day = value_of(values, name)
            if isinstance(day, date):
                return day.toordinal() * DAY_STEPS
        return 0

    def event_on(self, values: dict[str, Cell]) -> date | None:
        contract = self._contract
        if contract.event and contract.event.on:
            return values[contract.event.on].day if contract.event.on in values else None
        if contract.event and contract.event.year:
            year = value_of(values, contract.event.year)
            return date(int(str(year)), 12, 31) if year is not None else None
        valid_from = value_of(values, contract.register_.valid_from if contract.register_ else None)
        return valid_from if isinstance(valid_from, date) else None
