"""JSON logs: fixed sentences, allow-listed fields, never personal data."""

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

ALLOWED = frozenset(
    (
        *("event", "level", "timestamp", "source", "exception", "error_type", "reference"),
        *("step", "key", "run", "feed", "delivery", "trigger", "version", "slot", "as_of", "late"),
        *("case", "item", "bundle", "notice", "message", "post", "office", "role", "action"),
        *("state", "code", "count", "rows", "files", "seconds", "attempt", "due", "name", "what"),
        *("channel", "provider", "queue", "worker", "pid", "port", "url_rule", "method", "status"),
    )
)


def only_allowed(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> Mapping[str, Any]:
    """Drop every field that is not on the list, so that no careless call can leak a person."""
    return {name: value for name, value in event.items() if name in ALLOWED}


def error_type_only(
    _logger: object, _method: str, event: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    """Replace an exception by its type and places in the code: its text may hold data."""
    info = event.pop("exc_info", None)
    error = info if isinstance(info, BaseException) else sys.exc_info()[1] if info else None
    if error is not None:
        event["error_type"] = type(error).__name__
        places, trace = [], error.__traceback__
        while trace is not None:
            code = trace.tb_frame.f_code
            places.append(f"{code.co_filename.rpartition('/')[2]}:{trace.tb_lineno} {code.co_name}")
            trace = trace.tb_next
        event["exception"] = places[-6:]
    return event


def configure(level: str = "INFO") -> None:
    """Send all logs of this process to standard error as JSON lines."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            error_type_only,
            only_allowed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def get_logger(name: str) -> Any:
    """Return a logger whose `name` says which module speaks."""
    return structlog.get_logger(source=name)
