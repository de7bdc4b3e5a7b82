# Everything that a person does here. `make run` and `make test` each work alone on a fresh machine
# with Python 3.11 or newer and make. CONTRIBUTING.md says which command does what.

PYTHON ?= python3
# `make run HOST=0.0.0.0 PORT=9000`. Another host than this machine needs COASTER_API_KEYS_FILE or
# COASTER_ALLOW_ANYONE=true. By default COASTER_HOST and COASTER_PORT hold, or 127.0.0.1 and 8000.
ADDRESS = $(if $(filter command line,$(origin HOST)),--host $(HOST)) \
  $(if $(filter command line,$(origin PORT)),--port $(PORT))

TORCH_INDEX ?= https://download.pytorch.org/whl/cpu
PIP = .venv/bin/python -m pip --disable-pip-version-check -qq install
# Node.js comes with the test tools. The checkers of the page, and the linter of the contract with
# the generators of clients, are installed apart.
NPM = .venv/bin/npm --prefix
NODE = .venv/bin/node scripts/page/node_modules
REDOCLY = REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
  .venv/bin/node scripts/clients/node_modules/@redocly/cli/bin/cli.js

# Write bytecode even if the environment turns it off: without it, each run compiles for ten seconds.
export PYTHONDONTWRITEBYTECODE =
PYTEST = .venv/bin/python -m pytest
# The tests of one file run in one process, so that they share what is costly to start.
PARALLEL = --numprocesses auto --dist loadfile
# Tests of the system wait for processes and browsers: three of them share two cores.
SYSTEM_PROCESSES = --numprocesses $$(( ($$(nproc) * 3 + 1) / 2 ))
UNIT = -p no:schemathesis $(PARALLEL)
ALL = $(PYTEST) --hypothesis-profile ci
# What a visitor of the page, and of the page of the contract, sees first. `make test-browser` runs
# all tests of the page.
FIRST_MINUTE = tests/system/browser/test_first_load.py tests/system/browser/test_layout.py \
  tests/system/browser/test_docs.py
SOURCES = $(shell find service client tests/unit tests/smoke tests/truth tests/support -name '*.py' 2>/dev/null)

# Promises that measure no time run next to the longest one, others two at a time. Those that
# measure more than seconds have the machine for themselves.
PROMISES = $(PYTEST) --hypothesis-profile nightly -o junit_family=xunit1 --durations=10
# Collecting the requests of the first promise takes ten seconds.
FEW = -p no:schemathesis --ignore-glob="*/test_01_*"
PROMISE_TESTS = tests/system/promises
LONGEST = $(FEW) --junitxml=.promises/longest.xml -m "not quick" $(PROMISE_TESTS)/test_11_*.py
UNTIMED = --junitxml=.promises/untimed.xml -m "not quick and untimed" \
  --ignore-glob="*/test_11_*" $(PROMISE_TESTS)
SHARING = $(FEW) --junitxml=.promises/sharing.xml -m "not quick and shares" -n 2 --dist worksteal \
  $(PROMISE_TESTS)/test_13_*.py $(PROMISE_TESTS)
ALONE = $(FEW) --junitxml=.promises/alone.xml -m "not quick and not untimed and not shares" \
  $(PROMISE_TESTS)

.PHONY: run test test-all test-integration test-system test-promises promises test-browser test-prometheus test-compose
.PHONY: audit images truth simulate mutants fmt lint check bench calibrate openapi lesson readme screenshot licences lock install clean

run: .venv/installed
	@echo "Starting Coaster. Open the address that the line \"ready\" names. Ctrl+C stops it."
	@.venv/bin/python -m service $(ADDRESS)

test: .venv/installed-dev
	$(PYTEST) $(UNIT)

test-integration: .venv/installed-dev
	$(ALL) $(PARALLEL) tests/integration

# The tests are distributed one by one, because those of the contract share an id.
test-system: .venv/installed-clients
	$(ALL) -m "not long and not compose" --dist worksteal $(SYSTEM_PROCESSES) \
	  $(PROMISE_TESTS) tests/simulation tests/system/e2e tests/system/clients tests/system/deploy $(FIRST_MINUTE)

test-all: .venv/installed-dev
	$(ALL) $(PARALLEL) tests/unit tests/smoke tests/truth tests/integration
	$(MAKE) test-system

test-promises: .venv/installed-dev
	rm -rf .promises
	-$(PROMISES) $(LONGEST) & $(PROMISES) $(UNTIMED); wait
	-$(PROMISES) $(SHARING)
	-$(PROMISES) $(ALONE)
	.venv/bin/python -m tests.system.promises.table .promises/*.xml $(WRITE)

promises: WRITE = --write
promises: test-promises

test-browser: .venv/installed-dev
	$(PYTEST) $(SYSTEM_PROCESSES) --dist loadfile -m browser tests/system/browser

test-prometheus: .venv/installed-dev
	$(PYTEST) -m prometheus tests/system/deploy

test-compose: .venv/installed-dev
	$(PYTEST) -m compose tests/system/compose

# Check every claim of 3,000 answers, and count the claims by kind.
truth: .venv/installed-dev
	.venv/bin/python -m tests.truth 3000

# Run the job code on simulated machines. `python -m tests.simulation SEED` replays a violation.
simulate: .venv/installed-dev
	.venv/bin/python -m tests.simulation --seeds 10000

# Break lines of the service one at a time and count the breaks that the tests notice.
mutants: .venv/installed-dev
	.venv/bin/python -m scripts.mutants $(MUTANTS)

fmt: .venv/installed-page
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .
	$(NODE)/@biomejs/biome/bin/biome check --write --config-path=scripts/page service/web

lint: .venv/installed-page .venv/installed-clients
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/python -m scripts.prose
	.venv/bin/python -m scripts.contract --check
	$(REDOCLY) lint --config scripts/clients/redocly.yaml openapi/openapi.json
	.venv/bin/hadolint Dockerfile
	.venv/bin/shellcheck .ci/run scripts/set_up.sh scripts/images.sh
	.venv/bin/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	.venv/bin/pre-commit validate-config
	$(NODE)/typescript/bin/tsc --project scripts/page
	$(NODE)/@biomejs/biome/bin/biome ci --colors=off --error-on-warnings \
	  --config-path=scripts/page service/web

# The tests of `make test` run again, to measure what they cover, if the code has changed since it
# was last measured.
check: lint .coverage
	.venv/bin/coverage report --skip-covered --sort=cover

.coverage: $(SOURCES) | .venv/installed-dev
	$(PYTEST) $(UNIT) --cov --cov-report=

bench: .venv/installed-dev
	.venv/bin/python -m benchmarks --write

# Measure the constants of service/descent/questions/cost.py and service/pool/scheduling.py.
calibrate: .venv/installed-dev
	.venv/bin/python -m benchmarks.calibration --write

openapi: .venv/installed-dev
	.venv/bin/python -m scripts.contract
	.venv/bin/python -m scripts.client

lesson: .venv/installed-dev
	.venv/bin/python -m scripts.lesson

readme: .venv/installed-dev
	.venv/bin/python -m scripts.readme

screenshot: .venv/installed-dev
	.venv/bin/python -m scripts.screenshot

licences: .venv/installed-dev
	.venv/bin/python -m scripts.licences

COMPILE = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --custom-compile-command "make lock"
lock: .venv/installed-dev
	$(COMPILE) requirements.in -o requirements.txt
	$(COMPILE) requirements-otel.in -o requirements-otel.txt
	$(COMPILE) requirements-dev.in -o requirements-dev.txt
	$(COMPILE) requirements-pip.in -o requirements-pip.txt
	$(COMPILE) requirements-supply.in -o requirements-supply.txt
	$(COMPILE) -c requirements.txt requirements-torch.in -o requirements-cuda.txt
	@TORCH_INDEX="$(TORCH_INDEX)" .venv/bin/python -m scripts.torch_hashes
	$(NPM) scripts/page install --package-lock-only
	$(NPM) scripts/clients install --package-lock-only

install: .venv/installed

# Renew the digests of the base images in images.env: docker compose --env-file images.env up
images:
	scripts/images.sh

# Ask an advisory database about known vulnerabilities of everything that is installed. This needs
# https://pypi.org itself, so it is not part of `make check`: mirrors of it have packages and no
# advisories. `--strict` fails for a package that the database does not know.
audit: .venv/supply/installed
	@for locked in requirements*.txt; do \
	  echo "$$locked"; .venv/supply/bin/pip-audit --strict --require-hashes --disable-pip -r $$locked || exit; done

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage* \
	  .promises *.egg-info scripts/page/node_modules scripts/clients/node_modules

.venv/installed: requirements.txt requirements-pip.txt requirements-torch.txt scripts/set_up.sh
	@PYTHON="$(PYTHON)" TORCH_INDEX="$(TORCH_INDEX)" scripts/set_up.sh
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.txt
	@echo "Adding the test tools."
	@$(PIP) --require-hashes -r requirements-dev.txt
	@$(PIP) --no-build-isolation --no-deps --editable client
	@touch $@

.venv/supply/installed: requirements-supply.txt | .venv/installed
	@echo "Adding the tools that check what is installed."
	@$(PYTHON) -m venv .venv/supply
	@.venv/supply/bin/python -m pip --disable-pip-version-check -qq install --require-hashes \
	  -r requirements-supply.txt
	@touch $@

.venv/installed-page: .venv/installed-dev scripts/page/package.json scripts/page/package-lock.json
	@echo "Adding the checkers of the page."
	@$(NPM) scripts/page ci --loglevel=error
	@touch $@

.venv/installed-clients: .venv/installed-dev scripts/clients/package.json scripts/clients/package-lock.json
	@echo "Adding the linter of the contract and the generators of clients."
	@$(NPM) scripts/clients ci --loglevel=error
	@touch $@
