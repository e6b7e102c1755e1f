"""An application that exposes audited models keeps their trail."""

from __future__ import annotations

import httpx

from portico.access import Policy
from portico.app import Portico
from portico.db.audit import audit
from portico.db.session import Database

from .models import Tag


async def test_an_application_seals_the_trail_of_its_writes(library: Database) -> None:
    """Nobody has to remember it: what is not sealed could disappear unseen."""
    api = Portico(library)
    api.expose(Tag, policy=Policy(read=True, create=True, update=True))
    app = api.app()
    transport = httpx.ASGITransport(app=app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        assert (await client.post("/audited_tags", json={"id": 1, "name": "a"})).status_code == 201
        assert (await client.patch("/audited_tags/1", json={"name": "b"})).status_code == 200
    found = await audit.verify(library)
    assert (found.intact, found.unsealed) == (True, 0)
    assert [entry.operation for entry in await audit.trail(Tag, 1)] == ["create", "update"]
