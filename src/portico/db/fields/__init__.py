"""Typed field helpers, what is known about a field, and validation. The full list is `__all__`."""

from .derive import spec_of
from .helpers import (
    FIELD_SPECIFIERS, ArrayField, BigIntegerField, BinaryField, BooleanField, CharField, ColumnField, DateField,
    DateTimeField, DecimalField, DurationField, EmailField, EnumField, FloatField, ForeignKeyField, IntegerField,
    JSONField, PasswordField, SecretField, SmallIntegerField, StringField, TextField, TimeField, URLField, UUIDField,
)
from .passwords import HashedPassword, hash_password, hash_password_async, verify_password, verify_password_async
from .spec import FieldSpec
from .validation import validate
