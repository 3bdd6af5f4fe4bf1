"""The two error families: Refused (the user can act) and Failed (ours)."""

from collections.abc import Mapping


class CodedError(Exception):
    """An error with a stable code and one sentence; the sentence is a template over `facts`."""

    def __init__(self, code: str, what: str, /, **facts: object) -> None:
        self.code = code
        self.what = what
        self.facts = facts
        super().__init__(f"{code}: {what.format(**facts)}")


class Refused(CodedError):  # noqa: N818 - the glossary's word
    """The request cannot be carried out and its maker can act on it.

    `what`, `why` and `todo` are English templates formatted with `facts`; screens translate the
    template before formatting. `fields` names form fields with their own sentence.
    Facts must not hold personal data: the text may reach a log.
    """

    def __init__(
        self,
        code: str,
        what: str,
        /,
        *,
        why: str = "",
        todo: str = "",
        fields: Mapping[str, str] | None = None,
        **facts: object,
    ) -> None:
        super().__init__(code, what, **facts)
        self.why = why
        self.todo = todo
        self.fields = dict(fields or {})

    def sentence(self) -> str:
        """Return what, why and what to do as one line of English."""
        parts = (part.format(**self.facts) for part in (self.what, self.why, self.todo) if part)
        return " ".join(parts)

    def __str__(self) -> str:
        return self.sentence()


class Failed(CodedError):  # noqa: N818 - the glossary's word
    """Something of ours broke; the user can only try again or call the operator."""

    def sentence(self) -> str:
        """Return the sentence with its facts filled in."""
        return self.what.format(**self.facts)
