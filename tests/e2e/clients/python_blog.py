"""openapi-python-client against the blog: python python_blog.py http://127.0.0.1:8000."""

import sys

from blog_client import Client
from blog_client.api.posts import create_post, delete_post, get_post, list_posts, query_posts, update_post
from blog_client.api.posts_author import get_author_of_post
from blog_client.api.users_posts import list_posts_of_user
from blog_client.models import Problem
from blog_client.models.post_create import PostCreate
from blog_client.models.post_page import PostPage
from blog_client.models.post_query import PostQuery
from blog_client.models.post_query_page import PostQueryPage
from blog_client.models.post_read import PostRead
from blog_client.models.post_update import PostUpdate
from blog_client.models.post_where import PostWhere
from blog_client.models.user_read import UserRead

client = Client(base_url=sys.argv[1])

made = create_post.sync(client=client, body=PostCreate(title="By Python", author_id=1))
assert isinstance(made, PostRead)
assert made.title == "By Python"

listed = list_posts.sync(client=client, title_icontains="python", author_id_in=[1, 2], limit=5)
assert isinstance(listed, PostPage)
assert [one.id for one in listed.items] == [made.id]
asked = query_posts.sync(client=client, body=PostQuery(where=PostWhere(id=made.id)))
assert isinstance(asked, PostQueryPage)
assert len(asked.items) == 1

one = get_post.sync(made.id, client=client)
assert isinstance(one, PostRead)
assert one.author_id == 1
changed = update_post.sync(made.id, client=client, body=PostUpdate(body="New."))
assert isinstance(changed, PostRead)
assert changed.body == "New."
author = get_author_of_post.sync(made.id, client=client)
assert isinstance(author, UserRead)
assert author.username == "ann"
theirs = list_posts_of_user.sync(1, client=client, limit=200)
assert isinstance(theirs, PostPage)
assert made.id in [one.id for one in theirs.items]

refused = create_post.sync(client=client, body=PostCreate(title="x" * 300, author_id=1))
assert isinstance(refused, Problem)
assert refused.code == "invalid"
assert delete_post.sync_detailed(made.id, client=client).status_code == 204
gone = get_post.sync(made.id, client=client)
assert isinstance(gone, Problem)
assert gone.status == 404
print("python: the blog works")
