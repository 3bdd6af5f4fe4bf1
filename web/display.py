"""How values look on a page: days, moments, money and how late something is."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Flask, current_app
from flask_babel import format_date, get_locale

from proactive.kernel.money import with_unit, yuan_text
from web.say import gettext, ngettext

DAY_FORMATS = {"zh": "y年M月d日 EEE", "en": "EEE d MMM y"}
SHORT_DAY_FORMATS = {"zh": "M月d日 EEE", "en": "EEE d MMM"}


def init_display(app: Flask, zone: ZoneInfo, currency: str) -> None:
    """Give the templates their filters; `zone` is the place's own time."""
    app.config["CURRENCY"] = currency

    def moment(value: datetime) -> str:
        local = value.astimezone(zone)
        return f"{day(local.date())} {local:%H:%M}"

    app.jinja_env.filters.update(
        day=day,
        short_day=short_day,
        moment=moment,
        money=money,
        phone=phone,
        count=count,
        due_words=due_words,
    )


def day(value: date) -> str:
    """Return a date with its weekday, in the reader's order."""
    return str(format_date(value, DAY_FORMATS[get_locale().language]))


def short_day(value: date) -> str:
    """Return a date of this year without the year."""
    return str(format_date(value, SHORT_DAY_FORMATS[get_locale().language]))


def money(fen: int) -> str:
    """Return an amount of hundredths in whole units, with the unit's name."""
    return with_unit(yuan_text(fen), current_app.config["CURRENCY"], get_locale().language)


def count(value: int) -> str:
    """Return a number with its thousands apart."""
    return f"{value:,}"


def phone(number: str) -> str:
    """Return a telephone number in groups; a mainland mobile without its country code."""
    mobile = re.fullmatch(r"(?:\+86)?(1\d{2})(\d{4})(\d{4})", number)
    return " ".join(mobile.groups()) if mobile else number


def due_words(due: date, today: date) -> str:
    """Say how far away or how late a due date is."""
    days = (due - today).days
    if days < 0:
        return ngettext("%(num)d day late", "%(num)d days late", -days)
    if days == 0:
        return gettext("due today")
    if days == 1:
        return gettext("due tomorrow")
    return ngettext("due in %(num)d day", "due in %(num)d days", days)
