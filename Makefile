# Everything a person does here. `make run` and `make test` each work alone on a fresh machine with Python 3.11+ and make.

PYTHON ?= python3
# `make run HOST=0.0.0.0 PORT=9000`, which wants COASTER_API_KEYS_FILE or COASTER_ALLOW_ANYONE=true; else COASTER_HOST and COASTER_PORT, else 127.0.0.1 and 8000.
ADDRESS = $(if $(filter command line,$(origin HOST)),--host $(HOST)) $(if $(filter command line,$(origin PORT)),--port $(PORT))

TORCH = torch==2.13.0
# CPU builds: on Linux the default index would bring several GB of CUDA. pip goes on without it where it cannot be reached.
TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
PIP = .venv/bin/python -m pip --disable-pip-version-check install --quiet
# Promises that measure no time run beside the longest, others two at a time; those that measure more than seconds have the machine for themselves.
PROMISES = .venv/bin/python -m pytest -o junit_family=xunit1 --durations=10
# To collect the requests of the first promise takes ten seconds.
FEW = -p no:schemathesis --ignore-glob="*/test_01_*"
LONGEST = $(FEW) --junitxml=.promises/longest.xml -m "not quick" tests/promises/test_11_*.py
UNTIMED = --junitxml=.promises/untimed.xml -m "not quick and untimed" --ignore-glob="*/test_11_*" tests/promises
SHARING = $(FEW) --junitxml=.promises/sharing.xml -m "not quick and shares" -n 2 --dist worksteal tests/promises/test_13_*.py tests/promises
ALONE = $(FEW) --junitxml=.promises/alone.xml -m "not quick and not untimed and not shares" tests/promises
# Node.js comes with the test tools; what checks the page is apart from it.
NPM = .venv/bin/npm --prefix scripts/page
NODE = .venv/bin/node scripts/page/node_modules

.PHONY: run test install check openapi lock licences bench lesson readme screenshot test-promises promises test-browser test-prometheus test-compose clean

run: .venv/installed
	@echo "Coaster is starting; its log tells its address, for a browser. /docs there is its contract. Ctrl+C ends it."
	@.venv/bin/python -m service $(ADDRESS)

test: .venv/installed-dev
	.venv/bin/python -m pytest

install: .venv/installed

check: .venv/installed-page
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/python -m scripts.contract --check
	.venv/bin/hadolint Dockerfile
	.venv/bin/shellcheck .ci/run
	.venv/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	$(NODE)/typescript/bin/tsc --project scripts/page
	$(NODE)/@biomejs/biome/bin/biome ci --colors=off --error-on-warnings --config-path=scripts/page service/web

openapi: .venv/installed-dev
	.venv/bin/python -m scripts.contract

lesson: .venv/installed-dev
	.venv/bin/python -m scripts.lesson

readme: .venv/installed-dev
	.venv/bin/python -m scripts.readme

screenshot: .venv/installed-dev
	.venv/bin/python -m scripts.screenshot

licences: .venv/installed-dev
	.venv/bin/python -m scripts.licences

bench: .venv/installed-dev
	.venv/bin/python -m benchmarks --write

test-promises: .venv/installed-dev
	rm -rf .promises
	-$(PROMISES) $(LONGEST) & $(PROMISES) $(UNTIMED); wait
	-$(PROMISES) $(SHARING)
	-$(PROMISES) $(ALONE)
	.venv/bin/python -m tests.promises.table .promises/*.xml $(WRITE)

promises: WRITE = --write
promises: test-promises

test-browser: .venv/installed-dev
	.venv/bin/python -m pytest -m browser tests/browser

test-prometheus: .venv/installed-dev
	.venv/bin/python -m pytest -m prometheus tests/deploy

test-compose: .venv/installed-dev
	.venv/bin/python -m pytest -m compose tests/compose

lock: .venv/installed-dev
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" requirements.in -o requirements.txt
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" requirements-otel.in -o requirements-otel.txt
	.venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --custom-compile-command "make lock" requirements-dev.in -o requirements-dev.txt
	$(NPM) install --package-lock-only

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .promises scripts/page/node_modules

.venv/installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Coaster needs Python 3.11 or newer: make PYTHON=python3.11 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' || { echo "Python lacks venv; on Debian: apt-get install python3-venv"; exit 1; }
	@echo "Setting up .venv (once; torch is 200 MB) ..."
	@$(PYTHON) -m venv .venv
	@$(PIP) --require-hashes -r requirements.txt
	@$(PIP) --retries 1 --extra-index-url $(TORCH_INDEX) $(TORCH)
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	@echo "Adding the test tools ..."
	@$(PIP) --require-hashes -r requirements-dev.txt
	@touch $@

.venv/installed-page: .venv/installed-dev scripts/page/package.json scripts/page/package-lock.json
	@echo "Adding what checks the page ..."
	@$(NPM) ci --loglevel=error
	@touch $@
