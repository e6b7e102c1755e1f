"""The document of a film from objects that have their relations loaded."""

from __future__ import annotations

from typing import Any

from .protocol import document


def person_of(link: Any) -> dict[str, Any]:
    """Somebody in a film."""
    return {"id": link.person.id, "name": link.person.name}


def review_of(review: Any) -> dict[str, Any]:
    """A review with its author."""
    author = {"id": review.author.id, "name": review.author.name}
    return {"id": review.id, "rating": review.rating, "body": review.body, "author": author}


def movie_of(movie: Any) -> dict[str, Any]:
    """A film with everything."""
    return document(
        {"id": movie.id, "title": movie.title, "year": movie.year, "description": movie.description},
        directors=[person_of(link) for link in movie.directors],
        cast=[person_of(link) for link in movie.cast],
        reviews=[review_of(review) for review in movie.reviews],
    )
