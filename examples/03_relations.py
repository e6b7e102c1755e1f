"""Notice: a relation is loaded when you say so; reading one that is not tells you the call."""

import asyncio

from portico import (
    Database,
    ForeignKeyField,
    IntegerField,
    Many,
    ManyToMany,
    ManyToOne,
    Mapped,
    Model,
    OneToMany,
    Ref,
    StringField,
)
from portico.errors import NotLoadedError


class Author(Model):
    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=50)
    books: Many["Book"] = OneToMany(back_populates="author")


class Book(Model):
    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=100)
    author_id: Mapped[int] = ForeignKeyField(Author, on_delete="cascade")
    author: Ref[Author] = ManyToOne(back_populates="books")
    topics: Many["Topic"] = ManyToMany()


class Topic(Model):
    name: Mapped[str] = StringField(max_length=30, primary_key=True)


async def main() -> None:
    async with Database("sqlite+aiosqlite://") as db:
        await db.create_tables()
        ann = await Author.create(name="Ann")
        book = await Book.create(title="The Sea", author=ann)
        await book.topics.add(await Topic.create(name="whales"))

        found = await Book.filter(Book.author.name == "Ann", topics__name="whales").prefetch(
            "author", "topics"
        )
        print([(b.title, b.author.name, [t.name for t in b.topics]) for b in found])

        book = await Book.get(book.id)
        try:
            print(book.author.name)
        except NotLoadedError as error:
            print(error)
        await book.load("author")
        print(book.author.name)


asyncio.run(main())
