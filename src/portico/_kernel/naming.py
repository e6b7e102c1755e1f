"""Turn class names into table names, and into words of a sentence.

    snake_case("BlogPost")      # "blog_post"
    table_name("BlogPost")      # "blog_posts"
    table_name("Category")      # "categories"
    with_article("Entry")       # "an Entry"

The plural follows the regular English rules and nothing else; ``Meta.table`` is there for the rest.
"""

from __future__ import annotations

import re

_WORDS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_VOWELS = frozenset("aeiou")
_SPOKEN_WITH_A_CONSONANT = re.compile(r"(?:eu|one|uni|us[aeu]|ut[ei])", re.IGNORECASE)
_SIBILANTS = ("s", "x", "z", "ch", "sh")


def snake_case(name: str) -> str:
    """The name in lower case, words joined by underscores."""
    return _WORDS.sub("_", name).lower()


def plural(word: str) -> str:
    """The regular plural of an English noun."""
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(_SIBILANTS) else "s")


def table_name(class_name: str) -> str:
    """The table of a model class: snake_case plural."""
    return plural(snake_case(class_name))


def with_article(noun: str) -> str:
    """A noun with its article, as far as its letters tell how it sounds."""
    vowel = noun[:1].lower() in _VOWELS and not _SPOKEN_WITH_A_CONSONANT.match(noun)
    return f"{'an' if vowel else 'a'} {noun}"
