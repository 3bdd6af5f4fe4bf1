"""E-mail through the house's own mail server, encrypted and with its certificate checked.

To an address it goes as it is; to a number only where `address` says how a number becomes one, as
mail-to-SMS services want it ('{number}@sms.example.gov.cn'). One-way. A mail server cannot be
asked whether it took a message: a lost answer is left to a person and never sent again. It counts
as taken when the server says so; bounces go to `bounce_address`, where '{id}' becomes our message
id, for whoever reads that box: they are not read here.
"""

import contextlib
import re
import smtplib
import ssl
from collections.abc import Mapping
from datetime import timedelta
from email.message import EmailMessage
from email.utils import formatdate

from proactive.plugins.notifier import (
    Accepted,
    Answer,
    Busy,
    LookUp,
    NoAnswer,
    OutgoingMessage,
    Reason,
    Rejected,
    SetUpError,
    Unknown,
)
from proactive.plugins.options import Options

OPTIONS = (
    *("host", "port", "security", "ca_file", "user", "password", "timeout"),
    *("from_address", "bounce_address", "address", "subject"),
)
PORTS = {"starttls": 587, "ssl": 465, "none": 25}
ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+")
SET_UP_PAUSE = timedelta(minutes=15)
GREYLISTED = timedelta(minutes=5)
HERE = ("127.0.0.1", "::1", "localhost")


class _Stopped(Exception):  # noqa: N818 - says what happened
    """The dialogue ended with this answer before the text was handed over."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.answer = answer


class MailNotifier:
    """One connection a message: mail servers close idle ones, and few are sent in a row."""

    name = "email"
    two_way = False
    idempotent = False

    def __init__(
        self,
        *,
        server: tuple[str, int],
        security: str,
        context: ssl.SSLContext,
        login: tuple[str, str] | None,
        from_address: str,
        bounce_address: str,
        address: str,
        subject: str,
        timeout: float,
    ) -> None:
        self._server, self._security, self._context = server, security, context
        self._login, self._timeout = login, timeout
        self._from, self._bounces = from_address, bounce_address
        self._address, self._subject = address, subject
        self.settle_time = timedelta(seconds=60)

    def send(self, message: OutgoingMessage) -> Answer:
        to = self._address_of(message.to)
        if to is None:
            return Rejected(Reason.BAD_NUMBER, "no address")
        letter = self._letter(message, to)
        try:
            line = self._open()
        except _Stopped as stopped:
            return stopped.answer
        try:
            self._envelope(line, message, to)
            return self._hand_over(line, letter)
        except _Stopped as stopped:
            return stopped.answer
        finally:
            _part(line)

    def look_up(self, message: OutgoingMessage) -> LookUp:
        return NoAnswer("a mail server cannot be asked")

    def _address_of(self, to: str) -> str | None:
        address = to if "@" in to else self._address.replace("{number}", to.removeprefix("+"))
        return address if ADDRESS.fullmatch(address) and address.isascii() else None

    def _letter(self, message: OutgoingMessage, to: str) -> EmailMessage:
        letter = EmailMessage()
        letter["From"], letter["To"] = self._from, to
        letter["Subject"] = self._subject.replace("{reference}", message.reference)
        letter["Date"] = formatdate()
        letter["Message-ID"] = self._name_of(message)
        letter["Auto-Submitted"] = "auto-generated"  # no machine answers it
        letter["Content-Language"] = message.language
        letter.set_content(message.text)
        return letter

    def _name_of(self, message: OutgoingMessage) -> str:
        return f"<{message.message_id}@{self._from.rpartition('@')[2]}>"

    def _open(self) -> smtplib.SMTP:
        """Connect, encrypt and sign in; whatever fails here, nothing was handed over."""
        host, port = self._server
        try:
            if self._security == "ssl":
                line: smtplib.SMTP = smtplib.SMTP_SSL(
                    host, port, timeout=self._timeout, context=self._context
                )
            else:
                line = smtplib.SMTP(host, port, timeout=self._timeout)
        except (OSError, smtplib.SMTPException) as error:
            raise _Stopped(Busy(code=type(error).__name__)) from None
        try:
            if self._security == "starttls":
                line.starttls(context=self._context)
            if self._login:
                line.login(*self._login)
        except (OSError, smtplib.SMTPException) as error:
            line.close()
            raise _Stopped(Busy(SET_UP_PAUSE, type(error).__name__)) from None
        return line

    def _envelope(self, line: smtplib.SMTP, message: OutgoingMessage, to: str) -> None:
        try:
            line.ehlo_or_helo_if_needed()
            code, _ = line.mail(self._bounces.replace("{id}", message.message_id))
            if code != 250:
                raise _Stopped(Busy(SET_UP_PAUSE, str(code)))
            code, _ = line.rcpt(to)
        except (OSError, smtplib.SMTPException) as error:
            raise _Stopped(Busy(code=type(error).__name__)) from None
        if 400 <= code < 500:
            raise _Stopped(Busy(GREYLISTED, str(code)))
        if code not in (250, 251):
            raise _Stopped(Rejected(Reason.BAD_NUMBER, str(code)))

    def _hand_over(self, line: smtplib.SMTP, letter: EmailMessage) -> Answer:
        """Send the text; from here on a broken line means that nobody knows."""
        try:
            code, _ = line.data(letter.as_bytes())
        except smtplib.SMTPDataError as error:  # the server does not want the text at all
            return _refused(error.smtp_code)
        except (OSError, smtplib.SMTPException) as error:
            return Unknown(type(error).__name__)
        return Accepted(str(letter["Message-ID"])) if code == 250 else _refused(code)


def _part(line: smtplib.SMTP) -> None:
    """Say good-bye; how the server takes it changes nothing."""
    with contextlib.suppress(OSError, smtplib.SMTPException):
        line.quit()
    line.close()


def _refused(code: int) -> Answer:
    if 400 <= code < 500:
        return Busy(GREYLISTED, str(code))
    return Rejected(Reason.TEXT_BLOCKED, str(code))


def build(options: Mapping[str, str]) -> MailNotifier:
    given = Options("email", options, known=OPTIONS)
    host, security = given.text("host"), given.text("security", "starttls")
    if security not in PORTS:
        raise SetUpError("email: 'security' must be starttls, ssl or none.")
    if security == "none" and host not in HERE:
        raise SetUpError("email: 'security' none is only for a server on this machine.")
    user, password = given.text("user", ""), given.text("password", "")
    if bool(user) != bool(password):
        raise SetUpError("email: 'user' and 'password' belong together.")
    from_address = _checked(given, "from_address")
    bounces = given.text("bounce_address", from_address)
    if not ADDRESS.fullmatch(bounces):
        raise SetUpError("email: 'bounce_address' is no e-mail address.")
    address = given.text("address", "{number}")
    if "{number}" not in address:
        raise SetUpError("email: 'address' must hold {number}.")
    port = int(given.number("port", PORTS[security], low=1, high=65535))
    return MailNotifier(
        server=(host, port),
        security=security,
        context=_context(given.text("ca_file", "")),
        login=(user, password) if user else None,
        from_address=from_address,
        bounce_address=bounces,
        address=address,
        subject=given.text("subject", "便民服务通知 {reference}"),
        timeout=given.number("timeout", 10, low=1, high=20),
    )


def _checked(given: Options, name: str) -> str:
    value = given.text(name)
    if not ADDRESS.fullmatch(value):
        raise SetUpError(f"email: {name!r} is no e-mail address.")
    return value


def _context(ca_file: str) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file or None)
    except (OSError, ssl.SSLError):
        raise SetUpError("email: 'ca_file' cannot be read as certificates.") from None
