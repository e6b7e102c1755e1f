"""Notice: the database comes from the environment, DATABASE_URL, and is a file where that says nothing.

Run it with: portico serve examples.blog.main:app
"""

from portico import Database, get_settings

from .api import blog

app = blog(Database(get_settings().database_url or "sqlite:///blog.db"))
