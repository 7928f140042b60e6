# Every target sets itself up on a bare machine: Python >= 3.11 with venv, make and git are enough.
# uv is used when it is on the PATH, otherwise pip; both install the same locked, hashed versions.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
UV := $(shell command -v uv 2>/dev/null)

ifdef UV
INSTALL = uv pip install --quiet --python $(BIN)/python --require-hashes -r
EDITABLE = uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
else
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --require-hashes -r
EDITABLE = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input --no-deps --no-build-isolation -e .
endif

.PHONY: setup run test check bench lock clean

setup: .venv/.test

.venv/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed, this is " + sys.version) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv .venv

# What serving needs (deploy/requirements.txt) is small and quick; the tests' tools come on top of it.
.venv/.run: deploy/requirements.txt pyproject.toml | .venv/bin/python
	@echo "Setting up: what the service needs ..." >&2
	$(INSTALL) deploy/requirements.txt
	$(EDITABLE)
	@$(BIN)/servicelotsen ask --json hej >/dev/null  # learns the content once, so that every later start is quick
	@touch $@

.venv/.test: tests/requirements.txt .venv/.run
	@echo "Setting up: what the tests need ..." >&2
	$(INSTALL) tests/requirements.txt
	@touch $@

run: .venv/.run
	$(BIN)/servicelotsen serve --demo $(ARGS)

test: .venv/.test
	$(BIN)/python -m pytest $(ARGS)

check: .venv/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports --no-cache
	$(BIN)/servicelotsen check

bench: .venv/.test
	$(BIN)/python -m tests.bench $(ARGS)

# For maintainers: resolve the newest versions that pyproject.toml allows and write both locks.
lock: .venv/.run
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock" --extra ptb --group build pyproject.toml -o deploy/requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --custom-compile-command "make lock" --extra ptb --group dev pyproject.toml -o tests/requirements.txt

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis
