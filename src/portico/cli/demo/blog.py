"""The API of the demo: everything may be read, and written too, but for the users.

app = blog_api(database).app()
"""

from __future__ import annotations

from portico.app import Portico
from portico.db.session import Database

from .models import Post, Tag, User, Vote


def blog_api(database: Database) -> Portico:
    """The blog over one database."""
    api = Portico(database, title="A small blog")
    api.expose(User, policy="read_only", search=["username"])
    api.expose(Post, policy="public", search=["title", "body"], include=["author", "tags"])
    api.expose(Tag, policy="public", search=["name"])
    api.expose(Vote, policy="public")
    return api
