"""No annotations from the future here: FastAPI reads them where the endpoint is declared."""

from collections.abc import AsyncIterator
from typing import Annotated

import httpx
import pytest
import sqlalchemy as sa
from fastapi import Depends, FastAPI, HTTPException
from sqlalchemy.ext.asyncio import AsyncSession

from portico.db.session import Database, current_unit, run

from .ledger import Account, accounts, bank, owners

__all__ = ["bank"]


@pytest.fixture
async def client(bank: Database) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()

    @app.post("/accounts/{owner}")
    async def create(
        owner: str, session: Annotated[AsyncSession, Depends(bank.get_session, scope="function")]
    ) -> dict[str, bool]:
        session.add(Account(owner=owner))
        joined = (await run(bank, sa.select(sa.func.count()).select_from(accounts))).scalar_one() == 3
        if owner == "bad":
            raise HTTPException(400)
        unit = current_unit(bank)
        return {"joined": joined and unit is not None and unit.session is session}

    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def test_the_dependency_is_joined_by_calls_of_the_endpoint(
    client: httpx.AsyncClient, bank: Database
) -> None:
    """FastAPI enters a dependency in the task of the endpoint, so the context variable is seen there."""
    assert (await client.post("/accounts/cyd")).json() == {"joined": True}
    assert await owners(bank) == ["ann", "bob", "cyd"]


async def test_the_dependency_rolls_back_when_the_endpoint_fails(
    client: httpx.AsyncClient, bank: Database
) -> None:
    """An HTTP error is an error."""
    assert (await client.post("/accounts/bad")).status_code == 400
    assert await owners(bank) == ["ann", "bob"]


async def test_a_commit_that_fails_is_not_answered_with_success(bank: Database) -> None:
    """With the scope of the function, the answer waits for the commit."""
    app = FastAPI()

    @app.post("/twice", status_code=201)
    async def twice(session: Annotated[AsyncSession, Depends(bank.get_session, scope="function")]) -> None:
        session.add(Account(owner="ann"))

    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        assert (await client.post("/twice")).status_code == 500
