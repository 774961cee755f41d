# Everything runs in .venv at the root. Needed beforehand: Python 3.11 or newer, git, make.
#
#   make demo       check the examples, show the fixes, prove them against the reference
#   make test       every check: ruff, mypy, pytest (layers, docs and wheel are tests)
#   make docs       write the generated docs anew
#   make format     let ruff format the code
#   make ecosystem  findings on published packages, against the snapshot
#   make bench      speed, as ratios in one run
#   make clean      remove .venv and what the tools left behind

PYTHON ?= python3
JOBS ?= 2
# Exact, and installed first: a range would take the newest build, with gigabytes of CUDA.
TORCH ?= torch==2.13.0

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
# One thread for each test process: the processes are the parallelism.
RUN := OMP_NUM_THREADS=1 PATH="$(CURDIR)/$(BIN):$$PATH"

.DEFAULT_GOAL := help
.PHONY: help install demo test lint types pytest quick docs format ecosystem bench clean

help:
	@sed -n 's/^#   //p' Makefile

# The environment, in two steps, so that a change of pyproject.toml does not touch torch.
$(VENV)/.torch:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "$(PYTHON) is older than 3.11; name a newer one: make PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(PIP) install $(TORCH)
	@touch $@

$(VENV)/.installed: pyproject.toml $(VENV)/.torch
	$(PIP) install --editable '.[torch,dev]'
	@touch $@

install: $(VENV)/.installed

demo: install
	@$(RUN) $(BIN)/python -m tools.demo

test: lint types pytest

lint: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: install
	$(BIN)/mypy

pytest: install
	$(RUN) $(BIN)/python -m pytest -n $(JOBS) --dist worksteal

# What can be checked in a minute, while working.
quick: install
	$(RUN) $(BIN)/python -m pytest -n $(JOBS) --dist worksteal -m 'not slow'

docs: install
	$(RUN) $(BIN)/python -m tools.docgen

format: install
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

ecosystem: install
	$(RUN) $(BIN)/python -m benchmarks.ecosystem

bench: install
	$(RUN) $(BIN)/python -m benchmarks.speed

clean:
	rm -rf $(VENV) dist build .mypy_cache .pytest_cache .ruff_cache .hypothesis
