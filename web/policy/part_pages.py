"""The form of one part of a working text: shown, filled, added, removed, put into groups."""

from dataclasses import dataclass
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import TypeAdapter, ValidationError

from proactive.kernel.states import POLICY_DESK
from proactive.rules.closed import Name
from proactive.rules.drafts import Checked, Draft, StaleDraft, check_text, get_draft, save_draft
from proactive.rules.editing import merged
from proactive.rules.forming import Part, Values, cleaned, field_names, shown
from proactive.rules.reading import Data, Path, RuleRefused
from proactive.rules.shaping import (
    NEW,
    NoSuchPart,
    grouped,
    node_at,
    part_at,
    path_of,
    put,
    removed,
    saved,
    turned,
    ungrouped,
)
from web.access import Scope, platform, policy, work
from web.errors import UNPROCESSABLE, bad_request, not_found, status_of
from web.language import chosen_language
from web.policy.draft_view import translated
from web.policy.outline import Outline, OutlineLine, dotted_place, outline_of
from web.policy.part_form import PartForm
from web.policy.part_words import KINDS, PARTS
from web.reading import posted_number, posted_text
from web.say import gettext

blueprint = Blueprint("parts", __name__, template_folder="templates")
NAME: TypeAdapter[str] = TypeAdapter(Name)
NAMED = ("parameters", "measures", "classes")
REGROUPED = {"all": grouped, "any": grouped, "not": grouped}


@dataclass(slots=True)
class Place:
    """One place of a working text: which form fits it."""

    draft: Draft
    checked: Checked
    data: Data
    path: Path
    part: Part
    kind: str

    @property
    def at(self) -> str:
        return dotted_place(self.path)

    @property
    def is_new(self) -> bool:
        return bool(self.path) and self.path[-1] == NEW

    @property
    def wants_name(self) -> bool:
        return self.is_new and self.path[0] in NAMED and len(self.path) == 2


def _place(draft_id: UUID, at: str, kind: str) -> Place:
    draft = get_draft(work(), draft_id)
    checked = check_text(draft.text, platform().contracts)
    if checked.data is None:
        raise bad_request()
    try:
        path = path_of(checked.data, at)
        return Place(draft, checked, checked.data, path, part_at(checked.data, path, kind), kind)
    except NoSuchPart:
        raise not_found() from None


@blueprint.get("/policy/drafts/<uuid:draft_id>/part")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def part(draft_id: UUID) -> ResponseReturnValue:
    place = _place(draft_id, request.args.get("at", "")[:400], request.args.get("kind", "")[:30])
    return _page(place, _begun(place))


def _begun(place: Place) -> dict[str, tuple[str, ...]]:
    """What the form shows first: what stands there, or what the way here brought along."""
    values = shown(place.part, node_at(place.data, place.path))
    if place.path and node_at(place.data, place.path) is None:
        values |= {
            name: (request.args[name][:2000],)
            for name in field_names(place.part)
            if request.args.get(name)
        }
        if place.kind and "test" in values and not values["test"]:
            values["test"] = (place.kind,)
    return values


@blueprint.post("/policy/drafts/<uuid:draft_id>/part")
@policy(roles=POLICY_DESK, scope=Scope.SYSTEM)
def save_part(draft_id: UUID) -> ResponseReturnValue:
    place = _place(draft_id, posted_text("at", 400), posted_text("kind", 30))
    values = _posted(place.part)
    do = posted_text("do", 20) or "save"
    if do == "show":
        return _page(place, values)
    name = posted_text("name", 63)
    if place.wants_name and (wrong := _bad_name(place, name)):
        return _page(place, values, wrong_name=wrong), UNPROCESSABLE
    try:
        data = _done(place, do, values, name)
        text = merged(place.draft.text, data)
        saved_draft = save_draft(work(), draft_id, posted_number("revision"), text=text)
    except NoSuchPart:
        raise bad_request() from None
    except RuleRefused as refused:
        return _page(place, values, general=[one.text for one in refused.mistakes]), UNPROCESSABLE
    except StaleDraft as stale:
        return _stale(stale, place, values)
    return _next(place, saved_draft, data, do, name)


def _done(place: Place, do: str, values: Values, name: str) -> Data:
    """Return the values of the text after what was asked for."""
    if do == "save":
        if place.part is Part.GROUP and place.kind in ("all", "any"):
            path = (*place.path[:-1], name) if place.wants_name else place.path
            return put(place.data, path, {place.kind: []})
        return saved(place.data, place.path, place.part, values, name)
    if do == "remove":
        return removed(place.data, place.path)
    if do in REGROUPED:
        return grouped(place.data, place.path, do)
    if do == "ungroup":
        return ungrouped(place.data, place.path)
    if do == "turn":
        return turned(place.data, place.path)
    raise bad_request()


def _next(place: Place, draft: Draft, data: Data, do: str, name: str) -> ResponseReturnValue:
    """Where to go on: to the part itself while something is wrong or open in it."""
    path = _settled(place, data, name)
    if do == "save" and place.part in (Part.MEASURE, Part.RECORD, Part.REGISTERED) and place.is_new:
        return redirect(url_for("parts.part", draft_id=draft.id, at=dotted_place(path)), 303)
    if do == "save" and place.part is Part.PARAMETER and place.is_new:
        at = f"{dotted_place(path)}.values.{NEW}"
        return redirect(url_for("parts.part", draft_id=draft.id, at=at), 303)
    if do in ("all", "any", "not", "turn") or (do == "save" and place.part is Part.GROUP):
        return redirect(url_for("parts.part", draft_id=draft.id, at=dotted_place(path)), 303)
    if do == "save" and _wrong_here(draft, path):
        checked = check_text(draft.text, platform().contracts)
        now = Place(draft, checked, data, path, place.part, place.kind)
        values = shown(place.part, node_at(data, path))
        return _page(now, values, saved_with_mistakes=True), UNPROCESSABLE
    if place.part is Part.TEST:
        at = dotted_place(path[:-2])
        return redirect(url_for("parts.part", draft_id=draft.id, at=at), 303)
    return redirect(url_for("changing.draft", draft_id=draft.id, _anchor="outline"), 303)


def _settled(place: Place, data: Data, name: str) -> Path:
    """The place of the part after it was saved: a new one has its number or name now."""
    if not place.is_new:
        return place.path
    if place.wants_name:
        return (*place.path[:-1], name)
    container = node_at(data, place.path[:-1])
    return (*place.path[:-1], len(container) - 1 if isinstance(container, list) else 0)


def _wrong_here(draft: Draft, path: Path) -> bool:
    checked = check_text(draft.text, platform().contracts)
    outline = outline_of(checked.data or {}, checked.mistakes, "en", {})
    return any(place[: len(path)] == path and (path or place) for place, _ in outline.mistakes)


def _posted(part: Part) -> dict[str, tuple[str, ...]]:
    """Return the form's values; words set apart by commas are several where several may stand."""
    values: dict[str, tuple[str, ...]] = {}
    for name in field_names(part):
        given = [one[:4000] for one in request.form.getlist(name)]
        several = len(given) == 1 and _several(part, name)
        values[name] = cleaned(_apart(given[0]) if several else given)
    return values


def _several(part: Part, name: str) -> bool:
    if part is Part.TEST and name == "against":
        return request.form.get("test") in ("in", "not_in")
    if part is Part.VALUE and name == "value":
        return request.form.get("value_type") == "codes"
    return name in ("proposes", "on_feed", "evidence", "benefits")


def _apart(text: str) -> list[str]:
    for sign in "，、;；":
        text = text.replace(sign, ",")
    return text.split(",")


def _bad_name(place: Place, name: str) -> str:
    try:
        NAME.validate_python(name)
    except ValidationError:
        return gettext("Write a name of small letters, digits and _, beginning with a letter.")
    if node_at(place.data, (*place.path[:-1], name)) is not None:
        return gettext("That name is taken already.")
    return ""


def _stale(stale: StaleDraft, place: Place, values: Values) -> ResponseReturnValue:
    """Show the form as it was filled, and beside it what stands there by now."""
    try:
        now = _place(stale.draft.id, place.at, place.kind)
    except Exception:
        now = None
    theirs = shown(now.part, node_at(now.data, now.path)) if now and now.part is place.part else {}
    changed = Place(stale.draft, place.checked, place.data, place.path, place.part, place.kind)
    return _page(changed, values, theirs=theirs), status_of(stale)


def _page(
    place: Place,
    values: Values,
    *,
    general: list[str] | None = None,
    wrong_name: str = "",
    saved_with_mistakes: bool = False,
    theirs: Values | None = None,
) -> str:
    contracts, language = platform().contracts, chosen_language()
    told = translated(place.checked.mistakes, language)
    outline = outline_of(place.data, told, language, contracts)
    form = PartForm(
        work=work(),
        part=place.part,
        path=place.path,
        data=place.data,
        speaker=outline.speaker,
        values=values,
        mistakes=() if place.is_new else outline.mistakes,
        contracts=contracts,
    )
    return render_template(
        "policy/draft_part.html",
        draft=place.draft,
        place=place,
        title=PARTS[place.part],
        fields=form.fields(),
        general=[*(general or []), *form.general()],
        wrong_name=wrong_name,
        name=request.form.get("name", "")[:63],
        inside=_inside(outline, place),
        kinds=KINDS,
        value_type=form.value_type() if place.part is Part.VALUE else "",
        saved_with_mistakes=saved_with_mistakes,
        theirs=theirs,
    )


def _inside(outline: Outline, place: Place) -> OutlineLine | None:
    """The condition or figure at this place in words, with its parts, when it is there."""
    node = node_at(place.data, place.path)
    if node is None or place.is_new:
        return None
    if place.path[:1] in (("when",), ("unless",), ("classes",)) and "where" not in place.path:
        return outline.condition(place.path, node)
    if place.part is Part.MEASURE:
        return next((one for one in outline.measures() if one.at == place.at), None)
    return None
