# Two commands for a new user: `make demo` and `make test`. Each target installs what it needs on a bare Debian with Rust.
SHELL := /bin/bash
# Build output stays outside the checkout, so that clean clones and CI reuse it.
export CARGO_TARGET_DIR ?= $(HOME)/.cache/aispm/target
AISPM := $(CARGO_TARGET_DIR)/release/aispm
DATA_VENV := $(HOME)/.cache/aispm/data-venv
DISCOVER_VENV := $(HOME)/.cache/aispm/discover-venv
BENCH_CODE := $(HOME)/.cache/aispm/bench-code
GUARD_VENV := $(HOME)/.cache/aispm/guard-client
LITELLM_VENV := $(HOME)/.cache/aispm/guard-litellm
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: demo serve e2e kill api data-test data-cluster discover-test guard-client guard-browser test check bench fuzz build deps verdicts clean

demo: build ## Build aispm and scan the example estate
	@$(AISPM) scan examples/acme-ai --config examples/acme-ai/aispm.toml --fail-on never --no-store

serve: deps deps-web ## Build dashboard and server, watch the example estate, print address and login
	cd web && npm ci --no-audit --no-fund --silent && npm run --silent build
	cargo build --release --locked --package aispm --features dashboard
	@$(AISPM) --store sqlite:$(HOME)/.cache/aispm/serve/demo.db --config examples/acme-ai/aispm.toml serve --new-secret --target examples/acme-ai

e2e: deps deps-web ## Every page of the dashboard in headless Chromium
	@command -v chromium >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq chromium; }
	cd web && npm ci --no-audit --no-fund --silent && npm run --silent build
	cargo build --release --locked --package aispm --features dashboard
	checks/e2e.sh $(AISPM)

kill: build deps-python ## Fifty kills in the middle of scans: nothing that was acknowledged is lost
	python3 checks/kill.py $(AISPM) 50

api: build deps-python ## Thousands of made-up requests (schemathesis): no server error, answers as documented
	checks/api.sh $(AISPM)

data-test: build $(DATA_VENV)/ready ## Flipped labels, planted triggers and edited rows: found, and by how much
	$(DATA_VENV)/bin/python checks/data/digits.py $(AISPM)
	python3 checks/data/triggers.py $(AISPM)
	python3 checks/data/edit.py $(AISPM)

data-cluster: ## The same groups from memory, DataFusion and a Ballista cluster on loopback (minutes to build)
	cargo test --locked --package aispm-data --features cluster --test data

# The digits, and a peer to be measured beside.
$(DATA_VENV)/ready: | deps-python
	python3 -m venv $(DATA_VENV)
	$(DATA_VENV)/bin/python -m pip install -q scikit-learn cleanlab
	touch $@

discover-test: build $(DISCOVER_VENV)/ready deps-discover ## Real services, proxies and name servers on loopback: all told, decoys not
	python3 checks/discover-logs.py $(AISPM)
	$(DISCOVER_VENV)/bin/python checks/discover-services.py $(AISPM)

# Real AI services, as they are published.
$(DISCOVER_VENV)/ready: | deps-python
	python3 -m venv $(DISCOVER_VENV)
	$(DISCOVER_VENV)/bin/python -m pip install -q mlflow jupyterlab gradio chromadb 'litellm[proxy]' prisma streamlit tensorboard
	touch $@

build: deps
	cargo build --release --locked --package aispm

test: deps deps-test ## All tests
	cargo test --workspace --locked

check: deps deps-deny ## Format, lints, licences and bans, generated docs
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings
	cargo deny check bans licenses sources
	cargo xtask gen --check

guard-client: build $(GUARD_VENV)/ready ## The official openai client through the guard, streaming, tools and errors
	$(GUARD_VENV)/bin/python checks/guard/client.py $(AISPM)

guard-browser: build $(GUARD_VENV)/ready ## Headless Chromium shows what the guard lets through: no script, no foreign host, benign answers unchanged
	@command -v chromium >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq chromium; }
	$(GUARD_VENV)/bin/python checks/guard/browser.py $(AISPM)

# The client, a driver for the browser, and two renderers of Markdown that are not ours.
$(GUARD_VENV)/ready: | deps-python
	python3 -m venv $(GUARD_VENV)
	$(GUARD_VENV)/bin/python -m pip install -q openai==3.57.0 playwright markdown-it-py linkify-it-py mistune
	touch $@

# A peer of the guard, to be measured beside it.
$(LITELLM_VENV)/ready: | deps-python
	python3 -m venv $(LITELLM_VENV)
	$(LITELLM_VENV)/bin/python -m pip install -q 'litellm[proxy]==1.106.2'
	touch $@

bench: build deps-bench $(BENCH_CODE) $(LITELLM_VENV)/ready ## Speed as ratios to references, in one run
	cargo build --release --locked --package aispm-code --package aispm-testkit --examples
	CODE="$(BENCH_CODE)" bench/run "$(AISPM)" "$(CARGO_TARGET_DIR)/release/examples"
	python3 bench/guard.py "$(AISPM)" "$(LITELLM_VENV)/bin/litellm"

# Real AI code to parse: three packages as they are published.
$(BENCH_CODE):
	mkdir -p $(BENCH_CODE).part
	python3 -m pip download -q --no-deps --only-binary :all: -d $(BENCH_CODE).part openai==2.8.0 langchain-community==0.4.1 crewai==1.5.0
	for wheel in $(BENCH_CODE).part/*.whl; do python3 -m zipfile -e "$$wheel" $(BENCH_CODE).part && rm "$$wheel"; done
	mv $(BENCH_CODE).part $(BENCH_CODE)

fuzz: deps ## A million seeded mutations over every reader, on stable
	cargo run --release --locked --package aispm-fuzz -- --mutations 1000000

deps:
	@command -v cargo >/dev/null || { echo "aispm needs Rust 1.95 or newer: see https://rustup.rs"; exit 1; }
	@command -v cc >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq gcc libc6-dev; }
	@command -v git >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq git; }

deps-test:
	@command -v strace >/dev/null && command -v prlimit >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq strace util-linux; }

deps-deny:
	@cargo deny --version >/dev/null 2>&1 || cargo install cargo-deny --locked --version '^0.20'

deps-web:
	@command -v npm >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq nodejs npm; }

deps-python:
	@python3 -c 'import venv, ensurepip' 2>/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq python3 python3-venv; }

deps-discover:
	@[ -x /usr/sbin/squid ] && [ -x /usr/sbin/dnsmasq ] && command -v dig >/dev/null && command -v curl >/dev/null && command -v openssl >/dev/null || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends squid dnsmasq-base bind9-dnsutils curl openssl; }

deps-bench:
	@command -v rg >/dev/null && command -v openssl >/dev/null && [ -x /usr/sbin/nginx ] && python3 -m pip --version >/dev/null 2>&1 || { $(SUDO) apt-get update -qq && $(SUDO) apt-get install -y -qq --no-install-recommends ripgrep openssl nginx-light python3-pip; }

clean:
	cargo clean
