"""Notice: one class is the table, the checks and the calls; nothing is registered anywhere else."""

import asyncio

from portico import Database, IntegerField, Mapped, Model, StringField
from portico.errors import InvalidError


class Book(Model):
    id: Mapped[int] = IntegerField(primary_key=True)
    title: Mapped[str] = StringField(max_length=200)
    pages: Mapped[int] = IntegerField(default=0, min_value=0)


async def main() -> None:
    async with Database("sqlite+aiosqlite://") as db:
        await db.create_tables()
        book = await Book.create(title="Middlemarch", pages=880)
        print(book, book.title)

        await book.update(pages=881)
        print((await Book.get(book.id)).pages)

        try:
            await Book.create(title="Too thin", pages=-1)
        except InvalidError as error:
            print(error.fields)

        await book.delete()
        print(await Book.count(), "books left")


asyncio.run(main())
