"""Code of the application that runs with a write: validators, and hooks before and after.

    class PostHooks(Hooks[Post]):
        def validate_title(self, value: str) -> str:
            if value.isupper():
                raise ValueError("Do not shout.")
            return value.strip()

        async def before_create(self, change: Change[Post]) -> None:
            change.row.author_id = change.principal.id

    api.expose(Post, policy=..., hooks=PostHooks)

All of it runs in the unit of the write: an error undoes it. What a hook assigns to the row is stored,
whatever the field rules say to clients. For effects that must not be undone there is ``on_commit``.
A ValueError of a validator refuses the request with 422, one of another hook with 400; errors of Portico
pass as they are, and so do those that the application has registered. Anything else is its own fault.
Raises `ConfigurationError` for a hook that does not exist.
Guide: docs/how-to/hooks.md.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from inspect import isawaitable
from types import MappingProxyType
from typing import Any, Final, Generic, Literal, TypeAlias, TypeVar

from portico._kernel.suggest import did_you_mean, nearest
from portico.errors import ConfigurationError, InvalidError, PorticoError, RequestError

M = TypeVar("M")
Written: TypeAlias = Literal["create", "update", "delete"]
Moment: TypeAlias = Literal["before", "after"]
_VALIDATE: Final = "validate_"


@dataclass(frozen=True, slots=True)
class Change(Generic[M]):
    """A write that is under way: ``row`` is the instance, ``values`` what the client sent of it."""

    row: M
    operation: Written
    principal: Any
    values: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    before: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), repr=False)
    """What the columns held until now; empty for a new row."""


class Hooks(Generic[M]):
    """What to run with the writes of one resource: override what is needed, with ``def`` or ``async def``.

    A method ``validate_<field>(value)`` sees each value that is sent for a field; what it returns, unless
    that is None, takes the place of the value. Names of helpers of one's own begin with an underscore.
    """

    def validate(self, change: Change[M]) -> Awaitable[None] | None:
        """Refuse a row that is to be created or updated, with a ValueError or an `InvalidError`."""

    def before_create(self, change: Change[M]) -> Awaitable[None] | None:
        """Runs before a new row is stored."""

    def after_create(self, change: Change[M]) -> Awaitable[None] | None:
        """Runs when a new row is stored and not committed yet."""

    def before_update(self, change: Change[M]) -> Awaitable[None] | None:
        """Runs before a changed row is stored."""

    def after_update(self, change: Change[M]) -> Awaitable[None] | None:
        """Runs when a changed row is stored and not committed yet."""

    def before_delete(self, change: Change[M]) -> Awaitable[None] | None:
        """Runs before a row is deleted."""

    def after_delete(self, change: Change[M]) -> Awaitable[None] | None:
        """Runs when a row is deleted and that is not committed yet."""


_NAMES: Final = tuple(name for name in vars(Hooks) if not name.startswith("_"))


class HookRunner:
    """The hooks of one resource, ready to be run; ``passing`` are errors that pass as they are."""

    def __init__(self, hooks: Hooks[Any], *, passing: tuple[type[Exception], ...] = ()) -> None:
        self._hooks = hooks
        self.own_errors = passing
        """Exceptions of the application that are answers to a request, as errors of Portico are."""
        self._passing: tuple[type[Exception], ...] = (PorticoError, *passing)
        self._fields = tuple(
            name.removeprefix(_VALIDATE) for name in _public(type(hooks)) if name.startswith(_VALIDATE)
        )

    def has(self, operation: Written) -> bool:
        """Whether anything at all runs with an operation."""
        names = [f"before_{operation}", f"after_{operation}"]
        validates = operation != "delete" and (bool(self._fields) or self.overrides("validate"))
        return validates or any(self.overrides(name) for name in names)

    def overrides(self, name: str) -> bool:
        """Whether a hook is there."""
        return getattr(type(self._hooks), name) is not getattr(Hooks, name)

    async def values(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values that were sent, as the validators of the fields leave them."""
        found, refused = dict(values), dict[str, list[str]]()
        for name in self._fields:
            if name in found:
                try:
                    value = await _called(getattr(self._hooks, _VALIDATE + name), found[name])
                except self._passing:
                    raise
                except ValueError as error:
                    refused[name] = [str(error)]
                else:
                    found[name] = found[name] if value is None else value
        if refused:
            raise InvalidError(f"The body was refused: {', '.join(refused)}.", fields=refused)
        return found

    async def before(self, change: Change[Any]) -> None:
        """Validate a change and let the application have its say; the row is written after this."""
        if change.operation != "delete" and self.overrides("validate"):
            try:
                await _called(self._hooks.validate, change)
            except self._passing:
                raise
            except ValueError as error:
                raise InvalidError(str(error), fields={"": [str(error)]}) from error
        await self._run("before", change)

    async def after(self, change: Change[Any]) -> None:
        """Let the application have its say on what was written."""
        await self._run("after", change)

    async def _run(self, moment: Moment, change: Change[Any]) -> None:
        name = f"{moment}_{change.operation}"
        if not self.overrides(name):
            return
        try:
            await _called(getattr(self._hooks, name), change)
        except self._passing:
            raise
        except ValueError as error:
            raise RequestError(str(error)) from error


def runner_of(
    given: Hooks[Any] | type[Hooks[Any]] | None,
    columns: Collection[str],
    *,
    where: str,
    passing: tuple[type[Exception], ...] = (),
) -> HookRunner:
    """The runner of what was given as hooks, with every name checked."""
    if given is None:
        return NO_HOOKS
    hooks = given() if isinstance(given, type) else given
    if not isinstance(hooks, Hooks):  # pyright: ignore[reportUnnecessaryIsInstance] -- said by people
        raise ConfigurationError(
            f"{where}: {hooks!r} is no Hooks.", hint="Derive a class from portico.Hooks."
        )
    kind = type(hooks)
    for name in _public(kind):
        if name.startswith(_VALIDATE) and name.removeprefix(_VALIDATE) not in columns:
            choices = [_VALIDATE + column for column in columns]
            raise ConfigurationError(
                f"{where}: {kind.__name__}.{name} validates no column.", hint=did_you_mean(name, choices)
            )
        if name not in _NAMES and not name.startswith(_VALIDATE) and _is_meant_as_hook(name):
            raise ConfigurationError(
                f"{where}: there is no hook {kind.__name__}.{name}.", hint=did_you_mean(name, _NAMES)
            )
    return HookRunner(hooks, passing=passing)


def _public(kind: type[Any]) -> list[str]:
    named = dict.fromkeys(name for cls in kind.__mro__ for name in vars(cls) if not name.startswith("_"))
    return [name for name in named if callable(getattr(kind, name))]


def _is_meant_as_hook(name: str) -> bool:
    return name.startswith(("before_", "after_")) or nearest(name, _NAMES) is not None


async def _called(hook: Callable[[Any], Any], given: Any) -> Any:
    answer = hook(given)
    return await answer if isawaitable(answer) else answer


NO_HOOKS: Final = HookRunner(Hooks[Any]())
"""The runner of a resource without hooks."""
