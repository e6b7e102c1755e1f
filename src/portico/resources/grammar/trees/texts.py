"""JSON that stands in a query parameter, read as strictly as a body is.

    read_text('{"likes": {"gte": 5}}', limit=8192)      # {"likes": {"gte": 5}}

Refused are broken JSON, names that come twice, NaN and infinity, numbers beyond a float, NUL and lone
surrogates. Numbers with a point stay exact. Raises ValueError with a sentence for the client.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final, cast

_UNFIT: Final = re.compile("[\x00\ud800-\udfff]")
_TOO_LARGE: Final = "A number in it is too large."
_TOO_DEEP: Final = "It is nested too deeply."


def read_text(text: str, *, limit: int) -> Any:
    """The value of JSON text of at most ``limit`` characters."""
    if len(text) > limit:
        raise ValueError(f"At most {limit} characters.")
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_float=_number, parse_constant=_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"It is not JSON: {error.msg} at character {error.pos}.") from None
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    except _Refused:
        raise
    except ValueError:
        # Python reads no integers of thousands of digits.
        raise ValueError(_TOO_LARGE) from None
    if any(_UNFIT.search(one) for one in _texts_in(value)):
        raise ValueError("NUL characters and lone surrogates are not allowed.")
    return value


class _Refused(ValueError):
    """A sentence of our own, which must not be taken for one of the JSON reader."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _Refused("A name comes twice in one object.")
    return made


def _number(text: str) -> Decimal:
    if not math.isfinite(float(text)):
        raise _Refused(_TOO_LARGE)
    return Decimal(text)


def _constant(name: str) -> None:
    raise _Refused(f"{name} is no JSON number.")


def _texts_in(value: Any) -> Iterator[str]:
    """Every text in a value, names included; without recursion, since the text may be all brackets."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            named = cast("dict[str, Any]", one)
            yield from named
            waiting.extend(named.values())
        elif isinstance(one, list):
            waiting.extend(cast("Sequence[Any]", one))
