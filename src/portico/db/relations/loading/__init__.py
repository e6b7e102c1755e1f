"""Load relations of objects in hand: one statement per relation, however many objects there are."""

from .options import LoadOptions
from .peers import remember_peers
from .relations import load_for_peers, load_relation, load_relations
from .statements import Key, Plan, joins_by_keys, plan_for

__all__ = [
    "Key",
    "LoadOptions",
    "Plan",
    "joins_by_keys",
    "load_for_peers",
    "load_relation",
    "load_relations",
    "plan_for",
    "remember_peers",
]
