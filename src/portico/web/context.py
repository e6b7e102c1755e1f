"""What belongs to one request: its id.

    request_id_of(request.scope)      # "0b1f…", the client's own when it sent a usable X-Request-ID

The id stands in every problem document and its header, so that a caller can quote it and logs can find it.
"""

from __future__ import annotations

import re
from typing import Any, Final
from uuid import uuid4

from starlette.datastructures import Headers

_KEY: Final = "portico.request_id"
ASKED_BY_HEAD: Final = "portico.head"
_USABLE: Final = re.compile(r"[A-Za-z0-9._:/+=@-]{1,128}")


def request_id_of(scope: Any) -> str:
    """The id of a request; made when it is first asked for."""
    found = scope.get(_KEY)
    if found is None:
        sent = Headers(scope=scope).get("x-request-id", "")
        found = scope[_KEY] = sent if _USABLE.fullmatch(sent) else uuid4().hex
    return str(found)
