"""A small blog: users, posts, tags and votes, over REST, with one route of its own."""
