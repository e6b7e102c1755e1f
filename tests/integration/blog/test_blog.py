"""The fixture that other tests stand on, stood on once."""

from tests.fixtures.blog import Blog, Comment, Post, Tag, Vote


async def test_the_blog_is_there(blog: Blog) -> None:
    """Every test of relations and queries starts from these rows."""
    assert [post.title for post in await Post.order_by("id")] == ["Hello", "Second", "Third"]
    assert await Tag.count() == 2
    assert await Comment.count() == 1
    assert await Vote.filter(post_id=blog.hello.id).count() == 2


async def test_the_tags_are_where_they_belong(blog: Blog) -> None:
    """A many-to-many without a model of its own."""
    found = await Post.prefetch("tags").order_by("id")
    assert [sorted(tag.name for tag in post.tags) for post in found] == [["async", "python"], ["python"], []]
