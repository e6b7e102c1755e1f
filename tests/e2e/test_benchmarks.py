"""The benchmarks run, and compare what is equal: a ratio between different answers would mean nothing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def _benchmarks(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False)


def test_portico_answers_what_the_stack_by_hand_answers() -> None:
    """Rows, fields and order of every workload, on SQLite, before anybody times them."""
    done = _benchmarks("benchmarks", "check", "--stacks", "portico,portico-off,usual")
    assert done.returncode == 0, done.stderr
    assert "150 answers are equal: base, portico, portico-off, usual" in done.stdout


def test_two_different_answers_stop_the_run() -> None:
    """The comparison sees one wrong price among twenty rows."""
    code = (
        "from benchmarks.http.answers import normal\n"
        "one = {'items': [{'id': 1, 'price': '1.50', 'created_at': '2026-01-05T08:30:00Z'}]}\n"
        "same = [{'id': 1, 'price': 1.5, 'created_at': '2026-01-05T08:30:00+00:00'}]\n"
        "other = [{'id': 1, 'price': 1.51, 'created_at': '2026-01-05T08:30:00+00:00'}]\n"
        "assert normal(one) == normal(same)\n"
        "assert normal(one) != normal(other)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_every_module_of_the_families_can_be_imported_without_the_peers() -> None:
    """Whoever has only the test group can read the help, and write the page again."""
    modules = (
        "http.compare",
        "orm.run",
        "orm.relational",
        "orm.adapters.portico",
        "growth.run",
        "footprint.run",
        "mixins.run",
    )
    code = "".join(f"import benchmarks.{name}\n" for name in modules)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_the_page_names_only_what_was_measured() -> None:
    """Without results it says so, family by family; a figure comes from the file alone."""
    ratio = {"median": 1.84, "spread": 0.1, "rounds": 7}
    figures = {
        "workloads": {"get": {"base": {"requests": ratio}, "portico": {"requests": ratio}}},
        "stacks": {"base": "by hand", "portico": "Portico"},
        "titles": {"get": "get by key"},
        "round_trips": {},
        "method": {"rounds": 7, "seconds": 1, "connections": 16, "answers_compared": 9},
    }
    measured = {
        "date": "2026-01-05 08:30 UTC",
        "commit": "abc",
        "python": "3.11",
        "processor": "one",
        "cores": 2,
        "load_at_start": 0.1,
        "sqlite": "3.40",
        "packages": {"portico": "0.1"},
    }
    found = json.dumps({"http": {"measured": measured, "figures": {"postgresql": figures}}})
    code = (
        "import json, sys; from benchmarks.report.page import page; print(page({})); "
        f"print('=====', page(json.loads({found!r})))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    empty, filled = done.stdout.split("=====")
    assert empty.count("Not measured yet") == 6
    assert "1.84" in filled
    assert "1.84" not in empty
    assert "reached" in filled
