# make demo    two real Kubernetes clusters, Postgres in both, through `kubectl pg` alone
# make test    everything: format, lints, unit, property and end-to-end tests
# make bench   one line per figure; ONLY=name runs one
# make sweep   the controller is killed after every write of every operation; ONLY=operation runs one
# With CONTEXTS=a,b the demo and the end-to-end tests use these contexts of $KUBECONFIG instead of the lab.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

TARGET := $(shell rustc -vV | sed -n 's/^host: //p')
# As krew, Go and images call it.
ARCH := $(patsubst aarch64,arm64,$(patsubst x86_64,amd64,$(firstword $(subst -, ,$(TARGET)))))
CARGO_TARGET_DIR ?= $(CURDIR)/target
export CARGO_TARGET_DIR
LAB := tests/lab/lab
# Both programs are linked statically: one file each, on any Linux and on an empty image.
FLAGS := CARGO_TARGET_$(shell echo $(TARGET) | tr 'a-z-' 'A-Z_')_RUSTFLAGS
STATIC := -C target-feature=+crt-static

# Together, so that their common crates are compiled once.
COMPILE := cargo build --target $(TARGET) -p kubectl-pg -p pg-fleet

.PHONY: build
build: ## the plugin and the controller, for the lab
	$(FLAGS)="$(STATIC)" $(COMPILE) --profile quick

.PHONY: release
release: ## the same, as released: small, relocations of a fixed size apart are packed
	$(FLAGS)="$(STATIC) -C link-arg=-Wl,-z,pack-relative-relocs" $(COMPILE) --release

.PHONY: krew
krew: release ## the plugin as krew takes it: an archive, and its entry in the index; FROM=URL is where the archive will lie, HOMEPAGE=URL the project's page
	test -n "$(FROM)" || { echo "FROM=URL: where will the archive lie?"; exit 2; }
	bin=$$(dirname $$($(MAKE) -s bin)); mkdir -p $$bin/krew; \
	tar -C $$bin/release -czf $$bin/krew/kubectl-pg-linux-$(ARCH).tar.gz kubectl-pg -C $(CURDIR) LICENSE; \
	version=$$($$bin/release/kubectl-pg version | sed 's/^kubectl-pg /v/'); \
	sum=$$(sha256sum $$bin/krew/kubectl-pg-linux-$(ARCH).tar.gz | cut -d' ' -f1); \
	sed -e "/^#/d; s|^\( *\)arch: .*|\1arch: $(ARCH)|; s|^  version: .*|  version: $$version|; s|^  homepage: .*|  homepage: $(or $(HOMEPAGE),$(FROM))|" \
	    -e "s|uri: .*|uri: $(FROM)/$$version/kubectl-pg-linux-$(ARCH).tar.gz|; s|sha256: .*|sha256: $$sum|" \
	    manifests/krew.yaml >$$bin/krew/pg.yaml; echo $$bin/krew/pg.yaml

.PHONY: bin
bin: ## where `make build` leaves them
	@echo $(CARGO_TARGET_DIR)/$(TARGET)/quick

.PHONY: images
images: ## the images, without a registry
	tests/lab/images

.PHONY: lab
lab: images ## the programs of the lab
	$(LAB) build

.PHONY: demo demo-down
demo: build
	tests/demo
demo-down:
	tests/demo --down

.PHONY: lint
lint:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings

.PHONY: unit
unit: # always the whole workspace: another choice of packages would compile the common crates with other features
	cargo test --workspace --lib --bins --test command_line

.PHONY: e2e
e2e: build ## on two real Kubernetes clusters; KEEP=1 leaves them there
	tests/run

.PHONY: selftest
selftest: ## the lab, on itself
	tests/lab/selftest

.PHONY: test
test: lint unit e2e selftest

.PHONY: sweep
sweep: build ## on an API server without nodes; pods and Patroni are stand-ins
	tests/lab/postgres
	cargo build --workspace --bin sweep
	LAB_PROGRAMS=$$($(LAB) programs) PG_FLEET_PROGRAM=$$($(MAKE) -s bin)/pg-fleet $(CARGO_TARGET_DIR)/debug/sweep $(ONLY)

.PHONY: bench
bench: release ## the figures, with the programs as released
	$(FLAGS)="$(STATIC)" cargo build --target $(TARGET) --profile quick -p pg-tests --bins
	tests/bench/run $(ONLY)
