"""Every numbered example runs, is short, and says what to notice."""

import ast
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.fixtures.server import serving

ROOT = Path(__file__).parents[2]
STEPS = sorted((ROOT / "examples").glob("[0-9]*.py"))


def _is_script(path: Path) -> bool:
    return "asyncio.run(" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", STEPS, ids=lambda path: path.stem)
def test_a_step_is_short_and_says_what_to_notice(path: Path) -> None:
    """Sixty lines are read; six hundred are not."""
    source = path.read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 60
    assert (ast.get_docstring(ast.parse(source)) or "").startswith("Notice: ")


@pytest.mark.parametrize("path", STEPS, ids=lambda path: path.stem)
def test_a_step_runs(path: Path, tmp_path: Path) -> None:
    """With SQLite alone, without a warning."""
    command = [sys.executable, "-W", "error", str(path)]
    result = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 0, result.stderr
    assert result.stdout or not _is_script(path)


def test_the_api_step_serves_its_notes_and_its_own_route(tmp_path: Path) -> None:
    """The generated routes and the hand-written one live side by side."""
    source = (ROOT / "examples" / "06_rest_api.py").read_text(encoding="utf-8")
    (tmp_path / "notes.py").write_text(source, encoding="utf-8")
    with serving("serve", "notes:app", cwd=tmp_path) as server, httpx.Client(base_url=server.url) as http:
        assert http.get("/hello").json() == {"hello": "world"}
        assert http.post("/notes", json={"text": "Buy milk."}).status_code == 201
        assert [row["text"] for row in http.get("/notes").json()["items"]] == ["Buy milk."]
