"""The console shows a text and hides the number."""

import io
from pathlib import Path

import pytest

from notifiers.console import ConsoleNotifier, build
from proactive.plugins.contract import NUMBER, NotifierContract, a_message
from proactive.plugins.notifier import Notifier, SetUpError


class TestConsole(NotifierContract):
    def build(self, tmp_path: Path) -> Notifier:
        return ConsoleNotifier(io.StringIO())


def test_the_text_is_shown_and_the_number_masked() -> None:
    out, message = io.StringIO(), a_message()

    ConsoleNotifier(out).send(message)

    assert message.text in out.getvalue()
    assert NUMBER not in out.getvalue()
    assert NUMBER[-4:] in out.getvalue()


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(SetUpError, match="colour"):
        build({"colour": "red"})
