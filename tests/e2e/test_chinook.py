"""`portico serve chinook.sqlite`: a database that nobody prepared for us answers over HTTP."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest
from tests.fixtures.chinook import FILE, KEYS, documents, key_in_path, sampled
from tests.fixtures.server import RunningServer, serving


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    """One server for all these tests; it only reads, so they cannot disturb each other."""
    if not FILE.exists():
        pytest.skip("chinook.sqlite is not here; PORTICO_TEST_CHINOOK can say where it is")
    with serving("serve", str(FILE)) as running:
        yield running


@pytest.fixture
def http(server: RunningServer) -> Iterator[httpx.Client]:
    """A client of that server."""
    with httpx.Client(base_url=server.url, timeout=30) as client:
        yield client


def asked(sql: str) -> list[tuple[Any, ...]]:
    """What sqlite3 itself answers."""
    with closing(sqlite3.connect(FILE)) as connection:
        return list(connection.execute(sql))


def test_the_front_page_names_all_tables(http: httpx.Client) -> None:
    """Somebody who opens the address finds the way."""
    assert {entry["name"] for entry in http.get("/").json()["resources"]} == KEYS.keys()


@pytest.mark.parametrize("table", KEYS)
def test_a_table_answers_with_the_rows_that_sqlite_has(http: httpx.Client, table: str) -> None:
    """The count is right, and the first page is what sqlite3 reads."""
    answer = http.get(f"/{table}", params={"limit": 100, "count": "exact"})
    expected = list(documents(table))
    assert answer.json()["page"]["count"] == len(expected)
    assert answer.json()["items"] == expected[:100]


def test_two_hundred_rows_are_what_sqlite_says(http: httpx.Client) -> None:
    """Any row, asked for by its key."""
    for table, document in sampled(200):
        assert http.get(f"/{table}/{key_in_path(table, document)}").json() == document


def test_the_longest_tracks_come_with_album_and_genre(http: httpx.Client) -> None:
    """Sorting, counting and including in one request."""
    page = http.get("/Track?limit=5&include=Album,Genre&sort=-Milliseconds&count=exact").json()
    expected = asked(
        "SELECT t.TrackId, a.Title, g.Name FROM Track t LEFT JOIN Album a USING (AlbumId)"
        " LEFT JOIN Genre g USING (GenreId) ORDER BY Milliseconds DESC, TrackId LIMIT 5"
    )
    found = [(row["TrackId"], row["Album"]["Title"], row["Genre"]["Name"]) for row in page["items"]]
    assert (found, page["page"]["count"]) == (expected, 3503)


def test_an_employee_has_a_boss_and_people(http: httpx.Client) -> None:
    """The self reference, from both ends."""
    employee = http.get("/Employee/2?include=ReportsToEmployee,Employee").json()
    assert employee["ReportsToEmployee"]["LastName"] == "Adams"
    assert [each["EmployeeId"] for each in employee["Employee"]] == [3, 4, 5]


def test_a_row_is_found_by_a_key_of_two_parts(http: httpx.Client) -> None:
    """PlaylistTrack has nothing but its key."""
    assert http.get("/PlaylistTrack/1,3402").json() == {"PlaylistId": 1, "TrackId": 3402}
    assert http.get("/PlaylistTrack/1,999999").status_code == 404


def test_tracks_are_found_through_their_album(http: httpx.Client) -> None:
    """A condition walks over a relation that was only found."""
    page = http.get("/Track", params={"Album.Artist.Name": "AC/DC", "count": "exact"}).json()
    assert page["page"]["count"] == 18


def test_a_playlist_has_its_tracks(http: httpx.Client) -> None:
    """PlaylistTrack is a junction, so a playlist leads to tracks directly."""
    playlist = http.get("/Playlist/18?include=Track").json()
    assert [track["TrackId"] for track in playlist["Track"]] == [597]


def test_a_date_is_found(http: httpx.Client) -> None:
    """SQLite holds it as text."""
    page = http.get("/Invoice", params={"InvoiceDate": "2009-01-01T00:00:00", "count": "exact"}).json()
    assert (
        page["page"]["count"]
        == asked("SELECT count(*) FROM Invoice WHERE InvoiceDate = '2009-01-01 00:00:00'")[0][0]
    )


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_writing_is_refused(http: httpx.Client, method: str) -> None:
    """Nothing can be changed before somebody says --write."""
    path = "/Genre" if method == "POST" else "/Genre/1"
    assert http.request(method, path, json={"GenreId": 99, "Name": "x"}).status_code == 405


def test_an_unknown_parameter_is_refused_with_what_was_meant(http: httpx.Client) -> None:
    """A typing mistake must not answer with all rows."""
    answer = http.get("/Track?Nmae=x")
    assert answer.status_code == 422
    assert "Name" in answer.text


def test_a_foreign_page_cannot_reach_the_server(http: httpx.Client) -> None:
    """A web page whose name was pointed at this machine sends its own name along."""
    assert http.get("/Track", headers={"host": "evil.example"}).status_code == 400


def test_the_answer_does_not_say_which_server_it_is(http: httpx.Client) -> None:
    """Nobody needs it but attackers."""
    assert "server" not in http.get("/Genre").headers


def test_the_documentation_can_be_opened(http: httpx.Client) -> None:
    """Every table is in it."""
    assert http.get("/docs").status_code == 200
    assert {f"/{table}" for table in KEYS} <= http.get("/openapi.json").json()["paths"].keys()
