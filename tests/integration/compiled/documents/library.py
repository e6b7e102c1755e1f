"""A library: every sort of relation, rows that some may not see, and rows with nothing at the other end."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy import ForeignKeyConstraint, MetaData
from sqlalchemy.orm import Mapped

from portico.access import Policy, Principal, any_of, owner, role
from portico.app import Portico
from portico.db.fields import (
    BigIntegerField,
    BooleanField,
    DateTimeField,
    DecimalField,
    FloatField,
    ForeignKeyField,
    IntegerField,
    JSONField,
    StringField,
    TextField,
)
from portico.db.models import Model
from portico.db.relations import Many, ManyToMany, ManyToOne, OneToMany, OneToOne, OptRef, Ref
from portico.db.session import Database, run
from portico.resources import WriterChoice

METADATA: Final = MetaData()


class Base(Model):
    """Its own metadata, so that names do not clash with other tests."""

    class Meta:
        abstract = True
        metadata = METADATA


class Writer(Base):
    """Somebody who writes books; some are secret."""

    id: Mapped[int] = BigIntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=80)
    secret: Mapped[bool] = BooleanField(default=False)
    books: Many[Book] = OneToMany(back_populates="writer")
    desk: OptRef[Desk] = OneToOne(back_populates="writer")


class Desk(Base):
    """What at most one writer has."""

    id: Mapped[int] = IntegerField(primary_key=True)
    wood: Mapped[str] = StringField(max_length=20)
    writer_id: Mapped[int] = ForeignKeyField(Writer, unique=True)
    writer: Ref[Writer] = OneToOne(back_populates="desk")


class Book(Base):
    """Something to read; drafts are their owner's."""

    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=80)
    price: Mapped[Decimal | None] = DecimalField(precision=10, scale=2, nullable=True, default=None)
    rating: Mapped[float | None] = FloatField(nullable=True, default=None)
    printed_at: Mapped[dt.datetime | None] = DateTimeField(nullable=True, default=None)
    draft: Mapped[bool] = BooleanField(default=False)
    owner_id: Mapped[int] = IntegerField(default=1)
    writer_id: Mapped[int | None] = ForeignKeyField(Writer, nullable=True, default=None)
    writer: OptRef[Writer] = ManyToOne(back_populates="books")
    sequel_of_id: Mapped[int | None] = ForeignKeyField("Book", nullable=True, default=None)
    sequel_of: OptRef[Book] = ManyToOne(back_populates="sequels")
    sequels: Many[Book] = OneToMany(back_populates="sequel_of")
    pages: Many[Page] = OneToMany(back_populates="book")
    labels: Many[Label] = ManyToMany(back_populates="books")


class Page(Base):
    """A page, whose key has two parts."""

    book_id: Mapped[int] = ForeignKeyField(Book, primary_key=True)
    number: Mapped[int] = IntegerField(primary_key=True)
    text: Mapped[str] = TextField(default="")
    book: Ref[Book] = ManyToOne(back_populates="pages")
    notes: Many[Note] = OneToMany(back_populates="page")


class Note(Base):
    """A remark on a page."""

    id: Mapped[int] = IntegerField(primary_key=True)
    text: Mapped[str] = StringField(max_length=80)
    data: Mapped[Any] = JSONField(nullable=True, default=None)
    book_id: Mapped[int] = IntegerField()
    number: Mapped[int] = IntegerField()
    page: Ref[Page] = ManyToOne(back_populates="notes", foreign_key=("book_id", "number"))

    __table_args__ = (ForeignKeyConstraint(["book_id", "number"], [Page.book_id, Page.number]),)


class Label(Base):
    """A word for many books; hidden ones are for librarians."""

    id: Mapped[int] = IntegerField(primary_key=True)
    word: Mapped[str] = StringField(max_length=30)
    hidden: Mapped[bool] = BooleanField(default=False)
    books: Many[Book] = ManyToMany(back_populates="labels")


BIG: Final = 2**53 + 1
MODELS: Final[dict[str, Any]] = {
    "writers": Writer,
    "desks": Desk,
    "books": Book,
    "pages": Page,
    "notes": Note,
    "labels": Label,
}
LIBRARIAN: Final = role("librarian")
PEOPLE: Final[dict[str, Principal]] = {
    "nobody": Principal(),
    "ann": Principal(1),
    "ben": Principal(2),
    "eve": Principal(3, roles=["librarian"]),
}


def _read_notes(who: Principal) -> Any:
    return Note.page.book.draft == False if who.is_anonymous else True  # noqa: E712 -- SQL


def library(db: Database, principal: Any, writer: WriterChoice = "auto") -> Portico:
    """The library as it is exposed."""
    api = Portico(db, principal=principal, writer=writer)
    api.expose(Writer, policy=Policy(read=any_of(lambda _: Writer.secret == False, LIBRARIAN)))  # noqa: E712 -- SQL
    api.expose(Desk, policy=Policy(read=LIBRARIAN))
    api.expose(
        Book,
        policy=Policy(read=any_of(lambda _: Book.draft == False, owner("owner_id"), LIBRARIAN)),  # noqa: E712 -- SQL
    )
    api.expose(Page, policy="read_only")
    api.expose(Note, policy=Policy(read=_read_notes))
    api.expose(Label, policy=Policy(read=any_of(lambda _: Label.hidden == False, LIBRARIAN)))  # noqa: E712 -- SQL
    return api


async def stored(db: Database, model: Any, rows: list[dict[str, Any]]) -> None:
    """Store rows with keys of ours."""
    await run(db, sa.insert(model.__table__), rows)


async def furnish(db: Database) -> None:
    """Rows of every sort, among them ties, gaps and numbers that a float cannot hold."""
    moment = dt.datetime(2026, 1, 2, 3, 4, 5, 100_000, tzinfo=dt.UTC)
    writers = [1, 2, BIG, 4, None]
    names = ["Ann \u2028 </script>", 'Ben "\\" \x01', "Zoë 😀", "Hidden"]
    people = zip(writers, names, strict=False)
    await stored(db, Writer, [{"id": key, "name": name, "secret": name == "Hidden"} for key, name in people])
    await stored(
        db, Desk, [{"id": 1, "wood": "oak", "writer_id": 1}, {"id": 2, "wood": "elm", "writer_id": BIG}]
    )
    books: list[dict[str, Any]] = [
        {
            "id": number,
            "title": f"Book {number % 4}",
            "price": None if number % 5 == 0 else Decimal(number) / 4,
            "rating": None if number % 7 == 0 else number / 3,
            "printed_at": None
            if number % 3 == 0
            else moment + dt.timedelta(seconds=number, microseconds=number),
            "draft": number % 4 == 0,
            "owner_id": number % 3,
            "writer_id": writers[number % 5],
            "sequel_of_id": number // 2 if number > 1 else None,
        }
        for number in range(1, 25)
    ]
    await stored(db, Book, books)
    numbers = [(book, number) for book in (1, 2, 4, 8) for number in range(9)]
    await stored(db, Page, [{"book_id": one, "number": n, "text": f"{one}/{n}"} for one, n in numbers])
    notes = [(n, 1 + n % 2, n % 9) for n in range(1, 40)]
    data = {"b": [1, 2.5], "a": None}
    await stored(
        db,
        Note,
        [{"id": n, "text": f"Note {n % 3}", "data": data, "book_id": b, "number": p} for n, b, p in notes],
    )
    await stored(db, Label, [{"id": n, "word": f"Word {n}", "hidden": n % 3 == 0} for n in range(1, 7)])
    for book in await Book.filter(id__lte=8):
        await book.labels.add(*[1 + (book.id + n) % 6 for n in range(book.id % 5)])
