"""Password hashes: argon2id, slow on purpose, and never on the event loop.

    user.password = await hash_password_async("correct horse")
    await verify_password_async("correct horse", user.password)     # True

`HashedPassword` marks what is a hash already: only the class does, so that a client who sends a hash as a
password logs in with that very text and nothing else. Hashes of argon2 and bcrypt are accepted; new ones are
argon2id. Raises `InvalidError` for a password over `MAX_LENGTH` characters (an attack on the processor),
`UsageError` for a `HashedPassword` that is none, `MissingExtraError` where a bcrypt hash needs its package.
"""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from typing import Any, Self, TypeVar

from pwdlib import PasswordHash
from pwdlib.exceptions import HasherNotAvailable
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy.util import await_only
from sqlalchemy.util.concurrency import in_greenlet

from portico.errors import InvalidError, MissingExtraError, UsageError

T = TypeVar("T")
MAX_LENGTH = 1024
BCRYPT_BYTES = 72
# One hash takes 64 MiB and one processor: more at once than there are processors only costs memory.
WORKERS = max(1, min(4, os.cpu_count() or 1))
_ARGON2 = PasswordHash((Argon2Hasher(),))
_HASHES = re.compile(r"\$(argon2(id|i|d)|2[abxy])\$")


class HashedPassword(str):
    """A hash that must not be hashed again; its repr shows dots."""

    __slots__ = ()

    def __new__(cls, value: str) -> Self:
        """Mark a hash made elsewhere; UsageError if it does not look like one."""
        if not _HASHES.match(value):
            raise UsageError(
                "HashedPassword was given something that is not an argon2 or bcrypt hash.",
                hint="Give a plain password as it is; it is hashed when it is stored.",
            )
        return super().__new__(cls, value)

    @classmethod
    def stored(cls, value: str) -> Self:
        """Mark what a database holds, whatever it is."""
        return super().__new__(cls, value)

    def __repr__(self) -> str:
        return "HashedPassword('…')"

    def __getnewargs__(self) -> tuple[str]:
        return (str.__str__(self),)


def hash_password(plain: str) -> HashedPassword:
    """The argon2id hash of a password; a hash is returned as it is. Takes about 50 ms of processor time."""
    if isinstance(plain, HashedPassword):
        return plain
    if len(plain) > MAX_LENGTH:
        raise InvalidError(f"A password has at most {MAX_LENGTH} characters.")
    return HashedPassword(_ARGON2.hash(plain.encode("utf-8", "surrogatepass")))


def verify_password(plain: str, hashed: str) -> bool:
    """Whether a password belongs to a hash; False for anything that is not a hash."""
    if len(plain) > MAX_LENGTH:
        return False
    given = plain.encode("utf-8", "surrogatepass")
    if hashed.startswith("$2"):
        return _bcrypt().hashers[0].identify(hashed) and _bcrypt().verify(given[:BCRYPT_BYTES], str(hashed))
    return Argon2Hasher.identify(hashed) and _ARGON2.verify(given, str(hashed))


def needs_rehash(hashed: str) -> bool:
    """Whether a hash is weaker than a new one would be, so that a login should replace it."""
    return not Argon2Hasher.identify(hashed) or _ARGON2.current_hasher.check_needs_rehash(hashed)


async def hash_password_async(plain: str) -> HashedPassword:
    """`hash_password` in a thread."""
    return plain if isinstance(plain, HashedPassword) else await _in_thread(hash_password, plain)


async def hash_passwords(plain: Sequence[str]) -> list[HashedPassword]:
    """The hashes of many, in their order; others who hash get their turn in between."""
    turns = asyncio.Semaphore(WORKERS)

    async def one(text: str) -> HashedPassword:
        async with turns:
            return await hash_password_async(text)

    return list(await asyncio.gather(*map(one, plain)))


async def verify_password_async(plain: str, hashed: str) -> bool:
    """`verify_password` in a thread."""
    return await _in_thread(verify_password, plain, hashed)


def hash_in_greenlet(plain: str) -> HashedPassword:
    """`hash_password` from synchronous code; in a thread where an event loop waits underneath."""
    if isinstance(plain, HashedPassword):
        return plain
    return await_only(hash_password_async(plain)) if in_greenlet() else hash_password(plain)


async def _in_thread(work: Callable[..., T], *arguments: Any) -> T:
    return await asyncio.get_running_loop().run_in_executor(_threads(), work, *arguments)


@cache
def _threads() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=WORKERS, thread_name_prefix="portico-hash")


@cache
def _bcrypt() -> PasswordHash:
    try:
        hasher = import_module("pwdlib.hashers.bcrypt").BcryptHasher()
    except HasherNotAvailable as error:
        raise MissingExtraError(
            "A bcrypt hash can only be checked with the package bcrypt.", hint="pip install 'pwdlib[bcrypt]'"
        ) from error
    return PasswordHash((hasher,))
