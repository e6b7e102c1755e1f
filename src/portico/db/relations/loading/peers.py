"""Objects of one result stay acquainted, so that loading a relation for one loads it for all.

    posts = await Post.all()
    for post in posts:
        await post.load("author")       # one statement in all, not one per post

They are held weakly: whatever the program has dropped is neither kept nor loaded for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from weakref import ref

from portico.db.relations.sides import state_of

_PEERS = "_portico_peers"


def remember_peers(instances: Sequence[Any]) -> None:
    """Let the objects of one result know each other."""
    acquaint([state_of(instance) for instance in instances])


def acquaint(states: Sequence[Any]) -> None:
    """The same for their states."""
    if len(states) > 1:
        group: list[Any] = [state.obj for state in states]  # as weak as it has to be, and there already
        for state in states:
            setattr(state, _PEERS, group)


def peers_of(instance: Any) -> list[Any]:
    """The object and those of its result that the program still holds."""
    group: Sequence[ref[Any]] = state_of(instance).__dict__.get(_PEERS, ())
    alive = [peer for known in group if (peer := known()) is not None and peer is not instance]
    return [instance, *alive]
