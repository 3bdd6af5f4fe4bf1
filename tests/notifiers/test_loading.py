"""Ways out are found by entry point and built from text options, or refused with the reason."""

import pytest

from notifiers.console import ConsoleNotifier
from proactive.plugins.loader import known_notifiers, load_notifiers
from proactive.plugins.notifier import SetUpError
from proactive.plugins.options import Options


def test_the_shipped_ways_out_are_found() -> None:
    shipped = {"console", "email", "file", "http_gateway", "template_gateway", "twilio_sms"}

    assert shipped <= set(known_notifiers())


def test_they_are_built_from_their_options() -> None:
    built = load_notifiers({"console": {}})

    assert isinstance(built["console"], ConsoleNotifier)


def test_an_unknown_one_is_refused_with_those_there_are() -> None:
    with pytest.raises(SetUpError, match="console, email, file"):
        load_notifiers({"pigeon": {}})


def test_a_missing_option_is_named() -> None:
    with pytest.raises(SetUpError, match="'path' is missing"):
        load_notifiers({"file": {}})


def test_options_are_text_and_checked() -> None:
    options = Options("x", {"a": " 1 ", "b": "Yes", "c": "p, q,"}, known=("a", "b", "c", "d"))

    assert options.number("a", 5, low=0, high=9) == 1
    assert options.number("d", 5, low=0, high=9) == 5
    assert options.flag("b", default=False)
    assert not options.flag("d", default=False)
    assert options.words("c") == ("p", "q")
    assert options.text("d", "none") == "none"
    with pytest.raises(SetUpError, match="from 5 to 9"):
        options.number("a", 5, low=5, high=9)
