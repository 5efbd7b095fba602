# Everything a person types. `make help` lists it.
PYTHON ?= python3
BIN := .venv/bin
# Patched as callcontrol/__main__.py patches.
PYTEST := $(BIN)/python -m gevent.monkey --no-os --no-signal --no-subprocess --module pytest

.PHONY: help venv lock demo run test test-switch deep lint bench clean
.DEFAULT_GOAL := help

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

venv: .venv/.ready  ## the virtual environment .venv with everything that is needed

.venv/.ready: requirements.txt setup.cfg pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or later is needed: install python3 and python3-venv."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed; this is $$($(PYTHON) --version). Name another with make PYTHON=python3.11."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || { echo "The virtual environment could not be made: install python3-venv."; exit 1; }
	@echo "installing the packages of requirements.txt (hashes are checked) ..."
	@$(BIN)/pip install -q --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

lock:  ## requirements.txt anew from setup.cfg
	$(BIN)/uv pip compile -q --no-header --no-emit-index-url --generate-hashes --python-version 3.11 --extra dev setup.cfg -o requirements.txt

demo: venv  ## a running hotline here: simulated switch, callers, phones; ARGS="--calls-per-hour 600 --agents 4"
	@$(BIN)/callcontrol demo $(ARGS)

run: venv  ## a controller
	@$(BIN)/callcontrol run $(ARGS)

test: venv  ## the default tests, with a line for each tier
	@$(PYTEST) tests --ignore tests/browser --ignore tests/real_switch -q
	@$(BIN)/python -m pytest tests/browser -q

test-switch: venv  ## the tests on a real FreeSWITCH; says loudly when there is none
	@command -v freeswitch >/dev/null || { printf '\n*** NO FREESWITCH FOUND: the real-switch tests did not run. Install FreeSWITCH 1.10 and call make test-switch again. ***\n\n'; }
	@$(PYTEST) tests/real_switch -q; code=$$?; test $$code -eq 5 && exit 0; exit $$code

deep: venv  ## a million interleavings, on the pure floor and with live desks; properties with many examples
	@$(BIN)/python -m tests.floor.deep --steps 800000 $(ARGS)
	@$(BIN)/python -m tests.floor.deep --steps 200000 --live $(ARGS)
	@HYPOTHESIS_PROFILE=deep $(PYTEST) tests/floor/test_rivalry.py tests/desk/test_live_rivalry.py -q --timeout 0

lint: venv  ## ruff, mypy, import contracts
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: venv  ## the figures: a table, and JSON in var/bench.json
	@$(BIN)/python -m tests.bench

clean:  ## everything that was made here, the data in var excepted
	rm -rf .venv build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
