"""The blog that `portico demo` serves: models, made-up data, an API. Imported only when it is asked for."""

from .blog import blog_api
from .data import fill, has_data
from .models import TABLES

__all__ = ["TABLES", "blog_api", "fill", "has_data"]
