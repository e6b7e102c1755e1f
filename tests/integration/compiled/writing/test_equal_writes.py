"""Whatever is written, compiled statements answer and store what the general path does.

PORTICO_TEST_REQUESTS says how many requests for each database, PORTICO_TEST_SEED with which seed.
"""

from __future__ import annotations

import json
import os
import random
import secrets
from dataclasses import dataclass
from typing import Any, Final

import pytest

from portico.access import Policy
from portico.app import Portico
from tests.integration.compiled.writing.ledger import Account, Entry, Owner
from tests.integration.compiled.writing.twice import Sent, twice

REQUESTS: Final = int(os.environ.get("PORTICO_TEST_REQUESTS", "250"))
SEED: Final = int(os.environ.get("PORTICO_TEST_SEED", "0")) or secrets.randbelow(10**9)
CODES: Final = ["a", "b", "c", "d", "é/,~", ".", "A"]
VALUES: Final[dict[str, list[str]]] = {
    "title": [
        '"a"',
        '"A"',
        '"a "',
        '"b"',
        '"c"',
        '"\\u0000"',
        '"\\ud800"',
        '"é"',
        '""',
        f'"{"x" * 21}"',
        "5",
        "null",
    ],
    "label": ['"xxa"', '"refused"', '"x"', '"</script>\\u2028"', f'"{"x" * 21}"', "null", "[]"],
    "number": [
        "1",
        "0",
        "-1",
        "13",
        "1.0",
        "1.5",
        "true",
        '"5"',
        "2147483648",
        "9007199254740993",
        "1e2",
        "null",
    ],
    "amount": ["1.5", '"2.50"', "1.005", "-0.00", "99999999.99", "1e10", '"x"', '"1e2"', "null", "0.1"],
    "weight": ["1", "0.1", "1e308", "1e309", "NaN", '"1"', "-0.0", "5e-324", "null", "123456789012345678"],
    "mood": ['"good"', '"GOOD"', '"worse"', "1", "null"],
    "flag": ["true", "false", "1", '"true"', "null"],
    "day": ['"2026-02-28"', '"2026-02-30"', '"2026-02-28T00:00:00"', "5", "null"],
    "at": [
        '"2026-01-31T12:00:00.123456+02:00"',
        '"2026-01-31T12:00:00"',
        '"0001-01-01T00:00:00Z"',
        '"1"',
        "null",
    ],
    "uid": ['"12345678-1234-5678-1234-567812345678"', '"12345678123456781234567812345678"', '"x"', "null"],
    "blob": ['"aGk="', '"hi"', '""', "null"],
    "extra": [
        '{"b": 1, "a": [1.5, null, "é"]}',
        "null",
        '"x"',
        "[]",
        "0",
        '{"a": 1e400}',
        '{"a": 1, "a": 2}',
    ],
    "given": ["1", "null", '"x"'],
    "note": ['"n"', '"\\u20ac 𝄞"', "null"],
    "owner_code": ['"o"', '"nobody"', "null", "5"],
    "secret": ['"x"'],
}
HEADERS: Final[list[dict[str, str]]] = [
    *[{} for _ in range(8)],
    {"Prefer": "return=minimal"},
    {"Prefer": "tx=rollback"},
    {"If-Match": "*"},
    {"If-Match": '"0"'},
    {"If-None-Match": "*"},
    {"Content-Type": "text/plain"},
]


SURELY: Final = [
    Sent("POST", "/entries", '{"code": "A"'),
    Sent("POST", "/entries", "{}"),
    Sent(
        "POST",
        "/entries",
        '{"code": "sure", "title": "sure", "number": 1, "flag": false, "owner_code": null}',
    ),
    Sent("POST", "/entries", '{"code": "sure", "title": "again"}'),
    Sent("POST", "/owners", "x", {"Content-Type": "text/plain"}),
    Sent("PATCH", "/owners/o", '{"name": "Named"}'),
    Sent("PATCH", "/owners/o", '{"name": "Late"}', {"If-Match": '"0"'}),
    Sent("PATCH", "/owners/nobody", '{"name": "Named"}'),
    Sent("DELETE", "/entries/sure"),
]
"""What has each status once, whatever the seed."""


@dataclass(frozen=True)
class Somebody:
    """Who asks, and the number below which entries are theirs to change."""

    id: str
    most: int


MINE: Final = Policy(
    read=lambda who: (Entry.owner_code == who.id) | Entry.owner_code.is_(None),
    create=True,
    update=lambda who: Entry.number < who.most,
    delete=lambda _: Entry.flag.is_(False),
)


def open_to_all(api: Portico) -> None:
    """No rules."""
    api.expose(Owner, policy="public")
    api.expose(Entry, policy="public")


def ruled(api: Portico) -> None:
    """Rules that read columns which are written, and others that do not."""
    api.expose(Owner, policy="public")
    api.expose(Entry, policy=MINE)


def requests(seed: int) -> list[Sent]:
    """Writes of a few rows, of which most collide with each other in one way or another."""
    chance = random.Random(seed)
    made = [Sent("POST", "/owners", '{"code": "o", "name": "Owner"}')]
    for _ in range(REQUESTS):
        code, headers = chance.choice(CODES), chance.choice(HEADERS)
        method = chance.choice(("POST", "POST", "PATCH", "PATCH", "PUT", "DELETE"))
        path = "/entries" if method == "POST" else f"/entries/{_segment(code)}"
        body = None if method == "DELETE" else _body(chance, None if method == "PATCH" else code)
        made.append(Sent(method, path, body, headers))
    return [*made, *SURELY]


def _segment(code: str) -> str:
    return {"é/,~": "%C3%A9~1~2~0", ".": "~3"}.get(code, code)


def _body(chance: random.Random, code: str | None) -> str:
    """Mostly one odd value among good ones."""
    names = chance.sample(list(VALUES), chance.choice((0, 1, 1, 2, 3)))
    found = {name: chance.choice(VALUES[name]) for name in names}
    if code is not None:
        found = {"code": json.dumps(code), "title": json.dumps(chance.choice("pqrstu")), **found}
    text = ", ".join(f"{json.dumps(name)}: {value}" for name, value in found.items())
    return "{" + text + "}" if chance.random() > 0.02 else "{" + text


def words(url: str) -> set[str]:
    """What is written by compiled statements; MariaDB's UPDATE returns no row."""
    return {"INSERT", "DELETE"} if url.startswith("mysql") else {"INSERT", "UPDATE", "DELETE"}


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("expose", [open_to_all, ruled])
async def test_generated_writes_answer_and_store_the_same(url: str, expose: Any) -> None:
    """Statuses, bytes, headers and rows, over values that fit and values that do not."""
    sent = requests(SEED)
    who = Somebody("o", most=10)
    compiled, general = await twice(url, sent, expose, who=who)
    for number, (one, other) in enumerate(zip(compiled.replies, general.replies, strict=True)):
        assert one == other, f"seed {SEED}, request {number}: {sent[number]}"
    assert compiled.rows == general.rows
    assert general.compiled == []
    assert {text.split()[0] for text in compiled.compiled} == words(url)
    assert {status for status, _, _ in compiled.replies} >= {200, 201, 204, 400, 404, 409, 412, 415, 422}


@pytest.mark.parametrize("dialect", ["portico", "classic", "plain"])
async def test_every_dialect_says_the_same_of_a_compiled_write(url: str, dialect: str) -> None:
    """What a dialect makes of a row it makes of one that is JSON already."""

    def expose(api: Portico) -> None:
        api.expose(Owner, policy="public", dialect=dialect)

    sent = [
        Sent("POST", "/owners", '{"code": "a", "name": "Ann"}'),
        Sent("POST", "/owners", '{"code": "a", "name": "Ben"}'),
        Sent("POST", "/owners", '{"code": "b", "name": "Ben"}', {"Prefer": "return=minimal"}),
        Sent("PATCH", "/owners/a", '{"name": "Bea"}'),
        Sent("PATCH", "/owners/a", '{"name": "Cid"}', {"Prefer": "return=minimal"}),
        Sent("PATCH", "/owners/x", '{"name": "Dan"}'),
        Sent("PUT", "/owners/a", '{"code": "a", "name": "Eve"}'),
        Sent("DELETE", "/owners/a"),
        Sent("DELETE", "/owners/a"),
    ]
    compiled, general = await twice(url, sent, expose)
    assert compiled.replies == general.replies
    assert compiled.rows == general.rows


async def test_what_a_class_and_its_table_make_by_themselves_is_made(url: str) -> None:
    """Defaults in Python and in SQL, columns that move with an update, computed ones, versions."""

    def expose(api: Portico) -> None:
        api.expose(Account, policy="public")

    sent = [
        Sent("POST", "/accounts", '{"name": "a"}'),
        Sent("POST", "/accounts", '{"name": "b", "balance": 1, "kind": "own", "opened": 50}'),
        Sent("PATCH", "/accounts/1", '{"balance": 3}'),
        Sent("PATCH", "/accounts/1", '{"name": "c", "kind": "other"}'),
        Sent("PATCH", "/accounts/2", '{"moved": 100}'),
        Sent("PUT", "/accounts/2", '{"name": "d"}'),
        Sent("DELETE", "/accounts/1"),
    ]
    compiled, general = await twice(url, sent, expose)
    assert compiled.replies == general.replies
    assert [status for status, _, _ in compiled.replies] == [201, 201, 200, 200, 200, 200, 204]
    assert {text.split()[0] for text in compiled.compiled} == words(url)
    assert compiled.rows == general.rows
