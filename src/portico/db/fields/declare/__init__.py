"""The field helpers: what stands on the right side in a model's body."""

from .guarded import PasswordField, SecretField
from .keys import ForeignKeyField
from .numbers import BigIntegerField, BooleanField, DecimalField, FloatField, IntegerField, SmallIntegerField
from .structured import ArrayField, BinaryField, ColumnField, EnumField, JSONField, UUIDField
from .temporal import DateField, DateTimeField, DurationField, TimeField
from .text import CharField, EmailField, StringField, TextField, URLField

FIELD_SPECIFIERS = (
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
)
"""The helpers whose fields type checkers demand in a constructor, unless ``default=`` is written at the call.

They match a helper by its name and look at no option but ``init`` and ``default``, so that a nullable field
is optional for them only with ``default=None``. Fields of the other helpers may have a value that nobody
gives (UUID keys, references, automatic times) and are optional for them; when the program runs, a missing
one is a `RequiredError`. ``Model`` repeats these names, since mypy wants to see them there; a test compares.
"""

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
