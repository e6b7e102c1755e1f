"""The words of the document: what operations and rows are called, and what problems mean.

pascal("order_details")            # "OrderDetails"
singular(resources, posts)         # "Post"
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Any, Final
from weakref import WeakKeyDictionary

from portico.resources import Resource, Resources
from portico.web import PROBLEMS

_WORDS: Final = re.compile(r"[A-Za-z0-9]+")
_titles: WeakKeyDictionary[Resources, Counter[str]] = WeakKeyDictionary()


def pascal(text: str) -> str:
    """``order_details`` as ``OrderDetails``; what is upper-case already stays so."""
    return "".join(word[0].upper() + word[1:] for word in _WORDS.findall(text)) or "X"


def singular(resources: Resources, resource: Resource) -> str:
    """What one row is called: as its class, unless another exposed class has the same name."""
    if resources not in _titles:
        _titles[resources] = Counter(pascal(one.title) for one in resources)
    alone = _titles[resources][pascal(resource.title)] <= 1
    return resource.title if alone else f"{resource.title} of {resource.name}"


def problems_in(schema: Any, statuses: Iterable[int]) -> dict[int | str, dict[str, Any]]:
    """What a dialect answers instead of problem documents, by status; nothing where it answers these."""
    if schema is None:
        return {}
    return {status: {"model": schema, "description": PROBLEMS[status][1]} for status in statuses}
