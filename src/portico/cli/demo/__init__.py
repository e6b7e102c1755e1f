"""The blog that `portico demo` serves: models, made-up data, an API. Imported only when it is asked for."""

from .blog import blog_api
from .data import fill, has_data

__all__ = ["blog_api", "fill", "has_data"]
