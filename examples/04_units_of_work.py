"""Notice: everything inside atomic() happens or nothing; on_commit() waits until it really did."""

import asyncio

from portico import Database, IntegerField, Mapped, Model, StringField, atomic, on_commit
from portico.errors import InvalidError


class Account(Model):
    id: Mapped[int] = IntegerField(primary_key=True)
    owner: Mapped[str] = StringField(max_length=50)
    balance: Mapped[int] = IntegerField(default=0, min_value=0)


@atomic(retries=3)
async def move(amount: int, source: int, target: int) -> None:
    payer, payee = await Account.get(source), await Account.get(target)
    await payee.update(balance=payee.balance + amount)
    await payer.update(balance=payer.balance - amount)
    on_commit(lambda: print(f"moved {amount}"))


async def main() -> None:
    async with Database("sqlite+aiosqlite://") as db:
        await db.create_tables()
        ann = await Account.create(owner="ann", balance=10)
        bea = await Account.create(owner="bea")
        await move(7, ann.id, bea.id)
        try:
            await move(7, ann.id, bea.id)
        except InvalidError as error:
            print("refused:", error.fields)
        print(await Account.all().order_by("id").values("owner", "balance"))


asyncio.run(main())
