# Two commands matter: `make demo` (hear a conference) and `make test` (everything checked).
# Each installs what it needs; stamps make the second run start in seconds.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

stamps := build/stamps
native_sources := $(shell find native -name '*.cc' -o -name '*.h' -o -name CMakeLists.txt) CMakeLists.txt
typescript_sources := $(shell find src -name '*.ts' -not -name '*.test.ts') tsconfig.json
page := src/adapters/status/assets
page_files := $(wildcard $(page)/*.html $(page)/*.css $(page)/*.svg) $(page)/tsconfig.json
installed := node_modules/.package-lock.json
addon := build/release/parley.node
daemon := $(stamps)/dist

say = @printf '\033[1m▸ %s\033[0m\n' '$(1)'

.PHONY: help demo test check build bench load flood drain soak quality fuzz tsan sim screenshots test-nodes site doctor package image \
  arm64 clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(stamps)/apt-demo $(addon) $(daemon) ## hear a conference: five callers, one moderated room, 40 s
	@node dist/cli/main.js demo

test: $(stamps)/apt-test $(addon) $(daemon) ## every check and every test; ends with the sum
	@node_modules/.bin/tsx tools/test.ts

check: $(stamps)/apt-test $(addon) $(daemon) ## only what needs no run: format, types, import rules, generated code
	@node_modules/.bin/tsx tools/test.ts --group check

build: $(addon) $(daemon) ## compile the addon and the daemon

bench: $(stamps)/apt-bench $(addon) $(daemon) ## every part beside a named baseline of the same run; BENCH=tick: one of them
	@node_modules/.bin/tsx bench/main.ts $(BENCH)

load: $(stamps)/apt-bench $(addon) $(daemon) ## a load test, of your own daemon too; ARGS=--help says what it can do
	@node_modules/.bin/tsx bench/load/main.ts $(ARGS)

flood: $(stamps)/apt-bench $(addon) $(daemon) ## one account asks ten times what it may; what others notice of it
	@node_modules/.bin/tsx bench/flood/main.ts $(ARGS)

drain: $(stamps)/apt-bench $(addon) $(daemon) ## a daemon is stopped while 200 talk, and started again
	@node_modules/.bin/tsx bench/drain.ts $(ARGS)

soak: $(stamps)/apt-bench $(addon) $(daemon) ## three quarters of an hour of churn, faults and reloads; ARGS='--capacity 300'
	@node_modules/.bin/tsx bench/soak/main.ts $(ARGS)

quality: $(stamps)/apt-test $(addon) $(daemon) ## tables of sound quality: tone, storm, loss, onsets, delay, loudness
	@tools/quality.sh

fuzz: $(stamps)/apt-test $(installed) ## feed every parser for five minutes each
	@tools/fuzz.sh 300

tsan: $(stamps)/apt-test ## what threads share, under ThreadSanitizer
	@tools/tsan.sh

sim: $(installed) ## nothing accepted is lost: 5,000 seeds of crashes, bad disks and bad receivers; 50 are in make test
	@PARLEY_SIM_SEEDS=5000 node_modules/.bin/vitest run --project unit test/simulation

screenshots: $(stamps)/apt-test $(addon) $(daemon) ## pictures of the status page, of a live daemon, into docs/status-page
	@PARLEY_SCREENSHOTS=$(CURDIR)/docs/status-page node_modules/.bin/vitest run --project e2e test/e2e/status-looks.test.ts

test-nodes: $(stamps)/apt-test $(addon) $(daemon) ## the TypeScript tests on Node 22 and 24
	@tools/test-nodes.sh 22 24

site: $(installed) ## the documentation as a site with search, in build/site
	@tools/site.sh

doctor: build ## what this machine lacks for good audio, and how to fix it
	@node dist/cli/main.js doctor

package: build ## a tarball for machines that build nothing: the daemon, its engine, its packages of npm
	@tools/tarball.sh

image: $(stamps)/apt-test ## build the container image without a Docker engine, and say how large it is
	@tools/image.sh build

arm64: $(stamps)/apt-arm64 $(installed) ## compile for 64-bit ARM, and run the tests of the kernels under qemu
	@tools/arm64.sh

clean: ## forget everything that was built
	rm -rf build dist demo-out bench-out

$(stamps)/apt-%: tools/apt-packages.txt tools/bootstrap.sh
	$(call say,Debian packages for $*)
	@tools/bootstrap.sh $*
	@mkdir -p $(@D) && touch $@

# No package of ours needs its install script, and some machines refuse them. Versions are those of the lock file;
# `npm ci` would refuse it where a registry offers no packages for other platforms.
$(installed): package.json package-lock.json
	$(call say,npm packages)
	@npm install --no-save --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

$(addon): $(native_sources) tools/build-addon.sh $(installed) | $(stamps)/apt-build
	$(call say,engine: SIMD addon)
	@tools/build-addon.sh
	@touch $@

$(daemon): $(typescript_sources) $(page_files) tools/build-daemon.sh $(installed)
	$(call say,daemon: TypeScript)
	@tools/build-daemon.sh
	@mkdir -p $(@D) && touch $@
