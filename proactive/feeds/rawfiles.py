"""Delivered files as they came, sealed block by block, kept for some weeks beside the lake."""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from proactive.kernel.crypto import Keyring
from proactive.kernel.errors import Failed

BLOCK = 1024 * 1024
NONCE = 12
_LENGTH = struct.Struct(">I")


def seal_file(source: Path, target: Path, keys: Keyring) -> None:
    """Write an encrypted copy; blocks are bound to their file name, place and the file's end."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    part = target.with_suffix(".part")
    cipher = AESGCM(keys.encryption[keys.current])
    key_id = keys.current.encode()
    with source.open("rb") as plain, part.open("wb") as sealed:
        sealed.write(bytes([len(key_id)]) + key_id)
        number, block = 0, plain.read(BLOCK)
        while block or number == 0:
            following = plain.read(BLOCK)
            nonce = os.urandom(NONCE)
            bound = _bound(target.name, number, last=not following)
            text = nonce + cipher.encrypt(nonce, block, bound)
            sealed.write(_LENGTH.pack(len(text)) + text)
            number, block = number + 1, following
    part.chmod(0o600)
    part.replace(target)


def open_sealed(path: Path, keys: Keyring) -> Iterator[bytes]:
    """The blocks of a sealed file; Failed when it was cut, changed or its key is gone."""
    try:
        with path.open("rb") as sealed:
            key_id = sealed.read(sealed.read(1)[0]).decode()
            cipher = AESGCM(keys.encryption[key_id])
            number, text = 0, _next(sealed)
            while text is not None:
                following = _next(sealed)
                bound = _bound(path.name, number, last=following is None)
                yield cipher.decrypt(text[:NONCE], text[NONCE:], bound)
                number, text = number + 1, following
    except (InvalidTag, KeyError, IndexError, OSError, struct.error) as error:
        raise Failed("cannot_decrypt", "A stored delivery cannot be opened.") from error


def _next(sealed: BinaryIO) -> bytes | None:
    head = sealed.read(_LENGTH.size)
    return sealed.read(_LENGTH.unpack(head)[0]) if head else None


def _bound(name: str, number: int, *, last: bool) -> bytes:
    return f"raw:{name}:{number}:{'last' if last else 'more'}".encode()
