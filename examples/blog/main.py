"""Notice: /scores is one grouped query of the application's own, beside the generated routes.

Run it with: portico serve examples.blog.main:app
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from examples.blog.models import Post, Tag, User, Vote
from portico import Database, Portico, get_settings

db = Database(get_settings().database_url or "sqlite+aiosqlite:///blog.db")
app = FastAPI(title="Blog")


@app.get("/scores", tags=["scores"])
async def scores(session: Annotated[AsyncSession, Depends(db.get_session)]) -> dict[int, int]:
    """The sum of the votes of every post that has any, by post, in one statement."""
    query = select(Vote.post_id, func.sum(Vote.value)).group_by(Vote.post_id).order_by(Vote.post_id)
    return {post_id: int(score) for post_id, score in await session.execute(query)}


api = Portico(db, create_tables=True)
api.expose(User, policy="public")
api.expose(Post, policy="public", include=["author", "tags", "votes"], search=["title", "body"])
api.expose(Tag, policy="public")
api.expose(Vote, policy="public")
api.mount(app)
