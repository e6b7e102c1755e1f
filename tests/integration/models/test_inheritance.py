"""Rows of models that inherit from each other."""

from __future__ import annotations

import pytest

from portico.db.session import Database
from portico.errors import DuplicateError
from tests.integration.models.animals import Animal, Dog, Horse, Place


@pytest.fixture(autouse=True)
async def tables(db: Database) -> None:
    """The tables of these models."""
    await db.create_tables(Animal.metadata)


@pytest.mark.usefixtures("db")
async def test_inherited_constraints_name_attributes_whatever_their_columns_are_called() -> None:
    """`column_name=` is between the model and the database; nobody else needs to know."""
    await Place.create(slug="home")
    with pytest.raises(DuplicateError) as refused:
        await Place.create(slug="home")
    assert tuple(refused.value.fields) == ("slug", "rank")


@pytest.mark.usefixtures("db")
async def test_a_key_of_another_class_in_the_table_deletes_nothing() -> None:
    """The cat is no dog, though it lies in the same table."""
    cat = await Animal.create(name="cat")
    dog = await Dog.create(name="rex")
    assert await Dog.bulk_delete([cat.id, dog.id]) == 1
    assert [animal.name for animal in await Animal.all()] == ["cat"]


@pytest.mark.usefixtures("db")
async def test_a_row_in_two_tables_is_made_changed_and_deleted_as_one() -> None:
    """Its key is made by the table of the base class."""
    horse = await Horse.create(name="pony", speed=3)
    await horse.update(speed=4, name="stallion")
    await horse.refresh()
    assert (horse.speed, horse.name, horse.kind) == (4, "stallion", "horse")
    await horse.delete()
    assert (await Horse.count(), await Animal.count()) == (0, 0)


@pytest.mark.usefixtures("db")
async def test_rows_in_two_tables_in_bulk() -> None:
    """Fields of either table."""
    horses = await Horse.bulk_create([Horse(name="a"), Horse(name="b")])
    for horse in horses:
        horse.speed, horse.name = 9, "c"
    assert await Horse.bulk_update(horses, ["speed", "name"]) == 2
    assert await Horse.filter(speed=9, name="c").count() == 2
    assert await Horse.bulk_delete(horses) == 2
    assert await Animal.count() == 0


@pytest.mark.usefixtures("db")
async def test_a_default_does_not_make_a_dog_an_animal() -> None:
    """What tells the classes apart is set already when defaults are filled in."""
    dog = await Dog.create(name="rex")
    assert dog.kind == "dog"
    assert isinstance(await Animal.get(dog.id), Dog)
