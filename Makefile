# `make help` lists the targets. Everything is installed into .venv; nothing else is touched, apart from the Debian packages
# that `make test` asks apt-get for where it may.

PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
PEERS := "strongswan-charon strongswan-swanctl strongswan-libcharon libcharon-extauth-plugins libstrongswan \
	libstrongswan-standard-plugins libstrongswan-extra-plugins" "libreswan libnss3-tools" softether-vpnserver \
	"ike-scan vpnc"
SAMPLE := tests/captures/main_psk_aes256_sha256_modp2048

.DEFAULT_GOAL := help
.PHONY: help setup packages peers verify test interop soak fuzz lint format bench diagrams lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

verify: setup ## judge the model itself, then a real handshake
	$(BIN)/isakmp verify --quiet $(ARGS)
	$(BIN)/isakmp check $(SAMPLE).pcap --keys $(SAMPLE).keys.json

# Three processes for two cores: those that talk to other implementations wait for them most of the time.
test: packages peers setup ## run all tests in three processes (ARGS="-k name" or "-n 0" goes to pytest in place of that)
	@$(BIN)/python -m pytest $(or $(ARGS),-n 3 --dist loadfile --no-loadscope-reorder)

interop: packages peers setup ## talk to strongSwan, Libreswan and others; writes docs/interop.md
	@ISAKMP_INTEROP_REPORT=docs/interop.md $(BIN)/python -m pytest tests/interop --ignore tests/interop/test_tshark.py \
		--ignore tests/interop/test_matrix.py $(ARGS)

soak: setup ## the adversary for as long as ARGS="--hours 2" or "--seconds 60" says; goes on where it stopped
	@$(BIN)/python -m tests.properties.soak $(ARGS)

fuzz: setup ## coverage-guided fuzzing for as long as ARGS="--hours 8" or "--seconds 60 --target peer" says
	@$(BIN)/python -m tests.fuzz.run $(ARGS)

lint: setup ## style, types, layering, spelling
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	tools/typecheck.sh
	cd .venv/tree && PYTHONPATH=. ../bin/lint-imports --config ../../pyproject.toml --no-cache
	$(BIN)/codespell

format: setup ## apply the style where a tool can
	$(BIN)/ruff check --fix-only .
	$(BIN)/ruff format .

bench: setup ## speed beside other implementations, as ratios in one run
	@$(BIN)/python -m tests.benchmarks.run $(ARGS)

diagrams: setup ## draw the gallery again
	$(BIN)/isakmp diagram --gallery diagrams/gallery

lock: ## pin the newest versions that pyproject.toml admits
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/python -m pip install --quiet 'uv>=0.5'
	.venv-lock/bin/python tools/lock.py requirements/lock.txt
	rm -rf .venv-lock

clean: ## remove .venv and what the tools leave
	rm -rf .venv .venv-lock build dist isakmp.egg-info
	rm -rf .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name .git -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

setup: .venv/.stamp

.venv/.stamp: pyproject.toml requirements/lock.txt tools/setup.sh tools/package_tree.py
	@tools/setup.sh $(PYTHON)
	@touch $@

# tshark checks our decoder, dot draws for comparison. Where they cannot be had, the tests that need them are skipped and
# say so; in continuous integration that is a failure.
packages: .venv/.packages

.venv/.packages: | setup
	@tools/packages.sh tshark graphviz gcc libc6-dev iproute2 && touch $@ || test -z "$(ISAKMP_CI)" || \
		{ command -v tshark && command -v dot; } >/dev/null

# Other implementations, for tests/interop; they are unpacked below .venv and not installed.
peers: .venv/.peers

.venv/.peers: tools/unpack.sh | setup packages
	@tools/unpack.sh .venv/peers $(PEERS) && touch $@ || test -z "$(ISAKMP_CI)"
