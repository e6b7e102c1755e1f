"""What a misspelt name is answered with."""

from portico._kernel.suggest import SHOWN, did_you_mean, nearest, unknown_name


def test_the_nearest_name_is_found() -> None:
    """One slip of the fingers still finds the field."""
    assert nearest("usernme", ["id", "username", "email"]) == "username"


def test_nothing_is_suggested_when_nothing_is_close() -> None:
    """A wild guess would mislead more than silence."""
    assert nearest("zzz", ["id", "username"]) is None


def test_nothing_is_suggested_from_nothing() -> None:
    """An empty model has no names to offer."""
    assert nearest("id", []) is None


def test_the_hint_names_the_match_and_the_choices_in_order() -> None:
    """A reader sees the likely name first and can check the rest."""
    assert did_you_mean("titel", ["title", "body"]) == "Did you mean 'title'? Choices: body, title."


def test_the_hint_without_a_match_lists_the_choices() -> None:
    """Where nothing is close, the choices are what helps."""
    assert did_you_mean("zzz", ["title", "body"]) == "Choices: body, title."


def test_a_long_list_of_choices_is_cut() -> None:
    """A table with hundreds of columns must not fill a log line."""
    hint = did_you_mean("zzz", [f"column_{n:03}" for n in range(SHOWN + 5)])
    assert hint.endswith(f"column_{SHOWN - 1:03}, ….")


def test_no_choices_give_no_sentence() -> None:
    """There is nothing useful to say."""
    assert did_you_mean("id", []) == ""


def test_the_error_for_a_name_carries_what_a_program_may_want() -> None:
    """The facts stand in attributes, not only in the text."""
    error = unknown_name("Post has no field 'titel'.", "titel", ["title", "id"])
    assert (error.name, error.nearest, error.choices) == ("titel", "title", ("title", "id"))
    assert str(error) == "Post has no field 'titel'. Did you mean 'title'? Choices: id, title."
