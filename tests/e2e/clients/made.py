"""Serve two hundred made tables of twenty columns, empty: `python -m tests.e2e.clients.made sqlite:///made.db`."""

from __future__ import annotations

import asyncio
import socket
import sys

import uvicorn

from benchmarks.openapi import made_models
from portico.app import Portico
from portico.db.session import Database

TABLES, COLUMNS = 200, 20


async def main(url: str) -> None:
    """Serve all that a resource can offer, until the process is told to stop."""
    models = made_models(TABLES, COLUMNS)
    async with Database(url) as db:
        await db.create_tables(models[0].metadata)
        api = Portico(db)
        for model in models:
            api.expose(model, policy="public")
        config = uvicorn.Config(api.app(), log_level="warning", access_log=False)
        with socket.create_server(("127.0.0.1", 0)) as listener:
            print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
            await uvicorn.Server(config).serve(sockets=[listener])


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
