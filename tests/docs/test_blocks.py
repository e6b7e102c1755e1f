"""Every documented code block runs: what a newcomer pastes has to work."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.pages import ROOT, blocks, pages


def _named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def _groups() -> dict[str, list[Path]]:
    """The error pages share the blog's models and run together; every other page runs alone."""
    groups: dict[str, list[Path]] = {}
    for page in pages():
        together = page.parent == ROOT / "docs" / "errors"
        groups.setdefault(_named(page.parent if together else page), []).append(page)
    return groups


@pytest.mark.parametrize("group", _groups())
def test_the_blocks_of_a_page_run(group: str) -> None:
    """In order, in a fresh interpreter, with nothing but SQLite."""
    paths = [str(page) for page in _groups()[group]]
    command = [sys.executable, "-W", "error", "-m", "tests.docs.pages", *paths]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    result = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("page", pages(), ids=_named)
def test_a_page_shows_something_that_runs(page: Path) -> None:
    """A page of blocks that are all left out would prove nothing."""
    assert any(block.runs for block in blocks(page))


@pytest.mark.parametrize("page", [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))], ids=_named)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    """A reader who follows a link must arrive."""
    text = page.read_text(encoding="utf-8")
    targets = [target for target in re.findall(r"\]\(([^)#\s]+)[^)]*\)", text) if "://" not in target]
    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("path", sorted((ROOT / "src").rglob("*.py")), ids=_named)
def test_a_docstring_names_a_guide_that_exists(path: Path) -> None:
    """`Guide: docs/how-to/access.md` is a promise, too."""
    guides = re.findall(r"\bdocs/[\w/-]+\.md", path.read_text(encoding="utf-8"))
    assert [guide for guide in guides if not (ROOT / guide).exists()] == []
