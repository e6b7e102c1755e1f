"""Serve the blog on any database, with a few rows: what outside clients talk to.

python -m tests.e2e.contract.served sqlite:///blog.db --port 8000
"""

from __future__ import annotations

import argparse
import asyncio
import socket

import uvicorn
from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from examples.blog.api import blog
from examples.blog.models import Post, Tag, User, Vote
from portico.db.fields import passwords
from portico.db.session import Database


async def filled_blog(db: Database) -> FastAPI:
    """The blog with three users and what they wrote."""
    app = blog(db)
    await db.create_tables()
    with db.use():
        if await User.all().count() == 0:
            await fill()
    return app


async def fill() -> None:
    """A few rows of everything."""
    users = [await User.create(username=name, password="secret word") for name in ("ann", "bea", "cem")]
    tags = [await Tag.create(name=name) for name in ("red", "blue", "green")]
    for number in range(6):
        author = users[number % len(users)]
        post = await Post.create(title=f"Post {number}", body="Some text.", author_id=author.id)
        await Vote.create(user_id=users[0].id, post_id=post.id, value=1)
    assert tags


async def main(url: str, port: int) -> None:
    """Serve until the process is told to stop."""
    # A thousand passwords in one request are for other tests to think of.
    passwords._ARGON2 = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))  # pyright: ignore[reportPrivateUsage] -- cheap on purpose
    async with Database(url) as db:
        app = await filled_blog(db)
        config = uvicorn.Config(
            app,
            host="127.0.0.1",
            port=port,
            log_level="warning",
            access_log=False,
            h11_max_incomplete_event_size=65_536,
        )
        with socket.create_server(("127.0.0.1", port)) as listener:
            print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
            await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--port", type=int, default=0)
    given = parser.parse_args()
    asyncio.run(main(given.url, given.port))
