# Each target sets up what it needs (a virtual environment in .venv, from the hashed lock) and does it once.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3.11
VENV ?= .venv
BIN := $(VENV)/bin
FUZZ := .cache/fuzz/env
MINUTES ?= 10
SIDE_BY_SIDE := tests/unit tests/model tests/fuzz tests/integration/doctor tests/integration/pages $(wildcard tests/integration/test_prepare*.py) \
  $(addprefix tests/integration/test_,train_resume.py gateway_forms.py frozen_call.py model_server.py model_server_services.py \
  gate_saturation.py predict_bodies.py page.py openapi.py secrets.py probe_and_load.py monitored.py rfc9112.py release_root.py admin_port.py line_separators.py gateway_process.py gateway_remote_dtype.py redis_secure.py logs.py tracing.py \
  study_command.py embedded_scorer.py gateway_releases.py gateway_batching.py model_server_pointer.py model_server_registry.py model_server_reload.py warm.py)
export PYTHONUNBUFFERED := 1
export TF_CPP_MIN_LOG_LEVEL ?= 2

.PHONY: help demo test test-slow test-stack check format bench lock sbom audit proto references fuzz dashboards clean

help: ## say what each target does
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

$(VENV)/.%: requirements/%.txt pyproject.toml scripts/venv.sh
	@PYTHON=$(PYTHON) scripts/venv.sh $(VENV) $*

demo: $(VENV)/.train ## train, fold, export, verify and serve a model on a generated log, then score (no Docker, no Redis, no data)
	@$(BIN)/dynint demo $(ARGS)

.cache/redis/env: scripts/redis.sh $(VENV)/.dev
	@scripts/redis.sh .cache/redis $(BIN)/python

.cache/prometheus/env: scripts/promtool.sh
	@scripts/promtool.sh .cache/prometheus

.cache/kubectl/env: scripts/kubectl.sh $(VENV)/.dev
	@scripts/kubectl.sh .cache/kubectl $(BIN)/python

.cache/compose/env: scripts/compose.sh $(VENV)/.dev
	@scripts/compose.sh .cache/compose $(BIN)/python

.cache/browser/env: scripts/browser.sh
	@scripts/browser.sh .cache/browser

test: $(VENV)/.dev .cache/redis/env ## the tests (redis-server is fetched where the machine has none)
ifdef ARGS
	@source .cache/redis/env && $(BIN)/python -m pytest -m "not slow" $(ARGS)
else # what measures no time runs side by side
	@source .cache/redis/env && $(BIN)/python -m pytest -m "not slow" -n auto --maxprocesses 4 --dist loadfile $(SIDE_BY_SIDE)
	@source .cache/redis/env && $(BIN)/python -m pytest -m "not slow" $(addprefix --ignore=,$(SIDE_BY_SIDE))
endif

test-slow: $(VENV)/.dev .cache/redis/env .cache/audit/.audit .cache/browser/env .cache/prometheus/env .cache/kubectl/env .cache/compose/env ## the longer proofs (Chromium, promtool, kubectl and Compose are fetched where the machine has none)
	@source .cache/redis/env && source .cache/browser/env && source .cache/prometheus/env && source .cache/kubectl/env && source .cache/compose/env && $(BIN)/python -m pytest -m slow $(ARGS)

test-stack: $(VENV)/.dev ## the Compose stack on a real Docker engine (docs/development.md)
	@DYNINT_STACK=1 $(BIN)/python -m pytest tests/stack -s $(ARGS)

# The fuzzer has an environment of its own: it has no wheels for every machine.
$(FUZZ)/.fuzz: requirements/fuzz.txt pyproject.toml scripts/venv.sh
	@mkdir -p $(dir $(FUZZ)) && PYTHON=$(PYTHON) scripts/venv.sh $(FUZZ) fuzz

fuzz: $(FUZZ)/.fuzz ## coverage-guided fuzzers on what reads requests (MINUTES=10; docs/fuzzing.md)
	@$(FUZZ)/bin/python -m tests.fuzz.run parser --minutes $(MINUTES)
	@$(FUZZ)/bin/python -m tests.fuzz.run head --minutes $$(( ($(MINUTES) + 4) / 5 ))
	@$(FUZZ)/bin/python -m tests.fuzz.run body --minutes $$(( ($(MINUTES) + 4) / 5 ))

check: $(VENV)/.dev ## format, lint, types, import contracts, generated pages
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports
	@$(BIN)/python scripts/check_tree.py
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/hadolint --ignore DL3008 --ignore DL3066 deploy/standins/*.Dockerfile
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

dashboards: $(VENV)/.dev ## write Grafana's dashboards anew, from scripts/dashboards
	@$(BIN)/python -m scripts.dashboards

lock: $(VENV)/.dev ## pin every dependency with its hashes (no index lines)
	@scripts/lock.sh $(BIN)

.cache/audit/.audit: requirements/audit.txt scripts/venv.sh
	@PYTHON=$(PYTHON) scripts/venv.sh .cache/audit audit

LOCKS := gateway embedded train
sbom: .cache/audit/.audit ## write what each extra is made of: sbom/*.cdx.json (CycloneDX, from the hashed locks)
	@for each in $(LOCKS); do .cache/audit/bin/python scripts/sbom.py requirements/$$each.txt sbom/$$each.cdx.json; done

audit: .cache/audit/.audit ## ask OSV for known vulnerabilities of the locked packages (exit 3: it could not be asked)
	@.cache/audit/bin/python scripts/audit.py $(LOCKS:%=requirements/%.txt)

clean: ## remove everything that make made
	rm -rf $(VENV) .cache sbom .mypy_cache .ruff_cache .pytest_cache .hypothesis demo
