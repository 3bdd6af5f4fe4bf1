"""The map without a map: a tile per village, grouped by town, coloured and labelled."""

from dataclasses import dataclass, field
from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Row

from proactive.areas.queries import AreaLine, children, names
from proactive.kernel.states import DESKS, Role
from proactive.outcomes.funnel import count_places
from web.access import Scope, policy, work
from web.say import gettext
from web.supervisor.door import blueprint

SOME, MANY = 10, 30  # per cent of the open cases that are late


@dataclass(frozen=True, slots=True)
class Tile:
    """One village: its open cases, how many are late, and the colour that says the share."""

    code: str
    name: str
    open: int
    late: int
    url: str

    @property
    def share(self) -> int:
        return round(100 * self.late / self.open) if self.open else 0

    @property
    def colour(self) -> str:
        if not self.open:
            return "none"
        if not self.late:
            return "calm"
        return "many" if self.share >= MANY else "some" if self.share >= SOME else "few"


@dataclass(slots=True)
class Town:
    """The tiles of one town."""

    name: str
    tiles: list[Tile] = field(default_factory=list)

    @property
    def open(self) -> int:
        return sum(tile.open for tile in self.tiles)

    @property
    def late(self) -> int:
        return sum(tile.late for tile in self.tiles)


@blueprint.get("/desk/villages")
@policy(roles=DESKS, scope=Scope.AREA)
def villages() -> ResponseReturnValue:
    """Show the tiles, or the same as a table."""
    return render_template(
        "supervisor/villages.html",
        towns=_towns(),
        some=SOME,
        many=MANY,
        table=request.args.get("as") == "table",
    )


def _towns() -> list[Town]:
    """Return the towns with a tile for every village, also where nothing is open.

    A case whose village is not known has a tile of its own, so that the tiles add up.
    """
    counts = {row.place: row for row in count_places(work())}
    towns: dict[str, Town] = {}
    for around, line in _places():
        row = counts.pop(line.code, None)
        if row is not None or not line.retired:
            towns.setdefault(around[0], Town(around[1])).tiles.append(
                _tile(line.code, line.name, row)
            )
    called = names(work().db, {row.town for row in counts.values()})
    for code, row in counts.items():
        town = towns.setdefault(row.town, Town(called.get(row.town, row.town)))
        town.tiles.append(_tile(code, gettext("village not known"), row))
    return list(towns.values())


def _places() -> list[tuple[tuple[str, str], AreaLine]]:
    """Return (code and name of the town, village) of the reader's areas."""
    db, actor = work().db, work().actor
    found = []
    for own in actor.areas:
        name = names(db, [own]).get(own, own)
        for line in children(db, own):
            if actor.role is Role.COUNTY and line.children:
                inner = children(db, line.code)
                found += [((line.code, line.name), each) for each in inner]
            else:
                found.append(((own, name), line))
    return found


def _tile(code: str, name: str, row: Row[Any] | None) -> Tile:
    return Tile(
        code,
        name,
        row.open if row else 0,
        row.late if row else 0,
        url_for("supervisor.cases", stage="open", place=code),
    )
