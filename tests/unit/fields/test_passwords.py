"""Password hashes."""

from __future__ import annotations

import pickle
from copy import deepcopy

import pytest

from portico.db.fields import (
    FieldSpec,
    HashedPassword,
    hash_password,
    hash_password_async,
    hash_pending,
    needs_rehash,
    verify_password,
    verify_password_async,
)
from portico.errors import InvalidError, UsageError

BCRYPT = "$2b$04$FeSh5sMR03w51irrs88jkeoHjcJtkQl7BODl7kkF.KUsKDci6lKSS"


def test_a_hash_belongs_to_its_password_alone() -> None:
    """And two hashes of one password differ."""
    first, second = hash_password("pässwörd"), hash_password("pässwörd")
    assert first != second
    assert first.startswith("$argon2id$")
    assert verify_password("pässwörd", first)
    assert not verify_password("passwort", first)


def test_a_hash_is_hashed_only_once() -> None:
    """So that saving twice does not lock anybody out."""
    hashed = hash_password("x")
    assert hash_password(hashed) is hashed


async def test_hashing_is_there_for_async_code() -> None:
    """In threads, since it takes the processor for tens of milliseconds."""
    hashed = await hash_password_async("x")
    assert await verify_password_async("x", hashed)
    assert await hash_password_async(hashed) is hashed


async def test_only_plain_passwords_of_password_fields_are_hashed() -> None:
    """The other values pass."""
    done = hash_password("y")
    specs = {"password": FieldSpec(write_only=True), "old": FieldSpec(write_only=True), "name": FieldSpec()}
    ready = await hash_pending({"password": "x", "old": done, "name": "ann"}, specs)
    assert verify_password("x", ready["password"])
    assert (ready["old"], ready["name"]) == (done, "ann")
    assert (await hash_pending({"password": None}, specs)) == {"password": None}


def test_something_else_is_not_a_hash() -> None:
    """A plain password marked by mistake would be stored in the clear."""
    with pytest.raises(UsageError, match="not an argon2 or bcrypt hash"):
        HashedPassword("secret")


@pytest.mark.parametrize("hashed", ["", "x", "$argon2id$", "$2b$", "$2b$99$short", "\x00"])
def test_garbage_in_the_column_lets_nobody_in(hashed: str) -> None:
    """Nor does it raise."""
    assert not verify_password("x", hashed)
    assert needs_rehash(hashed)


def test_an_overlong_password_is_refused() -> None:
    """Hashing a megabyte is an attack on the processor."""
    with pytest.raises(InvalidError, match="at most 1024"):
        hash_password("x" * 1025)
    assert not verify_password("x" * 1025, hash_password("x"))


def test_bcrypt_hashes_are_accepted_and_due_for_renewal() -> None:
    """Users that came from another system can log in."""
    pytest.importorskip("bcrypt")
    hashed = HashedPassword(BCRYPT)
    assert verify_password("secret", hashed)
    assert not verify_password("Secret", hashed)
    assert verify_password("secret", hashed) == verify_password("secret", str(hashed))
    assert needs_rehash(hashed)
    assert not needs_rehash(hash_password("x"))


def test_a_hash_shows_nothing_and_survives_copies() -> None:
    """It is in logs and caches sooner or later."""
    hashed = hash_password("x")
    assert "argon2" not in repr(hashed) + repr({"password": hashed})
    for copy in (deepcopy(hashed), pickle.loads(pickle.dumps(hashed))):  # noqa: S301 -- our own bytes
        assert isinstance(copy, HashedPassword)
        assert copy == hashed
