"""Small enough to read at one sitting. An exception says why it is one."""

import ast
from pathlib import Path

import pytest

from tests.architecture.house import PACKAGE, ROOT, TESTS, modules, named, tree

FILE, FUNCTION, FOLDER, ENTRIES, CLASS, METHODS = 400, 40, 12, 14, 250, 20

LONG_FILES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}
LONG_CLASSES: dict[str, str] = {
    "src/portico/db/models/model.py:DjangoModel": "the public names that FEATURES fixes live on one class",
    "src/portico/db/query/query.py:Query": "the public names that FEATURES fixes live on one class",
}
FULL_FOLDERS: dict[str, str] = {}


def lines(node: ast.AST) -> int:
    """How many lines a definition takes, its docstring and decorators apart."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return 0
    first = node.body[0]
    documented = ast.get_docstring(node) is not None
    docstring = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
    return (node.end_lineno or 0) - node.lineno + 1 - docstring


def definitions(path: Path, *kinds: type[ast.AST]) -> list[tuple[str, ast.AST]]:
    """Every definition of these kinds in a module, under its address."""
    return [
        (f"{named(path)}:{getattr(node, 'name', '')}", node)
        for node in ast.walk(tree(path))
        if isinstance(node, kinds)
    ]


@pytest.mark.parametrize("path", modules(PACKAGE, TESTS), ids=named)
def test_a_file_is_read_at_one_sitting(path: Path) -> None:
    """60 to 250 lines are the aim, 400 the ceiling."""
    size = len(path.read_text(encoding="utf-8").splitlines())
    assert size <= FILE or named(path) in LONG_FILES


@pytest.mark.parametrize("path", modules(PACKAGE, TESTS), ids=named)
def test_a_function_fits_on_a_screen(path: Path) -> None:
    """What does not fit has a part that wants a name."""
    long = {
        address: lines(node)
        for address, node in definitions(path, ast.FunctionDef, ast.AsyncFunctionDef)
        if lines(node) > FUNCTION
    }
    assert long.keys() <= LONG_FUNCTIONS.keys(), long


@pytest.mark.parametrize("path", modules(), ids=named)
def test_a_class_has_one_job(path: Path) -> None:
    """At most 250 lines and 20 public methods; `Model` and `Query` are excepted by name."""
    heavy: dict[str, tuple[int, int]] = {}
    for address, node in definitions(path, ast.ClassDef):
        body = node.body if isinstance(node, ast.ClassDef) else []
        methods = {
            one.name
            for one in body
            if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and not one.name.startswith("_")
        }
        if lines(node) > CLASS or len(methods) > METHODS:
            heavy[address] = (lines(node), len(methods))
    assert heavy.keys() <= LONG_CLASSES.keys(), heavy


def test_a_folder_holds_a_dozen_modules() -> None:
    """More is two rooms in one."""
    folders = {path.parent for path in modules() if path.parent != PACKAGE}
    full = {named(folder) for folder in folders if len(list(folder.glob("[!_]*.py"))) > FOLDER}
    assert full <= FULL_FOLDERS.keys()


def test_the_root_is_tidy() -> None:
    """A visitor sees what matters without scrolling."""
    ignored = {line.strip("/") for line in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()}
    entries = {path.name for path in ROOT.iterdir()} - {".git", ".gitignore"} - ignored
    shown = {name for name in entries if not any(Path(name).match(pattern) for pattern in ignored)}
    assert len(shown) <= ENTRIES, sorted(shown)


def test_every_exception_is_needed_and_has_a_reason() -> None:
    """An allowance that nothing uses any more would hide the next case."""
    for address, reason in (LONG_FILES | LONG_FUNCTIONS | LONG_CLASSES | FULL_FOLDERS).items():
        assert (ROOT / address.partition(":")[0]).exists(), address
        assert len(reason.split()) > 3, address
