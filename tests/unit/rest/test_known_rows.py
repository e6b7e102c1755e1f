"""What a client has already is not sent again, and caches are told the same of it."""

from __future__ import annotations

from fastapi import Request

from portico.rest.preconditions import unless_known
from portico.rest.reply import Reply


def test_a_reply_without_a_body_says_what_the_one_with_it_says_to_caches() -> None:
    """RFC 9110, 15.4.5: among them what a dialect of the application has added."""
    request = Request({"type": "http", "method": "GET", "headers": [(b"if-none-match", b'"t"')]})
    reply = Reply({}, headers={"Vary": "Accept-Language", "X-Other": "1"})
    known = unless_known(request, reply, '"t"', {"Cache-Control": "private"})
    assert known.status == 304
    assert known.headers == {"Vary": "Accept-Language", "Cache-Control": "private", "ETag": '"t"'}
    other = unless_known(request, reply, '"u"', {})
    assert (other.status, other.headers["ETag"], other.headers["X-Other"]) == (200, '"u"', "1")
