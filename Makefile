# promoloop: `make demo` runs the product, `make test` proves it. Each makes what it needs.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Small matrices on few cores: more threads than one only wait for each other.
export OPENBLAS_NUM_THREADS := 1
export OMP_NUM_THREADS := 1

.DEFAULT_GOAL := help
.PHONY: help demo test torture torture-workbooks bench-store bench-ingest bench-accuracy bench-turns eval-gold lint format lock wheel clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

# The lock files are hash-checked: what runs here is what ran when they were written.
$(VENV)/.installed: requirements.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --editable .
	touch $@

$(VENV)/.installed-dev: requirements-dev.lock $(VENV)/.installed
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	touch $@

demo: $(VENV)/.installed ## sample data, the whole loop on an embedded database, what to try next
	$(BIN)/promoloop demo

test: $(VENV)/.installed-dev ## all tests, on a private PostgreSQL and on DuckDB
	$(BIN)/pytest -n 2 $(ARGS)

torture: $(VENV)/.installed-dev torture-workbooks ## the long runs: 10,000 operations on both engines, 300 kills
	$(BIN)/pytest -m torture $(ARGS)

bench-store: $(VENV)/.installed-dev ## speed of the store, as ratios within one run
	$(BIN)/python -m tests.bench.store $(ARGS)

torture-workbooks: $(VENV)/.installed-dev ## 10,000 broken workbooks, 24 orders of files with crashes between, a real year
	$(BIN)/python -m tests.torture.workbooks $(FILES)
	$(BIN)/python -m tests.torture.orders
	$(BIN)/python -m tests.torture.real_year

bench-ingest: $(VENV)/.installed-dev ## a workbook of a million rows into the store: speed and memory
	$(BIN)/python -m tests.bench.ingest $(ARGS)

bench-accuracy: $(VENV)/.installed-dev ## every figure of forecasts, uplifts and plans beside simpler ways
	$(BIN)/python -m tests.bench.accuracy $(ARGS)

bench-turns: $(VENV)/.installed-dev ## conversations on the full sample: seconds per turn, a hundred at once
	$(BIN)/python -m tests.bench.turns $(ARGS)

lint: $(VENV)/.installed-dev ## ruff, mypy strict, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/.installed-dev ## ruff's formatter and safe fixes
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

eval-gold: $(VENV)/.installed-dev ## run every gold answer of the evaluation; fails when a case is invalid
	rm -rf .cache/eval-gold
	$(BIN)/promoloop eval run --model oracle --jobs 2 --fail-under 100 --out .cache/eval-gold $(ARGS)

wheel: $(VENV)/.installed-dev ## build the wheel and run the tests against it, outside the tree
	sh tests/wheel.sh $(BIN)/python

lock: ## write the lock files anew (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --no-emit-index-url --no-annotate --generate-hashes -o requirements.lock
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --no-emit-index-url --no-annotate --generate-hashes -c requirements.lock -o requirements-dev.lock

clean: ## remove the environment and what tests and demo left
	rm -rf $(VENV) demo dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
