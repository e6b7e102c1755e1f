"""Generated routes: what they answer, when they step aside, and what OpenAPI says of them."""

from .description import PROBLEMS, Description, Lazy, Polish, told
from .document import add_document
from .generated import GeneratedRoute, leave_to_router
from .methods import PathMethods
from .own import Neighbours

__all__ = [
    "PROBLEMS",
    "Description",
    "GeneratedRoute",
    "Lazy",
    "Neighbours",
    "PathMethods",
    "Polish",
    "add_document",
    "leave_to_router",
    "told",
]
