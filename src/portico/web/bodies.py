"""Read a JSON body as strictly as JSON is defined, and a little stricter.

    value = await read_json(request, limit=1_048_576)

Refused are: other content types (415), bodies beyond the limit (413, read no further), broken JSON and
wrong encodings (400), and as values that no database may hold or that mean two things at once (422): NaN
and infinity, numbers too large for a float, NUL and lone surrogates, names that come twice, nesting beyond
`MAX_DEPTH`. A number with more digits than a float keeps is not rounded behind the caller's back: it stays
exact for decimal fields.
"""

from __future__ import annotations

import json
import math
import re
import sys
from collections import Counter
from typing import Any, Final, cast

import msgspec
from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from portico.errors import InvalidError, RequestError

MAX_BODY: Final = 1024 * 1024
MAX_DEPTH: Final = 50
_JSON_TYPE: Final = re.compile(r"application/([A-Za-z0-9.-]+\+)?json", re.IGNORECASE)
_UNFIT: Final = re.compile("[\x00\ud800-\udfff]")


class ExactFloat(float):
    """A float that remembers how it was written, for decimal fields."""

    text: str

    def __new__(cls, text: str) -> ExactFloat:
        """Read a text that is a number."""
        made = super().__new__(cls, text)
        made.text = text
        return made

    def __str__(self) -> str:
        return self.text


async def read_json(request: Request, *, limit: int = MAX_BODY) -> Any:
    """The value of a JSON body."""
    content_type = _header(request, b"content-type")
    if content_type != "application/json" and not _JSON_TYPE.fullmatch(
        content_type.partition(";")[0].strip()
    ):
        raise HTTPException(415, "The body must be JSON: send Content-Type: application/json.")
    raw = await _read(request, limit)
    if not raw.strip():
        raise RequestError("The body is empty; a JSON object is expected.")
    return parse_json(raw)


def parse_json(raw: bytes) -> Any:
    """The value of JSON text."""
    plain = _plain(raw)
    if plain is not None:
        return plain
    try:
        text = raw.decode("utf-8")
        # loads() would make a decoder each time; a byte order mark is its own to refuse.
        value = json.loads(text) if text.startswith("\ufeff") else _DECODER.decode(text)
    except UnicodeDecodeError:
        raise RequestError("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise RequestError(f"The body is not JSON: {error.msg} at character {error.pos}.") from None
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        # Python refuses to read integers of thousands of digits.
        raise InvalidError(
            "A number in the body is too large.", fields={"": ["A number is too large."]}
        ) from None
    # Neither NUL nor a surrogate can stand in JSON text but as an escape.
    if b"\\u" in raw or raw.count(b"[") + raw.count(b"{") > MAX_DEPTH:
        _check(value, "", 0)
    return value


def _plain(raw: bytes) -> dict[str, Any] | None:
    """An object of plain values without escapes, as most bodies are; None for all else, and what is wrong."""
    if b"\\" in raw or b"[" in raw or raw.count(b"{") != 1:
        return None
    try:
        made = _OBJECTS.decode(raw)
    except Exception:  # whatever it is, it is read again, and refused in words of ours
        return None
    texts = len(made) + sum([type(value) is str for value in made.values()])
    # Every quote is the beginning or the end of a text: more of them, and a name came twice.
    return made if raw.count(b'"') == 2 * texts else None


def _header(request: Request, wanted: bytes) -> str:
    """What stands in a header, the first of them where there are several."""
    for name, text in request.scope["headers"]:
        if name == wanted:
            return str(text, "latin-1")
    return ""


async def _read(request: Request, limit: int) -> bytes:
    announced = _header(request, b"content-length")
    if announced.isdigit() and int(announced[:20]) > limit:
        raise HTTPException(413, f"The body is larger than {limit} bytes.")
    if type(request) is not Request or not _is_fresh(request):
        return await _streamed(request, limit)
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise HTTPException(413, f"The body is larger than {limit} bytes.")
        if not message.get("more_body", False):
            return b"".join([*chunks, chunk]) if chunks else chunk
        chunks.append(chunk)


def _is_fresh(request: Request) -> bool:
    """Whether nobody has looked at the body; from now on it counts as read."""
    held = vars(request)
    fresh = "_body" not in held and not held["_stream_consumed"]
    held["_stream_consumed"] = True
    return fresh


async def _streamed(request: Request, limit: int) -> bytes:
    """The body by way of Starlette, which knows of one that was read before."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > limit:
            raise HTTPException(413, f"The body is larger than {limit} bytes.")
        chunks.append(chunk)
    return b"".join(chunks)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        twice = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]
        raise InvalidError(
            "A name comes twice in one object.", fields={name: ["Comes twice."] for name in twice[:10]}
        )
    return made


def _float(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise InvalidError("A number in the body is too large.", fields={"": ["A number is too large."]})
    return ExactFloat(text) if len(text) > sys.float_info.dig else value


def _constant(name: str) -> float:
    raise InvalidError(f"{name} is no JSON number.", fields={"": [f"{name} is no JSON number."]})


_DECODER: Final = json.JSONDecoder(object_pairs_hook=_object, parse_float=_float, parse_constant=_constant)
_OBJECTS: Final = msgspec.json.Decoder(dict[str, Any], float_hook=_float)


def _check(value: Any, where: str, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise _too_deep()
    if isinstance(value, str):
        if _UNFIT.search(value):
            raise InvalidError(
                "Text must not contain NUL characters or lone surrogates.",
                fields={where: ["Contains a NUL character or a lone surrogate."]},
            )
    elif isinstance(value, dict):
        for name, inner in cast("dict[str, Any]", value).items():
            _check(name, where, depth)
            _check(inner, f"{where}/{name}" if where else name, depth + 1)
    elif isinstance(value, list):
        for number, inner in enumerate(value):  # pyright: ignore[reportUnknownVariableType,reportUnknownArgumentType] -- of JSON
            _check(inner, f"{where}/{number}" if where else str(number), depth + 1)


def _too_deep() -> InvalidError:
    return InvalidError("The body is nested too deeply.", fields={"": [f"At most {MAX_DEPTH} levels."]})
