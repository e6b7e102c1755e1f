"""A dialect of an engine in several variants: one for each set of criteria that are lifted.

    engine.dialect = scoped(engine.dialect)       # nothing is lifted
    in_force(engine.dialect)                      # the variant for the running code

SQLAlchemy keeps compiled statements by their dialect, so the texts of variants never mix. All variants of a
dialect are one object in every other respect: they share what it knows.
"""

from __future__ import annotations

from collections.abc import Hashable
from functools import lru_cache
from typing import Any, Final

import sqlalchemy as sa

from .compiler import ScopedCompiler, check_sqlalchemy
from .lifting import Lifted, lifted_now
from .registry import version
from .upserts import OnConflict, OnDuplicateKey

MOST: Final = 64
"""So many variants are kept; beyond that, statements are compiled anew."""


class Variants:
    """The variants of one dialect."""

    def __init__(self, dialect: sa.Dialect) -> None:
        self._dialect = dialect
        kind: Any = type(dialect)
        self._class = _variant_class(kind)
        self._made: dict[Lifted, sa.Dialect] = {}
        self._version = version()

    def __len__(self) -> int:
        return len(self._made)

    def of(self, lifted: Lifted) -> sa.Dialect:
        """The variant without these criteria."""
        if self._version != version():
            # What was compiled before knows nothing of the new criterion.
            self._made.clear()
            self._version = version()
        found = self._made.get(lifted)
        if found is None:
            while len(self._made) >= MOST:
                del self._made[next(iter(self._made))]
            found = self._made[lifted] = self._make(lifted)
        return found

    def forget(self) -> None:
        """Keep nothing more of statements."""
        for variant in self._made.values():
            kept_by(variant).clear()

    def _make(self, lifted: Lifted) -> sa.Dialect:
        made: Any = object.__new__(self._class)
        made.__dict__ = self._dialect.__dict__
        made.portico_lifted = lifted
        made.portico_variants = self
        made.portico_kept = {}
        variant: sa.Dialect = made
        return variant


def scoped(dialect: sa.Dialect) -> sa.Dialect:
    """The variant of a new engine's dialect in which no criterion is lifted."""
    check_sqlalchemy()
    known: Any = dialect
    # These are made on first sight and remember for whom; they are to be the dialect's own.
    for name in ("dispatch", "_type_memos"):
        getattr(known, name)
    return Variants(dialect).of(frozenset())


def in_force(dialect: sa.Dialect) -> sa.Dialect:
    """The variant for the running code."""
    variants: Variants | None = getattr(dialect, "portico_variants", None)
    return dialect if variants is None or not version() else variants.of(lifted_now())


def kept_by(dialect: sa.Dialect) -> dict[Hashable, Any]:
    """What is kept about the statements of a variant; it ends with it."""
    variant: Any = dialect
    kept: dict[Hashable, Any] = variant.portico_kept
    return kept


def keep_no_more(dialect: sa.Dialect) -> None:
    """Let go of what is kept about the statements of all variants of an engine that has ended.

    The mappers of SQLAlchemy remember dialects beyond their engines, and would hold the whole database by it.
    """
    variants: Variants | None = getattr(dialect, "portico_variants", None)
    if variants is not None:
        variants.forget()


@lru_cache(maxsize=32)
def _variant_class(dialect: type[Any]) -> type[Any]:
    compiler = dialect.statement_compiler
    extended = type(f"Scoped{compiler.__name__}", (_extension(compiler), compiler), {})
    names = {
        "__slots__": ("portico_kept", "portico_lifted", "portico_variants"),
        "statement_compiler": extended,
        "supports_statement_cache": dialect.__dict__.get("supports_statement_cache", False),
    }
    return type(dialect.__name__, (dialect,), names)


def _extension(compiler: type[Any]) -> type[Any]:
    if hasattr(compiler, "visit_on_conflict_do_update"):
        return OnConflict
    return OnDuplicateKey if hasattr(compiler, "visit_on_duplicate_key_update") else ScopedCompiler
