"""Notice: /scores is one grouped query of the application's own, beside the generated routes."""

from typing import Annotated

from fastapi import Depends, FastAPI
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from portico import Database, Portico

from .models import Post, Tag, User, Vote


def blog(db: Database) -> FastAPI:
    """The whole application over one database."""
    app = FastAPI(title="A small blog")

    @app.get("/scores", tags=["scores"])
    async def scores(session: Annotated[AsyncSession, Depends(db.get_session)]) -> dict[int, int]:
        """The sum of the votes of every post that has any, by post, in one statement."""
        query = select(Vote.post_id, func.sum(Vote.value)).group_by(Vote.post_id).order_by(Vote.post_id)
        return {post_id: int(score) for post_id, score in await session.execute(query)}

    api = Portico(db, create_tables=True)
    api.expose(User, policy="public", search=["username"])
    api.expose(Post, policy="public", search=["title", "body"], include=["author", "tags"])
    api.expose(Tag, policy="public", search=["name"])
    api.expose(Vote, policy="public")
    api.mount(app)
    return app
