# The front door. Each target is a thin call of cmake, ninja, ctest or npm; what a machine lacks is installed first.
#
# Variables: PORT and RUN_DIR (make run), SANDBOX=0|1, SCALE, CLUSTERS (the sandbox), FUZZ_SECONDS, TESTS (a pattern
# that ctest selects by), BENCH (rows of make bench), SOAK_SECONDS, DESTDIR, EKSGATE_BINARY and UI (make install).

SHELL := /bin/bash
.SHELLFLAGS := -eo pipefail -c

PYTHON := /usr/bin/python3
FUZZ_SECONDS ?= 60
EKSGATE_BINARY ?= build/eksgate
UI ?= html/dist

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help run test bench soak provision build conformance lives sandbox fuzz lint fmt docs install install-worker image worker-image clean

help:
	@echo "make TARGET:"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  \1\t\2/p' Makefile | expand -t 12

run: ## start eksgate on http://127.0.0.1:8080, with a sandbox cluster where there is no other
	@dev/install.sh run
	@$(MAKE) -s --no-print-directory -j2 build/eksgate html/dist/index.html
	@exec $(PYTHON) dev/run.py

test: ## build and run every test
	@dev/install.sh test
	@$(MAKE) -s --no-print-directory -j2 build/eksgate build/dev/eksgate build/tsan/eksgate html/dist/index.html
	@exec $(PYTHON) dev/test.py

bench: ## measure eksgate against its peers (about 10 min); BENCH=get,watches: only these rows
	@dev/install.sh bench
	@$(MAKE) -s --no-print-directory -j2 build/eksgate build/bench/build.ninja html/dist/index.html
	@ninja -C build/bench --quiet bench_mint
	@exec $(PYTHON) tests/bench/run.py

soak: ## SOAK_SECONDS (900) of mixed load, with clients, API servers and Redis going away
	@dev/install.sh bench
	@$(MAKE) -s --no-print-directory build/eksgate
	@exec $(PYTHON) tests/bench/soak.py

provision: ## lives of clusters with every step, and runs cut off at random moments (about 15 min); outcome in docs/results
	@dev/install.sh test
	@$(MAKE) -s --no-print-directory build/dev/eksgate
	@out="$$PWD/docs/results/provision-$$(date -u +%F).txt" && venv="$$(dev/venv.sh python-test dev/test.txt)" && \
		printf '%s, %s cores, load %s\n' "$$(date -u +%FT%RZ)" "$$(nproc)" "$$(cut -d ' ' -f 1 /proc/loadavg)" >"$$out" && \
		cd tests/terraform && exec env --unset=SANDBOX_RUN_DIR CLUSTERS=1 OUTCOMES="$$out" "$$venv/bin/python" -m pytest \
		--timeout 3600 provision_matrix.py

build: ## build eksgate (build/eksgate), the tests (build/tests) and the UI (html/dist)
	@dev/install.sh test
	@$(MAKE) -s --no-print-directory -j2 build/eksgate build/dev/eksgate html/dist/index.html

conformance: ## hold the gateway against the cluster itself, row by row; the outcome goes to docs/results
	@dev/install.sh test
	@$(MAKE) -s --no-print-directory build/eksgate build/dev/eksgate
	@exec $(PYTHON) tests/conformance/run.py --results docs/results/conformance-$$(date -u +%F).txt

lives: ## whole lives of clusters, by real terraform in both runners, and in a browser; the outcome goes to docs/results
	@dev/install.sh test
	@$(MAKE) -s --no-print-directory -j2 build/eksgate build/dev/eksgate html/dist/index.html
	@tests/lives/run.sh docs/results/lives-$$(date -u +%F).txt

sandbox: ## start the sandbox alone; sandbox/env prints its environment
	@dev/install.sh run
	@exec sandbox/up --announce

fuzz: ## run each fuzz target for FUZZ_SECONDS (60)
	@dev/install.sh test
	@$(MAKE) -s --no-print-directory build/fuzz/build.ninja
	@ninja -C build/fuzz --quiet | { grep -vx 'ninja: no work to do.' || true; }
	@FUZZ_SECONDS=$(FUZZ_SECONDS) dev/fuzz.sh

lint: ## check format, static analysis, nginx's and eksgate's own configuration
	@dev/install.sh test
	@$(MAKE) -s --no-print-directory build/dev/eksgate html/node_modules/.complete
	@dev/lint.sh

fmt: ## format C and TypeScript
	@dev/install.sh test
	@$(MAKE) -s --no-print-directory html/node_modules/.complete
	@git ls-files '*.c' '*.h' | xargs -r clang-format -i
	@PATH="$$(dev/node.sh):$$PATH" npm --prefix html run --silent format

docs: ## print docs/api.md from the route table, and .env.example from the table of variables
	@dev/install.sh run
	@$(MAKE) -s --no-print-directory build/eksgate
	@mkdir -p docs
	@build/eksgate routes --format markdown > docs/api.md.new && mv docs/api.md.new docs/api.md
	@build/eksgate check --example > .env.example.new && mv .env.example.new .env.example

install: ## put what was built where systemd and the container have it; DESTDIR= another root
	@test -x $(EKSGATE_BINARY) && test -e $(UI)/index.html || { echo 'error: not built; run: make build' >&2; exit 1; }
	@install -d $(DESTDIR)/usr/share/eksgate/nginx $(DESTDIR)/usr/share/eksgate/provision $(DESTDIR)/usr/share/eksgate/ui
	@install -D -T $(EKSGATE_BINARY) $(DESTDIR)/usr/bin/eksgate
	@install -D -t $(DESTDIR)/usr/lib/eksgate deploy/prepare deploy/certificate deploy/start
	@install -m 644 -t $(DESTDIR)/usr/share/eksgate redis/redis.conf
	@install -m 644 -T .env.example $(DESTDIR)/usr/share/eksgate/env.example
	@install -m 644 -t $(DESTDIR)/usr/share/eksgate/provision provision/*.tf provision/*.tftpl provision/*.override
	@install -t $(DESTDIR)/usr/share/eksgate/provision provision/provision.sh provision/destroy.sh
	@install -m 644 -t $(DESTDIR)/usr/share/eksgate/nginx nginx/*.conf nginx/*.in nginx/mime.types
	@cp -r --no-preserve=ownership $(UI)/. $(DESTDIR)/usr/share/eksgate/ui
	@chmod -R a+rX $(DESTDIR)/usr/share/eksgate/ui
	@install -D -m 644 -t $(DESTDIR)/usr/lib/systemd/system deploy/systemd/*.service deploy/systemd/*.target
	@install -D -m 644 -T deploy/systemd/sysusers.conf $(DESTDIR)/usr/lib/sysusers.d/eksgate.conf

install-worker: ## put what the worker's image runs, but for Terraform, where provision/Dockerfile.worker has it
	@test -x $(EKSGATE_BINARY) || { echo 'error: not built; run: make build' >&2; exit 1; }
	@install -D -T $(EKSGATE_BINARY) $(DESTDIR)/usr/bin/eksgate
	@install -D -m 644 -t $(DESTDIR)/opt/eksgate/module provision/*.tf provision/*.tftpl provision/*.override
	@install -t $(DESTDIR)/opt/eksgate provision/*.sh

image: ## build the container image with DOCKER (docker), and try it as the README prints it
	@tests/image.sh

worker-image: ## build the image of provisioning runs with DOCKER (docker), and try it
	@tests/worker_image.sh

clean: ## remove what was built; the state of runs (run/) and the cache stay
	rm -rf build html/dist html/node_modules

# What the targets above are made of. ninja knows better than make what is out of date, so it is always asked; it also
# runs cmake again when that is needed.

build/eksgate: build/release/build.ninja FORCE
	@ninja -C build/release --quiet | { grep -vx 'ninja: no work to do.' || true; }

build/dev/eksgate: build/dev/build.ninja FORCE
	@ninja -C build/dev --quiet | { grep -vx 'ninja: no work to do.' || true; }

build/tsan/eksgate: build/tsan/build.ninja FORCE
	@ninja -C build/tsan --quiet | { grep -vx 'ninja: no work to do.' || true; }

build/%/build.ninja:
	@echo "configuring $* (cmake)"
	@mkdir -p build
	@cmake --preset $* > build/configure-$*.log 2>&1 || { cat build/configure-$*.log; exit 1; }

UI_SOURCES := $(shell find html \( -path html/node_modules -o -path html/dist -o -name '*.test.*' \) -prune -o -type f -print)

html/dist/index.html: $(UI_SOURCES) html/node_modules/.complete
	@echo "building the UI"
	@PATH="$$(dev/node.sh):$$PATH" npm --prefix html run --silent build
	@touch $@

html/node_modules/.complete: html/package-lock.json
	@echo "installing the UI's packages (npm, by lock file)"
	@dev/npm.sh
	@touch $@

FORCE:
