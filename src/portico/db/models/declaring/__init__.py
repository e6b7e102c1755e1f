"""From a class statement to a mapped class: its options, and the mixins that take part in it."""

from .meta import DEFAULT_METADATA, ModelMeta
from .options import ModelOptions
from .parts import Part, is_column, mapped_base, nearest, parts_of

__all__ = [
    "DEFAULT_METADATA",
    "ModelMeta",
    "ModelOptions",
    "Part",
    "is_column",
    "mapped_base",
    "nearest",
    "parts_of",
]
