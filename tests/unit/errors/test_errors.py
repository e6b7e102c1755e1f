"""The error family: what every member carries, and how it reads."""

from collections.abc import Iterator

import pytest

from portico import errors
from portico.errors import (
    CheckError,
    ConfigurationError,
    ConflictError,
    DuplicateError,
    InvalidError,
    MissingExtraError,
    NotLoadedError,
    PorticoError,
    RequestError,
    TooManyRequestsError,
    UnavailableError,
    UnknownNameError,
    UsageError,
)


def family(root: type[PorticoError] = PorticoError) -> Iterator[type[PorticoError]]:
    """Every class of the family, the root first."""
    yield root
    for child in root.__subclasses__():
        if child.__module__ == errors.__name__:
            yield from family(child)


GROUPS = (ConfigurationError, UsageError, RequestError, UnavailableError)


@pytest.mark.parametrize("error", list(family()), ids=lambda error: error.code)
def test_every_error_says_who_can_act(error: type[PorticoError]) -> None:
    """An error outside the four groups would reach nobody."""
    assert error is PorticoError or sum(issubclass(error, group) for group in GROUPS) == 1


def test_codes_are_words_joined_by_hyphens_and_unique() -> None:
    """A code is an address: it names one class and one page."""
    codes = [error.code for error in family()]
    assert len(codes) == len(set(codes))
    assert all(code.replace("-", "").isalpha() and code.islower() for code in codes)


def test_a_code_follows_from_the_name_of_its_class() -> None:
    """Whoever sees one can guess the other."""
    for error in family():
        words = "".join(f"-{c.lower()}" if c.isupper() else c for c in error.__name__).strip("-")
        assert error.code == words.removesuffix("-error")


def test_the_docs_url_follows_from_the_code() -> None:
    """One rule leads from every error to its page."""
    assert errors.NotFoundError("No post 1.").docs_url.endswith("/errors/not-found")


def test_the_hint_is_read_after_the_message() -> None:
    """A log line alone must say the next step."""
    error = ConfigurationError("No database.", hint="Make a Database first.")
    assert str(error) == "No database. Make a Database first."
    assert (error.message, error.hint) == ("No database.", "Make a Database first.")


def test_without_a_hint_the_message_stands_alone() -> None:
    """No trailing space, no None."""
    assert str(PorticoError("Something happened.")) == "Something happened."


def test_a_missing_extra_is_an_import_error() -> None:
    """`except ImportError` around an optional feature keeps working."""
    assert issubclass(MissingExtraError, ImportError)
    assert str(MissingExtraError("asyncpg is not installed.")) == "asyncpg is not installed."


def test_an_unloaded_attribute_is_named() -> None:
    """Facts live in attributes, so that a tool can read them."""
    error = NotLoadedError("Post.author is not loaded.", model="Post", attribute="author")
    assert (error.model, error.attribute) == ("Post", "author")


def test_an_unknown_name_carries_its_choices() -> None:
    """The caller can offer them without parsing the text."""
    error = UnknownNameError("Unknown field.", name="titel", choices=["title"], nearest="title")
    assert (error.name, error.choices, error.nearest) == ("titel", ("title",), "title")


def test_an_invalid_value_says_which_field_and_why() -> None:
    """Forms show each message beside its field."""
    error = InvalidError("Refused.", fields={"age": ["must be at least 18"]})
    assert error.fields == {"age": ("must be at least 18",)}


def test_a_check_names_its_constraint() -> None:
    """The name is how it is found in the database."""
    error = CheckError("Refused.", constraint="ck_users_age", fields={"age": ["too young"]})
    assert (error.constraint, error.fields) == ("ck_users_age", {"age": ("too young",)})


def test_a_duplicate_is_a_conflict_with_its_fields() -> None:
    """One handler for conflicts serves both."""
    error = DuplicateError("Taken.", fields=["username"])
    assert isinstance(error, ConflictError)
    assert error.fields == ("username",)


def test_too_many_requests_says_when_to_come_back() -> None:
    """The caller needs a number, not a sentence."""
    assert TooManyRequestsError("Slow down.", retry_after=2.5).retry_after == 2.5
