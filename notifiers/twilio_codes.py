"""Twilio's statuses and error codes as a table to our words.

From the provider's spec (twilio_api_v2010 2.6.7, message status) and its error pages.
"""

from proactive.plugins.notifier import DeliveryState, Reason

# 'accepted' to 'sending' are not progress a person would care about, but they prove acceptance.
STATES: dict[str, DeliveryState] = {
    "accepted": DeliveryState.SENT,
    "scheduled": DeliveryState.SENT,
    "queued": DeliveryState.SENT,
    "sending": DeliveryState.SENT,
    "sent": DeliveryState.SENT,
    "partially_delivered": DeliveryState.SENT,
    "delivered": DeliveryState.DELIVERED,
    "read": DeliveryState.DELIVERED,
    "undelivered": DeliveryState.FAILED,
    "failed": DeliveryState.FAILED,
    "canceled": DeliveryState.FAILED,
}

REASONS: dict[int, Reason] = {
    20003: Reason.NOT_SET_UP,  # wrong account or token
    21211: Reason.BAD_NUMBER,
    21212: Reason.NOT_SET_UP,  # our sender number is malformed
    21408: Reason.NOT_SET_UP,  # country not enabled
    21606: Reason.NOT_SET_UP,  # sender cannot send
    21610: Reason.OPTED_OUT,
    21611: Reason.QUEUE_FULL,
    21612: Reason.BAD_NUMBER,
    21614: Reason.LANDLINE,
    21617: Reason.TEXT_BLOCKED,  # longer than 1,600
    30001: Reason.QUEUE_FULL,
    30002: Reason.NOT_SET_UP,  # account suspended
    30003: Reason.OUT_OF_REACH,
    30004: Reason.TEXT_BLOCKED,
    30005: Reason.BAD_NUMBER,
    30006: Reason.LANDLINE,
    30007: Reason.TEXT_BLOCKED,
    30008: Reason.REFUSED,
    30036: Reason.EXPIRED,
}


def reason_of(code: int | str | None) -> Reason:
    """Return our word for an error code; REFUSED for one the table does not know."""
    try:
        number = int(code or 0)
    except ValueError:
        return Reason.REFUSED
    return REASONS.get(number, Reason.REFUSED) if number else Reason.NONE
