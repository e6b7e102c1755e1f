"""Code that runs with every write of a model: methods of the class, and receivers of the global signals."""

from .events import Writing, Written
from .signals import (
    post_delete,
    post_save,
    post_update,
    pre_delete,
    pre_save,
    pre_update,
)
from .telling import WriteWatcher, begin

__all__ = [
    "WriteWatcher",
    "Writing",
    "Written",
    "begin",
    "post_delete",
    "post_save",
    "post_update",
    "pre_delete",
    "pre_save",
    "pre_update",
]
