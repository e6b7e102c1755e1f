"""Names that could stand on a door, `__init__` files that only open it, and few silenced checkers."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.house import PACKAGE, ROOT, TESTS, modules, named, tree

BANNED = {"base", "common", "core", "helper", "helpers", "misc", "tools", "util", "utils"}
BUDGET = {"types": 2, "lint": 3}  # per 1,000 lines
KINDS = {
    "types": re.compile(r"#\s*(type: ignore|pyright: |mypy: )"),
    "lint": re.compile(r"#\s*(ruff: )?noqa"),
}
EXPLAINED = re.compile(r"(: [A-Z]+[0-9]+(, ?[A-Z]+[0-9]+)*|\[[\w, -]+\]|basic|strict)\s*(--|#)\s*\S+")
INITS = sorted((ROOT / "src").rglob("__init__.py"))


def suppressions(path: Path, *kinds: str) -> list[str]:
    """The comments of a module that silence a checker of these kinds."""
    if path == Path(__file__):
        return []
    return [
        f"{named(path)}:{number}: {line.strip()}"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if any(KINDS[kind].search(line) for kind in kinds)
    ]


@pytest.mark.parametrize("path", modules(), ids=named)
def test_a_module_is_a_noun_for_a_door(path: Path) -> None:
    """A drawer fills up because everything fits in."""
    assert not BANNED & {path.stem, path.parent.name}


@pytest.mark.parametrize("path", modules(), ids=named)
def test_a_file_does_not_repeat_its_room(path: Path) -> None:
    """`cache/redis.py`, not `cache/redis_cache.py`: the room is said once."""
    words = set(path.stem.split("_"))
    room = path.parent.name
    assert path.stem == "__init__" or path.stem == room.rstrip("s") or not words & {room, room.rstrip("s")}


@pytest.mark.parametrize("path", modules(), ids=named)
def test_a_module_says_what_it_is_for(path: Path) -> None:
    """The first sentence decides whether a reader is in the right place."""
    assert ast.get_docstring(tree(path)) or not tree(path).body


@pytest.mark.parametrize("path", [path for path in INITS if path.parent != PACKAGE], ids=named)
def test_an_init_only_opens_the_door(path: Path) -> None:
    """Logic there runs for everybody who passes."""
    allowed = (ast.ImportFrom, ast.Expr, ast.Assign)
    body = tree(path).body
    assert all(isinstance(node, allowed) for node in body)
    assigned = [ast.unparse(node.targets[0]) for node in body if isinstance(node, ast.Assign)]
    assert assigned in ([], ["__all__"])


@pytest.mark.parametrize("path", [path for path in INITS if path.parent != PACKAGE], ids=named)
def test_an_init_exports_what_it_imports(path: Path) -> None:
    """What a room offers is one list, and the list is complete."""
    imported = {
        alias.asname or alias.name
        for node in tree(path).body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    listed = [ast.literal_eval(node.value) for node in tree(path).body if isinstance(node, ast.Assign)]
    assert set(listed[0] if listed else ()) == imported


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("folder", [PACKAGE, TESTS], ids=named)
def test_few_checkers_are_silenced(folder: Path, kind: str) -> None:
    """Each silenced line is a place where the tools are blind."""
    found = [line for path in modules(folder) for line in suppressions(path, kind)]
    lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in modules(folder))
    assert len(found) <= BUDGET[kind] * lines / 1000, "\n".join(found)


@pytest.mark.parametrize("path", modules(PACKAGE, TESTS), ids=named)
def test_a_silenced_checker_is_told_why(path: Path) -> None:
    """`# noqa: S608 -- reason`, `# type: ignore[arg-type] -- reason`: code and reason, or not at all."""
    assert [line for line in suppressions(path, *KINDS) if not EXPLAINED.search(line)] == []
