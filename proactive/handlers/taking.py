"""Deliveries at the doors: the drop folder is looked into, what has rested is taken in."""

from datetime import timedelta
from uuid import UUID

from proactive.bootstrap import Platform
from proactive.feeds.alarms import watch_folders
from proactive.feeds.drop_folder import folders_of
from proactive.feeds.parcel_taking import take_parcel
from proactive.feeds.parcels import Rooms, forget_parcels, note_dropped
from proactive.kernel.work import Work


def rooms_of(platform: Platform) -> Rooms:
    """Return where parcels lie and what they are read by, from the settings."""
    settings = platform.settings
    return Rooms(
        contracts=platform.contracts,
        definitions=settings.definitions,
        inbox=settings.var / "inbox",
        drop=settings.drop,
    )


def take(platform: Platform, key: str) -> None:
    """Check or take in the file that lies at a door."""
    take_parcel(platform, rooms_of(platform), UUID(key))


def look_into_drop(platform: Platform, work: Work) -> int:
    """Plan a step for every file of the drop folder that has rested; tell of unknown folders."""
    drop = platform.settings.drop
    if drop is None or not drop.is_dir():
        watch_folders(work, ())
        return 0
    watch_folders(work, folders_of(drop) - set(platform.contracts))
    quiet = timedelta(seconds=platform.settings.drop_quiet)
    return note_dropped(work, drop, platform.contracts, quiet=quiet)


def forget(platform: Platform, work: Work) -> int:
    """Delete what was put away long enough ago."""
    return forget_parcels(work, rooms_of(platform))
