"""What type checkers say about Portico, held by running them: mypy and pyright, strict, without a plugin.

``*_api.py`` must pass. In ``refuses/*.py`` each line that ends in ``# expect-error`` must be an error for
both checkers, and no other line may be one. A room adds its own files to either.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
PASSING = sorted(HERE.glob("*_api.py"))
REFUSED = sorted(HERE.glob("refuses/*.py"))
CHECKERS = ("mypy", "pyright")
MARK = "# expect-error"
Errors = dict[Path, dict[int, str]]

pytestmark = pytest.mark.timeout(600)


def run(*arguments: str) -> str:
    """What a checker prints; its exit code only says that there are errors, which is what we came for."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, text=True, check=False
    )
    return done.stdout or done.stderr


@cache
def errors_of(checker: str) -> Errors:
    """File → line → message, of all files in one run."""
    return of_mypy() if checker == "mypy" else of_pyright()


def of_mypy() -> Errors:
    """Mypy's errors."""
    found: Errors = defaultdict(dict)
    files = [str(path) for path in (*PASSING, *REFUSED)]
    printed = run("mypy", "--cache-dir=.mypy_cache/typing", "--no-pretty", "--no-error-summary", *files)
    for line in printed.splitlines():
        if match := re.match(r"(.+?):(\d+): error: (.*)", line):
            found[(ROOT / match[1]).resolve()][int(match[2])] = match[3]
    if not found:
        raise AssertionError(f"mypy found nothing at all, not even what it should:\n{printed}")
    return found


def of_pyright() -> Errors:
    """Pyright's errors."""
    found: Errors = defaultdict(dict)
    # A configuration of its own: the project's leaves out the files that are wrong on purpose.
    project = str(HERE / "pyrightconfig.json")
    printed = run("pyright", "--outputjson", "--pythonpath", sys.executable, "--project", project)
    for one in json.loads(printed)["generalDiagnostics"]:
        if one["severity"] == "error":
            found[Path(one["file"]).resolve()][one["range"]["start"]["line"] + 1] = one["message"]
    return found


def expected_in(path: Path) -> set[int]:
    """The lines that must be errors."""
    return {n for n, line in enumerate(path.read_text().splitlines(), 1) if line.endswith(MARK)}


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("path", PASSING, ids=lambda path: path.stem)
def test_right_use_passes(path: Path, checker: str) -> None:
    """An error on right code is worse than none on wrong code."""
    assert errors_of(checker).get(path, {}) == {}


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("path", REFUSED, ids=lambda path: path.stem)
def test_wrong_use_is_an_error(path: Path, checker: str) -> None:
    """Inference regresses silently: a line that is no error any more fails here."""
    found = errors_of(checker).get(path, {})
    expected = expected_in(path)
    assert expected, f"{path.name} marks no line with {MARK}"
    assert {n: text for n, text in found.items() if n not in expected} == {}
    assert expected - set(found) == set(), "these lines should be errors"
