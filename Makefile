# Every target does its own set-up: on a fresh Debian machine as root, with neither an engine nor a registry, `make test` is enough.
# Set-up is remembered, so the second time it takes a second or two.

PYTHON := .venv/bin/python
PYTEST := $(PYTHON) -m pytest

# Where the environment forbids it, every process of the tests would compile every file of this project anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help install lock engine images demo test test-fast lint messages bench torture clean

help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

install: ## .venv with the locked dependencies and this project
	@scripts/install

lock: ## newest allowed dependencies into the lock files
	@scripts/lock

engine: install ## a Docker Engine that answers, started here if need be
	@$(PYTHON) -m sandbox.engine engine

images: install ## nginx, the sample releases and the bot's own image; prints their names
	@$(PYTHON) -m sandbox.engine images

demo: install ## the whole thing on this machine, with a page to try it on
	@$(PYTHON) -m sandbox.engine images >/dev/null
	@$(PYTHON) -m sandbox.demo

# The long files first (xdist would begin with those that have most tests): no core waits for the last one.
test: install ## all tests
	@$(PYTHON) -m sandbox.engine images browser registry >/dev/null
	@$(PYTEST) -n 6 --dist loadfile --no-loadscope-reorder tests/e2e tests/integration tests/unit

test-fast: install ## the tests that need no engine
	@$(PYTEST) tests/unit

lint: install ## style and types
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check --quiet . || { echo 'run: .venv/bin/ruff format'; exit 1; }
	@$(PYTHON) -m mypy

messages: install ## every message the bot can send, as JSON in build/messages/
	@$(PYTHON) -m handlers.messages.gallery build/messages

bench: install ## the figures the project promises, measured here
	@$(PYTHON) -m sandbox.engine images >/dev/null
	@$(PYTHON) -m bench

torture: install ## long runs: random kills, many switches
	@$(PYTHON) -m sandbox.engine images >/dev/null
	@$(PYTEST) -m torture tests

clean: ## remove what was made in this folder (not images, not the engine)
	@rm -rf .venv build .mypy_cache .ruff_cache .pytest_cache .hypothesis *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
