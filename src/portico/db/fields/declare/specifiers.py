"""The helpers whose fields type checkers demand in a constructor, unless ``default=`` is written at the call.

    @dataclass_transform(kw_only_default=True, field_specifiers=FIELD_SPECIFIERS)

Checkers match a helper by its name and look at no option but ``init`` and ``default``, so that a nullable
field is optional for them only with ``default=None``. Fields of the other helpers may have a value that
nobody gives (UUID keys, references, automatic times) and are optional for them; when the program runs, a
missing one is a `RequiredError`.
"""

from .guarded import PasswordField, SecretField
from .numbers import BigIntegerField, BooleanField, DecimalField, FloatField, IntegerField, SmallIntegerField
from .structured import ArrayField, BinaryField, EnumField, JSONField
from .temporal import DurationField
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
