"""Hidden, read-only and write-once fields through the door."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from portico.access import FieldRules, Policy, anyone
from portico.app import Portico
from portico.db.session import Database
from portico.errors import ConfigurationError, UnknownFieldError

from .shop import Customer, Order, open_shop

RULES = FieldRules(hidden=["margin"], read_only=["total"], write_once=["code"])


def _refused(reply: httpx.Response) -> dict[str, str]:
    assert reply.status_code == 422, reply.text
    return {one["pointer"]: one["message"] for one in reply.json()["errors"]}


async def test_a_read_only_field_is_shown_and_refused(db: Database) -> None:
    """Whoever sends it must learn that it is not taken, and not that it does not exist."""
    async with open_shop(db, rules=RULES) as client:
        refused = await client.post("/orders", json={"code": "a", "total": 5})
        assert _refused(refused) == {"/total": "Read-only."}
        assert (await client.post("/orders", json={"code": "a"})).json()["total"] == 0
        for method in ("PATCH", "PUT"):
            reply = await client.request(method, "/orders/1", json={"code": "a", "total": 5})
            assert _refused(reply)["/total"] == "Read-only."
        assert (await client.get("/orders?total=0")).json()["items"]


async def test_a_hidden_field_is_as_unknown_as_any(db: Database) -> None:
    """Another answer than for a name that does not exist would tell that it is there."""
    async with open_shop(db, rules=RULES) as client:
        for method, path in (("POST", "/orders"), ("PATCH", "/orders/1"), ("PUT", "/orders/1")):
            hidden = await client.request(method, path, json={"margin": 1})
            absent = await client.request(method, path, json={"murgin": 1})
            assert _refused(hidden) == {"/margin": "There is no such field."}
            assert "margin" not in absent.text.replace("murgin", "")
        assert "margin" not in (await client.get("/openapi.json")).text


async def test_a_field_that_is_written_once_stays(db: Database) -> None:
    """A create gives it; a PUT, which says everything, may say it again."""
    async with open_shop(db, rules=RULES) as client:
        assert (await client.post("/orders", json={"code": "a", "note": "x"})).status_code == 201
        changed = "Cannot be changed once it is written."
        assert _refused(await client.patch("/orders/1", json={"code": "b"})) == {"/code": changed}
        assert _refused(await client.put("/orders/1", json={"code": "b"})) == {"/code": changed}
        replaced = await client.put("/orders/1", json={"code": "a"})
        assert (replaced.status_code, replaced.json()["code"], replaced.json()["note"]) == (200, "a", "")


async def test_put_leaves_what_a_client_may_not_write(db: Database) -> None:
    """Replacing a row must not set hidden and read-only fields back to their defaults."""
    async with open_shop(db, rules=RULES) as client:
        order = await Order.create(code="a", total=5, margin=3)
        assert (await client.put(f"/orders/{order.id}", json={"code": "a"})).json()["total"] == 5
        await order.refresh()
        assert (order.total, order.margin) == (5, 3)


async def test_rules_of_the_policy_and_of_the_exposure_are_joined(db: Database) -> None:
    """Some come with the model's policy, some from who puts the application together."""

    class OrderPolicy(Policy):
        fields = FieldRules(hidden=["margin"])

        def read(self, principal: Any) -> object:  # noqa: ARG002 -- everybody
            return True

    async with open_shop(
        db, policy=OrderPolicy, rules=FieldRules(hidden=["note"]), hidden=["total"]
    ) as client:
        await Order.create(code="a")
        shown = (await client.get("/orders")).json()["items"][0]
        assert set(shown) == {"id", "code", "customer_id"}


async def test_a_hidden_foreign_key_hides_its_relation_from_both_ends(db: Database) -> None:
    """Who wrote an anonymous review must not come out by asking for the relation."""
    async with open_shop(db, hidden=["customer_id"]) as client:
        await Order.create(code="a", customer_id=1)
        for path in (
            "/orders?include=customer",
            "/orders?customer.id=1",
            "/orders?sort=customer.id",
            "/customers?include=orders",
            "/customers?orders.code=a",
        ):
            assert (await client.get(path)).status_code == 422, path
        assert (await client.get("/customers/1/orders")).status_code == 404
        assert (await client.get("/orders/1/customer")).status_code == 404


async def test_a_relation_that_is_included_by_name_stays_shown(db: Database) -> None:
    """Many show the related row instead of its key."""
    async with open_shop(db, hidden=["customer_id"], include=["customer"]) as client:
        await Order.create(code="a", customer_id=1)
        shown = (await client.get("/orders")).json()["items"][0]
        assert "customer_id" not in shown
        assert (await client.get("/orders?include=customer")).json()["items"][0]["customer"]["name"] == "Ann"


@pytest.mark.parametrize("option", ["hidden", "read_only", "write_once"])
def test_a_name_that_does_not_exist_is_refused_at_start(db: Database, option: str) -> None:
    """A rule with a typing error would protect nothing."""
    api = Portico(db)
    api.expose(Order, policy="public", rules=FieldRules(**{option: ["totl"]}))
    with pytest.raises(UnknownFieldError, match="total"):
        _ = api.resources


@pytest.mark.parametrize("rules", [FieldRules(hidden=["code"]), FieldRules(read_only=["code"])])
def test_rows_that_could_never_be_complete_are_refused_at_start(db: Database, rules: FieldRules) -> None:
    """An operation that can only fail is a mistake in the application."""
    api = Portico(db)
    api.expose(Order, policy="public", rules=rules)
    with pytest.raises(ConfigurationError, match="code"):
        _ = api.resources
    api = Portico(db)
    api.expose(Order, policy=Policy(read=anyone, update=anyone), rules=rules)
    api.expose(Customer, policy="public")
    assert "create" not in api.resources["orders"].operations


async def test_a_read_only_foreign_key_is_not_written_by_way_of_its_relation(db: Database) -> None:
    """The path is said by the client as well as the body is."""
    async with open_shop(db, rules=FieldRules(read_only=["customer_id"])) as client:
        assert (await client.post("/customers/1/orders", json={"code": "a"})).status_code == 405
        assert (await client.post("/orders", json={"code": "a"})).json()["customer_id"] is None
        assert (await client.get("/customers/1/orders")).json()["items"] == []
