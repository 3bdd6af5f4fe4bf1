"""Finds notifiers and office connectors by entry point: ours and other people's alike."""

from collections.abc import Mapping
from importlib.metadata import EntryPoint, entry_points

from proactive.plugins.notifier import Notifier, SetUpError
from proactive.plugins.office_connector import OfficeConnector

GROUP = "proactive.notifiers"
OFFICE_GROUP = "proactive.office_connectors"


def known_notifiers() -> dict[str, EntryPoint]:
    """Return every installed notifier by name."""
    return {point.name: point for point in entry_points(group=GROUP)}


def load_notifier(name: str, options: Mapping[str, str]) -> Notifier:
    """Build one notifier from its options.

    Raises SetUpError naming the option when it is unknown, its options are not enough, or its
    code does not keep the protocol.
    """
    points = known_notifiers()
    if name not in points:
        known = ", ".join(sorted(points)) or "none"
        raise SetUpError(f"There is no notifier {name!r}. Installed are: {known}.")
    notifier = points[name].load()(options)
    if not isinstance(notifier, Notifier):
        raise SetUpError(f"The notifier {name!r} does not offer what a notifier must.")
    if notifier.name != name:
        raise SetUpError(f"The notifier {name!r} calls itself {notifier.name!r}.")
    return notifier


def load_notifiers(options: Mapping[str, Mapping[str, str]]) -> dict[str, Notifier]:
    """Build every notifier that `options` names: name -> its options."""
    return {name: load_notifier(name, given) for name, given in options.items()}


def load_connector(office: str, options: Mapping[str, str]) -> OfficeConnector:
    """Build the line to one office's system; `options` names its `connector` and the rest.

    Raises SetUpError naming the office and the option that is not enough.
    """
    points = {point.name: point for point in entry_points(group=OFFICE_GROUP)}
    name = options.get("connector", "")
    if name not in points:
        known = ", ".join(sorted(points)) or "none"
        raise SetUpError(f"{office}: there is no connector {name!r}. Installed are: {known}.")
    rest = {option: value for option, value in options.items() if option != "connector"}
    try:
        connector = points[name].load()(rest)
    except SetUpError as error:
        raise SetUpError(f"{office}: {error}") from None
    if not isinstance(connector, OfficeConnector) or connector.name != name:
        raise SetUpError(f"{office}: {name!r} does not offer what a connector must.")
    return connector
