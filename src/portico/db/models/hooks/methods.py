"""Hooks that are methods of a model: found by their names, and checked when the class is made.

    class Post(Model):
        def pre_save(self) -> None:
            self.slug = slugify(self.title)

        async def post_save(self, event: Written[Post]) -> None: ...

A hook takes nothing, or the event. A name that is nearly one of a hook is refused: a hook that is never
called is found too late. Raises `ConfigurationError`.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from difflib import SequenceMatcher
from types import FunctionType
from typing import Any, Final, Literal, TypeAlias
from weakref import WeakKeyDictionary

from portico.db.models.keys import class_of
from portico.errors import ConfigurationError

Hook: TypeAlias = Literal["pre_save", "post_save", "pre_update", "post_update", "pre_delete", "post_delete"]
HOOKS: Final[tuple[Hook, ...]] = (
    "pre_save",
    "post_save",
    "pre_update",
    "post_update",
    "pre_delete",
    "post_delete",
)
_NEAR: Final = 0.92
# Names of other frameworks, and of the hooks of a resource.
_ELSEWHERE: Final = {
    f"{moment}_{verb}": f"{'pre' if moment in {'before', 'pre'} else 'post'}_{ours}"
    for moment in ("before", "after", "pre", "post")
    for verb, ours in {
        "save": "save",
        "create": "save",
        "insert": "save",
        "update": "update",
        "delete": "delete",
    }.items()
}

_known: WeakKeyDictionary[type[Any], Mapping[str, bool]] = WeakKeyDictionary()


def check_hooks(name: str, bases: tuple[type, ...], namespace: Mapping[str, Any]) -> bool:
    """Whether a body has hooks, or inherits some.

    Refuses a hook that could not be called, and a name that was meant to be one.
    """
    for key, value in namespace.items():
        if isinstance(value, FunctionType) and not key.startswith("_") and key not in HOOKS:
            meant = _ELSEWHERE.get(key) or next((hook for hook in HOOKS if _is_near(key, hook)), None)
            if meant is not None:
                raise ConfigurationError(
                    f"{name}.{key}() would never be called: there is no such hook of a model.",
                    hint=f"Did you mean {meant!r}? Choices: {', '.join(HOOKS)}. A method of your own needs "
                    "another name, or an underscore before this one.",
                )
    any_found = False
    for hook in HOOKS:
        found = next((vars(cls)[hook] for base in bases for cls in base.__mro__ if hook in vars(cls)), None)
        any_found |= _is_callable_hook(f"{name}.{hook}", namespace.get(hook, found))
    return any_found


def hooks_of(cls: type[Any]) -> Mapping[str, bool]:
    """The hooks that a model has, each with whether it takes the event; none for other mapped classes."""
    found = _known.get(cls)
    if found is None:
        is_model = hasattr(cls, "__portico_options__")
        methods = {hook: inspect.getattr_static(cls, hook, None) for hook in HOOKS} if is_model else {}
        found = _known[cls] = {
            hook: _takes_event(method) for hook, method in methods.items() if isinstance(method, FunctionType)
        }
    return found


async def call_hook(hook: Hook, instance: Any, event: Any) -> None:
    """Call the hook of this name, if its class has one."""
    takes_event = hooks_of(class_of(instance)).get(hook)
    if takes_event is not None:
        method = getattr(instance, hook)
        answer = method(event) if takes_event else method()
        if inspect.isawaitable(answer):
            await answer


def _is_callable_hook(where: str, method: object) -> bool:
    if isinstance(method, (staticmethod, classmethod)):
        raise ConfigurationError(
            f"{where} belongs to the class, but a hook is called on the row.",
            hint="Make it a method: async def pre_save(self) -> None.",
        )
    if not isinstance(method, FunctionType):
        return False  # a column or a property may have such a name
    try:
        _takes_event(method)
    except TypeError:
        raise ConfigurationError(
            f"{where}{inspect.signature(method)} cannot be called as a hook.",
            hint="A hook takes nothing or the event: async def pre_save(self) -> None, "
            "or async def post_save(self, event: Written[Post]) -> None.",
        ) from None
    if inspect.isgeneratorfunction(method) or inspect.isasyncgenfunction(method):
        raise ConfigurationError(f"{where} is a generator: calling it runs nothing.")
    return True


def _takes_event(method: FunctionType) -> bool:
    signature = inspect.signature(method)
    try:
        signature.bind(None, None)
    except TypeError:
        signature.bind(None)
        return False
    return True


def _is_near(name: str, hook: str) -> bool:
    """One letter more, less or other, or two exchanged."""
    return SequenceMatcher(None, name, hook).ratio() > _NEAR or (
        len(name) == len(hook) and sorted(name) == sorted(hook)
    )
