"""Two paths may mean one request, or cannot: never a wrong no."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from hypothesis import given
from hypothesis import strategies as st
from starlette.convertors import PathConvertor
from starlette.routing import compile_path

from portico.web.routing.shapes import EVERYWHERE, may_meet, shape_of, shape_of_route


@pytest.mark.parametrize(
    ("one", "other", "met"),
    [
        ("/posts", "/posts", True),
        ("/posts", "/posts/", True),
        ("/posts", "/users", False),
        ("/posts/{id}", "/posts/mine", True),
        ("/posts/{id}", "/posts", False),
        ("/posts/{id}", "/users/{id}", False),
        ("/{table}/{id}", "/posts/mine", True),
        ("/{table}/mine", "/posts/yours", False),
        ("/posts/{id}.json", "/posts/{id}", True),
        ("/posts/{id:int}/{year}", "/posts/{id}", False),
        ("/files/{rest:path}", "/files/a/b", True),
        ("/files/{rest:path}", "/files", True),
        ("/files/{rest:path}", "/posts/a", False),
        ("/{rest:path}", "/posts/a", True),
        ("/", "/posts", False),
    ],
)
def test_what_may_meet(one: str, other: str, *, met: bool) -> None:
    """In both directions."""
    shapes = [shape_of(found[1], found[2]) for found in map(compile_path, (one, other))]
    assert may_meet(*shapes) is may_meet(*reversed(shapes)) is met


STEPS = st.sampled_from(["a", "b", "{x}", "{y:int}", "a{z}", "{rest:path}"])
SPELLED = st.lists(STEPS, min_size=1, max_size=4, unique=True).map(lambda steps: "/" + "/".join(steps))
ASKED = st.lists(st.sampled_from(["a", "b", "1", "ab", ""]), max_size=5).map(
    lambda steps: "/" + "/".join(steps)
)


@given(SPELLED, SPELLED, ASKED)
def test_two_paths_that_match_one_request_may_meet(one: str, other: str, asked: str) -> None:
    """Said by Starlette's own expressions."""
    found = [compile_path(path) for path in (one, other)]
    if all(pattern.match(asked) for pattern, _, _ in found):
        assert may_meet(*(shape_of(path_format, convertors) for _, path_format, convertors in found))


def test_a_convertor_of_the_users_own_may_take_slashes() -> None:
    """Nothing is known of it."""

    class Own(PathConvertor):
        """Any text."""

    assert may_meet(shape_of("/{x}", {"x": Own()}), shape_of("/a/b/c"))


def test_a_route_that_decides_otherwise_may_meet_all() -> None:
    """Hosts, and routes with a `matches` of their own."""
    app = FastAPI()
    app.host("pages.test", app)
    (host,) = [one for one in iter_route_contexts(app.routes) if one.path_format is None]
    assert shape_of_route(host.original_route, host) == EVERYWHERE
