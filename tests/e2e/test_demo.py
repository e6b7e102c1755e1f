"""`portico demo`: a newcomer looks at a blog with data before writing a line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
from tests.fixtures.server import serving


def test_the_demo_serves_a_blog_with_data() -> None:
    """Posts come with authors and tags, and no answer holds a password."""
    with serving("demo") as server, httpx.Client(base_url=server.url) as http:
        page = http.get("/posts?limit=3&sort=title&author.username=ann").json()
        users = http.get("/users").text
        docs = http.get("/docs").status_code
    assert [post["author"]["username"] for post in page["items"]] == ["ann"] * 3
    assert all(post["tags"] for post in page["items"])
    assert ("password" in users, docs) == (False, 200)


def test_what_is_written_to_a_kept_file_is_there_the_next_time(tmp_path: Path) -> None:
    """And the data is not made a second time."""
    keep = ("demo", "--keep", str(tmp_path / "blog.db"))
    with serving(*keep) as server:
        made = httpx.post(f"{server.url}/tags", json={"name": "new"})
    with serving(*keep) as server:
        tags = httpx.get(f"{server.url}/tags?count=exact").json()
    assert (made.status_code, tags["page"]["count"]) == (201, 9)


def test_the_data_is_the_same_on_every_machine(tmp_path: Path) -> None:
    """Documentation can speak of it."""
    assert posts(tmp_path / "one.db") == posts(tmp_path / "two.db")


def posts(file: Path) -> Any:
    """Every post of a new demo."""
    with serving("demo", "--keep", str(file)) as server:
        return httpx.get(f"{server.url}/posts?limit=100&include=votes").json()
