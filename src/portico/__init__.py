"""Define a model once; get the table, validated schemas, queries and an API.

    from portico import Database, IntegerField, Mapped, Model, Portico, StringField

The front door: names are listed here and loaded from their rooms when they are first asked for, so that
``import portico`` costs nothing and ``import portico.errors`` brings neither SQLAlchemy nor FastAPI along.
Errors live in `portico.errors`. Nothing inside Portico imports this module.
"""

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

__all__ = [
    "AbstractModel",
    "ArrayField",
    "BigIntegerField",
    "BinaryField",
    "BooleanField",
    "Change",
    "CharField",
    "ColumnField",
    "CompositeKeyMixin",
    "Database",
    "DateField",
    "DateTimeField",
    "DecimalField",
    "DjangoModel",
    "DurationField",
    "EmailField",
    "EnumField",
    "ErrorReply",
    "F",
    "FieldRules",
    "FloatField",
    "ForeignKeyField",
    "HashedPassword",
    "Hooks",
    "IntegerField",
    "JSONField",
    "Many",
    "ManyToMany",
    "ManyToOne",
    "Mapped",
    "Model",
    "ModelMeta",
    "OneToMany",
    "OneToOne",
    "OptRef",
    "PasswordField",
    "Policy",
    "PoolOptions",
    "Portico",
    "Prefetch",
    "Principal",
    "Q",
    "Query",
    "Ref",
    "SecretField",
    "Settings",
    "SmallIntegerField",
    "StringField",
    "TextField",
    "TimeField",
    "TimeoutOptions",
    "TimestampMixin",
    "URLField",
    "UUIDField",
    "administrator",
    "all_of",
    "any_of",
    "anyone",
    "atomic",
    "check_constraint",
    "composite_primary_key",
    "composite_unique",
    "errors",
    "get_settings",
    "hash_password",
    "isolated",
    "not_",
    "on_commit",
    "owner",
    "relation",
    "role",
    "signed_in",
    "verify_password",
]

_ROOMS = {
    "portico.access": (
        "FieldRules Policy Principal administrator all_of any_of anyone not_ owner role signed_in"
    ),
    "portico.app": "Portico",
    "portico.db.engine": "PoolOptions TimeoutOptions",
    "portico.db.fields": (
        "ArrayField BigIntegerField BinaryField BooleanField CharField ColumnField DateField "
        "DateTimeField DecimalField DurationField EmailField EnumField FloatField ForeignKeyField "
        "HashedPassword IntegerField JSONField PasswordField SecretField SmallIntegerField StringField "
        "TextField TimeField URLField UUIDField check_constraint composite_primary_key composite_unique "
        "hash_password verify_password"
    ),
    "portico.db.mixins": "CompositeKeyMixin TimestampMixin",
    "portico.db.models": "AbstractModel DjangoModel Model ModelMeta",
    "portico.db.query": "F Prefetch Q Query",
    "portico.db.relations": "Many ManyToMany ManyToOne OneToMany OneToOne OptRef Ref relation",
    "portico.db.session": "Database atomic isolated on_commit",
    "portico.resources.hooks": "Change Hooks",
    "portico.settings": "Settings get_settings",
    "portico.web.own_errors": "ErrorReply",
    "sqlalchemy.orm": "Mapped",
}
_HOME = {name: room for room, names in _ROOMS.items() for name in names.split()}

if TYPE_CHECKING:
    from sqlalchemy.orm import Mapped

    from portico import errors
    from portico.access import (
        FieldRules,
        Policy,
        Principal,
        administrator,
        all_of,
        any_of,
        anyone,
        not_,
        owner,
        role,
        signed_in,
    )
    from portico.app import Portico
    from portico.db.engine import PoolOptions, TimeoutOptions
    from portico.db.fields import (
        ArrayField,
        BigIntegerField,
        BinaryField,
        BooleanField,
        CharField,
        ColumnField,
        DateField,
        DateTimeField,
        DecimalField,
        DurationField,
        EmailField,
        EnumField,
        FloatField,
        ForeignKeyField,
        HashedPassword,
        IntegerField,
        JSONField,
        PasswordField,
        SecretField,
        SmallIntegerField,
        StringField,
        TextField,
        TimeField,
        URLField,
        UUIDField,
        check_constraint,
        composite_primary_key,
        composite_unique,
        hash_password,
        verify_password,
    )
    from portico.db.mixins import CompositeKeyMixin, TimestampMixin
    from portico.db.models import AbstractModel, DjangoModel, Model, ModelMeta
    from portico.db.query import F, Prefetch, Q, Query
    from portico.db.relations import Many, ManyToMany, ManyToOne, OneToMany, OneToOne, OptRef, Ref, relation
    from portico.db.session import Database, atomic, isolated, on_commit
    from portico.resources.hooks import Change, Hooks
    from portico.settings import Settings, get_settings
    from portico.web.own_errors import ErrorReply

else:
    # Hidden from type checkers: a module with __getattr__ would accept every misspelt name there.

    def __getattr__(name: str) -> object:
        if name == "errors":
            return import_module("portico.errors")
        if name not in _HOME:
            raise AttributeError(f"module 'portico' has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_HOME[name]), name)
        return value

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
