"""What a developer says of the Read schema holds at the door."""

from __future__ import annotations

from collections.abc import AsyncGenerator

import httpx
import pytest
from fastapi import FastAPI
from pydantic import computed_field, field_validator
from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.app import Portico
from portico.db.fields import ForeignKeyField, IntegerField, SecretField, StringField
from portico.db.models import Model
from portico.db.relations import Many, ManyToOne, OneToMany, Ref
from portico.db.session import Database
from portico.errors import UnknownFieldError

metadata = MetaData()


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = metadata


class Writer(Base):
    """Somebody with a hidden column and a secret."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=50)
    code: Mapped[str | None] = StringField(max_length=50, nullable=True, unique=True)
    token: Mapped[str | None] = SecretField(nullable=True, default=None)
    books: Many[Book] = OneToMany(back_populates="writer")

    class Create(Base.Create):
        """With a rule of its own."""

        @field_validator("name")
        @classmethod
        def not_empty(cls, value: str) -> str:
            """Somebody has to be called something."""
            if not value.strip():
                raise ValueError("Say a name.")
            return value

    class Read(Base.Read):
        """With a computed field."""

        @computed_field
        def initial(self) -> str:
            """From Python."""
            return str(vars(self)["name"])[:1]


class Book(Base):
    """Its schema shows its writer and a computed field."""

    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=50)
    writer_id: Mapped[int] = ForeignKeyField(Writer)
    writer: Ref[Writer] = ManyToOne(back_populates="books")

    class Read(Base.Read):
        """With the writer inside."""

        id: int
        title: str
        writer: Writer.Read

        @computed_field
        def shout(self) -> str:
            """From Python."""
            return self.title.upper()


@pytest.fixture
def app(db: Database) -> FastAPI:
    """Both, with one column hidden."""
    api = Portico(db)
    api.expose(Writer, policy="public", hidden=["code"])
    api.expose(Book, policy="public")
    return api.app()


@pytest.fixture
async def client(db: Database, app: FastAPI) -> AsyncGenerator[httpx.AsyncClient]:
    """A client of the library."""
    await db.create_tables(metadata)
    await Writer.create(name="ann", code="X1", token="t0ken")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://test") as made:
        yield made


async def test_relations_of_the_schema_are_always_there(client: httpx.AsyncClient) -> None:
    """In lists, single rows and the replies to writes alike."""
    made = await client.post("/books", json={"title": "Io", "writer_id": 1})
    assert made.status_code == 201
    assert made.json() == {
        "id": 1, "title": "Io", "writer_id": 1, "shout": "IO",
        "writer": {"id": 1, "name": "ann", "initial": "a"},
    }  # fmt: skip
    assert (await client.get("/books/1")).json() == made.json()
    assert (await client.get("/books")).json()["items"] == [made.json()]
    assert (await client.patch("/books/1", json={"title": "Io"})).json() == made.json()
    assert (await client.get("/writers/1?include=books")).json()["books"][0]["shout"] == "IO"


async def test_hidden_and_secret_columns_are_nowhere(client: httpx.AsyncClient) -> None:
    """Not by an include, a filter, a sort, a body or the document."""
    await client.post("/books", json={"title": "Io", "writer_id": 1})
    for path in ("/writers", "/writers/1", "/books?include=writer", "/openapi.json"):
        reply = await client.get(path)
        assert reply.status_code == 200
        assert not [word for word in ("X1", "t0ken", '"code"}', "token") if word in reply.text]
    for query in ("code=X1", "token__isnull=true", "sort=code"):
        assert (await client.get(f"/writers?{query}")).status_code == 422
    assert (await client.patch("/writers/1", json={"code": "X2"})).status_code == 422


async def test_a_hidden_column_is_in_no_schema_that_embeds_its_class(client: httpx.AsyncClient) -> None:
    """One `WriterRead` in the document, without the column, whoever shows a writer."""
    schemas = (await client.get("/openapi.json")).json()["components"]["schemas"]
    found = {name: set(schema.get("properties", ())) for name, schema in schemas.items() if "Writer" in name}
    assert found["WriterPage"] == {"items", "page"}
    assert {name: found[name] for name in ("WriterCreate", "WriterUpdate", "WriterRead")} == {
        "WriterCreate": {"name"},
        "WriterUpdate": {"name"},
        "WriterRead": {"id", "name", "initial"},
    }
    assert [name for name, fields in found.items() if "code" in fields] == []
    assert schemas["BookRead"]["properties"]["writer"] == {"$ref": "#/components/schemas/WriterRead"}


async def test_hiding_a_column_keeps_the_developers_rules(client: httpx.AsyncClient) -> None:
    """Validators and computed fields of the class hold with one column less."""
    reply = await client.post("/writers", json={"name": " "})
    assert (reply.status_code, reply.json()["errors"]) == (
        422, [{"message": "Say a name.", "pointer": "/name"}],
    )  # fmt: skip
    assert (await client.get("/writers/1")).json() == {"id": 1, "name": "ann", "initial": "a"}
    assert (await client.put("/writers/1", json={"name": "bea"})).status_code == 200
    assert (await Writer.get(1)).code == "X1"


def test_a_schema_that_shows_what_is_not_exposed_is_refused(db: Database) -> None:
    """The writer's policy is not known, so nobody may see one."""
    api = Portico(db)
    api.expose(Book, policy="public")
    with pytest.raises(UnknownFieldError, match="writer"):
        api.app()
