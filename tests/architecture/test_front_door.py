"""The front door is light, complete, and the same in code, list and reference."""

import ast
import re
import subprocess
import sys
from functools import cache

import pytest

import portico
from tests.architecture.house import DOCS, PACKAGE, ROOT, tree

HEAVY = ("alembic", "fastapi", "pydantic", "rich", "sqlalchemy", "starlette", "typer", "uvicorn")
BEST_OF = 5


@cache
def loaded_by(statement: str) -> frozenset[str]:
    """The modules that a fresh interpreter has loaded after a statement."""
    program = f"{statement}\nimport sys\nprint('\\n'.join(sys.modules))"
    return frozenset(_python(program).split())


@cache
def seconds_of(statement: str) -> float:
    """The processor time of a statement in a fresh interpreter: the best of some runs."""
    program = f"import time\nstart = time.process_time()\n{statement}\nprint(time.process_time() - start)"
    return min(float(_python(program)) for _ in range(BEST_OF))


def _python(program: str) -> str:
    command = [sys.executable, "-c", program]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize(
    "statement", ["import portico", "import portico.errors", "from portico.errors import NotFoundError"]
)
def test_a_look_at_the_door_loads_nothing_heavy(statement: str) -> None:
    """Catching one error must not bring the house along."""
    assert {name.partition(".")[0] for name in loaded_by(statement)} & set(HEAVY) == set()


@pytest.mark.parametrize(
    "statement",
    [
        "from portico import Model, StringField, Database",
        "from portico import atomic",
        "from portico import Query",
    ],
)
def test_the_data_layer_loads_no_web(statement: str) -> None:
    """A worker without HTTP does not pay for it."""
    assert {"fastapi", "starlette", "uvicorn"} & {
        name.partition(".")[0] for name in loaded_by(statement)
    } == set()


def test_the_door_opens_quickly() -> None:
    """`import portico` may cost at most twice what its foundations cost; it costs next to nothing."""
    assert seconds_of("import portico") <= 2 * seconds_of("import sqlalchemy, fastapi")


def test_the_whole_house_opens_quickly() -> None:
    """Every public name together: at most half as many modules of others again, and no slow one of ours."""
    base, everything = "import sqlalchemy, fastapi", "from portico import *"
    assert len(_of_others(loaded_by(everything))) <= 1.5 * len(loaded_by(base))  # measured 1.36
    assert seconds_of(everything) <= 3.5 * seconds_of(base)  # measured 2.75; modules are the exact gate


def _of_others(modules: frozenset[str]) -> list[str]:
    return [name for name in modules if name.partition(".")[0] != "portico"]


@pytest.mark.parametrize("name", portico.__all__)
def test_a_public_name_can_be_imported(name: str) -> None:
    """The lazy table has no dead entries."""
    assert getattr(portico, name) is not None


def test_a_misspelt_name_is_an_attribute_error() -> None:
    """As with every module."""
    with pytest.raises(AttributeError, match="has no attribute 'Modle'"):
        getattr(portico, "Modle")  # noqa: B009 -- a plain access would not pass the type checker


def test_the_names_are_listed_and_offered() -> None:
    """Completion in an editor and `dir()` show the whole offer, in order."""
    assert portico.__all__ == sorted(set(portico.__all__))
    assert set(portico.__all__) <= set(dir(portico))


def documented() -> list[str]:
    """The names that the reference pages explain: the first column of their tables."""
    pages = (path.read_text(encoding="utf-8") for path in sorted((DOCS / "reference").glob("*.md")))
    return [name for page in pages for name in re.findall(r"^\| `(\w+)`", page, flags=re.MULTILINE)]


def test_public_is_what_the_reference_explains() -> None:
    """A name without a page is not public, and a page without a name is a broken promise."""
    assert sorted(documented()) == portico.__all__


def test_checkers_see_what_the_table_offers() -> None:
    """The imports under TYPE_CHECKING and the lazy table are two lists of one thing."""
    branch = next(node for node in tree(PACKAGE / "__init__.py").body if isinstance(node, ast.If))
    imports = [node for node in branch.body if isinstance(node, ast.ImportFrom)]
    assert sorted(alias.name for node in imports for alias in node.names) == portico.__all__
