"""Mappings: how a foreign file of areas says code, parent, name and level."""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from proactive.areas.codes import CodedLevels, Level
from proactive.areas.model import DEPTH, ReadArea, shown
from proactive.areas.sheets import Sheet
from proactive.kernel.errors import Refused

SHIPPED = Path(__file__).parent / "mappings"


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = ""
    encoding: str = ""
    delimiter: str = ""
    stated_on: date | None = None
    complete_below: int = Field(default=0, ge=0, le=DEPTH)
    virtual_names: tuple[str, ...] = ()


class LongForm(_Form):
    """One row per unit, naming its parent."""

    form: Literal["long"]
    code: str
    parent: str
    name: str
    other_name: str = ""
    level: str = ""
    levels: dict[str, Level] = Field(default_factory=dict)
    virtual: str = ""
    virtual_values: tuple[str, ...] = ("t", "true", "1", "yes")
    coded: CodedLevels | None = None

    def read(self, sheet: Sheet) -> list[ReadArea]:
        wanted = (self.code, self.parent, self.name, self.other_name, self.level, self.virtual)
        rows: list[ReadArea] = []
        for line, (code, parent, name, other, level, virtual) in sheet.records(wanted):
            rows.append(
                ReadArea(
                    self._full(code, line),
                    self._full(parent, line),
                    name,
                    self._level(level, line),
                    "" if other == name else other,
                    virtual.lower() in self.virtual_values or name in self.virtual_names,
                    line=line,
                )
            )
        return rows

    def _full(self, code: str, line: int) -> str:
        return self.coded.chain(code, line)[-1][0] if self.coded and code else code

    def _level(self, text: str, line: int) -> int:
        if not self.level:
            return 0
        level = self.levels.get(text, int(text) if not self.levels and text.isdigit() else 0)
        if not level:
            raise Refused(
                "unknown_level",
                "Line {line} names the level '{level}', which the mapping does not know.",
                why="Known levels: {known}.",
                todo="Add it under 'levels' in the mapping, or correct the file.",
                line=line,
                level=text,
                known=", ".join(self.levels) or f"1 to {DEPTH}",
            )
        return level

    def outer_of(self, code: str) -> tuple[str, int]:
        """Return the parent and the level of `code`; only for codes that carry them."""
        if self.coded is None:
            raise ValueError("this mapping's codes do not carry their ancestors")
        chain = self.coded.chain(code)
        return (chain[-2][0] if len(chain) > 1 else "", chain[-1][1])


class WideLevel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    code: str
    name: str
    other_name: str = ""


class WideForm(_Form):
    """One row per innermost unit, with each ancestor in columns of its own, outermost first."""

    form: Literal["wide"]
    levels: tuple[WideLevel, ...] = Field(min_length=1, max_length=DEPTH)
    first_level: Level = 1
    join_codes: str | None = None

    def read(self, sheet: Sheet) -> list[ReadArea]:
        columns = [part for each in self.levels for part in (each.code, each.name, each.other_name)]
        found: dict[str, ReadArea] = {}
        for line, cells in sheet.records(columns):
            parent, full = "", ""
            for index in range(len(self.levels)):
                code, name, other = cells[3 * index : 3 * index + 3]
                if not code:
                    continue
                full = (
                    code if self.join_codes is None or not full else full + self.join_codes + code
                )
                other = "" if other == name else other
                virtual = name in self.virtual_names
                row = ReadArea(
                    full, parent, name, self.first_level + index, other, virtual, line=line
                )
                _take(found, row, innermost=index == len(self.levels) - 1)
                parent = full
        return list(found.values())


class PrefixForm(_Form):
    """One row per unit; its ancestors follow from how its code begins."""

    form: Literal["prefix"]
    code: str
    name: str
    other_name: str = ""
    coded: CodedLevels
    ancestor_names: dict[Level, str] = Field(default_factory=dict)

    def read(self, sheet: Sheet) -> list[ReadArea]:
        levels = list(self.ancestor_names)
        columns = [self.code, self.name, self.other_name, *(self.ancestor_names[n] for n in levels)]
        found: dict[str, ReadArea] = {}
        for line, (code, name, other, *above) in sheet.records(columns):
            names = dict(zip(levels, above, strict=True))
            chain = self.coded.chain(code, line)
            parent = ""
            for step, level in chain[:-1]:
                label = names.get(level, "")
                virtual = label in self.virtual_names
                row = ReadArea(step, parent, label or step, level, "", virtual, not label, line)
                _take(found, row, innermost=False)
                parent = step
            own, level = chain[-1]
            other = "" if other == name else other
            virtual = name in self.virtual_names
            _take(
                found, ReadArea(own, parent, name, level, other, virtual, line=line), innermost=True
            )
        return list(found.values())


AreaMapping = Annotated[LongForm | WideForm | PrefixForm, Field(discriminator="form")]


def _take(found: dict[str, ReadArea], row: ReadArea, *, innermost: bool) -> None:
    """Keep `row`; an ancestor may be named by many rows, but always in the same words."""
    old = found.get(row.code)
    if old is None or (old.placeholder and not row.placeholder and old.parent == row.parent):
        found[row.code] = row
        return
    if row.placeholder and old.parent == row.parent:
        return
    if innermost or (old.parent, old.name, old.level) != (row.parent, row.name, row.level):
        raise Refused(
            "duplicate_area",
            "The file names the code {area_code} twice, on lines {first} and {second}.",
            why="A code is one unit with one name and one parent.",
            todo="Keep one row per code and load the file again; nothing was changed.",
            area_code=row.code,
            first=old.line,
            second=row.line,
        )


def read_areas(mapping: AreaMapping, sheet: Sheet) -> list[ReadArea]:
    """Return the file's units; Refused `blank_area` where a code or a name is missing."""
    rows = mapping.read(sheet)
    blank = [str(row.line) for row in rows if not row.code or not row.name]
    if blank:
        raise Refused(
            "blank_area",
            "Some rows have no code or no name: lines {lines}.",
            why="Without them nothing can be found or shown.",
            todo="Fill them in and load the file again; nothing was changed.",
            lines=shown(blank),
        )
    commas = [str(row.line) for row in rows if "," in row.code]
    if commas:
        raise Refused(
            "bad_area_code",
            "Some codes hold a comma: lines {lines}.",
            why="Rights are kept as lists of codes with commas between them.",
            todo="Write the codes without commas; nothing was changed.",
            lines=shown(commas),
        )
    if not rows:
        raise Refused(
            "no_areas", "The file {file} holds no areas.", todo="Check the file.", file=sheet.name
        )
    return rows


def shipped_mappings() -> Iterator[str]:
    """Yield the names of the mappings that come with the software."""
    yield from sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def find_mapping(name: str | Path) -> AreaMapping:
    """Return the mapping of that shipped name or path; Refused `no_such_mapping`, `bad_mapping`."""
    shipped = SHIPPED / f"{name}.yaml"
    path = shipped if shipped.is_file() else Path(name)
    if not path.is_file():
        raise Refused(
            "no_such_mapping",
            "There is no mapping '{mapping}'.",
            why="It is neither a file nor one of: {known}.",
            todo="Name one of these, or give the path of a mapping file.",
            mapping=str(name),
            known=", ".join(shipped_mappings()),
        )
    try:
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        return _ADAPTER.validate_python(raw)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise _bad_mapping(path, [str(error).splitlines()[0]]) from error
    except ValidationError as error:
        raise _bad_mapping(path, _mistakes(error)) from error


_ADAPTER: TypeAdapter[LongForm | WideForm | PrefixForm] = TypeAdapter(AreaMapping)


def _mistakes(error: ValidationError) -> Sequence[str]:
    return [
        f"{'.'.join(str(part) for part in each['loc'])}: {each['msg']}" for each in error.errors()
    ]


def _bad_mapping(path: Path, mistakes: Sequence[str]) -> Refused:
    return Refused(
        "bad_mapping",
        "The mapping {mapping} cannot be used: {mistakes}",
        todo="Correct it; the shipped mappings are examples.",
        mapping=path.name,
        mistakes="; ".join(mistakes),
    )
