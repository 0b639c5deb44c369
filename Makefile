# Needs make and a Python >= 3.11 with venv; uv is used when it is on PATH. Everything else is put into .venv.
SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
PACKAGES := core/ninestep core/pytest_ninestep provider/ninestep_provider resource_api/ninestep_resource_api client_app/ninestep_client_app
# pytest keeps what it made of the test modules for the next run: ten seconds of each.
unexport PYTHONDONTWRITEBYTECODE
# Further arguments: make test ARGS='-k refusal -x'
ARGS ?=

# A stamp is named by what was installed: the second start sees at once that there is nothing to do.
sum = $(shell cat $(1) Makefile 2>/dev/null | cksum | cut -d' ' -f1)
RUNTIME := $(VENV)/.runtime-$(call sum,requirements.lock)
DEV := $(VENV)/.dev-$(call sum,requirements-dev.lock)

INSIDE := core/tests provider/tests resource_api/tests client_app/tests
IN_TWO := -n 2 --dist worksteal

.PHONY: help demo check test test-all bench compose-test lock format clean

help: ## these verbs
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' Makefile

demo: $(RUNTIME) ## start the town; Ctrl-C ends it
	@exec $(BIN)/ninestep up

check: $(DEV) ## lint, format, types, import rule, quick tests: under a minute
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q $(IN_TWO) -m 'not browser and not launcher and not thorough and not slow' $(INSIDE) $(ARGS)

test: $(DEV) ## what a user would want to see pass, with a browser: under 10 minutes
	$(BIN)/python -m pytest -q $(IN_TWO) -m 'not slow' $(INSIDE) e2e $(ARGS)

test-all: $(DEV) ## also the long races, the cluster and every combination
	$(BIN)/python -m pytest $(ARGS)

bench: $(DEV) ## logins per second, latency, CPU, cold start, memory, beside its peers
	$(BIN)/python bench/run.py $(ARGS)

# A project name of its own: whatever town runs from this folder keeps its volumes.
COMPOSE := COMPOSE_PROFILES=intercept docker compose -p ninestep-test
compose-test: $(DEV) ## build the containers, start them, log in through them with a browser
	@docker compose version >/dev/null 2>&1 || { echo "This needs Docker with compose. Debian/Ubuntu: sudo apt install docker.io docker-compose-v2 · Fedora: sudo dnf install docker docker-compose · macOS: brew install --cask docker"; exit 1; }
	@rc=0; trap '$(COMPOSE) down -v --remove-orphans' EXIT; \
	$(COMPOSE) up -d --build --wait && NINESTEP_COMPOSE_COMMAND='docker compose -p ninestep-test' $(BIN)/python -m pytest e2e/compose_test.py $(ARGS) || rc=$$?; \
	[ $$rc = 0 ] || $(COMPOSE) logs --tail 60; exit $$rc

LOCK = $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
lock: $(DEV) ## write the lock files anew (ARGS=--upgrade: with newer versions)
	$(LOCK) pyproject.toml -o requirements.lock $(ARGS)
	$(LOCK) pyproject.toml --group dev -c requirements.lock -o requirements-dev.lock $(ARGS)
	$(LOCK) --group build -c requirements-dev.lock -o requirements-build.lock $(ARGS)

format: $(DEV) ## what ruff can put right
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

clean: ## remove the environment and all caches; the state folder stays
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(RUNTIME): requirements.lock
	$(call install,requirements.lock)
	@rm -f $(VENV)/.runtime-*; touch $@

# The dev lock holds all of the runtime lock, in the same versions.
$(DEV): requirements-dev.lock requirements.lock
	$(call install,requirements-dev.lock)
	@rm -f $(VENV)/.runtime-* $(VENV)/.dev-*; touch $(RUNTIME) $@

# $(1): a lock file, every line of it with hashes. The project itself needs no build: a .pth names its four folders.
define install
@set -e; \
echo "Installing $(1) into $(VENV) …"; \
usable() { "$$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }; \
if ! $(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
  if command -v uv >/dev/null; then uv venv -q --clear --python '>=3.11' $(VENV); \
  else \
    for python in python3 python3.14 python3.13 python3.12 python3.11 ''; do usable "$$python" && break; done; \
    [ -n "$$python" ] || { echo "Ninestep needs Python 3.11 or newer with venv. Debian/Ubuntu: sudo apt install python3-venv · Fedora: sudo dnf install python3 · macOS: brew install python"; exit 1; }; \
    "$$python" -m venv --clear $(VENV); \
  fi; \
fi; \
if command -v uv >/dev/null; then uv pip install -q --python $(BIN)/python --compile-bytecode --require-hashes -r $(1); \
else \
  $(BIN)/python -m pip --version >/dev/null 2>&1 || $(BIN)/python -m ensurepip >/dev/null; \
  $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(1); \
fi; \
site=$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))'); \
for folder in core provider resource_api client_app; do echo "$(CURDIR)/$$folder"; done > "$$site/ninestep.pth"; \
printf '%s\n' '#!/bin/sh' "'''exec' \"\$${0%/*}/python\" \"\$$0\" \"\$$@\"" "' '''" 'from ninestep.cli import main' 'raise SystemExit(main())' > $(BIN)/ninestep; \
chmod +x $(BIN)/ninestep; \
$(BIN)/python -m compileall -q $(PACKAGES) || true
endef
