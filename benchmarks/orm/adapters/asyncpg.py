"""The base on PostgreSQL: asyncpg by hand, a pool without reset query, records."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import asyncpg

from benchmarks.orm.protocol import Adapter, Entry, document
from benchmarks.orm.tables import COLUMNS

INSERT = "insert into journal (timestamp, level, text) values ($1, $2, $3) returning id"
SELECT = "select id, timestamp, level, text from journal where level = $1"
GET = "select id, timestamp, level, text from journal where id = $1"
FEW = SELECT + " order by id limit 20"
CHANGE_ALL = "update journal set timestamp = $2, level = $3, text = $4 where id = $1"
CHANGE_ONE = "update journal set level = $2 where id = $1"
DELETE = "delete from journal where id = $1"
MOVIE = "select id, title, year, description from movie where id = $1"
PEOPLE = (
    "select person.id, person.name from {0} join person on person.id = {0}.person_id "
    "where {0}.movie_id = $1 order by {0}.list_order"
)
REVIEWS = (
    "select review.id, review.rating, review.body, author.id as author_id, author.name as author_name "
    "from movie_review review join reviewer author on author.id = review.author_id "
    "where review.movie_id = $1 order by review.id"
)


def review_of(row: Any) -> dict[str, Any]:
    """A review with its author."""
    author = {"id": row["author_id"], "name": row["author_name"]}
    return {"id": row["id"], "rating": row["rating"], "body": row["body"], "author": author}


class ByHand(Adapter):
    """asyncpg."""

    name = "driver"
    title = "asyncpg, by hand"

    async def open(self, database: str) -> None:
        """A pool that sends no reset query."""
        self.pool = await asyncpg.create_pool(database, min_size=2, max_size=8, reset=_no_reset)

    async def close(self) -> None:
        """Close it."""
        await self.pool.close()

    async def insert_each(self, entries: Sequence[Entry]) -> None:
        """Autocommitted."""
        for entry in entries:
            await self.pool.fetchval(INSERT, *entry)

    async def insert_together(self, entries: Sequence[Entry]) -> None:
        """One transaction."""
        async with self.pool.acquire() as connection, connection.transaction():
            for entry in entries:
                await connection.fetchval(INSERT, *entry)

    async def insert_bulk(self, entries: Sequence[Entry]) -> None:
        """executemany, which pipelines."""
        async with self.pool.acquire() as connection:
            await connection.executemany(INSERT.removesuffix(" returning id"), entries)

    async def insert_huge(self, entries: Sequence[Entry]) -> None:
        """COPY."""
        async with self.pool.acquire() as connection:
            await connection.copy_records_to_table("journal", records=entries, columns=COLUMNS["journal"])

    async def many(self, level: int) -> Sequence[Any]:
        """Records."""
        return await self.pool.fetch(SELECT, level)

    async def few(self, level: int) -> Sequence[Any]:
        """Records."""
        return await self.pool.fetch(FEW, level)

    async def get(self, key: int) -> Any:
        """A record."""
        return await self.pool.fetchrow(GET, key)

    async def dicts(self, level: int) -> Sequence[Any]:
        """Dictionaries of the records."""
        return [dict(row) for row in await self.pool.fetch(SELECT, level)]

    async def tuples(self, level: int) -> Sequence[Any]:
        """Tuples of the records."""
        return [tuple(row) for row in await self.pool.fetch(SELECT, level)]

    async def change_all(self, found: Sequence[Any], level: int) -> None:
        """A statement for each."""
        async with self.pool.acquire() as connection, connection.transaction():
            for row in found:
                await connection.execute(
                    CHANGE_ALL, row["id"], row["timestamp"], level, f"{row['text']} again"
                )

    async def change_one(self, found: Sequence[Any], level: int) -> None:
        """A statement for each."""
        async with self.pool.acquire() as connection, connection.transaction():
            for row in found:
                await connection.execute(CHANGE_ONE, row["id"], level)

    async def delete_together(self, found: Sequence[Any]) -> None:
        """A statement for each."""
        async with self.pool.acquire() as connection, connection.transaction():
            for row in found:
                await connection.execute(DELETE, row["id"])

    async def change_each(self, found: Sequence[Any], level: int) -> None:
        """Autocommitted."""
        for row in found:
            await self.pool.execute(CHANGE_ONE, row["id"], level)

    async def delete_each(self, found: Sequence[Any]) -> None:
        """Autocommitted."""
        for row in found:
            await self.pool.execute(DELETE, row["id"])

    async def movie(self, key: int) -> dict[str, Any]:
        """Four statements on one connection."""
        async with self.pool.acquire() as connection:
            movie = await connection.fetchrow(MOVIE, key)
            directors = await connection.fetch(PEOPLE.format("movie_director"), key)
            cast = await connection.fetch(PEOPLE.format("movie_cast"), key)
            reviews = await connection.fetch(REVIEWS, key)
        return document(
            dict(movie),
            directors=[dict(row) for row in directors],
            cast=[dict(row) for row in cast],
            reviews=[review_of(row) for row in reviews],
        )


async def _no_reset(_: Any) -> None:
    """Nothing is left in the session that would have to be reset."""
