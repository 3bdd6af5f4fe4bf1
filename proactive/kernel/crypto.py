"""Keys and what is done with them: encryption, blind indexes, subject keys, opaque ids.

Keys live outside the database. Encryption keys carry an id and rotate; the pseudonym key does
not, because the lake is keyed by it (design, "Privacy of the lake").
"""

import base64
import hashlib
import hmac
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from proactive.kernel.errors import Failed, Refused

VERSION = 1
NONCE_BYTES = 12
BLIND_BYTES = 16


@dataclass(frozen=True)
class Keyring:
    """Named AES-256 keys (`current` encrypts, all decrypt), an index key and a pseudonym key."""

    current: str
    encryption: Mapping[str, bytes] = field(repr=False)
    index: bytes = field(repr=False)
    pseudonym: bytes = field(repr=False)

    @classmethod
    def generate(cls) -> "Keyring":
        return cls("k1", {"k1": os.urandom(32)}, os.urandom(32), os.urandom(32))

    @classmethod
    def read(cls, path: Path) -> "Keyring":
        """Return the keys of a JSON file; Refused `no_keys` names what is wrong with it."""
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            encryption = {str(k): base64.b64decode(v) for k, v in raw["encryption"].items()}
            keyring = cls(
                str(raw["current"]),
                encryption,
                base64.b64decode(raw["index"]),
                base64.b64decode(raw["pseudonym"]),
            )
            keyring._check()
        except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
            raise Refused(
                "no_keys",
                "The key file {path} cannot be used.",
                why="{reason}",
                todo="Restore it from where it is kept safe, or run 'proactive keys new' "
                "for a new installation.",
                path=str(path),
                reason=type(error).__name__,
            ) from error
        return keyring

    def write(self, path: Path) -> None:
        """Write the keys to a new file that only its owner may read."""
        raw = {
            "current": self.current,
            "encryption": {k: base64.b64encode(v).decode() for k, v in self.encryption.items()},
            "index": base64.b64encode(self.index).decode(),
            "pseudonym": base64.b64encode(self.pseudonym).decode(),
        }
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(raw, file)

    def encrypt(self, text: str, *, aad: str) -> bytes:
        """Return version, key id, nonce and AES-256-GCM text, bound to `aad`."""
        return self.seal(text.encode(), aad=aad)

    def decrypt(self, blob: bytes, *, aad: str) -> str:
        """Return the text of `encrypt`; Failed `cannot_decrypt` when key, place or text differ."""
        return self.unseal(blob, aad=aad).decode()

    def seal(self, content: bytes, *, aad: str) -> bytes:
        """Do with bytes, such as a file, what `encrypt` does with a text."""
        nonce = os.urandom(NONCE_BYTES)
        key_id = self.current.encode()
        sealed = AESGCM(self.encryption[self.current]).encrypt(nonce, content, aad.encode())
        return bytes([VERSION, len(key_id)]) + key_id + nonce + sealed

    def unseal(self, blob: bytes, *, aad: str) -> bytes:
        """Return the bytes of `seal`; Failed `cannot_decrypt` when key, place or content differ."""
        try:
            length = blob[1]
            key = self.encryption[blob[2 : 2 + length].decode()]
            nonce = blob[2 + length : 2 + length + NONCE_BYTES]
            sealed = blob[2 + length + NONCE_BYTES :]
            return AESGCM(key).decrypt(nonce, sealed, aad.encode())
        except (InvalidTag, KeyError, IndexError, ValueError) as error:
            raise Failed("cannot_decrypt", "A stored value cannot be decrypted.") from error

    def mark(self) -> str:
        """Return what tells these keys from others and reveals nothing of them."""
        return self.opaque(self.blind("mark", column="mark").hex(), purpose="mark")

    def blind(self, value: str, *, column: str) -> bytes:
        """Return a 16-byte index of a normalised value; equal values of one column are equal."""
        return self._mac(self.index, f"{column}\x00{value}")[:BLIND_BYTES]

    def subject_key(self, scheme: str, number: str) -> int:
        """Return the 63-bit pseudonym under which the lake knows a subject."""
        return int.from_bytes(self._mac(self.pseudonym, f"{scheme}\x00{number}")[:8], "big") >> 1

    def opaque(self, text: str, *, purpose: str) -> str:
        """Return an id that reveals nothing, for record ids made from identities."""
        return self._mac(self.pseudonym, f"{purpose}\x00{text}")[:BLIND_BYTES].hex()

    @staticmethod
    def _mac(key: bytes, text: str) -> bytes:
        return hmac.digest(key, text.encode(), hashlib.sha256)

    def _check(self) -> None:
        if self.current not in self.encryption:
            raise ValueError("current")
        if any(len(key) != 32 for key in (*self.encryption.values(), self.index, self.pseudonym)):
            raise ValueError("length")
