"""Whatever is asked for, compiled statements and the general path answer with the same bytes.

PORTICO_TEST_REQUESTS says how many requests for each database, PORTICO_TEST_SEED with which seed.
"""

from __future__ import annotations

import os
import random
import secrets
from dataclasses import replace
from urllib.parse import urlencode

import httpx
import pytest

from tests.integration.compiled.reading.both import Doors, both
from tests.integration.differential.reference import Asked
from tests.integration.differential.requests import Generator, body, parameters
from tests.integration.differential.world import RELATIONS, RULED

REQUESTS = int(os.environ.get("PORTICO_TEST_REQUESTS", "200"))
SEED = int(os.environ.get("PORTICO_TEST_SEED", "0")) or secrets.randbelow(10**9)


@pytest.mark.timeout(3600)
async def test_generated_lists_have_the_same_bytes(url: str) -> None:
    """Conditions, search, orders, sparse fields, offsets and counts, as parameters and as bodies."""
    chance = random.Random(SEED)
    async with both(url, SEED) as doors:
        for number in range(REQUESTS):
            user, resource = chance.choice(("root", "reader")), chance.choice(list(RELATIONS))
            asked = _asked(chance, resource, user)
            place = f"seed {SEED}, request {number}"
            if chance.random() < 0.3:
                reply = await doors.same(f"/{resource}/query", who=user, body=body(asked))
            else:
                reply = await doors.same(_path(f"/{resource}", asked), who=user)
            assert reply.status_code == 200, place


@pytest.mark.timeout(3600)
async def test_lists_are_read_on_in_both_directions_alike(url: str) -> None:
    """From page to page by cursors, forwards to the end and backwards again."""
    chance, turned = random.Random(SEED), 0
    async with both(url, SEED) as doors:
        for _ in range(REQUESTS // 10):
            user, resource = chance.choice(("root", "reader")), chance.choice(list(RELATIONS))
            asked = replace(
                _asked(chance, resource, user), limit=chance.choice((1, 2, 3)), offset=0, count=None
            )
            asked = replace(asked, dotted={}, search=None)
            turned += await _walked(doors, _path(f"/{resource}", asked), user)
    assert turned > 0


async def _walked(doors: Doors, path: str, user: str) -> int:
    """Page by page there and back; how many cursors were followed."""
    followed = 0
    reply = await doors.same(path, who=user)
    for direction in ("next", "prev"):
        for _ in range(4):
            cursor = reply.json()["page"][direction]
            if cursor is None:
                break
            reply = await doors.same(_at(path, cursor), who=user)
            assert reply.status_code == 200
            followed += 1
    return followed


@pytest.mark.timeout(3600)
async def test_single_rows_have_the_same_bytes_and_tags(url: str) -> None:
    """Rows that are there, out of reach and absent, known already, and with some of their fields."""
    async with both(url, SEED) as doors:
        for user in ("root", "reader"):
            for resource, fields in (
                ("writers", "name"),
                ("articles", "title,price,seen_at"),
                ("labels", "id"),
            ):
                for key in (1, 2, 3, 4, 5, 6, 99, 2**62, "x", "-1", "1.0"):
                    reply = await doors.same(f"/{resource}/{key}", who=user)
                    await doors.same(f"/{resource}/{key}?fields={fields}", who=user)
                    if tag := reply.headers.get("etag"):
                        known = await doors.same(
                            f"/{resource}/{key}", who=user, headers={"If-None-Match": tag}
                        )
                        assert known.status_code == 304


@pytest.mark.timeout(3600)
async def test_relations_of_a_row_have_the_same_bytes(url: str) -> None:
    """Lists and rows at the end of a relation, of owners that are there, out of reach and absent."""
    statuses: set[int] = set()
    async with both(url, SEED) as doors:
        for user in ("root", "reader"):
            for key in (1, 2, 3, 5, 7, 99, 2**40):
                for path in (
                    f"/writers/{key}/articles?limit=2&sort=-likes",
                    f"/writers/{key}/team",
                    f"/writers/{key}/boss",
                    f"/writers/{key}/articles/{key}",
                    f"/articles/{key}/author",
                    f"/articles/{key}/comments?score__gte=1",
                    f"/articles/{key}/labels?search=a",
                    f"/articles/{key}/labels/2",
                    f"/labels/{key}/articles?author.name__ne=a",
                ):
                    statuses.add((await doors.same(path, who=user)).status_code)
    assert {200, 404} <= statuses <= {200, 404, 422}


@pytest.mark.parametrize(
    "path",
    [
        "/articles?likes__gte=99999999999999999999",
        "/articles?title__contains=%00",
        "/articles?nothing=1",
        "/articles?cursor=abc",
        "/articles?limit=0",
        "/articles?sort=author.name",
        "/articles?price__gte=1e300",
        "/articles?id__in=" + ",".join(map(str, range(300))),
        "/articles?id=9223372036854775807",
        "/articles?price__exact=123456789012.123456789",
        "/articles?seen_at__gte=0001-01-01T00:00:00%2B23:59",
        "/articles?count=estimated&limit=1",
        "/articles?offset=5000",
        "/articles?offset=5000&count=exact",
        "/articles?where=%7B%22likes%22%3A%7B%22in%22%3A%5B1%2Cnull%5D%7D%7D",
        "/articles/1?include=author",
        "/articles/1?limit=3",
    ],
)
async def test_odd_requests_are_answered_alike(url: str, path: str) -> None:
    """What is refused, what no column holds, and what is not compiled."""
    async with both(url, SEED) as doors:
        for user in ("root", "reader"):
            assert (await doors.same(path, who=user)).status_code < 500


def _asked(chance: random.Random, resource: str, user: str) -> Asked:
    ruled = user != "root"
    asked = Generator(chance, ruled=ruled and bool(RULED)).asked(resource)
    return replace(asked, include={} if chance.random() < 0.8 else asked.include)


def _path(path: str, asked: Asked) -> str:
    return f"{path}?{urlencode(parameters(asked))}"


def _at(path: str, cursor: str) -> str:
    bare, _, query = path.partition("?")
    kept = [(name, text) for name, text in httpx.QueryParams(query).multi_items() if name != "offset"]
    return f"{bare}?{urlencode([*kept, ('cursor', cursor)])}"
