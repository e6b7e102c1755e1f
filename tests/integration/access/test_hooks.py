"""Code of the application that runs with writes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from portico.access import FieldRules, owner
from portico.app import Portico
from portico.db.session import Database, on_commit
from portico.errors import ConfigurationError, ConflictError
from portico.resources.hooks import Change, Hooks, runner_of
from portico.web.own_errors import ErrorReply

from .shop import Customer, Order, open_shop

ANN = {"x-user": "1"}


class Checked(Hooks[Order]):
    """Validators: of a field, of a field with a look into the database, of the whole."""

    def validate_code(self, value: str) -> str:
        """Codes are upper-case, and shouting is not."""
        if value == "BAD":
            raise ValueError("Do not shout.")
        return value.upper()

    async def validate_note(self, value: str) -> None:
        """Notes are not customers' names."""
        if await Customer.filter(name=value).exists():
            raise ValueError("That is a customer.")

    async def validate(self, change: Change[Order]) -> None:
        """Margins stay below totals."""
        if change.row.margin > change.row.total:
            raise ValueError("Too much margin.")


async def test_validators_answer_422_with_the_field(db: Database) -> None:
    """What a field's validator says belongs to the field, what the other says to the whole."""
    async with open_shop(db, hooks=Checked) as client:
        reply = await client.post("/orders", json={"code": "BAD", "note": "Ann", "total": 9})
        faults = {one["pointer"]: one["message"] for one in reply.json()["errors"]}
        assert (reply.status_code, faults) == (
            422,
            {"/code": "Do not shout.", "/note": "That is a customer."},
        )
        reply = await client.post("/orders", json={"code": "a", "total": 1})
        assert (reply.status_code, reply.json()["errors"]) == (
            422,
            [{"message": "Too much margin.", "pointer": ""}],
        )
        made = await client.post("/orders", json={"code": "a", "total": 9})
        assert (made.status_code, made.json()["code"]) == (201, "A")
        assert (await client.patch("/orders/1", json={"margin": 10})).status_code == 422
        assert (await client.patch("/orders/1", json={"code": "b"})).json()["code"] == "B"
        assert (await client.put("/orders/1", json={"code": "BAD"})).status_code == 422


class Filled(Hooks[Order]):
    """Hooks that fill in what clients may not write, and keep a diary."""

    def __init__(self) -> None:
        self.diary: list[Any] = []

    def before_create(self, change: Change[Order]) -> None:
        """The order is that of whoever asks."""
        change.row.customer_id = change.principal.id

    async def after_create(self, change: Change[Order]) -> None:
        """The row has its key by now."""
        self.diary.append(("created", change.row.id, dict(change.values)))
        on_commit(lambda: self.diary.append("committed"))

    async def before_update(self, change: Change[Order]) -> None:
        """Changes are counted in the total."""
        self.diary.append((change.before["note"], change.row.note))
        change.row.total += 1

    def after_update(self, change: Change[Order]) -> None:
        """Nothing more than a line."""
        self.diary.append((change.operation, change.row.total))

    async def before_delete(self, change: Change[Order]) -> None:
        """The row is still there."""
        self.diary.append(await Order.filter(id=change.row.id).exists())

    async def after_delete(self, change: Change[Order]) -> None:
        """The row is gone."""
        self.diary.append(await Order.filter(id=change.row.id).exists())


async def test_hooks_see_and_change_the_row(db: Database) -> None:
    """What a hook assigns is written, also where clients may not write."""
    hooks = Filled()
    rules = FieldRules(read_only=["customer_id", "total"])
    async with open_shop(db, hooks=hooks, rules=rules, policy=owner("customer_id")) as client:
        made = await client.post("/orders", json={"code": "a"}, headers=ANN)
        assert (made.status_code, made.json()["customer_id"]) == (201, 1)
        changed = await client.patch("/orders/1", json={"note": "x"}, headers=ANN)
        assert (changed.status_code, changed.json()["total"]) == (200, 1)
        assert (await client.delete("/orders/1", headers=ANN)).status_code == 204
    assert hooks.diary == [
        ("created", 1, {"code": "a"}),
        "committed",
        ("", "x"),
        ("update", 1),
        True,
        False,
    ]


class _OwnError(Exception):
    """An error of the application."""


class _OutOfStock(ValueError):
    """One that happens to be a ValueError."""


def _failing(error: Exception, moment: str) -> Hooks[Order]:
    def fail(self: Any, change: Change[Order]) -> None:
        raise error

    made: Hooks[Order] = type("Failing", (Hooks,), {moment: fail})()
    return made


MOMENTS = ["before_create", "after_create"]


@pytest.mark.parametrize("moment", MOMENTS)
@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ValueError("Not now."), 400, "request"),
        (ConflictError("Not now."), 409, "conflict"),
        (_OwnError("Not now."), 402, "unpaid"),
        (_OutOfStock("Not now."), 410, "out-of-stock"),
    ],
)
async def test_an_error_of_a_hook_undoes_the_write_and_says_why(
    db: Database, moment: str, error: Exception, status: int, code: str
) -> None:
    """Nothing is left of a write that the application refused, whenever it did."""
    errors = {
        _OwnError: ErrorReply(status=402, code="unpaid", headers=lambda error: {"X-Said": str(error)}),
        _OutOfStock: 410,
    }
    async with open_shop(db, hooks=_failing(error, moment), errors=errors) as client:
        reply = await client.post("/orders", json={"code": "a"})
        assert (reply.status_code, reply.json()["code"], reply.json()["detail"]) == (status, code, "Not now.")
        assert reply.headers.get("x-said") == ("Not now." if status == 402 else None)
    assert await Order.count() == 0


@pytest.mark.parametrize("moment", ["before_update", "after_update", "before_delete", "after_delete"])
async def test_a_refused_change_or_delete_leaves_the_row(db: Database, moment: str) -> None:
    """The other operations keep the same promise."""
    async with open_shop(db, hooks=_failing(ValueError("No."), moment)) as client:
        order = await Order.create(code="a")
        method = "PATCH" if "update" in moment else "DELETE"
        body = {"note": "x"} if method == "PATCH" else None
        assert (await client.request(method, f"/orders/{order.id}", json=body)).status_code == 400
    await order.refresh()
    assert order.note == ""


async def test_a_fault_of_the_application_is_not_swallowed(db: Database) -> None:
    """A 500 in the log is worth more than a polite 400."""
    async with open_shop(db, hooks=_failing(KeyError("x"), "before_create")) as client:
        with pytest.raises(KeyError):
            await client.post("/orders", json={"code": "a"})
    assert await Order.count() == 0


async def test_hooks_run_with_every_row_of_a_bulk_write(db: Database) -> None:
    """A second way to write that forgets them would be a hole."""
    hooks = Filled()
    async with open_shop(db, hooks=hooks) as client:
        made = await client.post("/orders/bulk", json=[{"code": "a"}, {"code": "b"}], headers=ANN)
        assert made.status_code in (200, 201)
        assert (await client.patch("/orders?code=a&max_affected=5", json={"note": "x"})).status_code == 200
        assert (await client.delete("/orders/bulk?key=1&key=2")).status_code in (200, 204)
    assert [one[1] for one in hooks.diary if isinstance(one, tuple) and one[0] == "created"] == [1, 2]
    assert hooks.diary.count("committed") == 2
    assert ("", "x") in hooks.diary
    assert hooks.diary[-4:] in ([True, True, False, False], [True, False, True, False])


@pytest.mark.parametrize(
    ("name", "meant"),
    [("befor_create", "before_create"), ("before_save", "before_create"), ("validate_cod", "validate_code")],
)
def test_a_hook_with_a_typing_error_is_refused_at_start(db: Database, name: str, meant: str) -> None:
    """It would never run, and nobody would notice."""

    def hook(self: Any, given: Any) -> None:
        """Never runs."""

    api = Portico(db)
    api.expose(Customer, policy="public")
    api.expose(Order, policy="public", hooks=type("Bad", (Hooks,), {name: hook}))
    with pytest.raises(ConfigurationError, match=meant):
        _ = api.resources


def test_helpers_of_ones_own_are_welcome() -> None:
    """Only names that look like hooks are taken for them."""

    def price(self: Any) -> int:
        return 3

    helper: Callable[..., Any] = price
    runner = runner_of(type("Good", (Hooks,), {"price": helper, "_before_all": helper}), ["id"], where="x")
    assert not runner.has("create")


@pytest.mark.parametrize("given", [{Exception: 400}, {_OwnError: 200}, {_OwnError: 999}, {int: 400}])
def test_errors_that_cannot_be_registered_are_refused_at_start(db: Database, given: Any) -> None:
    """One entry for everything would hide the faults of the application."""
    with pytest.raises(ConfigurationError):
        Portico(db, errors=given)
