"""Bundle files become versions: loaded as drafts, switched on by a named person, exported whole."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Connection, Row, select, update

from proactive.bundles.definition import BundleDefinition
from proactive.bundles.definition_check import read_definition, read_definitions, stored_definition
from proactive.bundles.store import bundle_version
from proactive.kernel.errors import Refused
from proactive.kernel.ids import new_id
from proactive.kernel.states import Role
from proactive.kernel.work import Work

Feeds = Mapping[str, Collection[str]]


@dataclass(frozen=True, slots=True)
class LoadedVersion:
    """A version in the database; `new` is false when the same text was the newest already."""

    id: UUID
    bundle: str
    version: int
    state: str
    new: bool


@dataclass(frozen=True, slots=True)
class LiveDefinition:
    """The definition that new cases use, and the version it stands in."""

    version_id: UUID
    version: int
    definition: BundleDefinition


def load_bundle(
    work: Work,
    text: str,
    *,
    file: str = "bundle",
) -> LoadedVersion:
    """Check a bundle file and keep it as a draft version; the same text again changes nothing.

    Raises FileRefused with every mistake.
    """
    definition = read_definition(text, file=file)
    checksum = hashlib.sha256(text.encode()).hexdigest()
    newest = work.db.execute(
        select(bundle_version)
        .where(bundle_version.c.bundle == definition.bundle)
        .order_by(bundle_version.c.version.desc())
        .limit(1)
    ).one_or_none()
    if newest is not None and newest.checksum == checksum:
        return LoadedVersion(newest.id, newest.bundle, newest.version, newest.state, new=False)
    row_id, version = new_id(), (newest.version if newest else 0) + 1
    work.db.execute(
        bundle_version.insert().values(
            id=row_id,
            bundle=definition.bundle,
            version=version,
            yaml=text,
            checksum=checksum,
            loaded_by=work.actor.id,
            loaded_at=work.now,
        )
    )
    work.audit("load_bundle", "bundle_version", row_id, bundle=definition.bundle, version=version)
    return LoadedVersion(row_id, definition.bundle, version, "draft", new=True)


def load_bundles(
    work: Work, folder: Path, *, findings: Path | None = None, feeds: Feeds | None = None
) -> list[LoadedVersion]:
    """Load every file of a folder, or none when one has a mistake."""
    read_definitions(folder, findings=findings, feeds=feeds)
    return [
        load_bundle(work, path.read_text(encoding="utf-8"), file=path.name)
        for path in sorted(folder.glob("*.yaml"))
    ]


def activate_bundle(work: Work, bundle: str, version: int) -> LoadedVersion:
    """Make a version the one that new cases use; running bundles keep the one they began with."""
    if work.actor.role not in (Role.OPERATOR, Role.POLICY):
        raise Refused(
            "no_named_person",
            "A bundle is switched on by a named person.",
            todo="Sign in as policy staff or operator and switch it on.",
        )
    row = version_row(work.db, bundle, version)
    if row.state != "live":
        of_bundle = bundle_version.c.bundle == bundle
        work.db.execute(
            update(bundle_version)
            .where(of_bundle, bundle_version.c.state == "live")
            .values(state="retired")
        )
        work.db.execute(
            update(bundle_version)
            .where(bundle_version.c.id == row.id)
            .values(
                state="live",
                activated_by=work.actor.id,
                activated_at=work.now,
                live_from=work.today,
            )
        )
        work.audit("activate_bundle", "bundle_version", row.id, bundle=bundle, version=version)
    return LoadedVersion(row.id, bundle, version, "live", new=row.state != "live")


def export_bundle(db: Connection, bundle: str, version: int) -> str:
    """Return the file of a version, letter by letter as it was loaded."""
    return str(version_row(db, bundle, version).yaml)


def version_row(db: Connection, bundle: str, version: int) -> Row[Any]:
    """Return one version, or Refused `no_such_version`."""
    row = db.execute(
        select(bundle_version).where(
            bundle_version.c.bundle == bundle, bundle_version.c.version == version
        )
    ).one_or_none()
    if row is None:
        raise Refused(
            "no_such_version",
            "There is no version {version} of the bundle '{bundle}'.",
            todo="'proactive bundle list' shows what is there.",
            bundle=bundle[:60],
            version=version,
        )
    return row


def live_definitions(db: Connection) -> dict[str, LiveDefinition]:
    """Return what new cases use, by bundle."""
    rows = db.execute(
        select(bundle_version)
        .where(bundle_version.c.state == "live")
        .order_by(bundle_version.c.bundle)
    )
    return {
        row.bundle: LiveDefinition(row.id, row.version, stored_definition(row.yaml)) for row in rows
    }


def pinned_definition(db: Connection, version_id: UUID) -> BundleDefinition:
    """Return the definition a running bundle began with."""
    text = db.execute(
        select(bundle_version.c.yaml).where(bundle_version.c.id == version_id)
    ).scalar_one()
    return stored_definition(text)


def list_versions(db: Connection) -> list[Row[Any]]:
    """Return every version, newest first within its bundle, without its text."""
    columns = [column for column in bundle_version.c if column.name != "yaml"]
    query = select(*columns).order_by(bundle_version.c.bundle, bundle_version.c.version.desc())
    return list(db.execute(query))
