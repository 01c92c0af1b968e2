# Each target sets up what it needs (a virtual environment in .venv, from the hashed lock) and does it once.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
SIDE_BY_SIDE := tests/unit tests/model tests/integration/doctor tests/integration/pages $(wildcard tests/integration/test_prepare*.py) \
  $(addprefix tests/integration/test_,train_resume.py gateway_forms.py frozen_call.py model_server.py model_server_services.py \
  gate_saturation.py predict_bodies.py line_separators.py gateway_process.py gateway_remote_dtype.py redis_secure.py logs.py tracing.py \
  compare_command.py study_command.py tune_command.py embedded_scorer.py gateway_releases.py gateway_batching.py model_server_pointer.py model_server_registry.py model_server_reload.py warm.py)
export PYTHONUNBUFFERED := 1
export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: help demo test test-slow check format bench lock proto references clean

help: ## say what each target does
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

$(VENV)/.%: requirements/%.txt pyproject.toml scripts/venv.sh
	@PYTHON=$(PYTHON) scripts/venv.sh $(VENV) $*

demo: $(VENV)/.train ## train, fold, export, verify and serve a model on a generated log, then score (no Docker, no Redis, no data)
	@$(BIN)/dynint demo $(ARGS)

.cache/redis/env: scripts/redis.sh $(VENV)/.dev
	@scripts/redis.sh .cache/redis $(BIN)/python

test: $(VENV)/.dev .cache/redis/env ## the tests (redis-server is fetched where the machine has none)
ifdef ARGS
	@source .cache/redis/env && $(BIN)/python -m pytest -m "not slow" $(ARGS)
else # what measures no time runs side by side
	@source .cache/redis/env && $(BIN)/python -m pytest -m "not slow" -n auto --maxprocesses 4 --dist loadfile $(SIDE_BY_SIDE)
	@source .cache/redis/env && $(BIN)/python -m pytest -m "not slow" $(addprefix --ignore=,$(SIDE_BY_SIDE))
endif

test-slow: $(VENV)/.dev .cache/redis/env ## the longer proofs
	@source .cache/redis/env && $(BIN)/python -m pytest -m slow $(ARGS)

check: $(VENV)/.dev ## format, lint, types, import contracts, generated pages
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports
	@$(BIN)/python scripts/check_tree.py
	@PYTHONPATH=. $(BIN)/python -m scripts.references --check

format: $(VENV)/.dev ## rewrite the code in the project's format
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: $(VENV)/.dev .cache/redis/env ## measure: prepare, train, fold and serve (figures in docs/performance.md)
	@$(BIN)/dynint bench prepare --json
	@$(BIN)/dynint bench train --json
	@$(BIN)/dynint bench fold --json
	@source .cache/redis/env && $(BIN)/dynint bench serve --json

proto: $(VENV)/.dev ## regenerate model/wire from its .proto files
	@$(BIN)/python scripts/generate_proto.py

references: $(VENV)/.dev ## write docs/reference anew from the code
	@PYTHONPATH=. $(BIN)/python -m scripts.references

lock: $(VENV)/.dev ## pin every dependency with its hashes (no index lines)
	@scripts/lock.sh $(BIN)

clean: ## remove everything that make made
	rm -rf $(VENV) .cache .mypy_cache .ruff_cache .pytest_cache .hypothesis demo
