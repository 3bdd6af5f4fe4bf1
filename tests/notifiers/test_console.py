"""The console shows a text and hides the number."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


@given(st.text("+0123456789", max_size=20))
def test_masking_never_shows_more_than_the_last_four_digits(number: str) -> None:
    out = io.StringIO()

    ConsoleNotifier(out).send(replace(a_message(), to=number, text="x"))

    shown = out.getvalue().removeprefix("[SMS to ").partition("]")[0]
    assert shown.lstrip("*") == (number[-4:] if len(number) >= 8 else "")
    assert len(shown) == len(number)


def test_an_unknown_option_is_named() -> None:
    with pytest.raises(SetUpError, match="colour"):
        build({"colour": "red"})
