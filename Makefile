# Everything runs in .venv, which is set up on first use and again whenever the pins change. It needs git, make and
# either uv or Python 3.11+ (on Debian and Ubuntu: the packages python3 and python3-venv).
#
#   make quickstart   train the embedded tiny model with the RewardMap recipe: real learning, CPU only
#   make test         the tests that a change must pass          make lint types   style and static types
#   make smoke        two steps of the quickstart                make docs         write docs/methods.md again

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup quickstart smoke test lint format types docs lock clean

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
PYTEST_ARGS ?=
# Test processes side by side, each with one thread.
WORKERS ?= 2
export PYTHONUNBUFFERED := 1
# So that uv and pip look at $(VENV) and nowhere else.
unexport VIRTUAL_ENV CONDA_PREFIX PYTHONHOME

help: ## Show this list.
	@grep -hE '^[a-z]+:.*## ' Makefile | sed -E 's/^([a-z]+):[^#]*## (.*)$$/  make \1|\2/' | column -t -s '|' 2>/dev/null \
		|| grep -hE '^[a-z]+:.*## ' Makefile

setup: $(STAMP) ## Set up .venv; happens by itself before the others.

quickstart: $(STAMP) ## Train the tiny policy on transit maps: accuracy before and after, curves, traces (about ten minutes).
	@echo "== quickstart: mmreason-tiny learns to read transit maps (RewardMap recipe, CPU) =="
	$(BIN)/mmreason train rewardmap --preset tiny --name quickstart --resume

smoke: $(STAMP) ## Two training steps of the quickstart.
	@echo "== smoke: two steps of the quickstart =="
	rm -rf runs/smoke
	$(BIN)/mmreason train rewardmap --preset tiny --steps 2 --groups 4 --name smoke

test: $(STAMP) ## Run the tests, without those that need a GPU, downloaded weights or patience.
	@echo "== tests =="
	OMP_NUM_THREADS=1 $(BIN)/pytest -n $(WORKERS) --dist loadfile -m "(not slow or guard) and not gpu and not weights" \
		$(PYTEST_ARGS)

lint: $(STAMP) ## Check style and formatting.
	@echo "== lint =="
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

format: $(STAMP) ## Format, and fix what can be fixed without thought.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: $(STAMP) ## Check static types.
	@echo "== types =="
	$(BIN)/mypy

docs: $(STAMP) ## Write docs/methods.md again.
	$(BIN)/python -m tools.methods

lock: $(STAMP) ## Pin today's newest versions in requirements.lock (needs uv).
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --upgrade \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet --output-file requirements.lock

clean: ## Remove the set-up, caches and builds; runs/ stays.
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +

$(STAMP): pyproject.toml requirements.lock hatch_build.py
	@$(ensure_venv)
	@$(install)
	@touch $@

define ensure_venv
usable() { "$$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }; \
if usable $(BIN)/python; then \
	echo "== set-up: $(VENV) exists ($$($(BIN)/python --version)); bringing it up to date =="; \
elif command -v uv >/dev/null; then \
	echo "== set-up: making $(VENV) with $$(uv --version) =="; \
	uv venv --quiet --clear --python '>=3.11' $(VENV); \
else \
	for python in python3.11 python3.12 python3.13 python3; do usable $$python && break; python=; done; \
	if [ -z "$$python" ]; then echo "error: no Python 3.11 or newer found; install one (or uv) and run make again" >&2; exit 1; fi; \
	echo "== set-up: making $(VENV) with $$($$python --version) =="; \
	$$python -m venv --clear $(VENV) || { rm -rf $(VENV); \
		echo "error: '$$python -m venv' failed; on Debian and Ubuntu install python3-venv (or install uv) and run make again" >&2; exit 1; }; \
fi
endef

define install
start=$$SECONDS; \
if command -v uv >/dev/null; then \
	install="uv pip install --python $(BIN)/python"; \
elif [ -x $(BIN)/uv ] || { echo "== set-up: no uv on this machine, getting it into $(VENV) =="; $(BIN)/python -m pip install --quiet uv; }; then \
	install="$(BIN)/uv pip install --python $(BIN)/python"; \
else \
	echo "== set-up: uv cannot be had, going on with pip (slower) =="; \
	install="$(BIN)/python -m pip install"; \
fi; \
echo "== set-up: installing $$(grep -c == requirements.lock) pinned packages (torch brings its CUDA libraries: some gigabytes) =="; \
$$install -r requirements.lock; \
echo "== set-up: installing mmreason itself, editable =="; \
$$install --quiet --no-deps --no-build-isolation --editable .; \
echo "== set-up: done in $$((SECONDS - start)) s =="
endef
