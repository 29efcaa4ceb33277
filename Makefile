# The commands of the project. `make` alone lists them.
#
#   make demo ONCE=1 LINES=1000000 SEED=7 DATA=elsewhere

SHELL := bash
export PATH := $(HOME)/.cargo/bin:$(PATH)

SAMPLES ?= ../shared/samples
VALIDATORS ?= ../shared/validators

# A terminal may export its height as LINES: from the environment only a number of four digits or
# more is taken for a number of report lines; on make's command line any number is.
lines = $(if $(filter environment,$(origin LINES)),$(shell grep -Ex '[0-9]{4,}' <<<'$(LINES)'),$(LINES))

.DEFAULT_GOAL := help
.PHONY: help demo test nightly samples fuzz schema layouts lint setup

help: ## this list
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

demo: ## two tenants, three months of reports, to paid statements; then serves (ONCE=1 LINES= SEED= DATA=)
	@scripts/setup.sh demo
	cargo run -- demo$(if $(filter-out 0,$(ONCE)), --once)$(if $(lines), --lines $(lines))$(if $(SEED), --seed $(SEED))$(if $(DATA), --data '$(DATA)')

test: ## every check: the Helm chart, unit tests, integration tests
	@scripts/setup.sh test
	scripts/check-helm.sh
	cargo build
	cargo test --workspace

nightly: ## the engine's properties with a million cases each, instead of the 10,000 of `make test` (CASES=)
	PROPTEST_CASES=$(or $(CASES),1000000) cargo test -p engine --test it -- properties orderly mutations

samples: ## imports providers' sample files and banks' files against their stated facts (SAMPLES= VALIDATORS=)
	@scripts/setup.sh demo
	@[ -d '$(SAMPLES)' ] || { echo "make samples: no folder $(SAMPLES); name one with SAMPLES=" >&2; exit 1; }
	TUNEMANTRA_SAMPLES='$(abspath $(SAMPLES))' $(if $(wildcard $(VALIDATORS)),TUNEMANTRA_VALIDATORS='$(abspath $(VALIDATORS))' )cargo test --workspace --test it samples -- --nocapture

fuzz: ## every reader of files on mangled input, for longer than `make test` (CASES=)
	@scripts/setup.sh demo
	PROPTEST_CASES=$(or $(CASES),20000) nice -n 19 cargo test -p formats --lib -- chaos nasty

schema: ## writes schema.graphql from the code
	@scripts/setup.sh demo
	cargo run --quiet -- schema > schema.graphql.new && mv schema.graphql.new schema.graphql

layouts: ## writes docs/layouts.md from the layout and provider files
	@scripts/setup.sh demo
	cargo run --quiet -- layouts --markdown > docs/layouts.md.new && mv docs/layouts.md.new docs/layouts.md

lint: ## formatting and clippy, warnings refused
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

setup: ## installs what the other commands need, where it can
	@scripts/setup.sh test
