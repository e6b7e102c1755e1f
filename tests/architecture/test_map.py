"""ARCHITECTURE.md, the folders and the contracts tell the same story; so do errors, pages and fragments."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest

import portico
from portico.errors import PorticoError
from tests.architecture.house import DOCS, ROOT, TESTS, named, placed, rooms
from tests.unit.errors.test_errors import family

MAP = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
FRAGMENT = re.compile(r"(\+[a-z0-9-]+|\d+)\.(added|changed|deprecated|removed|fixed|security)\.md")


def paragraphs() -> dict[str, str]:
    """What the code map says about each room: a heading with the room, then its paragraph."""
    return dict(re.findall(r"^### `([\w/]+)`\n\n(.+?)\n(?=\n|\Z)", MAP, flags=re.MULTILINE | re.DOTALL))


def test_every_room_has_its_paragraph() -> None:
    """A room that the map does not know cannot be found; a paragraph without a room misleads."""
    assert sorted(paragraphs()) == rooms()


@pytest.mark.parametrize("room", rooms())
def test_a_paragraph_says_something(room: str) -> None:
    """A name alone is no map."""
    assert len(paragraphs()[room].split()) >= 12


def test_the_map_goes_from_the_top_down_as_the_contract_does() -> None:
    """Reading order is import order."""
    order = [room for room in placed() if room in rooms() and not room.startswith("db/")]
    assert [room for room in paragraphs() if not room.startswith("db/")] == order
    inside = [room for room in placed() if room in rooms() and room.startswith("db/")]
    assert [room for room in paragraphs() if room.startswith("db/")] == inside


@pytest.mark.parametrize("room", [room.rpartition("/")[2].strip("_") for room in rooms() if room != "db"])
def test_a_room_has_tests_of_its_own(room: str) -> None:
    """The same word in src and in tests; `db` holds only rooms."""
    folders = {path.name for path in TESTS.glob("*/*") if path.is_dir()}
    assert room in folders


@pytest.mark.parametrize("error", list(family()), ids=lambda error: error.code)
def test_every_error_has_a_page(error: type[PorticoError]) -> None:
    """`docs_url` must lead somewhere, and the page must speak of this class."""
    page = (DOCS / "errors" / f"{error.code}.md").read_text(encoding="utf-8")
    assert page.startswith(f"# {error.__name__}\n")
    assert [part for part in ("## What happened", "## What to do", "## Example") if part not in page] == []


def test_no_page_is_left_of_an_error_that_is_gone() -> None:
    """Old advice is worse than none."""
    codes = {error.code for error in family()}
    assert {path.stem for path in (DOCS / "errors").glob("*.md")} - {"index"} == codes


@pytest.mark.parametrize(
    "path", [path for path in (ROOT / "changes").iterdir() if path.name != "README.md"], ids=named
)
def test_a_fragment_is_named_and_written_for_users(path: Path) -> None:
    """`+room.added.md`: a wrong name would be left out of the changelog without a word."""
    assert FRAGMENT.fullmatch(path.name)
    assert path.read_text(encoding="utf-8").rstrip().endswith(".")


def test_the_version_stands_in_one_place() -> None:
    """Two places disagree sooner or later."""
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert version("portico") == portico.__version__
    assert "version" in metadata["project"]["dynamic"]
    written = [
        path for path in ROOT.glob("src/**/*.py") if portico.__version__ in path.read_text(encoding="utf-8")
    ]
    assert written == [ROOT / "src/portico/__init__.py"]


@pytest.mark.parametrize("path", sorted((DOCS / "decisions").glob("[0-9]*.md")), ids=named)
def test_a_decision_record_has_four_parts(path: Path) -> None:
    """Context, decision, consequences, and how we check it: a decision nobody checks fades."""
    text = path.read_text(encoding="utf-8")
    parts = re.findall(r"^## (.+)$", text, flags=re.MULTILINE)
    assert parts == ["Context", "Decision", "Consequences", "How we check it"]


def test_decisions_are_numbered_without_gaps() -> None:
    """A number is how a decision is cited."""
    numbers = [int(path.name[:4]) for path in sorted((DOCS / "decisions").glob("[0-9]*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
