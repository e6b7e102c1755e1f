"""Load relations of objects in hand: one statement per relation, however many objects there are."""

from .options import LoadOptions
from .peers import remember_peers
from .relations import load_for_peers, load_relation, load_relations
from .statements import joins_by_keys

__all__ = [
    "LoadOptions",
    "joins_by_keys",
    "load_for_peers",
    "load_relation",
    "load_relations",
    "remember_peers",
]
