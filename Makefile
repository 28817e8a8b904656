# `make` alone lists the targets. PORT, HOST, DATA_DIR and REDIS_URL are honoured.

PYTHON ?= python3
VENV ?= .venv
UV_VERSION := 0.13.9
AUDIT_VERSION := 2.10.1
BIN := $(VENV)/bin

# --no-deps, because keras-hub declares tensorflow-text, which is left out of the lists
# (requirements/overrides.txt); the lists are complete, tests/ground proves it.
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check \
	--no-deps --require-hashes

.PHONY: help run test lint lock audit soak env train evaluate promote export \
	export-test dataset bench clean

help:
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

run: $(VENV)/.run ## start everything and print the URL
	@exec $(BIN)/python -m launcher

test: $(VENV)/.dev ## run all tests: unit, model and browser
	@sh tests/ground/needs.sh
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	node --test $(or $(wildcard tests/js/*.test.*js),tests/js)
	@mkdir -p .build
	@echo "The tests with a browser run beside the others and report last."
	@$(BIN)/python -m pytest tests/e2e tests/trust > .build/browser.log 2>&1 & \
	browser=$$!; \
	$(BIN)/python -m pytest --ignore tests/e2e --ignore tests/trust; others=$$?; \
	wait $$browser; browser=$$?; cat .build/browser.log; exit $$((others + browser))

lint: $(VENV)/.dev ## check and format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

soak: $(VENV)/.dev ## kill processes at random under load (ARGS="--minutes 30")
	$(BIN)/python -m benchmarks.soak $(ARGS)

env: ## write .env with fresh secrets, for docker compose
	@$(PYTHON) -m launcher.env_file

train: $(VENV)/.run ## fine-tune the quiz adapter (ARGS="--help" lists the options)
	$(BIN)/python -m worker.finetune --recipe quiz $(ARGS)

evaluate: $(VENV)/.run ## measure the shipped adapter on the frozen test rows
	$(BIN)/python -m worker.evaluate --recipe quiz $(ARGS)

promote: $(VENV)/.run ## use a new adapter if it is not worse (ARGS="--adapter DIR")
	$(BIN)/python -m worker.promote $(ARGS)

export: $(VENV)/.run ## take a model to other programs (ARGS="--help" lists the options)
	$(BIN)/python -m worker.export $(ARGS)

# Gigabytes, and llama.cpp is compiled: in a Python of its own, and not part of the tests.
export-test: $(VENV)/.dev .build/peers/.made ## run exports in transformers and llama.cpp
	$(BIN)/python -m benchmarks.export_roundtrip --transformers .build/peers/bin/python \
	  --llama .build/peers/bin/python --data-dir .build/model $(ARGS)

.build/peers/.made:
	$(PYTHON) -m venv .build/peers
	.build/peers/bin/python -m pip install --quiet torch transformers==5.23.0 \
	  peft==0.21.2 llama-cpp-python==0.3.36
	@touch $@

dataset: $(VENV)/.dataset ## from public pages to rows to train with (ARGS="--help")
	$(BIN)/python -m worker.dataset $(ARGS)

bench: $(VENV)/.run ## time the worker on the frozen test rows
	@mkdir -p .build
	$(BIN)/python -m worker.generate --recipe quiz \
	  --input worker/data/quiz_test.jsonl --output .build/bench.jsonl $(ARGS)

clean: ## remove the virtual environment and caches, keep the data
	rm -rf $(VENV) .build .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed: make run PYTHON=python3.12"; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: requirements.txt | $(VENV)/bin/python
	@echo "Installing (about a minute, once)"
	$(INSTALL) -r requirements.txt
	@touch $@ $(VENV)/.run

$(VENV)/.dataset: requirements/dataset.txt $(VENV)/.run
	@echo "Installing what reads pages"
	$(INSTALL) -r requirements/dataset.txt
	@touch $@

$(VENV)/.dev: requirements/dev.txt | $(VENV)/bin/python
	@echo "Installing what tests need (about a minute, once)"
	$(INSTALL) -r requirements/dev.txt
	@touch $@ $(VENV)/.run $(VENV)/.dataset

# The locks. Web and GPU lists take their versions from requirements.txt (-c), so that
# all processes run the same releases.
COMPILE := .build/uv/bin/uv pip compile --quiet --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-emit-index-url \
	--annotation-style line --custom-compile-command "make lock" \
	--override requirements/overrides.txt

lock: .build/uv/bin/uv ## pin every package again (UPGRADE=--upgrade for new ones)
	$(COMPILE) $(UPGRADE) requirements/all.in -o requirements.txt
	$(COMPILE) requirements/web.in -c requirements.txt -o requirements/web.txt
	$(COMPILE) requirements/worker.in -c requirements.txt -o requirements/worker.txt
	$(COMPILE) requirements/gpu.in -c requirements.txt -o requirements/gpu.txt
	$(COMPILE) requirements/dataset.in -c requirements.txt -o requirements/dataset.txt
	$(COMPILE) requirements/dev.in -c requirements.txt -o requirements/dev.txt

.build/uv/bin/uv:
	$(PYTHON) -m venv .build/uv
	.build/uv/bin/python -m pip install --quiet uv==$(UV_VERSION)

# Asks PyPI which of the pinned releases have known holes. Not part of the tests: the
# answer changes without any change here. --strict, because without it a package that
# PyPI's mirror knows nothing about counts as sound.
audit: .build/audit/bin/pip-audit ## ask PyPI for known holes in the pinned packages
	@for list in web worker; do \
	  .build/audit/bin/pip-audit --strict --disable-pip --require-hashes \
	    --progress-spinner off -r requirements/$$list.txt || exit 1; done

.build/audit/bin/pip-audit:
	$(PYTHON) -m venv .build/audit
	.build/audit/bin/python -m pip install --quiet pip-audit==$(AUDIT_VERSION)
