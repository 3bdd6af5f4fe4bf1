"""Codes of the template gateway in our words; taken from its public list of error codes.

A span means: our account or a limit is in the way, not the message; certainly not taken, try
again then.
"""

from datetime import timedelta

from proactive.plugins.notifier import Reason

SET_UP_PAUSE = timedelta(minutes=15)
LIMIT_PAUSE = timedelta(hours=1)

SEND_CODES: dict[str, Reason | timedelta] = {
    "isv.MOBILE_NUMBER_ILLEGAL": Reason.BAD_NUMBER,
    "isv.BLACK_KEY_CONTROL_LIMIT": Reason.TEXT_BLOCKED,
    "isv.SMS_CONTENT_ILLEGAL": Reason.TEXT_BLOCKED,
    "isv.PARAM_NOT_SUPPORT_URL": Reason.TEXT_BLOCKED,
    "isv.PARAM_LENGTH_LIMIT": Reason.TEXT_BLOCKED,
    "isv.INVALID_JSON_PARAM": Reason.TEXT_BLOCKED,
    "isv.TEMPLATE_MISSING_PARAMETERS": Reason.TEXT_BLOCKED,
    "isv.TEMPLATE_PARAMS_ILLEGAL": Reason.TEXT_BLOCKED,
    "isv.BUSINESS_LIMIT_CONTROL": LIMIT_PAUSE,
    "isv.DAY_LIMIT_CONTROL": LIMIT_PAUSE,
    "isv.MONTH_LIMIT_CONTROL": LIMIT_PAUSE,
    "isv.AMOUNT_NOT_ENOUGH": SET_UP_PAUSE,
    "isv.OUT_OF_SERVICE": SET_UP_PAUSE,
    "isv.PRODUCT_UN_SUBSCRIPT": SET_UP_PAUSE,
    "isv.PRODUCT_UNSUBSCRIBE": SET_UP_PAUSE,
    "isv.ACCOUNT_NOT_EXISTS": SET_UP_PAUSE,
    "isv.ACCOUNT_ABNORMAL": SET_UP_PAUSE,
    "isv.SMS_TEMPLATE_ILLEGAL": SET_UP_PAUSE,
    "isv.SMS_SIGNATURE_ILLEGAL": SET_UP_PAUSE,
    "isp.RAM_PERMISSION_DENY": SET_UP_PAUSE,
    "SignatureDoesNotMatch": SET_UP_PAUSE,
    "InvalidAccessKeyId.NotFound": SET_UP_PAUSE,
    "InvalidTimeStamp.Expired": SET_UP_PAUSE,
}

# What networks report; '' and what is not here is a refusal without a known reason.
_FAILURES = {
    "MK:0001": Reason.BAD_NUMBER,
    "UNDELIV": Reason.OUT_OF_REACH,
    "EXPIRED": Reason.EXPIRED,
    "MOBILE_NOT_ON_SERVICE": Reason.BAD_NUMBER,
    "MOBILE_IN_BLACK": Reason.OPTED_OUT,
    "MOBILE_TERMINAL_ERROR": Reason.OUT_OF_REACH,
    "MOBILE_SEND_LIMIT": Reason.QUEUE_FULL,
    "CONTENT_KEYWORD": Reason.TEXT_BLOCKED,
    "SP_NOT_BY_INTER_SMS": Reason.REFUSED,
}


def failed_because(code: str) -> Reason:
    """Return why a message was not delivered."""
    return _FAILURES.get(code.upper(), Reason.REFUSED)
