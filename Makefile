# `make demo` shows the thing, `make test` runs everything CI runs. Both start from a fresh clone.

PYTHON ?= $(shell for python in python3 python3.13 python3.12 python3.11; do \
	$$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$python; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: help demo test check lint format docs bench constraints clean

help:
	@echo 'make demo         a sample marketplace, every scorecard scored'
	@echo 'make test         style, types, borders, then every test'
	@echo 'make check        style, types and borders only'
	@echo 'make format       let ruff rewrite the code'
	@echo 'make docs         write the generated parts of the pages anew'
	@echo 'make bench        against SQL by hand, Polars, pandas and PySpark, and all scorecards at once, reply metrics, into docs/benchmarks.md'
	@echo 'make constraints  write constraints.txt anew from the versions that are current today'
	@echo 'make clean        throw away the virtual environment, caches and the demo'
	@echo "ARGS='-k spark' make test  passes words on to pytest, ARGS='--sizes 50000000' make bench to benchmarks/peers.py"
	@echo 'PYTHON=python3.12 make …  picks the Python a new virtual environment is made with'

demo: $(VENV)/installed
	$(BIN)/steelyard demo --home demo --no-serve

test: check
	$(BIN)/python -m pytest --numprocesses 3 --dist loadfile $(ARGS)

check: lint
	$(BIN)/mypy
	$(BIN)/lint-imports

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(VENV)/installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/installed
	$(BIN)/python -m steelyard.scorecards.pages docs
	$(BIN)/python -m steelyard.measures.reference >build-docs && mv build-docs docs/measures.md
	$(BIN)/python -m steelyard.measures.reference zh >build-docs && mv build-docs docs/measures.zh-CN.md
	$(BIN)/python -m steelyard.events.reference >build-docs && mv build-docs docs/events.md
	sed '/<!-- commands -->/q' docs/cli.md >build-docs && $(BIN)/python -m steelyard.cli.reference >>build-docs && mv build-docs docs/cli.md

bench: $(VENV)/installed-bench
	$(BIN)/python benchmarks/peers.py $(ARGS)
	$(BIN)/python benchmarks/score_all.py
	$(BIN)/python benchmarks/daily.py
	$(BIN)/python benchmarks/replies.py

$(VENV)/made:
	@test -n '$(PYTHON)' || { echo 'Steelyard needs Python 3.11 or later; install it or say PYTHON=/path/to/python3' >&2; exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo 'Steelyard needs Python 3.11 or later; $(PYTHON) is older or missing' >&2; exit 1; }
	'$(PYTHON)' -m venv --clear $(VENV)
	@touch $@

$(VENV)/installed: $(VENV)/made pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/made pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[spark,dev]'
	@touch $@ $(VENV)/installed

$(VENV)/installed-bench: $(VENV)/made pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[bench]'
	@touch $@ $(VENV)/installed

constraints:
	rm -rf build/constraints
	'$(PYTHON)' -m venv build/constraints
	build/constraints/bin/python -m pip install --quiet '.[spark,dev]'
	build/constraints/bin/python -m pip freeze --exclude steelyard >build/constraints.txt
	mv build/constraints.txt constraints.txt
	rm -rf build/constraints

clean:
	rm -rf $(VENV) build dist demo spark-warehouse *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis \
		.import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
