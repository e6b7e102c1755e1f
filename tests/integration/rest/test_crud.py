"""Create, read, change, replace and delete over HTTP, the same on each database."""

from __future__ import annotations

import httpx


async def test_a_created_row_is_answered_with_its_place(client: httpx.AsyncClient, ann: int) -> None:
    """201, Location and the row: no second request to see what was made."""
    made = await client.post(
        "/posts", json={"title": "Hello", "author_id": ann, "price": "1.50", "mood": "good"}
    )
    assert made.status_code == 201
    row = made.json()
    assert made.headers["location"] == f"/posts/{row['id']}"
    assert (row["title"], row["likes"], row["price"], row["mood"], row["body"]) == (
        "Hello", 0, "1.50", "good", "nothing yet",
    )  # fmt: skip
    assert (await client.get(made.headers["location"])).json() == row


async def test_a_password_goes_in_and_never_comes_out(client: httpx.AsyncClient, ann: int) -> None:
    """Write-only: in no reply, no filter, no sort and no error."""
    assert "password" not in (await client.get(f"/users/{ann}")).json()
    for path in ("/users?password=x", "/users?sort=password", "/users?password__isnull=true"):
        refused = await client.get(path)
        assert refused.status_code == 422
        assert "Choices" not in refused.text or "password" not in refused.json()["detail"].split("Choices")[1]


async def test_patch_changes_what_is_sent(client: httpx.AsyncClient, ann: int) -> None:
    """The rest stays as it is; the reply is the row."""
    post = (await client.post("/posts", json={"title": "A", "body": "b", "author_id": ann})).json()
    changed = await client.patch(f"/posts/{post['id']}", json={"title": "B"})
    assert (changed.status_code, changed.json()) == (200, {**post, "title": "B"})
    assert (await client.get(f"/posts/{post['id']}")).json() == changed.json()
    assert (await client.patch(f"/posts/{post['id']}", json={})).json() == changed.json()


async def test_put_replaces_the_row(client: httpx.AsyncClient, ann: int) -> None:
    """What is not sent goes back to its default; what is required has to be there."""
    post = (
        await client.post("/posts", json={"title": "A", "body": "b", "likes": 3, "author_id": ann})
    ).json()
    replaced = await client.put(f"/posts/{post['id']}", json={"title": "B", "author_id": ann})
    assert replaced.status_code == 200
    assert replaced.json() == {**post, "title": "B", "body": "nothing yet", "likes": 0}
    missing = await client.put(f"/posts/{post['id']}", json={"author_id": ann})
    assert missing.status_code == 422
    assert [error["pointer"] for error in missing.json()["errors"]] == ["/title"]
    moved = await client.put(f"/posts/{post['id']}", json={"id": 99, "title": "B", "author_id": ann})
    assert moved.status_code == 422


async def test_a_deleted_row_is_gone(client: httpx.AsyncClient, ann: int) -> None:
    """204 without a body, then 404, also for a second delete."""
    assert (await client.delete(f"/users/{ann}/")).status_code == 204
    assert (await client.get(f"/users/{ann}")).status_code == 404
    gone = await client.delete(f"/users/{ann}")
    assert (gone.status_code, gone.json()["code"]) == (404, "not-found")


async def test_composite_keys_have_one_path(client: httpx.AsyncClient, ann: int) -> None:
    """Parts joined by a comma, with escapes inside texts."""
    made = await client.post("/votes", json={"user_id": ann, "label": "a,b/c~d"})
    assert made.headers["location"] == f"/votes/{ann},a~2b~1c~0d"
    assert (await client.get(made.headers["location"])).json() == {
        "user_id": ann,
        "label": "a,b/c~d",
        "value": 1,
    }
    changed = await client.patch(made.headers["location"], json={"value": 5})
    assert changed.json()["value"] == 5
    assert (await client.delete(made.headers["location"])).status_code == 204


async def test_a_key_is_not_moved_by_a_replacement(client: httpx.AsyncClient, ann: int) -> None:
    """A body may repeat the key of its path, and not contradict it."""
    await client.post("/votes", json={"user_id": ann, "label": "up"})
    same = await client.put(f"/votes/{ann},up", json={"user_id": ann, "label": "up", "value": 7})
    assert (same.status_code, same.json()["value"]) == (200, 7)
    other = await client.put(f"/votes/{ann},up", json={"user_id": ann, "label": "down"})
    assert (other.status_code, other.json()["errors"][0]["pointer"]) == (422, "/label")


async def test_a_plain_sqlalchemy_class_is_served_alike(client: httpx.AsyncClient) -> None:
    """Nothing in this door needs our own models."""
    made = await client.post("/tags", json={"name": "python"})
    assert made.status_code == 201
    child = (await client.post("/tags", json={"name": "async", "parent_id": made.json()["id"]})).json()
    assert child == {"id": child["id"], "name": "async", "weight": 1, "parent_id": made.json()["id"]}
    assert (await client.put(f"/tags/{child['id']}", json={"name": "await"})).json()["parent_id"] is None


async def test_a_generated_key_is_not_for_clients(client: httpx.AsyncClient) -> None:
    """A key given past the sequence would collide with the next row on PostgreSQL."""
    refused = await client.post("/users", json={"id": 77, "username": "zoe"})
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "/id")
