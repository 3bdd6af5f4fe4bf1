"""Flask-Babel's three ways to say a sentence, typed: now, by number, and when it is shown."""

import flask_babel


def gettext(words: str, **facts: object) -> str:
    """Return the sentence in the reader's language, its facts filled in."""
    return str(flask_babel.gettext(words, **facts))


def ngettext(one: str, many: str, count: int, **facts: object) -> str:
    """Return the sentence that fits the count; `%(num)d` in it is the count."""
    return str(flask_babel.ngettext(one, many, count, **facts))


def lazy(words: str) -> object:
    """Return a sentence that is put into the reader's language when it is shown."""
    found: object = flask_babel.lazy_gettext(words)
    return found
