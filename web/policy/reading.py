"""Read it: every trigger in plain words, its versions, and the public page of rules."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from proactive.areas.queries import names as area_names
from proactive.kernel.states import Role
from proactive.kernel.work import Work
from proactive.rules.grammar import Parameter, TriggerRule, Value
from proactive.rules.service import list_triggers, rule_of
from proactive.rules.speaking import say_parameter
from proactive.rules.words import describe_rule
from web.access import Scope, platform, policy, work
from web.language import chosen_language
from web.say import gettext

blueprint = Blueprint("policy", __name__, template_folder="templates")
READERS = frozenset({Role.POLICY, Role.OPERATOR})


@dataclass(frozen=True, slots=True)
class ValueLine:
    """One dated value of a parameter, for whom it holds and by which law."""

    name: str
    value: str
    since: date
    applies_to: str
    legal_basis: str


@dataclass(frozen=True, slots=True)
class TriggerView:
    """One trigger in its newest version that counts."""

    title: str
    need: str
    note: str
    state: str
    version: int
    live_from: date | None
    sentence: str
    due_days: int
    values: tuple[ValueLine, ...]
    legal_basis: tuple[str, ...]


@blueprint.get("/policy/triggers")
@policy(roles=READERS, scope=Scope.SYSTEM)
def triggers() -> ResponseReturnValue:
    return render_template("policy/triggers.html", triggers=_read(work()))


def _read(unit: Work) -> list[TriggerView]:
    """Return each trigger once: its live version, or its newest where none is live."""
    chosen: dict[str, Row[Any]] = {}
    for row in list_triggers(unit):
        if row.trigger not in chosen or row.state == "live":
            chosen[row.trigger] = row
    return [_view(unit, row) for row in chosen.values()]


def _view(unit: Work, row: Row[Any]) -> TriggerView:
    rule = rule_of(unit, row.id)
    language = chosen_language()
    return TriggerView(
        title=rule.title.in_language(language),
        need=rule.need,
        note=rule.note,
        state=row.state,
        version=row.version,
        live_from=row.live_from,
        sentence=describe_rule(rule, language, platform().contracts),
        due_days=rule.hit.due_in.working_days,
        values=tuple(_values(unit, rule)),
        legal_basis=tuple(f"{basis.title} {basis.citation}" for basis in rule.legal_basis),
    )


def _values(unit: Work, rule: TriggerRule) -> list[ValueLine]:
    codes = {value.area for each in rule.parameters.values() for value in each.values} - {""}
    places = area_names(unit.db, sorted(codes)) if codes else {}
    return [
        _line(name, parameter, value, places)
        for name, parameter in rule.parameters.items()
        for value in parameter.values
    ]


def _line(name: str, parameter: Parameter, value: Value, places: dict[str, str]) -> ValueLine:
    title = parameter.title.in_language(chosen_language()) if parameter.title else name
    shown = gettext(", ").join(
        say_parameter(parameter.type, text, chosen_language()) for text in value.value
    )
    parts = [places.get(value.area, value.area), value.class_]
    return ValueLine(
        name=title,
        value=gettext("%(amount)s yuan", amount=shown) if parameter.unit == "CNY" else shown,
        since=value.from_,
        applies_to=gettext(", ").join(part for part in parts if part),
        legal_basis=value.legal_basis or "",
    )
