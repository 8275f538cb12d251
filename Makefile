# Two commands for a machine that has Python, make and a package registry: `make serve` and `make test`.
# Each makes .venv, installs what it needs, once, and does its job. `make help` lists the others.

PORT ?= 8080
VENV ?= .venv
# The Python that .venv is made with; found among the usual names unless given: make test PYTHON=/usr/bin/python3.13
PYTHON ?=
# What other frameworks are installed into
PEERS := .venv-peers
# Connexion 2, which wants an older Flask: services written for it run there, before they are moved
CONNEXION := .venv-connexion
# AWS' command line: it wants a botocore of its own
AWS_CLI := .venv-aws
# What the site of the documentation is made with
SITE := .venv-docs
# Versions that `make test-pythons` looks for, besides the one in .venv
OTHER_PYTHONS ?= 3.11 3.12 3.13 3.14

BIN := $(VENV)/bin
PIP := -m pip --disable-pip-version-check install --quiet
PACKAGES := src/pymacaron src/pymacaron_core src/pymacaron_async src/pymacaron_unit

# A name on the PATH may be a stub that starts nothing, and Debian's python3 may lack venv: what counts is that it runs.
FITS := -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))'

# Who has nothing left to do takes tests from who has most: tests of one file, and what is made for them, stay together.
PROCESSES := --numprocesses auto --maxprocesses 8 --dist worksteal

.DEFAULT_GOAL := help
.PHONY: help serve test test-whole test-pythons lint api public release conformance conformance-clients conformance-mock fuzz flask-suite soak mutants node shells redis docker browser prism peers connexion aws-cli docs docs-look docs-plots house bench-asked bench bench-quick bench-load bench-start bench-storm bench-features bench-clients bench-tables bench-tasks dist clean

help:
	@echo "make serve [PORT=8080]   run examples/helloworld on this machine"
	@echo "make test                everything that CI looks at: style, types, layers, tests"
	@echo "make test-whole          all of those tests of which make test takes a part: real descriptions, cases by lot"
	@echo "make test-pythons        the tests under every other Python that is here"
	@echo "make api                 public names: is one gone that CHANGES.md does not tell of? make public writes them down"
	@echo "make conformance         suites, real descriptions and other validators: one table of what passes"
	@echo "make conformance-clients our clients call real descriptions, which Prism answers: one table of what comes"
	@echo "make conformance-mock    our mock of real descriptions: what it answers, schemathesis, Prism beside it"
	@echo "make fuzz                requests by lot, for a minute, then schemas and values, until a difference; [FUZZ_SECONDS=60] [FUZZ_SEED=1]"
	@echo "make flask-suite         Flask's own tests, with our dispatch on every app that they make"
	@echo "make soak                1,000,000 requests in one process: does what it holds grow? And tasks whose workers are killed, releases at every call"
	@echo "make mutants             faults in auth/, one at a time: which does no test find? Half an hour"
	@echo "make bench               CPU of a request, ours beside others: 10 minutes; it wants wrk (apt-get install wrk)"
	@echo "make bench-quick         the same beside bare Flask, without a server: a minute"
	@echo "make bench-load          CPU and memory of loading descriptions, as services and as clients, ours beside others"
	@echo "make bench-start         CPU of starting a service, beside importing Flask"
	@echo "make bench-storm         CPU of 10,000 crashes, with reporters of several kinds and without"
	@echo "make bench-clients       CPU of a call of a client: in the same process, and beside plain httpx2; 10,000 calls at once"
	@echo "make bench-tables        CPU of getting and saving a model, beside plain boto3 and plain sqlite3"
	@echo "make bench-asked         the same questions to Connexion and FastAPI: the table of docs/peers.md"
	@echo "make bench-tasks         CPU of sending a task, beside plain Celery"
	@echo "make bench-features      CPU that a call costs more where a feature is armed: tokens, limits, logs"
	@echo "make docs                the documentation as a site, in build/site; a warning is an error"
	@echo "make docs-look           the site in chromium, at the width of a phone and of a desk: docs/site/look-*.png"
	@echo "make docs-plots          the plots of tables in docs/, which what writes those tables makes, too"
	@echo "make house               lines, longest functions and ways of calls: the figures of ARCHITECTURE.md"
	@echo "make dist                the wheel and the sdist, looked at as a package index will"
	@echo "make release VERSION=... look whether all is in place, build, try it out, tag it here; uploads nothing"
	@echo "make clean               remove what the others made"

# A token signed in this run is worth nothing in the next one: outside development the secret comes from elsewhere.
serve: $(VENV)/.serve
	@cd examples/helloworld && \
	JWT_SECRET="$${JWT_SECRET:-$$($(abspath $(BIN))/python -c 'import secrets; print(secrets.token_hex(32))')}" \
	exec $(abspath $(BIN))/python server.py --port $(PORT)

# What is installed comes first, one after the other; then what looks at the code, side by side; then the tests.
test: node shells redis docker browser prism peers connexion aws-cli
	@$(MAKE) --no-print-directory --jobs=2 --output-sync=target lint api docs
	$(BIN)/pytest $(PROCESSES)
	@$(MAKE) --no-print-directory flask-suite

# The files that ask tests/lots how much is to be taken.
test-whole: $(VENV)/.test node shells redis docker browser prism peers aws-cli
	TEST_WHOLE=1 $(BIN)/pytest $(PROCESSES) $$(grep --recursive --files-with-matches --include='test_*.py' '^from lots import' tests)

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy $(PACKAGES)
	MYPYPATH=docs/site $(BIN)/mypy docs/site/gather.py docs/site/reference.py docs/site/looked.py docs/site/conf.py
	MYPYPATH=bench $(BIN)/mypy bench/speed.py bench/load.py bench/start.py bench/storm.py bench/features.py bench/clients.py bench/many.py bench/load_worked_out.py bench/worker.py bench/parts.py bench/tables.py bench/tasks.py bench/plots.py bench/asked.py bench/asked_ours.py bench/rooms.py
	$(BIN)/lint-imports

# Public names: is one gone that CHANGES.md does not tell of? Beside tests/promises/public.txt, and the last tag.
api: $(VENV)/.test
	PYTHONPATH=tests $(BIN)/python -m promises

public: $(VENV)/.test
	PYTHONPATH=tests $(BIN)/python -m promises --write

test-pythons: $(VENV)/.test
	@own=$$($(BIN)/python -c 'import sys; print("%d.%d" % sys.version_info[:2])'); \
	for version in $(OTHER_PYTHONS); do \
	    test $$version != $$own || continue; found=; \
	    for python in python$$version $(HOME)/.pyenv/versions/$$version.*/bin/python; do \
	        $$python $(FITS) 2>/dev/null && found=$$python && break; \
	    done; \
	    if test -z "$$found"; then echo "Python $$version is not on this machine: not tested"; continue; fi; \
	    echo "Python $$version: $$found"; \
	    $(MAKE) --no-print-directory .venv-$$version/.test VENV=.venv-$$version PYTHON=$$found && \
	    .venv-$$version/bin/pytest $(PROCESSES) --quiet || exit 1; \
	done

conformance: $(VENV)/.test node
	PYTHONPATH=tests $(BIN)/python -m conformance --write
	$(BIN)/python bench/plots.py

conformance-clients: $(VENV)/.test prism
	PYTHONPATH=tests $(BIN)/python -m conformance.mocked --write

conformance-mock: $(VENV)/.test prism
	PYTHONPATH=tests $(BIN)/python -m conformance.mocks --write
	$(BIN)/python bench/plots.py

# Headers, cookies and tokens against both ways of dispatch, then schemas.
fuzz: $(VENV)/.test
	for kind in direct stock; do \
	    PYTHONPATH=tests FUZZ_SECONDS=$(or $(FUZZ_SECONDS),30) FUZZ_SEED=$(FUZZ_SEED) FUZZ_KIND=$$kind $(BIN)/python -m security.fuzzing || exit 1; \
	done
	PYTHONPATH=tests FUZZ_SECONDS=$(FUZZ_SECONDS) FUZZ_SEED=$(FUZZ_SEED) $(BIN)/python -m conformance.differential

flask-suite: $(VENV)/.test
	PYTHONPATH=tests $(BIN)/python -m flask_suite

soak: $(VENV)/.test
	PYTHONPATH=tests $(BIN)/python -m soak
	PYTHONPATH=tests $(BIN)/python -m soak.tasks --write
	PYTHONPATH=tests $(BIN)/python -m soak.releases
	HISTORY_WRITES=40 $(BIN)/pytest tests/store/suite/test_histories.py

mutants: $(VENV)/.test
	PYTHONPATH=tests $(BIN)/python -m mutation --write

# ajv votes in the tests. In CI nothing may be missing; elsewhere those tests are skipped without node, and say so.
node:
	@command -v npm >/dev/null || test -z "$$CI" || { apt-get update -q && apt-get install -qy --no-install-recommends nodejs npm; }

# Their completion is tested where they are; in CI they must be.
shells:
	@command -v zsh >/dev/null && command -v fish >/dev/null || test -z "$$CI" || { apt-get update -q && apt-get install -qy --no-install-recommends zsh fish; }

# What several workers share is tested with it; each test starts its own. In CI it must be there; elsewhere tests are skipped.
redis:
	@command -v redis-server >/dev/null || test -z "$$CI" || { apt-get update -q && apt-get install -qy --no-install-recommends redis-server; }

# A service is tested in a container, its image built and pushed; tests start daemon and registry where none runs. In CI it must be there, and Debian has had the
# client in a package of its own since trixie.
docker:
	@command -v dockerd >/dev/null || test -z "$$CI" || { apt-get update -q && apt-get install -qy --no-install-recommends docker.io; }
	@command -v docker >/dev/null || test -z "$$CI" || apt-get install -qy --no-install-recommends docker-cli
	@command -v docker-registry >/dev/null || test -z "$$CI" || { apt-get update -q && apt-get install -qy --no-install-recommends docker-registry; }

# Opens the pages of /doc. In CI nothing may be missing; elsewhere those tests are skipped without chromium, and say so.
browser: node
	@command -v chromium >/dev/null || test -z "$$CI" || { apt-get update -q && apt-get install -qy --no-install-recommends chromium; }
	@cd tests/server/docs/browser && if command -v npm >/dev/null && ! cmp -s package-lock.json node_modules/.installed; then \
	    npm ci --silent && cp package-lock.json node_modules/.installed; \
	fi

# A server that answers from descriptions, and reads each request by them: our clients call it.
prism: node
	@cd tests/upstreams/npm && if command -v npm >/dev/null && ! cmp -s package-lock.json node_modules/.installed; then \
	    npm ci --silent && cp package-lock.json node_modules/.installed; \
	fi

# Services of other frameworks, which our clients call by the descriptions that they serve.
peers: $(VENV)/.test
	@if ! cmp -s tests/upstreams/peers.txt $(PEERS)/.installed; then \
	    echo "Making $(PEERS)" && $(BIN)/python -m venv --clear $(PEERS) && \
	    $(PEERS)/bin/python $(PIP) --requirement tests/upstreams/peers.txt && \
	    cp tests/upstreams/peers.txt $(PEERS)/.installed; \
	fi

# Services of Connexion 2 run under it with their own tests, which they have to pass here, too.
connexion: $(VENV)/.test
	@if ! cmp -s tests/upstreams/connexion2.txt $(CONNEXION)/.installed; then \
	    echo "Making $(CONNEXION)" && $(BIN)/python -m venv --clear $(CONNEXION) && \
	    $(CONNEXION)/bin/python $(PIP) --requirement tests/upstreams/connexion2.txt && \
	    cp tests/upstreams/connexion2.txt $(CONNEXION)/.installed; \
	fi

# AWS' own command line, which reads what stands in for AWS in tests.
aws-cli: $(VENV)/.test
	@if ! cmp -s tests/upstreams/aws_cli.txt $(AWS_CLI)/.installed; then \
	    echo "Making $(AWS_CLI)" && $(BIN)/python -m venv --clear $(AWS_CLI) && \
	    $(AWS_CLI)/bin/python $(PIP) --requirement tests/upstreams/aws_cli.txt && \
	    cp tests/upstreams/aws_cli.txt $(AWS_CLI)/.installed; \
	fi

# The site, as files: docs/site/gather.py puts its pages together and looks at every link, Sphinx makes HTML of them.
docs: $(VENV)/.test
	@if ! cmp -s docs/site/requirements.txt $(SITE)/.installed; then \
	    echo "Making $(SITE)" && $(BIN)/python -m venv --clear $(SITE) && \
	    $(SITE)/bin/python $(PIP) --requirement docs/site/requirements.txt && \
	    cp docs/site/requirements.txt $(SITE)/.installed; \
	fi
	$(BIN)/python docs/site/gather.py build/pages
	rm -rf build/site
	$(SITE)/bin/sphinx-build -q --fail-on-warning --keep-going --builder html --conf-dir docs/site --doctree-dir build/doctrees build/pages build/site
	$(BIN)/python docs/site/looked.py build/site
	@echo "build/site/index.html"

docs-look: docs browser
	cd tests/server/docs/browser && node $(CURDIR)/docs/site/look.mjs $$(command -v chromium) $(CURDIR)/build/site $(CURDIR)/docs/site

docs-plots: $(VENV)/.serve
	$(BIN)/python bench/plots.py

house: $(VENV)/.serve
	$(BIN)/python bench/rooms.py --write

bench: $(VENV)/.serve
	$(BIN)/python bench/speed.py --write
	$(BIN)/python bench/plots.py

bench-quick: $(VENV)/.serve
	$(BIN)/python bench/speed.py --quick

bench-load: $(VENV)/.test
	$(BIN)/python bench/load.py --write
	$(BIN)/python bench/load.py --clients --takes 2 --write
	$(BIN)/python bench/plots.py

bench-start: $(VENV)/.test
	$(BIN)/python bench/start.py --write

bench-storm: $(VENV)/.test
	$(BIN)/python bench/storm.py --write

bench-features: $(VENV)/.test
	$(BIN)/python bench/features.py --write
	$(BIN)/python bench/plots.py

bench-clients: $(VENV)/.test
	$(BIN)/python bench/clients.py --write
	$(BIN)/python bench/clients.py --many --write

bench-tables: $(VENV)/.test
	$(BIN)/python bench/tables.py --write

bench-asked: $(VENV)/.test
	$(BIN)/python bench/asked.py --write

bench-tasks: $(VENV)/.test redis
	$(BIN)/python bench/tasks.py --write

dist: $(VENV)/.test
	rm -rf dist
	$(BIN)/python -m build --no-isolation
	$(BIN)/twine check --strict dist/*
	$(BIN)/check-wheel-contents dist/*.whl

# Version, changes, tests, wheel and sdist, tried out; then a tag, here. It uploads and pushes nothing.
release: $(VENV)/.test
	@test -n "$(VERSION)" || { echo "Which version? make release VERSION=3.1.0 [WITHOUT_TESTS=1]" >&2; exit 2; }
	PYTHONPATH=tests $(BIN)/python -m promises.release $(VERSION) $(if $(WITHOUT_TESTS),--without-tests)

clean:
	rm -rf .venv .venv-* bench/.venv-* build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	rm -rf tests/conformance/npm/node_modules tests/upstreams/npm/node_modules tests/server/docs/browser/node_modules bench/fastify/node_modules
	rm -f examples/helloworld/helloworld-tasks.sqlite3* examples/helloworld/marker.txt
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# What is installed stands as an empty file in the environment: while pyproject.toml is older, nothing is looked for.
$(VENV)/.serve: pyproject.toml
	@$(call environment)
	$(BIN)/python $(PIP) --editable .
	@touch $@

$(VENV)/.test: pyproject.toml
	@$(call environment)
	$(BIN)/python $(PIP) 'pip>=25.1'
	$(BIN)/python $(PIP) --editable . --group dev
	@touch $(VENV)/.serve $@

define environment
found=; if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
    for python in $(or $(PYTHON),python3 python python3.14 python3.13 python3.12 python3.11); do \
        $$python $(FITS) 2>/dev/null && found=$$python && break; \
    done; \
    if test -z "$$found"; then \
        echo "No Python >= 3.11 with venv among: $(or $(PYTHON),python3 python python3.14 python3.13 python3.12 python3.11)." >&2; \
        echo "Name one: make PYTHON=/path/to/python3. On Debian, venv is a package: apt-get install python3-venv." >&2; \
        exit 1; \
    fi; \
    echo "Making $(VENV) with $$found"; \
    $$found -m venv $(VENV) || exit 1; \
fi
endef
