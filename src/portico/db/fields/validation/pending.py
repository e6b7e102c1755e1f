"""Work on values that takes too long for the moment of binding them.

values = await hash_pending(values, specs)      # passwords become their hashes, in threads
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from portico.db.fields.passwords import hash_password_async
from portico.db.fields.spec import FieldSpec


async def hash_pending(values: Mapping[str, Any], specs: Mapping[str, FieldSpec]) -> dict[str, Any]:
    """The values with every plain password replaced by its hash; hashes stay as they are."""
    ready = dict(values)
    for name, value in values.items():
        spec = specs.get(name)
        if spec is not None and spec.write_only and isinstance(value, str):
            ready[name] = await hash_password_async(value)
    return ready
