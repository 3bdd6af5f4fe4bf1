"""What the operator reads for the codes of parcels and alarms."""

from proactive.feeds.alarms import Alarm, AlarmKind
from web.reasons import feed_title
from web.say import lazy as _l

PARCEL_STATES = {
    "seen": _l("Resting in the folder"),
    "waiting": _l("Waiting"),
    "checked": _l("Checked, not taken in"),
    "ordered": _l("Being taken in"),
    "taken": _l("Taken in"),
    "refused": _l("Refused"),
    "gone": _l("Not there any more"),
}
PARCEL_BUSY = {
    "seen": _l("The file must rest a moment, in case it is still being written."),
    "waiting": _l("The file is being looked at."),
    "ordered": _l("The file is being taken in."),
}
DOORS = {"folder": _l("Drop folder"), "page": _l("Page")}
ALARMS = {
    "volume": _l("Unusual number of rows"),
    "silence": _l("Silent for too long"),
    "folder": _l("A folder of no feed"),
}


def title_of(alarm: Alarm) -> str:
    """The feed's title in the reader's language; a folder of no feed has only its name."""
    return alarm.feed if alarm.kind is AlarmKind.FOLDER else feed_title(alarm.feed)
