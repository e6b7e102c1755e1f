"""Read the code blocks of a page, and run them.

    python -m tests.docs.pages docs/how-to/models.md

The blocks of a page run in order, in one module, with top-level ``await``, in a fresh folder. A ``try``
has to raise what it catches. A block inside an HTML comment runs too, unseen by readers: that is how a
page checks what it shows. Two comments steer the rest:

    <!-- setup: blog -->           before the first block: the models of tests/fixtures/blog.py, tables made
    <!-- not run: the reason -->   directly above a block that cannot run
"""

from __future__ import annotations

import ast
import asyncio
import inspect
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, ModuleType

from portico.db.session import Database

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
SKIPPED = re.compile(r"<!-- not run: \S.+ -->\s*\Z")
SETUP = "<!-- setup: blog -->"
PREPARED = """\
from tests.fixtures.blog import *
from portico import *
db = Database("sqlite:///blog.db")
db.use().__enter__()
await db.create_tables(METADATA)
await make_blog()
"""


@dataclass(frozen=True, kw_only=True)
class Block:
    """One fenced block: its source, and the line of the page it starts on."""

    source: str
    line: int
    runs: bool


def pages() -> list[Path]:
    """Every page with Python blocks."""
    found = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
    return [page for page in found if "_build" not in page.parts and blocks(page)]


def blocks(page: Path) -> list[Block]:
    """The Python blocks of a page in order."""
    text = page.read_text(encoding="utf-8")
    return [
        Block(
            source=match[1],
            line=text.count("\n", 0, match.start(1)) + 1,
            runs=not SKIPPED.search(text, 0, match.start()),
        )
        for match in BLOCK.finditer(text)
    ]


class _RaisingTry(ast.NodeTransformer):
    """Give every ``try`` of a page an ``else`` that fails: an example of an error has to show one."""

    def visit_Try(self, node: ast.Try) -> ast.Try:
        """Called by the name that the standard library prescribes."""
        self.generic_visit(node)
        if node.handlers and not node.orelse:
            failure = f"raise AssertionError('line {node.lineno}: nothing was raised')"
            node.orelse = [ast.copy_location(part, node) for part in ast.parse(failure).body]
        return node


def _compiled(page: Path) -> Iterator[CodeType]:
    flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
    if SETUP in page.read_text(encoding="utf-8"):
        yield compile(PREPARED, "setup", "exec", flags=flags)
    for block in blocks(page):
        if block.runs:
            # Empty lines in front make a traceback point into the page.
            tree = _RaisingTry().visit(ast.parse("\n" * (block.line - 1) + block.source, filename=str(page)))
            yield compile(ast.fix_missing_locations(tree), str(page), "exec", flags=flags)


async def run(page: Path) -> None:
    """Run the blocks of a page; whatever they raise comes out."""
    module = ModuleType("page")
    sys.modules["page"] = module  # annotations in the page are looked up there
    try:
        for code in _compiled(page):
            result = eval(code, module.__dict__)  # noqa: S307 -- our own documentation
            if inspect.isawaitable(result):
                await result
    finally:
        for value in vars(module).values():
            if isinstance(value, Database):
                await value.close()


def run_in_a_fresh_folder(page: Path) -> None:
    """Files that a page makes disappear with the folder."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            asyncio.run(run(page))
        finally:
            os.chdir(before)


if __name__ == "__main__":
    for chosen in [Path(argument).resolve() for argument in sys.argv[1:]]:
        run_in_a_fresh_folder(chosen)
