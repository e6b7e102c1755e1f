"""Cursors: where a page begins, as a text that only this application can write and read.

    signer = Signer(secret_key)
    text = signer.write(Cursor((moment, 7)), bound="posts …")
    signer.read(text, bound="posts …")      # Cursor(position=(moment, 7), backwards=False, inclusive=False)

A cursor is encrypted, since the values in it may be of fields that nobody may see, and authenticated together
with what it belongs to: resource, filter, order and whoever asks. Whatever is not exactly a text that `write`
gave for the same ``bound`` raises `InvalidCursorError`; a position that has no short form raises ValueError.

The scheme is that of SIV modes: a MAC over everything is at once the tag and the nonce, so equal positions
give equal cursors (pages stay comparable by their bytes) and no nonce can repeat by mistake. The MAC and the
key stream are BLAKE2b with a key each (RFC 7693).
"""

from __future__ import annotations

import hmac
import re
import secrets
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from hashlib import blake2b, sha256
from typing import Any, Final, NamedTuple

from portico.errors import ConfigurationError, InvalidCursorError

from .packing import pack, unpack

LONGEST: Final = 4096
"""The most characters of a cursor; one that would be longer is not given."""
SHORTEST_KEY: Final = 32
_TAG: Final = 16
_MOST: Final = LONGEST // 4 * 3 - _TAG
"""The most bytes that are encrypted: four characters hold three."""
_BLOCK: Final = 8
_STREAM: Final = 64
"""Bytes of one block of the key stream: the longest digest of BLAKE2b."""
_FURTHER: Final = tuple(bytes([number]) for number in range(1, -(-_MOST // _STREAM)))
"""What the blocks of the key stream are told apart by."""
_FORM: Final = b"portico cursor 2"
_FLAGS: Final = (b"\x00", b"\x01", b"\x02", b"\x03")
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_ALPHABET: Final = re.compile(r"[A-Za-z0-9_-]+")
_REFUSED: Final = "This cursor was changed, or belongs to another list."


class Cursor(NamedTuple):
    """Read on after a position, or back from it; ``inclusive`` where a row at the position is wanted too."""

    position: tuple[Any, ...]
    backwards: bool = False
    inclusive: bool = False


class Signer:
    """Writes and reads cursors with one key; without one, with a key that lives as long as the process."""

    __slots__ = ("_cipher", "_mac")

    def __init__(self, secret_key: str | None = None) -> None:
        if secret_key is not None and len(secret_key) < SHORTEST_KEY:
            raise ConfigurationError(
                f"secret_key has {len(secret_key)} characters, and {SHORTEST_KEY} are the fewest.",
                hint='Make one: python -c "import secrets; print(secrets.token_urlsafe(32))".',
            )
        root = secrets.token_bytes(32) if secret_key is None else secret_key.encode()
        # A key for each use, of a form: whatever one form wrote, no other reads.
        mac, cipher = (hmac.digest(root, _FORM + use, sha256) for use in (b" mac", b" cipher"))
        self._mac = blake2b(key=mac, digest_size=_TAG)
        self._cipher = blake2b(key=cipher, digest_size=_STREAM)

    def __repr__(self) -> str:
        return "Signer(…)"

    def write(self, cursor: Cursor, bound: str) -> str:
        """The text; ValueError where the position holds what has no short form."""
        plain = _FLAGS[cursor.backwards | cursor.inclusive << 1] + pack(cursor.position)
        # The length of what is inside is nobody's business either.
        plain += bytes(-len(plain) % _BLOCK)
        if len(plain) > _MOST:
            raise ValueError("The position is too long for a cursor.")
        tag = self._tag(plain, bound)
        return _spelt(tag + self._veiled(tag, plain))

    def read(self, text: str, bound: str) -> Cursor:
        """The cursor behind a text; InvalidCursorError for any other."""
        if not 1 <= len(text) <= LONGEST or not _ALPHABET.fullmatch(text):
            raise _refused()
        try:
            raw = urlsafe_b64decode(text + "=" * (-len(text) % 4))
        except ValueError:
            raise _refused() from None
        # One text for one cursor: the last letter may hold bits that decoding drops.
        if _spelt(raw) != text:
            raise _refused()
        tag = raw[:_TAG]
        plain = self._veiled(tag, raw[_TAG:])
        if not plain or not hmac.compare_digest(tag, self._tag(plain, bound)):
            raise _refused()
        return Cursor(unpack(plain[1:]), bool(plain[0] & 1), bool(plain[0] & 2))

    def _tag(self, plain: bytes, bound: str) -> bytes:
        about = bound.encode("utf-8", "surrogatepass")
        mac = self._mac.copy()
        mac.update(len(about).to_bytes(8, "big") + about + plain)
        return mac.digest()

    def _veiled(self, tag: bytes, text: bytes) -> bytes:
        size = len(text)
        stream = self._stream(tag)
        if size > _STREAM:
            # A number behind the tag, which alone is the number of the first block.
            stream += b"".join([self._stream(tag + number) for number in _FURTHER[: (size - 1) // _STREAM]])
        veiled = int.from_bytes(text, "big") ^ int.from_bytes(stream[:size], "big")
        return veiled.to_bytes(size, "big")

    def _stream(self, seed: bytes) -> bytes:
        block = self._cipher.copy()
        block.update(seed)
        return block.digest()


PROCESS: Final = Signer()
"""For whoever was given no key: cursors end with the process, and another process does not know them."""


def _refused() -> InvalidCursorError:
    return InvalidCursorError(_REFUSED, hint="Begin again with the first page.")


def _spelt(raw: bytes) -> str:
    return b2a_base64(raw, newline=False).rstrip(b"=").translate(_URL_SAFE).decode()
