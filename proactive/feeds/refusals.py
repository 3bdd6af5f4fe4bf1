"""Whole deliveries refused: one sentence what, why, and what to do, per kind of damage."""

from __future__ import annotations

from collections.abc import Sequence

from proactive.kernel.errors import Refused


def refuse_not_a_table(file: str, why: str) -> Refused:
    return Refused(
        "not_a_table",
        "{file} was refused: it is not a table we can read.",
        why="{reason}",
        todo="Deliver CSV (UTF-8 or GB18030), XLSX or Parquet, plain or as .gz.",
        file=file,
        reason=why,
    )


def refuse_encoding(file: str, tried: str, where: str) -> Refused:
    return Refused(
        "wrong_encoding",
        "{file} was refused: its text cannot be read as {tried}.",
        why="{where}",
        todo="Ask the office for UTF-8 or GB18030, or name the encoding with --encoding.",
        file=file,
        tried=tried,
        where=where,
    )


def refuse_mis_decoded(file: str, why: str) -> Refused:
    return Refused(
        "mis_decoded",
        "{file} was refused: its text has been read in a wrong encoding before it came here.",
        why="{reason}",
        todo="Ask the office to export the file again, as UTF-8 or GB18030.",
        file=file,
        reason=why,
    )


def refuse_truncated(file: str, why: str) -> Refused:
    return Refused(
        "truncated",
        "{file} was refused: it is cut off, nothing was applied.",
        why="{reason}",
        todo="Transfer the file again, or put a manifest (FILE.manifest.json) beside it.",
        file=file,
        reason=why,
    )


def refuse_too_large(file: str, why: str) -> Refused:
    return Refused(
        "too_large",
        "{file} was refused: it is larger than a delivery may be.",
        why="{reason}",
        todo="Deliver it in pieces; each is applied once, in any order.",
        file=file,
        reason=why,
    )


def refuse_columns(file: str, lines: Sequence[str], hint: str = "") -> Refused:
    return Refused(
        "columns",
        "{file} was refused: its columns do not fit the contract.",
        why="{reason}.",
        todo="Correct the headings, or bring a mapping file (--mapping).{hint}",
        file=file,
        reason="; ".join(lines),
        hint=hint,
    )


def refuse_unit(file: str, field: str, before: str, now: str) -> Refused:
    return Refused(
        "unit_shift",
        "{file} was refused: the unit of '{field}' seems to have changed.",
        why="The middle amount was {before} yuan so far and is {now} yuan in this file.",
        todo="Check the unit (yuan, fen, ten thousand) with the office; a named steward may "
        "override this.",
        file=file,
        field=field,
        before=before,
        now=now,
    )
