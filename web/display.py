"""How values look on a page: days, moments, money and how late something is."""

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Flask
from flask_babel import format_date, get_locale

from proactive.kernel.money import yuan_text
from web.say import gettext, ngettext

DAY_FORMATS = {"zh": "y年M月d日 EEE", "en": "EEE d MMM y"}
SHORT_DAY_FORMATS = {"zh": "M月d日 EEE", "en": "EEE d MMM"}


def init_display(app: Flask, zone: ZoneInfo) -> None:
    """Give the templates their filters; `zone` is the place's own time."""

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
    """Return an amount of fen as yuan with its unit."""
    return gettext("%(amount)s yuan", amount=yuan_text(fen))


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
