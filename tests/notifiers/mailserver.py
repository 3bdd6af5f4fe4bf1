"""A real small mail server for tests: SMTP with STARTTLS or TLS, sign-in, and faults on demand."""

import base64
import contextlib
import socketserver
import ssl
import threading
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

USER, PASSWORD = "office", "a password"


def make_certificate(folder: Path) -> Path:
    """Write a certificate for 127.0.0.1 with its key into one file; return it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    plain = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    path = folder / "mail.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(*plain, serialization.NoEncryption())
    )
    return path


class MailServer:
    """Takes letters. `faults` maps a verb to the answer to give instead, or 'cut' to hang up.

    The verb 'TEXT' stands for the end of the text: 'cut' there has taken the letter.
    """

    def __init__(self, certificate: Path, *, tls_at_once: bool = False) -> None:
        self.faults: dict[str, str] = {}
        self.letters: list[tuple[str, str, EmailMessage]] = []
        self.encrypted: list[bool] = []
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(certificate)
        self.tls_at_once = tls_at_once
        handler = type("Handler", (_Dialogue,), {"house": self})
        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def __enter__(self) -> "MailServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Dialogue(socketserver.BaseRequestHandler):
    house: MailServer

    def handle(self) -> None:
        self.open: list[Any] = []
        with contextlib.suppress(OSError, EOFError):
            self._open(self.house.tls_at_once)
            self._talk()
        for each in reversed(self.open):
            with contextlib.suppress(OSError):
                each.close()

    def _open(self, encrypted: bool) -> None:
        self.line: Any = self.request
        self.encrypted = encrypted
        if encrypted:
            plain = self.house.context.wrap_socket(
                self.request, server_side=True, do_handshake_on_connect=False
            )
            self.open.append(plain)
            plain.do_handshake()
            self.line = plain
        self.reader = self.line.makefile("rb")
        self.open.append(self.reader)

    def say(self, text: str) -> None:
        self.line.sendall(f"{text}\r\n".encode())

    def _talk(self) -> None:
        self.say("220 mail")
        sender = to = ""
        signed_in = False
        while line := self.reader.readline().decode().strip():
            verb = line.split()[0].upper()
            fault = self.house.faults.get(verb)
            if fault == "cut":
                return
            if fault:
                self.say(fault)
            elif verb in ("EHLO", "HELO"):
                self.say("250-mail\r\n250-STARTTLS\r\n250 AUTH PLAIN")
            elif verb == "STARTTLS":
                self.say("220 go")
                self._open(encrypted=True)
            elif verb == "AUTH":
                wanted = base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode()
                signed_in = line.split()[-1] == wanted
                self.say("235 ok" if signed_in else "535 no")
            elif verb == "MAIL":
                sender = line.partition(":")[2].split()[0].strip("<>")
                self.say("250 ok")
            elif verb == "RCPT":
                to = line.partition(":")[2].strip("<>")
                self.say("250 ok")
            elif verb == "DATA":
                self.say("354 go")
                if not self._take(sender, to):
                    return
            elif verb == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def _take(self, sender: str, to: str) -> bool:
        lines = []
        while (line := self.reader.readline()) not in (b".\r\n", b""):
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        fault = self.house.faults.get("TEXT", "")
        if not fault or fault == "cut":
            letter = message_from_bytes(b"".join(lines), policy=policy.default)
            self.house.letters.append((sender, to, letter))
            self.house.encrypted.append(self.encrypted)
        if fault == "cut":
            return False
        self.say(fault or "250 taken")
        return True
