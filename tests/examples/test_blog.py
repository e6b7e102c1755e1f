"""The blog example, told as one story on each database."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.fixtures.server import serving

ROOT = Path(__file__).parents[2]
ANN = {"username": "ann", "password": "a long secret"}


@pytest.fixture
def http(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[httpx.Client]:
    """A client of the blog on an empty database."""
    monkeypatch.setenv("DATABASE_URL", url)
    with (
        serving("serve", "examples.blog.main:app", cwd=ROOT) as server,
        httpx.Client(base_url=server.url, timeout=30) as client,
    ):
        yield client


def made(http: httpx.Client, path: str, **values: object) -> int:
    """Create a row; its key."""
    answer = http.post(path, json=values)
    assert answer.status_code == 201, answer.text
    return int(answer.json().get("id", 0))


def test_ann_writes_and_her_readers_vote(http: httpx.Client) -> None:
    """Users, posts and votes over the generated routes, and the scores over a hand-written one."""
    ann, ben = made(http, "/users", **ANN), made(http, "/users", username="ben", password="another secret")
    hello = made(http, "/posts", title="Hello", author_id=ann)
    third = made(http, "/posts", title="Third", author_id=ben)
    for user, post, value in [(ann, hello, 1), (ben, hello, 1), (ann, third, -1)]:
        made(http, "/votes", user_id=user, post_id=post, value=value)
    assert http.get("/scores").json() == {str(hello): 2, str(third): -1}
    found = http.get("/posts", params={"include": "author", "sort": "id"}).json()["items"]
    assert [row["author"]["username"] for row in found] == ["ann", "ben"]


def test_a_vote_is_known_by_who_and_for_what(http: httpx.Client) -> None:
    """One vote each: the key is both, and it can be changed and taken back."""
    ann = made(http, "/users", **ANN)
    post = made(http, "/posts", title="Hello", author_id=ann)
    made(http, "/votes", user_id=ann, post_id=post, value=1)
    again = http.post("/votes", json={"user_id": ann, "post_id": post, "value": 1})
    assert (again.status_code, again.json()["code"]) == (409, "duplicate")
    where = f"/votes/{ann},{post}"
    assert http.patch(where, json={"value": -1}).json()["value"] == -1
    assert http.delete(where).status_code == 204
    assert http.get(where).status_code == 404


def test_no_password_ever_comes_out(http: httpx.Client) -> None:
    """Neither as it was typed nor as it is stored."""
    made(http, "/users", **ANN)
    text = http.get("/users").text + http.get("/users/1").text + http.get("/openapi.json").text
    assert ANN["password"] not in text
    assert "argon2" not in text
