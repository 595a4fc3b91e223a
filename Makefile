# On a fresh machine: `make demo` shows the whole loop, `make test` runs every test.
# `make` alone lists the rest. All of it runs in .venv, which .ci/setup.sh makes.

PYTHON := .venv/bin/python
# More for pytest: make test ARGS="-k offsets"
ARGS :=

.DEFAULT_GOAL := help
.PHONY: help setup setup-browser demo test check lint types bench growth peers constraints clean

help: ## This list
	@echo "Two commands to begin with: 'make demo' and 'make test'. All of them:"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | while IFS='|' read -r name does; do printf '%-22s%s\n' "  $$name" "$$does"; done

setup: ## Make .venv with the toolkit, its server and its development tools
	@.ci/setup.sh

setup-browser: setup
	@.ci/setup.sh browser

demo: setup ## The whole loop on the sample corpus, in the folder demo/
	.venv/bin/toolkit demo

test: setup-browser ## Every test
	$(PYTHON) -m pytest -n 2 --no-fold-skipped $(ARGS)

check: lint types ## What to run before a commit: lint, types and the fast tests
	$(PYTHON) -m pytest -n 2 -m "not server and not browser and not wheel" $(ARGS)

lint: setup ## Style and format, by ruff
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .

types: setup ## Types, by mypy --strict
	$(PYTHON) -m mypy

bench: setup peers ## Measure every figure that README and docs quote: ARGS="--quick", "--list"
	$(PYTHON) -m benchmarks.run $(ARGS)

growth: setup ## Measure cost against size, an hour: ARGS="--minutes 600"
	$(PYTHON) -m benchmarks.growth $(ARGS)

peers: setup
	@.ci/setup.sh peers

constraints: ## Resolve all versions anew into constraints.txt
	@.ci/setup.sh constraints

clean: ## Remove what the other targets made; demo/ and exports/ stay
	rm -rf .venv .venv-peers .mypy_cache .ruff_cache .pytest_cache .hypothesis build dist
	find toolkit tests -name __pycache__ -type d -prune -exec rm -rf {} +
