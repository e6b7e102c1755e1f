# The few verbs of this project. A machine with Python 3.11 or newer, git and make is enough:
#
#   make demo      serve the blog example with data on SQLite
#   make test      every test, on the databases that are found (the header of the run says which)
#   make test-db DB=postgresql    the same, limited to one database: sqlite, postgresql or mysql
#   make test JOBS=4              in as many processes, each with databases of its own; 2 unless said, 0 for none
#   make examples  only the examples
#   make docs      run every documented code block and build the site
#   make check     formatting, lint, types, direction of imports, spelling
#   make fmt       format the code
#   make bench     compare with other stacks and write docs/explanation/performance.md (an hour on a quiet machine);
#                  ARGS=--quick measures little in three minutes and publishes nothing; benchmarks/README.md says more
#   make bench-growth    how cost grows with rows, models, connections and children, as a plot
#   make bench-openapi   what an API of 200 tables costs before its first request
#
# Everything is installed into .venv, once; it is renewed when pyproject.toml changes. uv is used if it is there.

VENV ?= .venv
PY := $(VENV)/bin/python
BENCH ?= .venv-bench
ARGS ?=
DB ?= sqlite
JOBS ?= 2
PYTEST := $(PY) -m pytest --numprocesses $(JOBS) --dist loadgroup

.DEFAULT_GOAL := help
.PHONY: help demo test test-db examples docs check fmt bench bench-growth bench-openapi clean .format .lint .direction .mypy .pyright .spelling

help:
	@sed -n 's/^#   /  /p' Makefile

demo: $(VENV)/.demo
	$(VENV)/bin/portico demo $(ARGS)

test: $(VENV)/.test
	$(PYTEST) $(ARGS)

test-db: $(VENV)/.test
	$(PYTEST) --db $(DB) $(ARGS)

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

bench: $(BENCH)/.bench
	$(BENCH)/bin/python -m benchmarks $(ARGS)

bench-growth: $(BENCH)/.bench
	$(BENCH)/bin/python -m benchmarks growth $(ARGS)

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
	@sh .ci/install $(VENV) -e '.[postgres,mysql,bcrypt,redis]' --group test
	@touch $@ $(VENV)/.demo

$(VENV)/.lint: $(VENV)/.made pyproject.toml
	@sh .ci/install $(VENV) --group lint
	@touch $@

$(VENV)/.docs: $(VENV)/.made pyproject.toml
	@sh .ci/install $(VENV) --group docs
	@touch $@

# The peers live apart: what they need must not reach the environment of the tests.
$(BENCH)/.made:
	@sh .ci/make-venv $(BENCH)
	@touch $@

$(BENCH)/.bench: $(BENCH)/.made pyproject.toml
	@sh .ci/install $(BENCH) -e '.[postgres,fast]' --group bench
	@touch $@

clean:
	rm -rf $(VENV) $(BENCH) build dist docs/_build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
