"""Operations by statements that were compiled once: plans become bytes without any objects between."""

from .reading import CompiledPage, CompiledRow, compiled_page, compiled_row
from .rendering import unwritten_because
from .writing import WrittenRow, compiled_change, compiled_create, compiled_remove

__all__ = [
    "CompiledPage",
    "CompiledRow",
    "WrittenRow",
    "compiled_change",
    "compiled_create",
    "compiled_page",
    "compiled_remove",
    "compiled_row",
    "unwritten_because",
]
