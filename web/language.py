"""Which language and text size a page is in, and where the translated sentences come from.

The .po file is read when the application starts, so there is no compile step to forget.
"""

import io
from collections.abc import Iterable
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, current_app, g, request
from flask_babel import Babel, Domain, get_locale

from proactive.accounts.model import TEXT_SCALES
from proactive.kernel.errors import Refused
from web.say import gettext
from web.words import say_fact

TRANSLATIONS = Path(__file__).parent / "translations"
LANGUAGES = {"zh": "zh_Hans_CN", "en": "en"}
DEFAULT_LANGUAGE = "zh"
LANGUAGE_COOKIE = "language"
SCALE_COOKIE = "scale"
DEFAULT_SCALE = "100"


class PoDomain(Domain):  # type: ignore[misc]  # Flask-Babel ships no types
    """Catalogues read straight from .po text, one for each language."""

    def __init__(self, folder: Path) -> None:
        super().__init__(domain="messages")
        self._catalogues: dict[str, NullTranslations] = {
            LANGUAGES["zh"]: read_catalogue(folder / "zh_CN" / "LC_MESSAGES" / "messages.po"),
            LANGUAGES["en"]: NullTranslations(),
        }

    def get_translations(self) -> NullTranslations:
        return self._catalogues[str(get_locale())]


def read_catalogue(path: Path) -> Translations:
    """Return the translations of one .po file, ready to be asked."""
    with path.open("rb") as text:
        catalogue = read_po(text, locale="zh_CN")
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def init_language(app: Flask) -> None:
    """Teach `app` the two languages; the choice is the account's, else the cookie's, else zh."""
    babel = Babel()
    babel.init_app(app, default_locale=LANGUAGES[DEFAULT_LANGUAGE], locale_selector=chosen_locale)
    babel.domain_instance = PoDomain(TRANSLATIONS)
    app.jinja_env.globals["gap"] = gap


def chosen_language() -> str:
    """Return `zh` or `en` for this request."""
    signed_in = g.get("signed_in")
    wanted = signed_in.language if signed_in else request.cookies.get(LANGUAGE_COOKIE, "")
    if wanted in LANGUAGES:
        return wanted
    return str(current_app.config.get("LANGUAGE", DEFAULT_LANGUAGE))


def chosen_locale() -> str:
    return LANGUAGES[chosen_language()]


def chosen_scale() -> str:
    """Return the text size in percent for this request."""
    signed_in = g.get("signed_in")
    wanted = str(signed_in.text_scale) if signed_in else request.cookies.get(SCALE_COOKIE, "")
    return wanted if wanted.isdigit() and int(wanted) in TEXT_SCALES else DEFAULT_SCALE


def say_sentence(template: str, facts: dict[str, object]) -> str:
    """Translate one English sentence template of the core and fill its facts in."""
    if not template:
        return ""
    return gettext(template).format(**{name: say_fact(v) for name, v in facts.items()})


def joined(sentences: Iterable[str]) -> str:
    """Return sentences one after the other, as the reader's language writes them."""
    return gap().join(one for one in sentences if one)


def gap() -> str:
    """Return what stands between two sentences: nothing in Chinese."""
    return "" if chosen_language() == "zh" else " "


def say_refusal(refusal: Refused) -> tuple[str, str, str]:
    """Return what happened, why, and what to do, in the reader's language."""
    facts = dict(refusal.facts)
    return (
        say_sentence(refusal.what, facts),
        say_sentence(refusal.why, facts),
        say_sentence(refusal.todo, facts),
    )
