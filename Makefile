# make demo    install into .venv, recall handwritten digits from fragments, write out/demo
# make test    install what the tests need into .venv and run them (make test PYTEST_ARGS="-n 2 -k ca3")
# make bench   the benchmarks side by side with Brian2 and NEST, which it installs into .peers; writes out/bench
# make check   format, lint, import floors, and the fast tests
# make plain   compare kernels and engine with their twins while they run as plain Python, without the compiler
# make clean   remove .venv and everything generated
#
# Needs Python 3.11 or newer; another one than it finds: make demo PYTHON=/path/to/python

VENV := .venv
BIN := $(VENV)/bin
OUT ?= out/demo
BENCH_ARGS ?=
PYTEST_ARGS ?=
PYTHON ?= $(shell for p in python3.11 python3 python3.12 python3.13 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 && { echo $$p; break; }; done)
# Errors only: on a slow line the two lines that make prints before each install are all there is for a minute or two.
PIP := $(BIN)/python -m pip --disable-pip-version-check --no-input -qq
EXTRAS := test,brian2,analysis
SOURCES := pyproject.toml setup.py constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo test bench check plain lint lint-format lint-code lint-imports links clean

help:
	@sed -n 's/^# \{0,1\}//p;/^$$/q' Makefile

demo: $(VENV)/.core
	$(BIN)/neuromem demo --out $(OUT)

test: $(VENV)/.tests
	$(BIN)/python -m pytest -W error $(PYTEST_ARGS)

# An hour or two on idle cores, most of it NEST's, and everything is written anew after each benchmark;
# make bench BENCH_ARGS="cuba --quick" is a look at it.
bench: $(VENV)/.core
	$(BIN)/neuromem compare --peers .peers --out out/bench $(BENCH_ARGS)

check: lint
	$(BIN)/python -m pytest -W error -q -x -m "not slow and not brian2 and not foreign" $(PYTEST_ARGS)

# Part of `make test` too, as tests/test_plain.py.
plain: $(VENV)/.tests
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -W error -q -m twin $(PYTEST_ARGS)

lint: lint-format lint-code lint-imports

lint-format: $(VENV)/.tests
	$(BIN)/ruff format --check .

lint-code: $(VENV)/.tests
	$(BIN)/ruff check .

# The import linter reads folders, so it has to stand where neuromem/ holds models/ and the rest: in typings/.
lint-imports: $(VENV)/.tests
	cd typings && ../$(BIN)/lint-imports --config ../pyproject.toml --cache-dir ../.import_linter_cache

# typings/neuromem shows the package as it is installed, by links, to type checkers and to the import linter.
links:
	@rm -rf typings && mkdir -p typings/neuromem
	@cd typings/neuromem && ln -s ../../neuromem/* . && rm -f __pycache__ && \
		ln -s ../../models ../../hardware ../../experiments ../../data .
	@echo "typings/neuromem: $$(ls typings/neuromem | wc -l) links"

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "neuromem needs Python 3.11 or newer, and none was found (python3 is:" \
			"$$(python3 --version 2>/dev/null || echo missing)). Install one, or name it: make PYTHON=/path/to/python" >&2; \
		exit 1; fi
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		"neuromem needs Python 3.11 or newer; $(PYTHON) is %d.%d" % sys.version_info[:2])'
	@echo "Creating $(VENV) with $$($(PYTHON) --version)"
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		echo "$(PYTHON) cannot make a virtual environment; on Debian and Ubuntu install python3-venv." >&2; exit 1; }

# A stamp is newer than what it was installed from, so a second make installs nothing.
$(VENV)/.core: $(SOURCES) | $(BIN)/python
	@echo "Installing neuromem and its core dependencies into $(VENV) (a minute or two; pip speaks up only on errors)"
	@$(PIP) install -c constraints.txt "setuptools>=77"
	@$(PIP) install -c constraints.txt --no-build-isolation -e .
	@touch $@

$(VENV)/.tests: $(VENV)/.core
	@echo "Installing what the tests need into $(VENV): $(EXTRAS)"
	@$(PIP) install -c constraints.txt --no-build-isolation -e ".[$(EXTRAS)]"
	@touch $@

clean:
	rm -rf $(VENV) .peers build dist out *.egg-info .pytest_cache .hypothesis .ruff_cache .mypy_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
