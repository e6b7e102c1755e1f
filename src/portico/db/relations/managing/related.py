"""The value of a to-many relation on an instance: ``user.posts``.

    user.posts                        # a sequence, once loaded; NotLoadedError naming the call before
    await user.posts                  # loads what is not loaded, and gives a list
    await user.posts.add(post, 7)     # objects or keys; one UPDATE, or one INSERT into the junction
    await user.posts.remove(post)     # one UPDATE or DELETE
    await user.posts.set([post])      # the difference, in one unit
    await user.posts.clear()
    await user.posts.create(title="Hello")
    await user.posts.filter(title="Hello").count()

``append`` is for objects that are not written yet, and inside ``db.session()``, whose flush writes the link.
Raises `NotLoadedError`, `UsageError` for what cannot be linked, `NotFoundError` for a row that is gone.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast, overload
from uuid import UUID

from sqlalchemy.orm import QueryableAttribute, RelationshipProperty

from portico._kernel.doors import register_calls
from portico.db.relations.guards import relation_not_loaded
from portico.db.relations.hooks import hooks
from portico.db.relations.loading import LoadOptions, load_relation
from portico.db.relations.sides import is_stored, key_pairs, put_quietly, reverse_of, state_of, take_key
from portico.errors import NotLoadedError, UsageError

from .links import Links

T = TypeVar("T")
Key = int | str | UUID | tuple[Any, ...]


class Related(Sequence[T]):
    """The targets of one object; see the module for an example."""

    __slots__ = ("_attribute", "_owner", "_relation")

    def __init__(
        self, owner: Any, attribute: QueryableAttribute[Any], relation: RelationshipProperty[Any]
    ) -> None:
        self._owner = owner
        self._attribute = attribute
        self._relation = relation

    # ── reading what is loaded ───────────────────────────────────────────────────────────────────────

    def _loaded(self) -> list[T]:
        held: list[T] | None = self._owner.__dict__.get(self._relation.key)
        if held is not None:
            return held
        if not is_stored(self._owner):
            empty: Any = self._attribute.__get__(self._owner, self._owner.__class__)
            return cast("list[T]", empty)
        raise relation_not_loaded(self._owner, self._relation)

    @property
    def is_loaded(self) -> bool:
        """Whether the targets can be read without asking the database."""
        return self._relation.key in self._owner.__dict__ or not is_stored(self._owner)

    @overload
    def __getitem__(self, index: int) -> T: ...
    @overload
    def __getitem__(self, index: slice) -> list[T]: ...
    def __getitem__(self, index: int | slice) -> T | list[T]:
        return self._loaded()[index]

    def __len__(self) -> int:
        return len(self._loaded())

    def __iter__(self) -> Iterator[T]:
        return iter(self._loaded())

    def __contains__(self, target: object) -> bool:
        return target in self._loaded()

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, (Related, list, tuple)):
            return NotImplemented
        return list(self) == list(cast("Iterable[object]", other))

    __hash__ = None  # type: ignore[assignment]  # as a list: what it holds changes

    def __repr__(self) -> str:
        return repr(list(self)) if self.is_loaded else f"<{self._name}: not loaded>"

    # ── loading ──────────────────────────────────────────────────────────────────────────────────────

    async def load(self, *, refresh: bool = False) -> list[T]:
        """Load the targets with one statement, unless they are; ``refresh`` loads them again."""
        if refresh or not self.is_loaded:
            await load_relation(
                hooks.database_of(self._owner.__class__),
                [self._owner],
                self._relation.key,
                LoadOptions(refresh=refresh),
            )
        return list(self)

    def __await__(self) -> Generator[Any, Any, list[T]]:
        return self.load().__await__()

    # ── writing ──────────────────────────────────────────────────────────────────────────────────────

    async def add(self, *targets: T | Key, through: Mapping[str, Any] | None = None) -> None:
        """Link objects or keys; what is linked stays so. ``through`` fills columns of the junction."""
        if through and self._relation.secondary is None:
            raise UsageError(f"{self._name} has no junction.", hint="Leave through= out.")
        await self._links().add(targets, through)

    async def remove(self, *targets: T | Key) -> None:
        """Unlink objects or keys; of what has a foreign key that may not be empty, UsageError."""
        await self._links().remove(targets)

    async def set(self, targets: Iterable[T | Key]) -> None:
        """Link exactly these, in one unit."""
        await self._links().set(list(targets))

    async def clear(self) -> None:
        """Unlink everything."""
        await self._links().clear()

    async def create(self, **values: Any) -> T:
        """Make a target that is linked from the start, and give it."""
        links = self._links()
        cls: type[Any] = self._relation.mapper.class_
        if self._relation.secondary is None:
            pairs = key_pairs(self._relation)
            made = cls(**values, **{foreign: self._owner.__dict__[key] for foreign, key in pairs})
            await hooks.insert(links.database, made)
            links.linked(made)
        else:
            made = cls(**values)
            async with links.together():
                await hooks.insert(links.database, made)
                await links.add([made])
        return cast("T", made)

    def append(self, target: T) -> None:
        """Link an object when its owner is written, or when the session that holds both flushes."""
        name, state = self._name, state_of(self._owner)
        if not self.is_loaded:
            raise NotLoadedError(
                f"{name} is not loaded, so nothing can be appended to it.",
                model=self._owner.__class__.__name__,
                attribute=self._relation.key,
                hint=f"Use await obj.{self._relation.key}.add(…), which needs no loading.",
            )
        refuse_foreign(self._owner, self._relation, [target])
        self._loaded().append(target)
        if state.key is not None and self._relation.secondary is None:
            take_key(target, key_pairs(self._relation), self._owner)
        reverse = reverse_of(self._relation)
        if reverse is not None:
            put_quietly(target, reverse, self._owner)

    # ── asking further ───────────────────────────────────────────────────────────────────────────────

    def all(self) -> Any:
        """A query over the targets."""
        links = self._links()
        return hooks.query(links.target, links.condition(), links.database)

    def filter(self, *conditions: Any, **lookups: Any) -> Any:
        """A query over the targets that match."""
        return self.all().filter(*conditions, **lookups)

    def exclude(self, *conditions: Any, **lookups: Any) -> Any:
        """A query over the targets that do not match."""
        return self.all().exclude(*conditions, **lookups)

    def order_by(self, *keys: Any) -> Any:
        """A query over the targets, in an order."""
        return self.all().order_by(*keys)

    def _links(self) -> Links:
        return Links(self._owner, self._relation)

    @property
    def _name(self) -> str:
        return f"{self._owner.__class__.__name__}.{self._relation.key}"


def refuse_foreign(owner: Any, relation: RelationshipProperty[Any], targets: Iterable[Any]) -> None:
    """Objects of the wrong class, or made outside of the session that is to write the link."""
    session = state_of(owner).session
    for target in targets:
        if not isinstance(target, relation.mapper.class_):
            raise UsageError(
                f"{owner.__class__.__name__}.{relation.key} takes {relation.mapper.class_.__name__} objects, "
                f"not {target.__class__.__name__}."
            )
        state = state_of(target)
        if session is not None and state.key is not None and state.session is not session:
            raise UsageError(
                f"This {target.__class__.__name__} was made outside of the session that holds its "
                f"{owner.__class__.__name__}.",
                hint=f"Link it by its key: await obj.{relation.key}.add(…).",
            )


register_calls(
    "db/relations",
    Related,
    reads="__await__ load all filter exclude order_by",
    writes="add remove set clear create append",
)
