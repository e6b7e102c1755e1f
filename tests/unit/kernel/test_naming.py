"""How a class name becomes a table name, and a word of a sentence."""

import pytest

from portico._kernel.naming import plural, snake_case, table_name, with_article


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("User", "user"),
        ("BlogPost", "blog_post"),
        ("HTTPRequest", "http_request"),
        ("OAuth2Token", "o_auth2_token"),
    ],
)
def test_words_are_joined_by_underscores(name: str, expected: str) -> None:
    """Abbreviations stay one word."""
    assert snake_case(name) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("post", "posts"),
        ("category", "categories"),
        ("day", "days"),
        ("box", "boxes"),
        ("branch", "branches"),
    ],
)
def test_the_plural_follows_the_regular_rules(word: str, expected: str) -> None:
    """Nothing is guessed beyond them: `Meta.table` is there for the rest."""
    assert plural(word) == expected


def test_a_table_is_the_plural_of_its_model() -> None:
    """The rule that users can apply in their heads."""
    assert table_name("BlogPost") == "blog_posts"


@pytest.mark.parametrize(
    ("noun", "expected"),
    [
        ("Post", "a Post"),
        ("Appointment", "an Appointment"),
        ("User", "a User"),
        ("Unit", "a Unit"),
        ("Umbrella", "an Umbrella"),
        ("Usher", "an Usher"),
        ("European", "a European"),
        ("item of lists", "an item of lists"),
        ("", "a "),
    ],
)
def test_an_article_follows_the_sound(noun: str, expected: str) -> None:
    """Documents of an API are read by people, who stumble over "a Appointment"."""
    assert with_article(noun) == expected
