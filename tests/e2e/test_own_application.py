"""`portico serve module:object`: an application of the user's, found, served and served again."""

from __future__ import annotations

import time
from pathlib import Path

import httpx
import pytest
from tests.fixtures.server import serving

SHOP = """
from fastapi import FastAPI
from portico import Database, IntegerField, Mapped, Model, Portico, StringField

db = Database("sqlite:///shop.db")

class Item(Model):
    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=50)

api = Portico(db, title="Shop")
api.expose(Item, policy="public")
app = FastAPI()

@app.get("/hello")
async def hello() -> str:
    return "one"

api.mount(app)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one module."""
    (tmp_path / "shop.py").write_text(SHOP)
    return tmp_path


@pytest.mark.parametrize("target", ["shop:app", "shop"])
def test_an_application_is_served_with_its_own_routes(folder: Path, target: str) -> None:
    """Without an object, the one called app is taken."""
    with serving("serve", target, cwd=folder) as server:
        assert httpx.get(f"{server.url}/hello").json() == "one"


def test_a_portico_alone_is_an_application(folder: Path) -> None:
    """An API needs no FastAPI application of the user's around it."""
    with serving("serve", "shop:api", cwd=folder) as server:
        assert httpx.get(server.url).json()["title"] == "Shop"


def test_with_reload_a_changed_file_is_served_again(folder: Path) -> None:
    """The answer changes without anybody starting anything."""
    with serving("serve", "shop:app", "--reload", cwd=folder) as server:
        before = answer(server.url, "one")
        (folder / "shop.py").write_text(SHOP.replace('"one"', '"two"'))
        assert (before, answer(server.url, "two")) == ("one", "two")


def answer(url: str, wanted: str) -> str | None:
    """What /hello says, asked until it says what is wanted or patience ends."""
    said: str | None = None
    for _ in range(100):
        try:
            said = httpx.get(f"{url}/hello").json()
        except httpx.TransportError:
            said = None
        if said == wanted:
            break
        time.sleep(0.2)
    return said
