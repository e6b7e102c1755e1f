"""Every way in which rows of the orchard are written through models, queries, relations and sessions."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import sqlalchemy as sa

from portico.db.query import F
from portico.db.session import Database, atomic, run

from .orchard import Branch, Cart, Farm, Fruit, Job, Label, Picker, Tool, Tree

Way = Callable[[Database], Awaitable[object]]
WAYS: dict[str, Way] = {}


def way(work: Way) -> Way:
    """Let the tests go this way too."""
    WAYS[work.__name__] = work
    return work


@way
async def create(_: Database) -> None:
    """Create."""
    await Tree.create(kind="plum", farm_id=1, facts={"age": 3})


@way
async def save_new(_: Database) -> None:
    """Save new."""
    await Farm(name="moor").save()


@way
async def save_new_with_links(_: Database) -> None:
    """Save new with links."""
    await Tree(kind="plum", farm_id=1, labels=[await Label.get(1), await Label.get(2)]).save()


@way
async def save_changed(_: Database) -> None:
    """Save changed."""
    tree = await Tree.get(1)
    tree.height, tree.facts = 9, {"old": True}
    await tree.save()


@way
async def save_changed_in_place(_: Database) -> None:
    """Save changed in place."""
    tree = await Tree.get(1)
    tree.facts["deep"] = {"list": [1]}
    await tree.save()


@way
async def save_part_of_a_row(_: Database) -> None:
    """Save part of a row."""
    tree = (await Tree.filter(id=1).only("kind"))[0]
    tree.kind = "fig"
    await tree.save()


@way
async def save_stale(_: Database) -> None:
    """Save stale."""
    tree = await Tree.get(1)
    await Tree.filter(id=1).update(height=70)
    tree.height = 71
    await tree.save()


@way
async def save_computed(_: Database) -> None:
    """Save computed."""
    tree = await Tree.get(1)
    tree.height = Tree.height + 5
    await tree.save()


@way
async def save_nothing(_: Database) -> None:
    """Save nothing."""
    await (await Tree.get(1)).save()


@way
async def change_key(_: Database) -> None:
    """Change key."""
    label = await Label.get(3)
    label.id = 33
    await label.save()


@way
async def delete_one(_: Database) -> None:
    """Delete one."""
    await (await Fruit.get(1)).delete()


@way
async def delete_with_dependents(_: Database) -> None:
    """Delete with dependents."""
    await (await Farm.get(1)).delete()


@way
async def delete_a_tree_of_rows(_: Database) -> None:
    """Delete a tree of rows."""
    await (await Branch.get(1)).delete()


@way
async def several_tables(_: Database) -> None:
    """Several tables."""
    cart = await Cart.create(name="wagon")
    cart.wheels = 4
    await cart.save()
    old = await Cart.get(2)
    old.name = "dray"
    await old.save()
    await old.delete()
    await Cart.bulk_delete([cart])


@way
async def one_of_a_family(_: Database) -> None:
    """One of a family."""
    await Tool.filter(id=1).update(name="axe")
    await (await Tool.get(1)).delete()


@way
async def bulk_create(_: Database) -> None:
    """Bulk create."""
    await Tree.bulk_create([Tree(kind="a", farm_id=1), Tree(kind="b", farm_id=2), Tree(kind="c", farm_id=2)])


@way
async def bulk_load(_: Database) -> None:
    """Bulk load."""
    await Fruit.bulk_create([{"weight": n} for n in range(600)], returning=False)


@way
async def bulk_update(_: Database) -> None:
    """Bulk update."""
    trees = await Tree.all()
    for number, tree in enumerate(trees):
        tree.height = 10 + number
    await Tree.bulk_update(trees, ["height"])


@way
async def bulk_delete(_: Database) -> None:
    """Bulk delete."""
    await Tree.bulk_delete([1, await Tree.get(2)])


@way
async def query_update(_: Database) -> None:
    """Query update."""
    await Tree.filter(kind="pear").update(height=F("height") + 3)


@way
async def query_update_of_nothing(_: Database) -> None:
    """Query update of nothing."""
    await Tree.filter(kind="pear").update(height=1)


@way
async def query_update_returning_columns(_: Database) -> None:
    """Query update returning columns."""
    await Tree.filter(farm_id=1).update(returning=["id", "height"], height=4)


@way
async def query_update_returning_objects(_: Database) -> None:
    """Query update returning objects."""
    await Tree.filter(farm__name="hill").update(returning=True, height=4)


@way
async def query_update_limited(_: Database) -> None:
    """Query update limited."""
    await Tree.filter(kind="pear").update(at_most=5, kind="apple")


@way
async def query_delete(_: Database) -> None:
    """Query delete."""
    await Tree.filter(farm__name="hill").delete()


@way
async def query_delete_returning(_: Database) -> None:
    """Query delete returning."""
    await Farm.filter(name="hill").delete(returning=True)


@way
async def get_or_create(_: Database) -> None:
    """Get or create."""
    await Farm.get_or_create(name="hill")
    await Farm.get_or_create(defaults={"size": 5}, name="moor")


@way
async def update_or_create(_: Database) -> None:
    """Update or create."""
    await Farm.update_or_create(defaults={"size": 5}, name="hill")
    await Farm.update_or_create(defaults={"size": 5}, name="moor")


@way
async def link_children(_: Database) -> None:
    """Link children."""
    tree = await Tree.get(2)
    await tree.fruits.add(1, 2)
    await tree.fruits.remove(1)
    await (await Tree.get(3)).fruits.clear()


@way
async def link_over_a_junction(_: Database) -> None:
    """Link over a junction."""
    tree = await Tree.get(1)
    await tree.labels.add(2, 3)
    await (await Tree.get(2)).labels.add(1)


@way
async def unlink_over_a_junction(_: Database) -> None:
    """Unlink over a junction."""
    await (await Tree.get(1)).labels.remove(2)


@way
async def clear_a_junction(_: Database) -> None:
    """Clear a junction."""
    await (await Tree.get(1)).labels.clear()


@way
async def set_over_a_junction(_: Database) -> None:
    """Set over a junction."""
    await (await Tree.get(1)).labels.set([2, 3])


@way
async def delete_what_is_linked(_: Database) -> None:
    """Delete what is linked."""
    await (await Label.get(1)).delete()


@way
async def link_through_a_model(_: Database) -> None:
    """Link through a model."""
    farm = await Farm.get(1)
    await farm.pickers.add(2, through={"hours": 3})
    await farm.pickers.remove(1)


@way
async def inside_a_unit(_: Database) -> None:
    """Inside a unit."""
    async with atomic():
        tree = await Tree.create(kind="new", farm_id=1)
        tree.height = 5
        await tree.save()
        (await Tree.get(2)).height = 6
        await (await Tree.get(3)).delete()


@way
async def flush_of_a_session(db: Database) -> None:
    """Flush of a session."""
    async with db.session() as session:
        farm = Farm(name="moor", size=2)
        session.add(farm)
        await session.flush()
        session.add(Tree(kind="fir", farm_id=farm.id))
        tree: Any = await session.get(Tree, 1)
        tree.height = 50
        await session.delete(await session.get(Fruit, 3))
        await session.commit()
        tree.kind = "elm"


@way
async def flush_of_many(db: Database) -> None:
    """Flush of many."""
    async with db.session() as session:
        for tree in (await session.scalars(sa.select(Tree))).all():
            tree.height += 1
        session.add_all([Label(text=str(number)) for number in range(5)])


@way
async def flush_of_several_tables(db: Database) -> None:
    """Flush of several tables."""
    async with db.session() as session:
        cart: Any = await session.get(Cart, 2)
        cart.name, cart.wheels = "dray", 6
        session.add(Cart(name="new"))


@way
async def flush_of_links(db: Database) -> None:
    """Flush of links."""
    async with atomic(db):
        tree = await Tree.get(1)
        await tree.load("labels")
        tree.labels.append(await Label.get(3))


@way
async def delete_of_a_session(db: Database) -> None:
    """Delete of a session."""
    async with db.session() as session:
        await session.delete(await session.get(Farm, 1))


@way
async def statements_of_a_session(db: Database) -> None:
    """Statements of a session."""
    async with db.session() as session:
        await session.execute(sa.insert(Label).values(text="one"))
        await session.execute(sa.insert(Label), [{"text": "two"}, {"text": "three"}])
        await session.scalars(sa.insert(Label).returning(Label), [{"text": "four"}])
        await session.execute(sa.update(Tree).where(Tree.kind == "pear").values(height=2))
        await session.execute(sa.delete(Fruit).where(Fruit.id == 1))


@way
async def statements_about_tables(db: Database) -> None:
    """Statements about tables."""
    table: Any = Tree.__table__
    await run(db, sa.insert(table), [{"kind": "x", "farm_id": 1, "height": 1, "facts": {}}])
    await run(db, sa.update(table).where(table.c.id < 3).values(height=table.c.height + 1))
    await run(db, sa.delete(table).where(table.c.id == 3))


@way
async def junctions_by_hand(db: Database) -> None:
    """Junctions by hand."""
    await Job.create(farm_id=2, picker_id=2, hours=1)
    await Job.filter(farm_id=1).delete()
    await (await Picker.get(1)).delete()
    del db
