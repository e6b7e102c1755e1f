"""Which columns look secret."""

from __future__ import annotations

import pytest

from portico.db.reflection import looks_secret

HIDDEN = """
    password passwd PWD pass_phrase passphrase userPassword PasswordHash hashed_password pw_hash secret
    client_secret token access_token accessToken tokens apikey api_key ApiKey API_KEY private_key PrivateKey
    secretKey session_key salt hash totp otp_code cvv credentials
"""
SHOWN = """
    id name Name key sort_key foreign_key tokenizer hashtag compass bypass passage author public_key
"""


@pytest.mark.parametrize("column", HIDDEN.split())
def test_a_column_that_may_hold_a_secret_looks_secret(column: str) -> None:
    """Nobody sees it through serve before somebody says so."""
    assert looks_secret(column)


@pytest.mark.parametrize("column", SHOWN.split())
def test_an_ordinary_column_does_not_look_secret(column: str) -> None:
    """Words that only contain a secret one stay visible."""
    assert not looks_secret(column)
