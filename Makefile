# The few verbs of this project. A machine with Python 3.11 or newer, git and make is enough:
#
#   make demo      serve the blog example with data on SQLite
#   make test      every test, on the databases that are found (the header of the run says which)
#   make test-db DB=postgresql    the same, limited to one database: sqlite, postgresql or mysql
#   make examples  only the examples
#   make docs      run every documented code block and build the site
#   make check     formatting, lint, types, direction of imports, spelling
#   make fmt       format the code
#   make bench-openapi   what an API of 200 tables costs before its first request
#
# Everything is installed into .venv, once; it is renewed when pyproject.toml changes. uv is used if it is there.

VENV ?= .venv
PY := $(VENV)/bin/python
ARGS ?=
DB ?= sqlite

.DEFAULT_GOAL := help
.PHONY: help demo test test-db examples docs check fmt bench-openapi clean .format .lint .direction .mypy .pyright .spelling

help:
	@sed -n 's/^#   /  /p' Makefile

demo: $(VENV)/.demo
	$(VENV)/bin/portico demo $(ARGS)

test: $(VENV)/.test
	$(PY) -m pytest $(ARGS)

test-db: $(VENV)/.test
	$(PY) -m pytest --db $(DB) $(ARGS)

examples: $(VENV)/.test
	$(PY) -m pytest tests/examples $(ARGS)

docs: $(VENV)/.test $(VENV)/.docs
	$(PY) -m pytest tests/docs -q $(ARGS)
	$(PY) -m sphinx -W -n -q -b html docs docs/_build/html
	$(PY) -m towncrier build --draft --version next >/dev/null

check: .format .lint .direction .mypy .pyright .spelling

.format .lint .direction .mypy .pyright .spelling: $(VENV)/.test $(VENV)/.lint

.format:
	$(PY) -m ruff format --check --quiet .

.lint:
	$(PY) -m ruff check .
	$(PY) -m interrogate --quiet tests

.direction:
	$(VENV)/bin/lint-imports

.mypy:
	$(PY) -m mypy

.pyright:
	$(PY) -m pyright

.spelling:
	$(VENV)/bin/codespell

fmt: $(VENV)/.lint
	$(PY) -m ruff check --fix-only .
	$(PY) -m ruff format .

bench-openapi: $(VENV)/.test
	$(PY) benchmarks/openapi.py $(ARGS)

# One environment; each stamp says which part of it is up to date with pyproject.toml.
$(VENV)/.made:
	@sh .ci/make-venv $(VENV)
	@touch $@

$(VENV)/.demo: $(VENV)/.made pyproject.toml
	@sh .ci/install $(VENV) -e .
	@touch $@

$(VENV)/.test: $(VENV)/.made pyproject.toml
	@sh .ci/install $(VENV) -e '.[postgres,mysql,bcrypt]' --group test
	@touch $@ $(VENV)/.demo

$(VENV)/.lint: $(VENV)/.made pyproject.toml
	@sh .ci/install $(VENV) --group lint
	@touch $@

$(VENV)/.docs: $(VENV)/.made pyproject.toml
	@sh .ci/install $(VENV) --group docs
	@touch $@

clean:
	rm -rf $(VENV) build dist docs/_build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
