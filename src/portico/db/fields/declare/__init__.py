"""The field helpers: what stands on the right side in a model's body."""

from .guarded import PasswordField, SecretField
from .keys import ForeignKeyField
from .numbers import BigIntegerField, BooleanField, DecimalField, FloatField, IntegerField, SmallIntegerField
from .specifiers import FIELD_SPECIFIERS
from .structured import ArrayField, BinaryField, ColumnField, EnumField, JSONField, UUIDField
from .temporal import DateField, DateTimeField, DurationField, TimeField
from .text import CharField, EmailField, StringField, TextField, URLField

__all__ = [
    "FIELD_SPECIFIERS",
    "ArrayField",
    "BigIntegerField",
    "BinaryField",
    "BooleanField",
    "CharField",
    "ColumnField",
    "DateField",
    "DateTimeField",
    "DecimalField",
    "DurationField",
    "EmailField",
    "EnumField",
    "FloatField",
    "ForeignKeyField",
    "IntegerField",
    "JSONField",
    "PasswordField",
    "SecretField",
    "SmallIntegerField",
    "StringField",
    "TextField",
    "TimeField",
    "URLField",
    "UUIDField",
]
