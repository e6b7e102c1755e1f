"""What the README promises about commands is what the Makefile has."""

import re
import tomllib

import pytest

from tests.docs.pages import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("verb", ["demo", "test"])
def test_two_commands_are_enough_for_a_newcomer(verb: str) -> None:
    """They are named in the README and exist."""
    assert f"make {verb}" in README
    assert re.search(rf"^{verb}:", MAKEFILE, flags=re.MULTILINE)


def test_every_extra_of_the_readme_exists() -> None:
    """A hint that pip does not know wastes a newcomer's first minutes."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {name for names in re.findall(r"portico\[([\w,]+)\]", README) for name in names.split(",")}
    assert wanted <= project["optional-dependencies"].keys()


def test_help_lists_every_verb() -> None:
    """`make` alone says what can be done."""
    verbs = re.findall(r"^([a-z][a-z-]+):", MAKEFILE, flags=re.MULTILINE)
    listed = re.findall(r"^#   make ([a-z-]+)", MAKEFILE, flags=re.MULTILINE)
    assert set(verbs) - {"help", "clean"} == set(listed)
