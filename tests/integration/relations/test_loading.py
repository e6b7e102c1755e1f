"""Relations are loaded with one statement each, for however many objects."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from portico.db.relations import (
    LoadOptions,
    load_for_peers,
    load_relation,
    load_relations,
    relation,
    remember_peers,
)
from portico.db.session import atomic, fetch
from portico.errors import NotLoadedError, UnknownNameError
from tests.integration.relations.blog import (
    Account,
    Category,
    Comment,
    Company,
    Label,
    Payment,
    Post,
    Tag,
    Team,
    User,
)
from tests.integration.relations.conftest import Blog


async def _write_posts(blog: Blog) -> None:
    ann, bea = User(id=1, username="ann"), User(id=2, username="bea")
    news, art = Tag(id=1, name="news"), Tag(id=2, name="art")
    await blog.save(ann, bea, news, art)
    await blog.save(
        Post(id=1, title="one", author_id=1, editor_id=2, tags=[news, art]),
        Post(id=2, title="two", author_id=1, tags=[news]),
        Post(id=3, title="three", author_id=2),
    )


async def test_authors_of_many_posts_are_one_statement_and_shared_objects(blog: Blog) -> None:
    """Two posts by one author hold the same object."""
    await _write_posts(blog)
    posts = await blog.all(Post)
    await load_relation(blog.db, posts, "author")
    assert len(blog.sent) == 1
    assert [post.author.username for post in posts] == ["ann", "ann", "bea"]
    assert posts[0].author is posts[1].author


async def test_an_empty_foreign_key_needs_no_statement(blog: Blog) -> None:
    """A to-one relation whose key is NULL reads as None, asked for or not."""
    await _write_posts(blog)
    posts = await blog.all(Post, id=2)
    assert posts[0].editor is None
    await load_relation(blog.db, posts, "editor")
    assert posts[0].editor is None
    assert blog.sent == []


async def test_children_are_one_statement_and_know_their_parent(blog: Blog) -> None:
    """The other end is known without asking, so it is set too."""
    await _write_posts(blog)
    users = await blog.all(User)
    await load_relation(blog.db, users, "posts")
    assert len(blog.sent) == 1
    assert [[post.title for post in user.posts] for user in users] == [["one", "two"], ["three"]]
    assert users[0].posts[0].author is users[0]


async def test_many_to_many_is_one_statement_in_the_declared_order(blog: Blog) -> None:
    """Tags come through the junction, ordered by name, one object per tag."""
    await _write_posts(blog)
    posts = await blog.all(Post)
    await load_relation(blog.db, posts, "tags")
    assert len(blog.sent) == 1
    assert [[tag.name for tag in post.tags] for post in posts] == [["art", "news"], ["news"], []]
    assert posts[0].tags[1] is posts[1].tags[0]


async def test_nested_relations_are_one_statement_per_level(blog: Blog) -> None:
    """Depth costs statements, breadth does not."""
    await _write_posts(blog)
    posts = await blog.all(Post)
    await load_relations(blog.db, posts, ["author.posts.tags", "author.company"])
    assert len(blog.sent) == 3
    assert [tag.name for tag in posts[0].author.posts[0].tags] == ["art", "news"]


async def test_what_is_loaded_is_not_loaded_again(blog: Blog) -> None:
    """A second load asks only for the objects that lack the relation; refresh asks for all."""
    await _write_posts(blog)
    posts = await blog.all(Post)
    await load_relation(blog.db, posts[:2], "author")
    ann = posts[0].author
    await load_relation(blog.db, posts, "author")
    assert posts[0].author is ann
    assert len(blog.sent) == 2
    await load_relation(blog.db, posts, "author", LoadOptions(refresh=True))
    assert posts[0].author is not ann


@pytest.mark.parametrize("key", ["posts", "tags"])
async def test_a_limit_counts_for_each_parent(blog: Blog, key: str) -> None:
    """The last two of each parent, in one statement, over a foreign key and over a junction."""
    authors = [User(id=i, username=f"u{i}") for i in (1, 2, 3)]
    tags = [Tag(id=i, name=f"t{i}") for i in range(1, 5)]
    await blog.save(*authors, *tags)
    await blog.save(*(Post(id=i, title=f"p{i}", author_id=1 + i % 2, tags=tags) for i in range(1, 9)))
    model, name = (User, Post.id) if key == "posts" else (Post, Tag.id)
    found = await blog.all(model)
    await load_relation(blog.db, found, key, LoadOptions(order_by=(name.desc(),), limit=2))
    assert len(blog.sent) == 1
    ids = [[row.id for row in getattr(one, key)] for one in found]
    assert ids == ([[8, 6], [7, 5], []] if key == "posts" else [[4, 3]] * 8)


async def test_conditions_narrow_what_is_loaded(blog: Blog) -> None:
    """Filtered loads also replace what was loaded whole."""
    await _write_posts(blog)
    users = await blog.all(User)
    await load_relation(blog.db, users, "posts")
    await load_relation(blog.db, users, "posts", LoadOptions(where=(Post.title == "two",)))
    assert [[post.title for post in user.posts] for user in users] == [["two"], []]


async def test_a_thousand_parents_are_asked_for_in_chunks(blog: Blog) -> None:
    """IN lists stay within what every database takes: 500 keys."""
    await blog.save(*(User(id=i, username=f"u{i}") for i in range(1, 1002)))
    await blog.save(*(Post(id=i, title="x", author_id=i) for i in range(1, 1002)))
    users = await blog.all(User)
    await load_relation(blog.db, users, "posts")
    assert len(blog.sent) == 3
    assert all(len(user.posts) == 1 for user in users)


async def test_composite_keys_load_both_ways(blog: Blog) -> None:
    """Both columns count: the same number in another region is another account."""
    await blog.save(Account(region="eu", number=1), Account(region="us", number=1))
    await blog.save(
        Payment(id=1, region="eu", account_number=1),
        Payment(id=2, region="us", account_number=1),
        Payment(id=3, region="us", account_number=None),
    )
    payments, accounts = await blog.all(Payment), await blog.all(Account)
    await load_relation(blog.db, payments, "account")
    await load_relation(blog.db, accounts, "payments")
    assert len(blog.sent) == 2
    assert [p.account and p.account.region for p in payments] == ["eu", "us", None]
    assert [[p.id for p in account.payments] for account in accounts] == [[1], [2]]


async def test_a_junction_of_a_composite_key_is_loaded_and_limited(blog: Blog) -> None:
    """The junction has both parts of the key."""
    await blog.save(
        Account(region="eu", number=1, labels=[Label(id=1, name="a"), Label(id=2, name="b")]),
        Account(region="us", number=1, labels=[Label(id=3, name="c")]),
    )
    accounts = await blog.all(Account)
    await load_relation(blog.db, accounts, "labels", LoadOptions(limit=1))
    assert [[label.name for label in account.labels] for account in accounts] == [["a"], ["c"]]


async def test_a_tree_loads_up_and_down(blog: Blog) -> None:
    """Parents and children of the same class do not mix."""
    await blog.save(
        Category(id=1, name="root"),
        Category(id=2, name="leaf", parent_id=1),
        Category(id=3, name="bud", parent_id=1),
    )
    categories = await blog.all(Category)
    await load_relations(blog.db, categories, ["parent", "children"])
    assert [c.parent and c.parent.name for c in categories] == [None, "root", "root"]
    assert [[x.name for x in c.children] for c in categories] == [["leaf", "bud"], [], []]


async def test_followers_and_following_are_two_directions(blog: Blog) -> None:
    """A many-to-many of a class with itself."""
    ann, bea, cid = (User(id=i, username=n) for i, n in enumerate(("ann", "bea", "cid"), 1))
    await blog.save(ann, bea, cid)
    await ann.following.add(bea, cid)
    users = await blog.all(User)
    await load_relations(blog.db, users, ["following", "followers"])
    assert [[u.username for u in user.following] for user in users] == [["bea", "cid"], [], []]
    assert [[u.username for u in user.followers] for user in users] == [[], ["ann"], ["ann"]]


async def test_two_foreign_keys_to_one_table_stay_apart(blog: Blog) -> None:
    """Author and editor are different columns."""
    await _write_posts(blog)
    bea = await blog.one(User, id=2)
    await load_relations(blog.db, [bea], ["posts", "edited"])
    assert [post.id for post in bea.posts] == [3]
    assert [post.id for post in bea.edited] == [1]


async def test_a_junction_model_carries_members_and_itself(blog: Blog) -> None:
    """The same table is a way to the members and a model of its own."""
    await blog.save(User(id=1, username="ann"), Team(id=1, name="red"))
    team = await blog.one(Team)
    await team.members.add(1, through={"role": "chief"})
    await load_relations(blog.db, [team], ["members", "memberships.user"])
    assert [member.username for member in team.members] == ["ann"]
    assert team.memberships[0].role == "chief"
    assert team.memberships[0].user.username == "ann"


async def test_peers_are_loaded_together(blog: Blog) -> None:
    """Asking in a loop costs one statement for the whole result."""
    await _write_posts(blog)
    posts = await blog.all(Post)
    remember_peers(posts)
    for post in posts:
        await post.load("author.company")
        assert post.author.company is None
    assert len(blog.sent) == 1


async def test_peers_that_were_dropped_are_not_loaded_for(blog: Blog) -> None:
    """Peers are held weakly."""
    await _write_posts(blog)
    posts = await blog.all(Post)
    remember_peers(posts)
    last = posts.pop()
    posts.clear()
    await load_for_peers(blog.db, last, "comments")
    assert "(3)" in blog.sent[0] or "IN (" in blog.sent[0]
    assert last.comments == []


async def test_inside_a_unit_rows_are_the_units_objects(blog: Blog) -> None:
    """The identity map of the unit is used, so a row is one object."""
    await _write_posts(blog)
    async with atomic(blog.db) as unit:
        ann = await unit.session.get_one(User, 1)
        posts = await fetch(blog.db, sa.select(Post).order_by(Post.id))
        await load_relation(blog.db, posts, "author")
        assert posts[0].author is ann
        assert posts[0] in unit.session


async def test_reading_what_is_not_loaded_names_the_calls(blog: Blog) -> None:
    """To-one and to-many alike say what to write, never MissingGreenlet."""
    await _write_posts(blog)
    post, user = await blog.one(Post, id=1), await blog.one(User, id=1)
    with pytest.raises(
        NotLoadedError, match=r'Post\.author was not loaded.*prefetch\("author"\).*load\("author"\)'
    ):
        _ = post.author
    with pytest.raises(NotLoadedError, match=r"User\.posts was not loaded"):
        len(user.posts)
    assert repr(user.posts) == "<User.posts: not loaded>"


async def test_awaiting_a_collection_loads_it(blog: Blog) -> None:
    """``await user.posts`` is the short form of a load."""
    await _write_posts(blog)
    user = await blog.one(User, id=1)
    assert [post.title for post in await user.posts] == ["one", "two"]
    await user.posts
    assert len(blog.sent) == 1


async def test_an_unknown_relation_is_told_with_the_nearest_name(blog: Blog) -> None:
    """A typing error is found by its message."""
    await blog.save(User(id=1, username="ann"))
    with pytest.raises(UnknownNameError, match="Did you mean 'posts'") as caught:
        await load_relation(blog.db, await blog.all(User), "postss")
    assert caught.value.nearest == "posts"


async def test_a_changed_foreign_key_makes_the_loaded_object_stale(blog: Blog) -> None:
    """After ``post.author_id = 2`` the old author must not be read as the present one."""
    await _write_posts(blog)
    post = await blog.one(Post, id=1)
    await load_relation(blog.db, [post], "author")
    post.author_id = 2
    with pytest.raises(NotLoadedError):
        _ = post.author
    await load_relation(blog.db, [post], "author")
    assert post.author.username == "bea"


async def test_sqlalchemys_own_loader_takes_the_relation(blog: Blog) -> None:
    """SQLAlchemy users keep their tools."""
    await _write_posts(blog)
    statement = sa.select(Post).options(
        selectinload(relation(Post.author)), selectinload(relation(Post.tags))
    )
    posts = await fetch(blog.db, statement.order_by(Post.id))
    assert posts[0].author.username == "ann"
    assert len(posts[0].tags) == 2


async def test_comments_of_a_company_are_reached_over_three_to_many_steps(blog: Blog) -> None:
    """Company, staff, posts, comments."""
    await blog.save(Company(id=1, name="acme", staff=[User(id=1, username="ann")]))
    await blog.save(Post(id=1, title="x", author_id=1, comments=[Comment(id=1, body="hi")]))
    company = await blog.one(Company)
    await load_relations(blog.db, [company], ["staff.posts.comments"])
    assert company.staff[0].posts[0].comments[0].body == "hi"
