"""Notice: typed expressions, field__lookup keywords and Q mean the same and mix freely."""

import asyncio

from portico import Database, F, IntegerField, Mapped, Model, Q, StringField
from portico.errors import UnknownNameError


class Track(Model):
    id: Mapped[int] = IntegerField(primary_key=True)
    name: Mapped[str] = StringField(max_length=80)
    plays: Mapped[int] = IntegerField(default=0)


async def main() -> None:
    async with Database("sqlite+aiosqlite://") as db:
        await db.create_tables()
        names = ["So What", "Blue in Green", "Blue Train", "Giant Steps"]
        await Track.bulk_create([Track(name=name, plays=n) for n, name in enumerate(names)])

        blue = await Track.filter(Track.name.startswith("Blue")).order_by(Track.plays.desc())
        print([track.name for track in blue])

        print(await Track.filter(Q(name__icontains="blue") | Q(plays__gte=3)).values_list("name", flat=True))
        print(await Track.exclude(name__startswith="Blue").count(), "others")

        changed = await Track.filter(plays__gt=0).update(plays=F("plays") * 10)
        print(
            changed,
            "rows changed;",
            await Track.filter(plays__gt=0).order_by("plays").values("name", "plays"),
        )

        try:
            await Track.filter(nmae="So What")
        except UnknownNameError as error:
            print(error)


asyncio.run(main())
