"""The ends of what relations hold: nothing, ties, too many, numbers that a float cannot hold, odd values."""

from __future__ import annotations

import json

from .doors import Doors
from .library import BIG, Book, Note, Page, Writer, stored


async def test_a_key_beyond_the_floats_finds_its_rows(doors: Doors) -> None:
    """Keys go through no float on their way."""
    reply = await doors.same(f"/writers/{BIG}?include=books,desk", "eve")
    assert f'"id":{BIG}' in reply.text
    assert all(book["writer_id"] == BIG for book in reply.json()["books"])
    assert reply.json()["books"]


async def test_nobody_at_the_other_end_is_null_and_nothing_is_an_empty_list(doors: Doors) -> None:
    """Neither is left out."""
    reply = await doors.same("/books/4?include=writer,pages.notes,labels", "ann")
    assert reply.json()["writer"] is None
    lonely = await doors.same("/books/23?include=pages,labels,sequels", "ann")
    assert (lonely.json()["pages"], lonely.json()["labels"], lonely.json()["sequels"]) == ([], [], [])


async def test_an_empty_page_is_an_empty_list(doors: Doors) -> None:
    """Not null, which an aggregate of nothing would be."""
    reply = await doors.same("/books?title=nothing&include=writer,pages")
    assert reply.json()["items"] == []


async def test_rows_that_tie_come_by_their_keys(doors: Doors) -> None:
    """Many books share a title."""
    reply = await doors.same("/writers?include=books&include.books.sort=-title", "eve")
    for writer in reply.json()["items"]:
        shown = [(book["title"], book["id"]) for book in writer["books"]]
        assert shown == sorted(shown, reverse=True)


async def test_a_limit_counts_for_each_parent(doors: Doors) -> None:
    """Each gets its own first rows, at every level."""
    path = "/books?id__in=1,2,8&include=pages.notes&include.pages.limit=2&include.pages.sort=-number"
    reply = await doors.same(f"{path}&include.pages.notes.limit=1", "eve")
    assert [[page["number"] for page in book["pages"]] for book in reply.json()["items"]] == [[8, 7]] * 3
    assert all(len(page["notes"]) <= 1 for book in reply.json()["items"] for page in book["pages"])


async def test_a_thousand_children_are_cut_at_the_limit_of_a_request(doors: Doors) -> None:
    """`Limits.include_rows` holds here as well."""
    await stored(doors.database, Page, [{"book_id": 5, "number": number} for number in range(1_000)])
    reply = await doors.same("/books?id__in=5,6&include=pages&include.pages.sort=-number", "ann")
    numbers = [page["number"] for page in reply.json()["items"][0]["pages"]]
    assert numbers == list(range(999, 799, -1))


async def test_more_parents_than_one_statement_takes(doors: Doors) -> None:
    """The parents of a second level may be thousands."""
    numbers = [(book, number) for book in (10, 11, 13) for number in range(300)]
    await stored(doors.database, Page, [{"book_id": book, "number": number} for book, number in numbers])
    notes = [{"id": 1_000 + n, "text": f"{n}", "book_id": 13, "number": n} for n in range(0, 200, 3)]
    await stored(doors.database, Note, notes)
    reply = await doors.same("/books?id__in=10,11,13&include=pages.notes", "eve")
    pages = [page for book in reply.json()["items"] for page in book["pages"]]
    assert len(pages) == 600
    assert sum(len(page["notes"]) for page in pages) == 67


async def test_rows_of_one_table_at_every_level_do_not_get_mixed_up(doors: Doors) -> None:
    """A book, its sequels, theirs, and what each follows."""
    reply = await doors.same("/books?include=sequels.sequels.sequel_of,sequel_of.sequels&limit=6", "eve")
    for book in reply.json()["items"]:
        for sequel in book["sequels"]:
            assert sequel["sequel_of_id"] == book["id"]
            assert all(one["sequel_of"]["id"] == sequel["id"] for one in sequel["sequels"])


async def test_a_row_that_is_hidden_is_in_no_document(doors: Doors) -> None:
    """Neither as the only one at an end, nor among many."""
    for who, seen in (("ann", False), ("eve", True)):
        reply = await doors.same("/books?include=writer,labels,sequels&limit=24", who)
        books = reply.json()["items"]
        assert any(book["writer"] and book["writer"]["secret"] for book in books) is seen
        assert any(label["hidden"] for book in books for label in book["labels"]) is seen


async def test_a_value_without_an_exact_text_is_shown_by_the_general_path(doors: Doors) -> None:
    """One rating that PostgreSQL writes with another number of digits, deep below."""
    await Book.filter(id=7).update(rating=1e23)
    reply = await doors.same("/writers?include=books.sequels", "eve")
    assert "1e+23" in reply.text


async def test_the_tag_of_a_row_is_of_its_own_columns(doors: Doors) -> None:
    """What is read along has a tag that begins with it."""
    own = (await doors.same("/books/2", "ann")).headers["etag"].strip('"')
    along = (await doors.same("/books/2?include=writer", "ann")).headers["etag"].strip('"')
    sparse = (await doors.same("/books/2?fields=title", "ann")).headers["etag"].strip('"')
    assert along.partition(".")[0] == sparse.partition(".")[0] == own
    assert len({own, along, sparse}) == 3


async def test_names_with_odd_characters_are_the_same_json(doors: Doors) -> None:
    """Control characters, quotes, line separators, and what does not fit into sixteen bits."""
    odd = '\x01\t\x1f\x7f\u2028\u2029</script>"\\/😀{0}%s:name'
    await Writer.filter(id=1).update(name=odd)
    reply = await doors.same("/books?include=writer&limit=24", "eve")
    names = {book["writer"]["name"] for book in json.loads(reply.text)["items"] if book["writer"]}
    assert odd in names
