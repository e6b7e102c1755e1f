"""What a field refuses, and in which words; the same before any database is asked."""

from __future__ import annotations

import datetime as dt
import enum
import math
import uuid
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func

from portico.db.fields import (
    ArrayField,
    BigIntegerField,
    BinaryField,
    BooleanField,
    DateField,
    DateTimeField,
    DecimalField,
    DurationField,
    EmailField,
    EnumField,
    FieldSpec,
    FloatField,
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
    hash_password,
    spec_of,
    validate,
)
from portico.errors import InvalidError, RequiredError, UnknownNameError


class Size(enum.Enum):
    """Two members."""

    SMALL = "s"
    LARGE = "l"


SURROGATE = "Text that is not valid Unicode (a lone surrogate) is not allowed."
BIG = "A whole number from -9223372036854775808 to 9223372036854775807 is expected."
NAIVE = "The time zone is missing; for example 2026-01-31T12:00:00Z."
NUL = "NUL characters are not allowed."
LEAP = dt.datetime(2024, 2, 29, 12, tzinfo=dt.UTC)

REFUSED: list[tuple[Any, Any, str]] = [
    (StringField(max_length=50), "x" * 51, "At most 50 characters."),
    (StringField(max_length=1), "ab", "At most 1 character."),
    (StringField(min_length=2), "x", "At least 2 characters."),
    (StringField(), "a\x00b", NUL),
    (TextField(), "\ud800", SURROGATE),
    (StringField(), 5, "Text is expected."),
    (StringField(), None, "A value is required; it cannot be null."),
    (StringField(choices=["a", "b"]), "c", "One of these is expected: a, b."),
    (IntegerField(choices=[1, 2]), 3, "One of these is expected: 1, 2."),
    (IntegerField(), 2**31, "A whole number from -2147483648 to 2147483647 is expected."),
    (SmallIntegerField(), -(2**15) - 1, "A whole number from -32768 to 32767 is expected."),
    (BigIntegerField(), 2**63, BIG),
    (BigIntegerField(), 10**400, BIG),
    (IntegerField(), 3.5, "A whole number is expected."),
    (IntegerField(), "3.5", "A whole number is expected."),
    (IntegerField(), math.nan, "NaN and Infinity are not allowed."),
    (IntegerField(min_value=0), -1, "Must be at least 0."),
    (IntegerField(max_value=150), 151, "Must be at most 150."),
    (FloatField(), math.nan, "NaN and Infinity are not allowed."),
    (FloatField(), -math.inf, "NaN and Infinity are not allowed."),
    (FloatField(), "x", "A number is expected."),
    (DecimalField(), Decimal("1.005"), "A number of at most 10 digits, 2 of them decimals, is expected."),
    (DecimalField(), 10**12, "A number of at most 10 digits, 2 of them decimals, is expected."),
    (DecimalField(), 1.005, "A number of at most 10 digits, 2 of them decimals, is expected."),
    (DecimalField(), Decimal("NaN"), "NaN and Infinity are not allowed."),
    (DecimalField(), Decimal("1e999999"), "A number of at most 10 digits, 2 of them decimals, is expected."),
    (DecimalField(), "1,5", "A number is expected."),
    (DecimalField(min_value=Decimal("0.01")), 0, "Must be at least 0.01."),
    (BooleanField(), "maybe", "True or false is expected."),
    (DateTimeField(), LEAP.replace(tzinfo=None), NAIVE),
    (DateTimeField(timezone=False), LEAP, "A date and time without a time zone is expected."),
    (DateTimeField(), "soon", "A date and time such as 2026-01-31T12:00:00Z is expected."),
    (
        DateTimeField(),
        dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=5))),
        "This moment lies outside the years 1 to 9999 in UTC.",
    ),
    (DateField(min_value=dt.date(2024, 1, 1)), "2023-12-31", "Must be at least 2024-01-01."),
    (DurationField(max_value=dt.timedelta(1)), dt.timedelta(2), "Must be at most 1 day, 0:00:00."),
    (DateTimeField(max_value=LEAP), LEAP.replace(year=2028), "Must be at most 2024-02-29 12:00:00+00:00."),
    (FloatField(min_value=0), math.nan, "NaN and Infinity are not allowed."),
    (DecimalField(min_value=Decimal(0)), Decimal("sNaN"), "NaN and Infinity are not allowed."),
    (DateField(), "2023-02-29", "A date such as 2026-01-31 is expected."),
    (DateField(), LEAP, "A date without a time is expected."),
    (TimeField(), "25:00", "A time such as 12:30:00 is expected."),
    (TimeField(), dt.time(1, tzinfo=dt.UTC), "A time without a time zone is expected."),
    (DurationField(), "long", "A duration such as P1DT2H30M is expected."),
    (DurationField(), dt.timedelta.max, "A duration of at most 292,000 years is expected."),
    (UUIDField(), "x", "A UUID is expected."),
    (EnumField(Size), "SMALL", "One of these is expected: s, l."),
    (EnumField(Size, choices=[Size.SMALL]), "l", "One of these is expected: s."),
    (JSONField(), {"a": [math.inf]}, "NaN and Infinity are not allowed in JSON."),
    (JSONField(), {"a": "\x00"}, NUL),
    (JSONField(), {"\udfff": 1}, SURROGATE),
    (JSONField(), {1: 2}, "The names in a JSON object must be text."),
    (JSONField(), 2**63, "A number that is the whole document has to fit into 64 bits."),
    (
        JSONField(),
        {"a": object()},
        "Only objects, lists, text, numbers, true, false and null can be stored as JSON.",
    ),
    (ArrayField(str), "abc", "A list is expected."),
    (ArrayField(str), ["a", None], "Item 2: Text is expected."),
    (ArrayField(int), [1, 2**63], "Item 2: " + BIG),
    (ArrayField(int, max_length=1), [1, 2], "At most 1 item."),
    (BinaryField(max_length=2), b"123", "At most 2 bytes."),
    (BinaryField(), "no base64!", "Bytes are expected, as base64 where they are text."),
    (EmailField(), "ann@", "An e-mail address is expected, such as ann@example.com."),
    (EmailField(), "ann@example", "An e-mail address is expected, such as ann@example.com."),
    (EmailField(), "a b@example.com", "An e-mail address is expected, such as ann@example.com."),
    (EmailField(), ".ann@example.com", "An e-mail address is expected, such as ann@example.com."),
    (EmailField(), "ann@exam_ple.com\n", "An e-mail address is expected, such as ann@example.com."),
    (URLField(), "javascript:alert(1)", "A URL is expected that starts with http:// or https://."),
    (URLField(), "https://", "A URL is expected that starts with http:// or https://."),
    (URLField(), "https://a b", "A URL is expected that starts with http:// or https://."),
    (URLField(schemes=["ftp"]), "https://a.b", "A URL is expected that starts with ftp://."),
    (PasswordField(min_length=8), "short", "At least 8 characters."),
    (PasswordField(), "x" * 1025, "At most 1024 characters."),
    (SecretField(), "a\x00", NUL),
]  # fmt: skip

TAKEN: list[tuple[Any, Any, Any]] = [
    (StringField(max_length=50), "é" * 50, "é" * 50),
    (TextField(), "x" * 100_000, "x" * 100_000),
    (IntegerField(), "3", 3),
    (IntegerField(), True, 1),
    (IntegerField(), 3.0, 3),
    (FloatField(), -0.0, 0.0),
    (DecimalField(), "12.3", Decimal("12.30")),
    (DecimalField(), Decimal("1.500"), Decimal("1.50")),
    (DecimalField(), 0.1, Decimal("0.10")),
    (DecimalField(precision=40, scale=10), "1" * 30, Decimal("1" * 30 + "." + "0" * 10)),
    (BooleanField(), "false", False),
    (DateTimeField(), "2024-02-29T14:00:00+02:00", LEAP),
    (DateField(), "2024-02-29", dt.date(2024, 2, 29)),
    (DurationField(), "-P1DT1S", dt.timedelta(days=-1, seconds=-1)),
    (UUIDField(), "00000000-0000-0000-0000-000000000007", uuid.UUID(int=7)),
    (EnumField(Size), "s", Size.SMALL),
    (JSONField(), {"a": (1, 2**80)}, {"a": [1, 2**80]}),
    (BinaryField(), "AAE=", b"\x00\x01"),
    (EmailField(), "Ann.O'Neil+tag@mail.Exämple.museum", "Ann.O'Neil+tag@mail.Exämple.museum"),
    (URLField(), "https://user@[::1]:8080/ä?q=1#x", "https://user@[::1]:8080/ä?q=1#x"),
    (StringField(nullable=True), None, None),
    (StringField(validators=[str.strip]), " a ", "a"),
]


def spec(field: Any) -> FieldSpec:
    """The facts about one helper's column."""
    return spec_of(field.column)


@pytest.mark.parametrize(("field", "value", "sentence"), REFUSED)
def test_a_value_that_does_not_fit_is_refused_in_plain_words(field: Any, value: Any, sentence: str) -> None:
    """The sentence goes to whoever fills in the form; it repeats nothing of what was sent."""
    with pytest.raises(InvalidError) as caught:
        validate({"it": spec(field)}, {"it": value}, partial=False, where="Thing")
    assert caught.value.fields == {"it": (sentence,)}
    assert str(caught.value) == f"Thing was refused. it: {sentence}"


@pytest.mark.parametrize(("field", "value", "kept"), TAKEN)
def test_a_value_that_fits_is_kept_in_its_own_type(field: Any, value: Any, kept: Any) -> None:
    """Pydantic's ordinary conversions, none of which loses anything."""
    found = validate({"it": spec(field)}, {"it": value}, partial=False, where="Thing")["it"]
    assert (found, type(found), str(found)) == (kept, type(kept), str(kept))


def test_everything_wrong_is_told_at_once() -> None:
    """One round trip for a form with three mistakes."""
    specs = {"a": spec(IntegerField()), "b": spec(StringField()), "c": spec(StringField())}
    with pytest.raises(InvalidError) as caught:
        validate(specs, {"a": "x", "b": 1}, partial=False, where="Thing")
    assert list(caught.value.fields) == ["a", "b", "c"]


def test_a_missing_value_has_its_own_error() -> None:
    """Unless the field can do without, or only a part is written."""
    specs = {
        "a": spec(StringField()),
        "b": spec(StringField(default="")),
        "c": spec(StringField(nullable=True)),
    }
    with pytest.raises(RequiredError) as caught:
        validate(specs, {}, partial=False, where="Thing")
    assert caught.value.fields == {"a": ("A value is required.",)}
    assert validate(specs, {}, partial=True, where="Thing") == {}


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    """Never ignored: a misspelt name would be a lost value."""
    with pytest.raises(UnknownNameError) as caught:
        validate({"title": spec(StringField())}, {"titel": "x"}, partial=True, where="Post")
    assert caught.value.nearest == "title"


def test_sql_expressions_pass() -> None:
    """The database checks what only it can compute."""
    given = func.now()
    assert validate({"at": spec(DateTimeField())}, {"at": given}, partial=True, where="Thing")["at"] is given


def test_a_password_is_not_repeated_anywhere() -> None:
    """Neither in the message nor in what led to it."""
    with pytest.raises(InvalidError) as caught:
        validate({"it": spec(PasswordField(min_length=8))}, {"it": "s3cret"}, partial=False, where="User")
    assert "s3cret" not in repr(caught.value) + str(caught.value)
    assert caught.value.__context__ is None


def test_a_hashed_password_passes_whatever_its_length() -> None:
    """The limits are for what people type."""
    hashed = hash_password("x")
    found = spec(PasswordField(max_length=5)).validate(hashed)
    assert found is hashed
    assert isinstance(found, HashedPassword)


def test_a_secret_is_masked_as_soon_as_it_is_checked() -> None:
    """Before it was ever in a database."""
    assert repr(spec(SecretField()).validate("t0k3n")) == "Secret('…')"


def odd(value: int) -> None:
    """Refuse even numbers."""
    if value % 2 == 0:
        raise ValueError("Must be odd.")


def test_a_users_validator_speaks_for_itself() -> None:
    """Its ValueError is the sentence; returning nothing keeps the value."""
    field = spec(IntegerField(validators=[odd, lambda value: value + 2]))
    assert field.validate(1) == 3
    with pytest.raises(InvalidError, match=r"it: Must be odd\."):
        validate({"it": field}, {"it": 2}, partial=True, where="Thing")


def test_a_validators_own_value_has_to_fit_too() -> None:
    """A replacement that is too long would otherwise reach the database."""
    field = spec(StringField(max_length=2, validators=[str.upper]))
    with pytest.raises(InvalidError, match="At most 2 characters"):
        validate({"it": field}, {"it": "aß"}, partial=True, where="Thing")
