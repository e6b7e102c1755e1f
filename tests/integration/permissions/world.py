"""A small office, and who may see and do what there, said twice: as policies, and in plain Python.

Documents are private or public, comments are seen with their document or by their author, tags may be
internal, people see themselves. Texts and hidden fields hold canaries: words that nobody else may ever read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import MetaData
from sqlalchemy.orm import Mapped

from portico.access import FieldRules, Policy, Principal, administrator, any_of, owner, role
from portico.app import Portico
from portico.db.fields import BooleanField, ForeignKeyField, IntegerField, StringField
from portico.db.models import Model
from portico.db.relations import Many, ManyToMany, ManyToOne, OneToMany, Ref
from portico.db.session import Database

METADATA = MetaData()


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = METADATA


class Person(Base):
    """Sees itself; administrators see all."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=80, unique=True)
    pin: Mapped[str] = StringField(max_length=80, default="")
    documents: Many[Document] = OneToMany(back_populates="author")


class Document(Base):
    """Public, or for its author and editors."""

    id: Mapped[int] = IntegerField(primary_key=True)
    slug: Mapped[str] = StringField(max_length=80, unique=True)
    title: Mapped[str] = StringField(max_length=80)
    public: Mapped[bool] = BooleanField(default=False)
    likes: Mapped[int] = IntegerField(default=0)
    margin: Mapped[str] = StringField(max_length=80, default="")
    author_id: Mapped[int] = ForeignKeyField(Person)
    author: Ref[Person] = ManyToOne(back_populates="documents")
    comments: Many[Comment] = OneToMany(back_populates="document")
    tags: Many[Tag] = ManyToMany(back_populates="documents", through="office_document_tags")


class Comment(Base):
    """Seen by its author, by editors, and with a public document."""

    id: Mapped[int] = IntegerField(primary_key=True)
    text: Mapped[str] = StringField(max_length=80)
    author_id: Mapped[int] = ForeignKeyField(Person)
    document_id: Mapped[int] = ForeignKeyField(Document, on_delete="cascade")
    document: Ref[Document] = ManyToOne(back_populates="comments")


class Tag(Base):
    """Internal ones are for editors."""

    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=80, unique=True)
    internal: Mapped[bool] = BooleanField(default=False)
    documents: Many[Document] = ManyToMany(back_populates="tags", through="office_document_tags")


MODELS: Final[dict[str, Any]] = {"person": Person, "document": Document, "comment": Comment, "tag": Tag}
PEOPLE: Final = ("ann", "ben", "eve", "root")
ANYBODY: Final[dict[str, Principal]] = {
    "nobody": Principal(),
    "ann": Principal(1),
    "ben": Principal(2),
    "eve": Principal(3, roles=["editor"]),
    "root": Principal(4, is_admin=True),
}
EDITOR: Final = role("editor")


def _expose_people_and_tags(api: Portico) -> None:
    api.expose(
        Person,
        policy=Policy(read=owner("id") | administrator, create=administrator, update=owner("id")),
        hidden=["pin"],
        search=["name"],
    )
    api.expose(
        Tag,
        policy=Policy(
            read=any_of(lambda _: Tag.internal == False, EDITOR),  # noqa: E712 -- SQL
            create=EDITOR,
            update=EDITOR,
            delete=EDITOR,
        ),
        search=["name"],
    )


def expose_all(db: Database, principal: Callable[..., Any]) -> Portico:
    """The policies of the office."""
    api = Portico(db, principal=principal)
    _expose_people_and_tags(api)
    own = owner("author_id")
    api.expose(
        Document,
        policy=Policy(
            read=any_of(lambda _: Document.public == True, own, EDITOR),  # noqa: E712 -- SQL
            create=own,
            update=own | EDITOR,
            delete=own | administrator,
            fields=FieldRules(hidden=["margin"]),
        ),
        search=["title"],
        nested=["tags", "comments"],
    )
    api.expose(
        Comment,
        policy=Policy(
            read=any_of(lambda _: Comment.document.public == True, own, EDITOR),  # noqa: E712 -- SQL
            create=own,
            update=own,
            delete=own | EDITOR,
        ),
        search=["text"],
    )
    return api


@dataclass(frozen=True)
class Office:
    """The rows of the office as they are stored, by kind and key."""

    rows: dict[str, dict[int, Any]] = field(default_factory=dict[str, dict[int, Any]])
    links: frozenset[tuple[int, int]] = frozenset()

    def readable(self, kind: str, who: Principal) -> set[int]:
        """The keys of the rows that somebody may read."""
        return {key for key, row in self.rows[kind].items() if _SEES[kind](self, who, row)}

    def writable(self, kind: str, who: Principal, operation: str) -> set[int]:
        """The keys of the rows that somebody may read and change or delete."""
        may = _DOES[kind, operation]
        return {key for key in self.readable(kind, who) if may(who, self.rows[kind][key])}

    def secrets(self, who: Principal) -> set[str]:
        """The canaries that somebody must never meet: of rows out of reach, and of hidden fields."""
        found: set[str] = set()
        for kind, rows in self.rows.items():
            readable = self.readable(kind, who)
            for key, row in rows.items():
                texts = {str(value) for value in row.values() if "canary" in str(value)}
                hidden = {row.get("pin", ""), row.get("margin", "")} - {""}
                found |= hidden if key in readable else texts
        return found


def _is(who: Principal, key: int) -> bool:
    return not who.is_anonymous and who.id == key


def _sees_document(_: Office, who: Principal, row: Any) -> bool:
    return row["public"] or _is(who, row["author_id"]) or who.has_role("editor")


def _sees_comment(office: Office, who: Principal, row: Any) -> bool:
    public = office.rows["document"][row["document_id"]]["public"]
    return public or _is(who, row["author_id"]) or who.has_role("editor")


_SEES: Final[dict[str, Callable[[Office, Principal, Any], bool]]] = {
    "person": lambda _, who, row: who.is_admin or _is(who, row["id"]),
    "document": _sees_document,
    "comment": _sees_comment,
    "tag": lambda _, who, row: not row["internal"] or who.has_role("editor"),
}
_DOES: Final[dict[tuple[str, str], Callable[[Principal, Any], bool]]] = {
    ("person", "update"): lambda who, row: _is(who, row["id"]),
    ("person", "delete"): lambda _who, _row: False,
    ("document", "update"): lambda who, row: _is(who, row["author_id"]) or who.has_role("editor"),
    ("document", "delete"): lambda who, row: _is(who, row["author_id"]) or who.is_admin,
    ("comment", "update"): lambda who, row: _is(who, row["author_id"]),
    ("comment", "delete"): lambda who, row: _is(who, row["author_id"]) or who.has_role("editor"),
    ("tag", "update"): lambda who, _: who.has_role("editor"),
    ("tag", "delete"): lambda who, _: who.has_role("editor"),
}


async def furnish(db: Database) -> None:
    """Fill the office: each of three people has a public and a private document with comments and tags."""
    await db.create_tables(METADATA)
    for name in PEOPLE:
        await Person.create(name=f"canary-{name}", pin=f"canary-pin-{name}")
    for number in range(1, 7):
        await Document.create(
            slug=f"canary-slug-{number}",
            title=f"canary-title-{number}",
            public=number % 2 == 0,
            likes=number * 111,
            margin=f"canary-margin-{number}",
            author_id=(number + 1) // 2,
        )
        for author in (1, 2):
            await Comment.create(
                text=f"canary-comment-{number}-{author}",
                author_id=author,
                document_id=number,
            )
    for number in range(1, 5):
        await Tag.create(name=f"canary-tag-{number}", internal=number > 2)
    for document in await Document.all():
        await document.tags.add(*[tag for tag in await Tag.all() if (tag.id + document.id) % 3])


async def look(db: Database) -> Office:
    """The office as it is stored now."""
    rows: dict[str, dict[int, Any]] = {}
    for kind, model in MODELS.items():
        names = [column.key for column in model.__table__.columns]
        rows[kind] = {row["id"]: row for row in await model.all().values(*names)}
    pairs = await db.fetch_all("SELECT document_id, tag_id FROM office_document_tags")
    return Office(rows, frozenset((pair["document_id"], pair["tag_id"]) for pair in pairs))
