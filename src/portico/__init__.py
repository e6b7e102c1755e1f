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
    "AuditEntry",
    "AuditMixin",
    "AuditOptions",
    "BigIntegerField",
    "BinaryField",
    "BooleanField",
    "Change",
    "ChangeFeed",
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
    "MemoryPubSub",
    "Message",
    "MissedChanges",
    "Model",
    "ModelMeta",
    "OneToMany",
    "OneToOne",
    "OptRef",
    "OptimisticLockMixin",
    "Outbox",
    "PasswordField",
    "Policy",
    "PoolOptions",
    "Portico",
    "Prefetch",
    "Principal",
    "PubSub",
    "Q",
    "Query",
    "RedisPubSub",
    "RedisPubSubOptions",
    "Ref",
    "Relay",
    "RelayOptions",
    "RowChange",
    "SchemaTenantMixin",
    "SecretField",
    "Settings",
    "Signal",
    "SmallIntegerField",
    "SoftDeleteMixin",
    "StringField",
    "TenantMixin",
    "TenantSchemas",
    "TextField",
    "TimeField",
    "TimeoutOptions",
    "TimestampMixin",
    "URLField",
    "UUIDField",
    "UtilsMixin",
    "Writing",
    "Written",
    "acting",
    "administrator",
    "all_of",
    "any_of",
    "anyone",
    "atomic",
    "audit",
    "check_constraint",
    "check_row_security",
    "composite_primary_key",
    "composite_unique",
    "current_actor",
    "enable_row_security",
    "errors",
    "get_current_tenant",
    "get_settings",
    "hash_password",
    "isolated",
    "not_",
    "on_commit",
    "owner",
    "post_delete",
    "post_save",
    "post_update",
    "pre_delete",
    "pre_save",
    "pre_update",
    "relation",
    "role",
    "row_security_faults",
    "row_security_statements",
    "set_current_tenant",
    "signed_in",
    "tenant_context",
    "unrecorded",
    "unscoped",
    "verify_password",
]

_ROOMS = {
    "portico.access": (
        "FieldRules Policy Principal administrator all_of any_of anyone not_ owner role signed_in"
    ),
    "portico.app": "Portico",
    "portico.db.audit": "AuditEntry AuditOptions audit",
    "portico.db.engine": "PoolOptions TimeoutOptions",
    "portico.db.changes": "ChangeFeed MissedChanges RowChange unrecorded",
    "portico.db.fields": (
        "ArrayField BigIntegerField BinaryField BooleanField CharField ColumnField DateField "
        "DateTimeField DecimalField DurationField EmailField EnumField FloatField ForeignKeyField "
        "HashedPassword IntegerField JSONField PasswordField SecretField SmallIntegerField StringField "
        "TextField TimeField URLField UUIDField check_constraint composite_primary_key composite_unique "
        "hash_password verify_password"
    ),
    "portico.db.mixins": (
        "AuditMixin CompositeKeyMixin OptimisticLockMixin SchemaTenantMixin SoftDeleteMixin TenantMixin "
        "TenantSchemas TimestampMixin UtilsMixin check_row_security enable_row_security "
        "row_security_faults row_security_statements"
    ),
    "portico.db.models": (
        "AbstractModel DjangoModel Model ModelMeta Writing Written "
        "post_delete post_save post_update pre_delete pre_save pre_update"
    ),
    "portico.db.outbox": "Outbox Relay RelayOptions",
    "portico.db.query": "F Prefetch Q Query",
    "portico.db.relations": "Many ManyToMany ManyToOne OneToMany OneToOne OptRef Ref relation",
    "portico.db.scoping": (
        "acting current_actor get_current_tenant set_current_tenant tenant_context unscoped"
    ),
    "portico.db.session": "Database atomic isolated on_commit",
    "portico.pubsub": "MemoryPubSub Message PubSub",
    "portico.pubsub.redis": "RedisPubSub RedisPubSubOptions",
    "portico.resources.hooks": "Change Hooks",
    "portico.settings": "Settings get_settings",
    "portico.signals": "Signal",
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
    from portico.db.audit import AuditEntry, AuditOptions, audit
    from portico.db.changes import ChangeFeed, MissedChanges, RowChange, unrecorded
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
    from portico.db.mixins import (
        AuditMixin,
        CompositeKeyMixin,
        OptimisticLockMixin,
        SchemaTenantMixin,
        SoftDeleteMixin,
        TenantMixin,
        TenantSchemas,
        TimestampMixin,
        UtilsMixin,
        check_row_security,
        enable_row_security,
        row_security_faults,
        row_security_statements,
    )
    from portico.db.models import (
        AbstractModel,
        DjangoModel,
        Model,
        ModelMeta,
        Writing,
        Written,
        post_delete,
        post_save,
        post_update,
        pre_delete,
        pre_save,
        pre_update,
    )
    from portico.db.outbox import Outbox, Relay, RelayOptions
    from portico.db.query import F, Prefetch, Q, Query
    from portico.db.relations import Many, ManyToMany, ManyToOne, OneToMany, OneToOne, OptRef, Ref, relation
    from portico.db.scoping import (
        acting,
        current_actor,
        get_current_tenant,
        set_current_tenant,
        tenant_context,
        unscoped,
    )
    from portico.db.session import Database, atomic, isolated, on_commit
    from portico.pubsub import MemoryPubSub, Message, PubSub
    from portico.pubsub.redis import RedisPubSub, RedisPubSubOptions
    from portico.resources.hooks import Change, Hooks
    from portico.settings import Settings, get_settings
    from portico.signals import Signal
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
