"""`Model`: the base class of what an application stores.

    class Post(Model):
        id: Mapped[int] = IntegerField(primary_key=True)
        title: Mapped[str] = StringField(max_length=200)

    post = await Post.create(title="Hello")
    await Post.filter(Post.title.icontains("hell")).order_by("-id").limit(20)

`Model` wants annotations, and types the constructor and `create` from them. `DjangoModel` is the same for
bodies without annotations, of which a type checker cannot know the constructor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Literal,
    ParamSpec,
    Self,
    TypeVar,
    dataclass_transform,
    overload,
)

import sqlalchemy as sa
from pydantic import BaseModel

from portico._kernel.doors import register_calls
from portico.db.compiled import LaneError, on_general_path
from portico.db.fields import (
    ArrayField,
    BigIntegerField,
    BinaryField,
    BooleanField,
    CharField,
    DecimalField,
    DurationField,
    EmailField,
    EnumField,
    FloatField,
    IntegerField,
    JSONField,
    PasswordField,
    SecretField,
    SmallIntegerField,
    StringField,
    TextField,
    URLField,
)
from portico.db.models.bulk import bulk_delete, bulk_insert, bulk_load, bulk_update
from portico.db.models.construction import describe, fill
from portico.db.models.declaring import DEFAULT_METADATA, ModelMeta, ModelOptions
from portico.db.models.fetching import get_or_create, update_or_create
from portico.db.models.flushing import check_on_flush
from portico.db.models.keys import class_of
from portico.db.models.schemas import (
    UNFINISHED,
    CreateSchema,
    ReadSchema,
    UpdateSchema,
    read_schema,
    schemas_for,
    shown,
)
from portico.db.models.shapes import constructor, facts_of, send_create
from portico.db.models.writing import delete, insert, refresh, update
from portico.db.query import Query
from portico.db.relations import hooks, load_for_peers, relations_written
from portico.db.session import Database, current_database

P = ParamSpec("P")
M = TypeVar("M")
DEFAULTS: Mapping[str, Any] = {}


class DjangoModel(metaclass=ModelMeta):
    """The base for bodies without annotations; everything else is as on `Model`."""

    class Create(CreateSchema):
        """What a client sends to make a row; each model has its own."""

        model_config = UNFINISHED

    class Update(UpdateSchema):
        """What a client sends to change a row; each model has its own."""

        model_config = UNFINISHED

    class Read(ReadSchema):
        """What a client sees of a row; each model has its own."""

        model_config = UNFINISHED

    if TYPE_CHECKING:
        __table__: ClassVar[sa.Table]
        __tablename__: ClassVar[Any]
        __portico_options__: ClassVar[ModelOptions]

    metadata: ClassVar[sa.MetaData] = DEFAULT_METADATA

    @constructor(fills=True)
    def __init__(self, **values: Any) -> None:
        """Set what is given, and the defaults for the rest; nothing is checked until it is written."""
        fill(self, values)

    def __repr__(self) -> str:
        """The class and the key; never a value that might be a secret."""
        return describe(self)

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────

    @classmethod
    def all(cls) -> Query[Self]:
        """Every row."""
        return Query(cls).all()

    @classmethod
    def filter(cls, *conditions: Any, **lookups: Any) -> Query[Self]:
        """The rows for which all conditions hold."""
        return Query(cls).filter(*conditions, **lookups)

    @classmethod
    def exclude(cls, *conditions: Any, **lookups: Any) -> Query[Self]:
        """Exactly the rows that `filter` with the same conditions leaves out."""
        return Query(cls).exclude(*conditions, **lookups)

    @classmethod
    def order_by(cls, *keys: Any) -> Query[Self]:
        """Every row, in an order: ``"-created_at"`` or ``Post.created_at.desc()``."""
        return Query(cls).order_by(*keys)

    @classmethod
    def prefetch(cls, *relations: Any) -> Query[Self]:
        """Every row, with relations loaded."""
        return Query(cls).prefetch(*relations)

    @classmethod
    def only(cls, *fields: Any) -> Query[Self]:
        """Every row, with these columns (and always the key)."""
        return Query(cls).only(*fields)

    @classmethod
    async def first(cls) -> Self | None:
        """The row with the smallest key (or the first in ``Meta.ordering``); None in an empty table."""
        return await Query(cls).first()

    @classmethod
    async def last(cls) -> Self | None:
        """The row with the greatest key (or the last in ``Meta.ordering``); None in an empty table."""
        return await Query(cls).last()

    @classmethod
    async def count(cls) -> int:
        """How many rows there are."""
        return await Query(cls).count()

    @classmethod
    async def exists(cls, *conditions: Any, **lookups: Any) -> bool:
        """Whether any row matches."""
        return await Query(cls).filter(*conditions, **lookups).exists()

    @classmethod
    async def get(cls, key: Any = None, /, *conditions: Any, **lookups: Any) -> Self:
        """One row by key, ``get(1)`` or ``get((1, 2))``, or by what it is, ``get(username="ann")``.

        Raises `NotFoundError` when there is none, `MultipleFoundError` when there are several.
        """
        return await Query(cls).get(key, *conditions, **lookups)

    @classmethod
    async def get_or_none(cls, key: Any = None, /, *conditions: Any, **lookups: Any) -> Self | None:
        """As `get`, with None where there is no such row."""
        return await Query(cls).get_or_none(key, *conditions, **lookups)

    @classmethod
    async def in_bulk(cls, keys: Iterable[Any]) -> dict[Any, Self]:
        """The rows with these keys, by key; keys without a row are left out."""
        return await Query(cls).in_bulk(keys)

    # ── making ───────────────────────────────────────────────────────────────────────────────────────

    @classmethod
    async def create(cls: Callable[P, M], *args: P.args, **values: P.kwargs) -> M:
        """Make a row and give its instance; takes what the constructor takes."""
        made: M = await create(cls, args, values)
        return made

    @classmethod
    async def get_or_create(
        cls, *, defaults: Mapping[str, Any] = DEFAULTS, **lookups: Any
    ) -> tuple[Self, bool]:
        """The row that matches, or a new one with ``defaults`` added; and whether it was made."""
        return await get_or_create(database_of(cls), cls, defaults, **lookups)

    @classmethod
    async def update_or_create(
        cls, *, defaults: Mapping[str, Any] = DEFAULTS, **lookups: Any
    ) -> tuple[Self, bool]:
        """The row that matches, changed to ``defaults``, or a new one; and whether it was made."""
        return await update_or_create(database_of(cls), cls, defaults, **lookups)

    @overload
    @classmethod
    async def bulk_create(
        cls, instances: Iterable[Self], *, batch_size: int = 1_000, returning: Literal[True] = True
    ) -> list[Self]: ...

    @overload
    @classmethod
    async def bulk_create(
        cls,
        instances: Iterable[Self] | Iterable[dict[str, Any]],
        *,
        batch_size: int = 1_000,
        returning: Literal[False],
    ) -> int: ...

    @classmethod
    async def bulk_create(
        cls, instances: Iterable[Any], *, batch_size: int = 1_000, returning: bool = True
    ) -> list[Self] | int:
        """Insert many, all or none; keys are set on them.

        Without ``returning`` nothing is read back and the number of rows is all that is given: by far the
        fastest way to load rows, which may be dictionaries then.
        """
        if not returning:
            return await bulk_load(database_of(cls), cls, instances, batch_size=batch_size)
        made = list(instances)
        await bulk_insert(database_of(cls), made, batch_size=batch_size)
        return made

    @classmethod
    async def bulk_update(
        cls, instances: Iterable[Self], fields: Iterable[str], *, batch_size: int = 1_000
    ) -> int:
        """Write the named fields of many, all or none; gives the number of rows found."""
        return await bulk_update(database_of(cls), list(instances), fields, batch_size=batch_size)

    @classmethod
    async def bulk_delete(cls, instances_or_keys: Iterable[Any], *, batch_size: int = 1_000) -> int:
        """Delete many by instance or key, all or none; gives the number that were there."""
        return await bulk_delete(database_of(cls), cls, instances_or_keys, batch_size=batch_size)

    # ── one instance ─────────────────────────────────────────────────────────────────────────────────

    async def save(self) -> None:
        """Insert a new instance, or write what changed on one that is in the database."""
        database = database_of(type(self))
        if sa.inspect(self).key is None:
            await insert(database, self)
        else:
            await update(database, self)

    async def update(self, **values: Any) -> None:
        """Set these values and save."""
        fill(self, values, defaults=False)
        await self.save()

    async def delete(self) -> None:
        """Delete the row; what depends on it follows the foreign keys' ``on_delete``."""
        await delete(database_of(type(self)), self)

    async def refresh(self, *fields: str) -> None:
        """Read the row again, or only some of its columns."""
        await refresh(database_of(type(self)), self, *fields)

    async def load(self, *relations: str) -> None:
        """Load relations of this object and of all that came in the same result, one statement each."""
        for name in relations:
            await load_for_peers(database_of(type(self)), self, name)

    # ── schemas ──────────────────────────────────────────────────────────────────────────────────────

    @classmethod
    def read_schema(cls, *relations: str) -> type[BaseModel]:
        """The Read class with relations nested as deep as the paths say: ``"author"``, ``"author.posts"``."""
        return read_schema(cls, *relations)

    def to_response(self, *relations: str) -> BaseModel:
        """This object as its Read schema, with relations that are loaded."""
        schema = read_schema(type(self), *relations) if relations else schemas_for(type(self)).read
        return shown(self, schema)


# Type checkers want the tuple written out; a test compares it with portico.db.fields.FIELD_SPECIFIERS.
@dataclass_transform(
    eq_default=False,
    kw_only_default=True,
    field_specifiers=(
        StringField,
        CharField,
        TextField,
        EmailField,
        URLField,
        PasswordField,
        SecretField,
        IntegerField,
        BigIntegerField,
        SmallIntegerField,
        FloatField,
        DecimalField,
        BooleanField,
        DurationField,
        EnumField,
        JSONField,
        ArrayField,
        BinaryField,
    ),
)
class Model(DjangoModel):
    """The base of an application's models; see the module for an example."""


check_on_flush(DjangoModel)

AbstractModel = Model
"""`Model` under the name that says it is meant for ``class Meta: abstract = True``."""


def database_of(cls: type[Any]) -> Database:
    """The database that a model's calls go to now: ``Meta.database``, the unit's, or the default."""
    options: ModelOptions | None = getattr(cls, "__portico_options__", None)
    return current_database(options.database if options is not None else None)


async def create(cls: Any, args: tuple[Any, ...], values: dict[str, Any]) -> Any:
    """A new row and its object, which the constructor makes unless nobody can tell the difference."""
    facts = facts_of(cls)
    if args or not values.keys() <= facts.specs.keys():
        return await _inserted(cls(*args, **values))
    try:
        made = await send_create(database_of(cls), cls, values)
    except LaneError:
        with on_general_path():
            return await _inserted(cls(**values))
    if made is None:
        return await _inserted(cls(**values))
    if facts.relations:
        relations_written(made, new=True)
    return made


async def _inserted(instance: Any) -> Any:
    await insert(database_of(class_of(instance)), instance)
    return instance


hooks.insert = insert
hooks.database_of = database_of

register_calls(
    "db/models",
    Model,
    reads="first last count exists get get_or_none in_bulk refresh load get_or_create update_or_create",
    writes="create get_or_create update_or_create bulk_create bulk_update bulk_delete save update delete",
)
