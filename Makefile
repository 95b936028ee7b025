# The two commands are `make demo` and `make test`; everything else is for those who change the code.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: demo test test-gateway faults check format openapi screenshots bench lock

demo: $(VENV)/.installed
	@$(BIN)/python manage.py demo $(ARGS)

test: $(VENV)/.installed-dev
	$(BIN)/python -m pytest $(ARGS)

# The Node side against a real installation: gateway/, the guide's own client, drizzle-kit. Needs Node 18
# or newer and npm.
test-gateway: $(VENV)/.installed-dev gateway/node_modules/.installed
	$(BIN)/python -m pytest tests/gateway tests/coexistence $(ARGS)

# The fault suite in its long form: more seeds, more runs, and a table of verdicts.
faults: $(VENV)/.installed-dev
	FAULTS=long $(BIN)/python -m pytest tests/faults $(ARGS)

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python manage.py check
	$(BIN)/python manage.py makemigrations --check --dry-run

format: $(VENV)/.installed-dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# After a route or an answer has changed.
openapi: $(VENV)/.installed
	$(BIN)/python manage.py openapi

# After a page of the admin has changed: the pictures of the README, by the test that walks through it.
screenshots: $(VENV)/.installed-dev
	$(BIN)/python -m pytest tests/admin_browser/story -n 0 --screenshots docs/pictures $(ARGS)

# pip is quiet, so that what you asked for is what you read; an error still shows in full.
$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is %s. Try: make PYTHON=python3.12" % sys.version.split()[0])'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: requirements.txt constraints.txt | $(VENV)/bin/python
	@echo "Installing requirements.txt ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt requirements-sqs.txt requirements.txt constraints.txt | $(VENV)/bin/python
	@echo "Installing requirements-dev.txt ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.installed

$(VENV)-bench/.installed: requirements-bench.txt requirements.txt constraints.txt | $(VENV)/bin/python
	@echo "Installing requirements-bench.txt ..."
	@$(BIN)/python -m venv $(VENV)-bench
	@$(VENV)-bench/bin/python -m pip install --quiet --disable-pip-version-check -r requirements-bench.txt
	@touch $@

bench: $(VENV)-bench/.installed
	$(VENV)-bench/bin/python -m benchmarks $(ARGS)

gateway/node_modules/.installed: gateway/package.json gateway/package-lock.json
	@echo "Installing gateway/package-lock.json ..."
	@cd gateway && npm ci --loglevel=error --no-audit --no-fund
	@touch $@

# Run it after changing a direct requirement: resolves anew and pins everything that came along.
lock:
	rm -rf .data/lock && $(PYTHON) -m venv .data/lock
	grep -hv -e '^-' requirements.txt requirements-sqs.txt requirements-dev.txt > .data/lock/direct.txt
	.data/lock/bin/python -m pip install --quiet --disable-pip-version-check -r .data/lock/direct.txt
	echo "# Everything that requirements-dev.txt pulls in, pinned. Made by: make lock" > constraints.txt
	.data/lock/bin/python -m pip freeze --exclude pip --exclude setuptools >> constraints.txt
