"""Commands that measure: take-up figures, and the counts offices bring of their single items."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from proactive.commands.frame import Frame, explained, pass_frame, table, with_by, with_json
from proactive.outcomes.takeup import Asked, TakeUp, last_months, take_up
from proactive.outcomes.takeup_book import book_of
from proactive.outcomes.takeup_cells import Cell, Count, Note, Share, Table, counted, shown
from proactive.outcomes.takeup_counting import (
    count_takeup,
    keep_single_counts,
    read_single_counts,
)
from proactive.outcomes.takeup_tables import tables_of, title_of

MONTH = click.DateTime(formats=["%Y-%m"])


@click.group(invoke_without_command=True)
@click.option("--from", "first", type=MONTH, help="First month, like 2026-01. Default: a year.")
@click.option("--to", "last", type=MONTH, help="Last month. Default: this one.")
@click.option("--area", default="", help="Code of an area. Default: everywhere.")
@click.option("--programme", default="", help="Code of a bundle. Default: all.")
@click.option("--count", "anew", is_flag=True, help="Count anew first; else the figures of 02:15.")
@click.option("--public", is_flag=True, help="Hide numbers under five, as for a publication.")
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True)
@click.option(
    "--xlsx",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write an Excel file instead, with the definitions.",
)
@with_json
@click.pass_context
def takeup(context: click.Context, /, **options: Any) -> None:
    """Take-up: how many get what, in how much time, against what it took before."""
    if context.invoked_subcommand is None:
        _show(context.ensure_object(Frame), **options)


@explained
def _show(
    frame: Frame,
    first: datetime | None,
    last: datetime | None,
    area: str,
    programme: str,
    anew: bool,
    public: bool,
    language: str,
    xlsx: Path | None,
) -> None:
    with frame.work() as (_, work):
        if anew:
            count_takeup(work)
        oldest, newest = last_months(work.today)
        asked = Asked(_day(first) or oldest, _day(last) or newest, area, programme, public)
        found = take_up(work, asked)
    if xlsx is not None:
        xlsx.write_bytes(book_of(found, language))
        frame.show({"file": str(xlsx)}, f"{xlsx} was written.")
        return
    frame.show(_data(found), _text(found, language))


def _day(month: datetime | None) -> date | None:
    return month.date() if month else None


def _text(found: TakeUp, language: str) -> str:
    if found.counted_at is None:
        return "Nothing has been counted yet. Run: proactive takeup --count"
    parts = []
    for programme in found.programmes:
        parts.append(f"# {title_of(programme)[language]}")
        parts += [_as_text(each, language) for each in tables_of(found, programme)]
    return "\n\n".join(parts)


def _as_text(each: Table, language: str) -> str:
    rows: list[tuple[object, ...]] = [
        (row.name[language], *(_line(cell, language) for cell in row.cells)) for row in each.rows
    ]
    heads = (each.title[language], *(head[language] for head in each.heads))
    note = f"\n{each.note[language]}" if each.note else ""
    return table(rows, heads) + note


def _line(cell: Cell, language: str) -> str:
    rests = counted(cell, language)
    return f"{shown(cell, language)} ({rests})" if rests else shown(cell, language)


def _data(found: TakeUp) -> dict[str, Any]:
    asked = found.asked
    return {
        "from": f"{asked.first:%Y-%m}",
        "to": f"{asked.last:%Y-%m}",
        "area": asked.area,
        "counted_at": found.counted_at,
        "programmes": [
            {
                "programme": programme.bundle,
                "tables": {
                    each.code: [
                        {
                            "name": row.name["en"],
                            "values": {
                                head["en"]: _plain(cell)
                                for head, cell in zip(each.heads, row.cells, strict=True)
                            },
                        }
                        for row in each.rows
                    ]
                    for each in tables_of(found, programme)
                },
            }
            for programme in found.programmes
        ],
    }


def _plain(cell: Cell) -> object:
    if isinstance(cell, Note):
        return {"missing": cell.code}
    if isinstance(cell, Count):
        return cell.n
    if isinstance(cell, Share):
        return {"count": cell.n, "of": cell.of}
    return {"total": cell.total, "of": cell.of}


@takeup.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_by
@pass_frame
@explained
def load(frame: Frame, file: Path) -> None:
    """Load an office's own counts of single items: month,item,area,count,source (UTF-8)."""
    lines = read_single_counts(file.read_text(encoding="utf-8-sig"))
    with frame.work() as (_, work):
        kept = keep_single_counts(work, lines)
    click.echo(f"{kept} counts were kept.")
