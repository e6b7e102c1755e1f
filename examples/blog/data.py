"""Notice: the data is the same on every machine, and all of it is there or nothing."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random

from portico import Database, Query, atomic, hash_password

from .models import Post, Tag, User, Vote

SEED = 11
POSTS = 60
PASSWORD = "portico-demo"  # noqa: S105 -- of users who do not exist
USERNAMES = ("ann", "bela", "chidi", "dora", "emeka", "fatima", "goran", "hana")
TAGS = ("async", "sql", "typing", "testing", "design", "travel", "bread", "music")
_BEGINNING = datetime(2026, 1, 5, 8, 30, tzinfo=UTC)
_SUBJECTS = ("A letter about", "Notes on", "What I learnt from", "Against", "In praise of", "Ten days of")
_OBJECTS = ("slow mornings", "plain SQL", "long titles", "small functions", "rye bread", "night trains")
_SENTENCES = (
    "It started with a question nobody had asked.",
    "The second attempt was shorter, and it worked.",
    "I kept the receipt, the map and most of the tests.",
    "There is a reason why the old way lasted so long.",
    "Nobody noticed, which was the point.",
    "Measure first; the rest is opinion.",
)


async def has_data(database: Database) -> bool:
    """Whether the tables were filled already."""
    return await Query(User, database).exists()


async def fill(database: Database) -> None:
    """Put users, posts, tags and votes into empty tables."""
    chance = Random(SEED)  # noqa: S311 -- the data has to be the same each time
    password = hash_password(PASSWORD)
    with database.use():
        async with atomic(database):
            users = await User.bulk_create([User(username=name, password=password) for name in USERNAMES])
            tags = await Tag.bulk_create([Tag(name=name) for name in TAGS])
            posts = [_post(chance, number, chance.choice(users)) for number in range(POSTS)]
            for post in posts:
                post.tags = chance.sample(tags, chance.randint(1, 3))
                await post.save()
            await Vote.bulk_create(_votes(chance, users, posts))


def _post(chance: Random, number: int, author: User) -> Post:
    post = Post(
        title=f"{chance.choice(_SUBJECTS)} {chance.choice(_OBJECTS)}",
        body=" ".join(chance.sample(_SENTENCES, 3)),
        author_id=author.id,
    )
    post.created_at = post.updated_at = _BEGINNING + timedelta(days=number, minutes=chance.randint(0, 600))
    return post


def _votes(chance: Random, users: list[User], posts: list[Post]) -> list[Vote]:
    return [
        Vote(user_id=user.id, post_id=post.id, value=chance.choice((-1, 1, 1, 1)))
        for post in posts
        for user in chance.sample(users, chance.randint(0, len(users)))
    ]
