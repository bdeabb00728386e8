# Millgate: the one door. `make` lists what it does.

PYTHON ?= $(shell tools/python.sh)
VENV := .venv
BENCH_VENV := .venv-bench
BIN := $(VENV)/bin
ARGS ?=
T ?=

.DEFAULT_GOAL := help
.PHONY: help demo serve test check fix fresh docs messages bench bench-plant bench-gateway bench-calls bench-tokens bench-pages bench-lighthouse lock clean

help: ## list the targets
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/run ## serve a filled sample company on 127.0.0.1:8080 (ARGS="--home … --port …")
	@$(BIN)/millgate demo $(ARGS)

serve: $(VENV)/run ## serve the installation in a home (ARGS="--home …"; `millgate migrate` makes one)
	@$(BIN)/millgate serve $(ARGS)

test: $(VENV)/dev ## run every test, installing what they need (T=path for some, without coverage)
	@tools/test.sh $(T)

check: $(VENV)/dev ## formatting, lint, types and import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fix: $(VENV)/dev ## mend what can be mended by a machine
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

fresh: $(VENV)/dev ## fail when a generated file, a migration or a lock file is out of date
	$(BIN)/python tools/reference.py --check
	$(BIN)/python tools/migrations.py
	$(BIN)/python tools/locks.py --check

docs: $(VENV)/dev ## write the generated pages of docs/reference again
	$(BIN)/python tools/reference.py

messages: $(VENV)/dev ## collect the strings of the pages for their translators, and compile (needs gettext)
	$(BIN)/python tools/messages.py

bench: $(VENV)/dev ## measure start, memory and requests against a constant answer
	$(BIN)/python bench/run.py $(ARGS)

bench-plant: $(BENCH_VENV)/bench ## measure the plant's pages beside other servers (ARGS="--large --json FILE")
	@$(BENCH_VENV)/bin/python bench/plant.py $(ARGS)

bench-gateway: $(BENCH_VENV)/bench ## measure the managed layer beside other gateways (ARGS="--json FILE")
	@tools/bench-gateway.sh $(BENCH_VENV)
	@$(BENCH_VENV)/bin/python bench/gateway.py $(ARGS)

bench-calls: $(VENV)/dev ## measure calls without sockets: what is the server's own of their cost
	@$(BIN)/python bench/calls.py $(ARGS)

bench-tokens: $(VENV)/dev ## measure tokens beside the bare signature and oidc-provider (ARGS="--json FILE")
	@tools/bench-tokens.sh $(VENV)
	@$(BIN)/python bench/tokens.py $(ARGS)

bench-pages: $(VENV)/dev ## measure every list page with ten thousand rows each (ARGS="--usage 400000" adds analytics)
	@PYTHONPATH=tests $(BIN)/python bench/pages.py $(ARGS)

bench-lighthouse: $(VENV)/dev ## let Lighthouse judge pages of portal and console (ARGS="--throttling simulate --lost")
	@tools/bench-lighthouse.sh $(VENV)
	@PYTHONPATH=tests $(BIN)/python bench/lighthouse.py --venv $(VENV) $(ARGS)

lock: $(VENV)/dev ## resolve the lock files again from pyproject.toml
	$(BIN)/python tools/locks.py

clean: ## remove the environment and everything made by a run
	rm -rf $(VENV) $(BENCH_VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis artefacts

$(VENV)/run: requirements/run.txt pyproject.toml
	@tools/environment.sh $(PYTHON) $(VENV) run

$(VENV)/dev: requirements/dev.txt pyproject.toml
	@tools/environment.sh $(PYTHON) $(VENV) dev

$(BENCH_VENV)/bench: requirements/bench.txt pyproject.toml
	@tools/environment.sh $(PYTHON) $(BENCH_VENV) bench
