"""The contract tests every notifier inherits: subclass, say how to `build` one, run pytest."""
# ruff: noqa: S101 - these are tests, shipped so that a plug-in in another distribution can use them

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

from proactive.plugins.notifier import (
    Absent,
    Accepted,
    Found,
    NoAnswer,
    Notifier,
    OutgoingMessage,
)

NUMBER = "+8613800138000"
TEXT = "您好，村里的张同志本周会上门，编号 {reference}。"


def a_message(number: str = NUMBER) -> OutgoingMessage:
    """Return a message nobody has sent yet."""
    message_id = str(uuid4())
    reference = message_id[:8].upper()
    return OutgoingMessage(
        message_id=message_id,
        reference=reference,
        to=number,
        text=TEXT.format(reference=reference),
        language="zh",
        template="someone_will_come",
        params={"who": "张同志"},
    )


class NotifierContract:
    """Overrides: `build` always; `copies` where the far side can be asked how many it took.

    `shows_its_name` is False where a look-up does not show the name that the far side gave; then
    the one that is known already must stay.
    """

    shows_its_name = True

    __test__ = False

    def __init_subclass__(cls, **keywords: object) -> None:
        super().__init_subclass__(**keywords)
        cls.__test__ = True

    def build(self, tmp_path: Path) -> Notifier:
        raise NotImplementedError

    def copies(self, message: OutgoingMessage) -> int | None:
        """Return how many copies the far side took, or None when it cannot be known."""
        return None

    def test_it_keeps_the_protocol(self, tmp_path: Path) -> None:
        notifier = self.build(tmp_path)

        assert isinstance(notifier, Notifier)
        assert notifier.name
        assert notifier.name == notifier.name.lower()
        assert timedelta(0) <= notifier.settle_time <= timedelta(hours=1)

    def test_a_taken_message_has_a_name_at_the_far_side(self, tmp_path: Path) -> None:
        answer = self.build(tmp_path).send(a_message())

        assert isinstance(answer, Accepted)
        assert answer.provider_id

    def test_one_send_is_one_copy(self, tmp_path: Path) -> None:
        message = a_message()

        self.build(tmp_path).send(message)

        assert self.copies(message) in (1, None)

    def test_two_messages_have_two_names(self, tmp_path: Path) -> None:
        notifier = self.build(tmp_path)

        first, second = notifier.send(a_message()), notifier.send(a_message())

        assert isinstance(first, Accepted)
        assert isinstance(second, Accepted)
        assert first.provider_id != second.provider_id

    def test_what_was_sent_is_found_or_cannot_be_asked(self, tmp_path: Path) -> None:
        notifier, message = self.build(tmp_path), a_message()
        answer = notifier.send(message)
        assert isinstance(answer, Accepted)

        known = message if self.shows_its_name else replace(message, provider_id=answer.provider_id)
        found = notifier.look_up(known)

        assert isinstance(found, Found | NoAnswer)
        if isinstance(found, Found):
            assert found.provider_id == answer.provider_id

    def test_what_was_never_sent_is_never_found(self, tmp_path: Path) -> None:
        notifier = self.build(tmp_path)
        notifier.send(a_message())

        assert isinstance(notifier.look_up(a_message()), Absent | NoAnswer)

    def test_an_idempotent_one_takes_the_same_message_once(self, tmp_path: Path) -> None:
        notifier, message = self.build(tmp_path), a_message()

        first, second = notifier.send(message), notifier.send(message)

        if notifier.idempotent:
            assert first == second
            assert self.copies(message) in (1, None)

    def test_neither_number_nor_text_shows_in_a_repr(self, tmp_path: Path) -> None:
        notifier, message = self.build(tmp_path), a_message()
        answer = notifier.send(message)

        shown = repr(message) + repr(answer) + repr(notifier)

        assert NUMBER[1:] not in shown
        assert message.text not in shown
