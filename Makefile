# Thin names over the real commands. Everything a fresh Debian 12 needs is installed here.

SHELL := /bin/bash
.DEFAULT_GOAL := help

# Debian packages, named in this one place. RUN: a terminal, central and the demo. TEST: what the tests look with.
APT_RUN := python3-venv python3-dev gcc libc6-dev libgl1 libegl1 libmtdev1 fonts-noto-core \
           libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 \
           pcscd libccid libpcsclite-dev
APT_TEST := chromium poppler-utils tesseract-ocr tesseract-ocr-deu zbar-tools systemd util-linux \
            vsmartcard-vpcd openpace ausweisapp2 softhsm2 iproute2 postgresql

PYTHON := .venv/bin/python
SUDO := $(if $(filter 0,$(shell id -u)),,sudo)
RUN_READY := .venv/.run-ready
TEST_READY := .venv/.test-ready
only ?=
seconds ?=
terminals ?=
applications ?=
seed ?=

.PHONY: help run test test-long fuzz soak bench check install lock clean

DESTDIR ?=

help:
	@echo "make run        install what is missing and start the demo"
	@echo "make test       install what is missing, then lint, types, import rules and all tests with short seeds"
	@echo "make test-long  the full matrices"
	@echo "make fuzz       an hour of malformed input for what cards and AusweisApp send, an hour of bad luck for deliveries (seconds=60: a minute each)"
	@echo "make soak       20 terminals, 500 applications each, a bad network and kills: nothing lost, nothing twice (terminals=3 applications=5 seed=1 shrinks it)"
	@echo "make bench      one JSON line per figure (only=line runs the figures whose names start with 'line.')"
	@echo "make check      lint, types and import rules alone"
	@echo "make install    on a terminal or server: units, users, folders, udev and polkit rules (as root)"
	@echo "make lock       write requirements.lock anew from pyproject.toml"

define apt_install
	@missing=$$(for p in $(1); do dpkg-query -W -f='$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || echo $$p; done); \
	if [ -n "$$missing" ]; then \
	  echo installing: $$missing; \
	  $(SUDO) apt-get update -qq && $(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	fi
endef

# The virtual environment comes from the lock, hashes checked; nothing is resolved here.
$(RUN_READY): requirements.lock pyproject.toml Makefile
	$(call apt_install,$(APT_RUN))
	@test -x .venv/bin/pip || /usr/bin/python3 -m venv .venv
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(TEST_READY): $(RUN_READY)
	$(call apt_install,$(APT_TEST))
	@touch $@

run: $(RUN_READY)
	@$(PYTHON) -m kiosk demo

test: $(TEST_READY) check
	@$(PYTHON) -m pytest -n 2 --dist loadgroup -m "not long"
	@KIOSK_TEST_DATABASE=postgresql $(PYTHON) -m pytest -n 2 --dist loadgroup -m "not long" tests/central

test-long: $(TEST_READY) check
	@KIOSK_LONG=1 $(PYTHON) -m pytest -n 2 --dist loadgroup
	@KIOSK_LONG=1 KIOSK_TEST_DATABASE=postgresql $(PYTHON) -m pytest -n 2 --dist loadgroup tests/central

fuzz: $(TEST_READY)
	@$(PYTHON) -m tests.fuzz $(seconds)
	@$(PYTHON) -m tests.delivery.durability.exactly_once $(or $(seconds),3600)

soak: $(TEST_READY)
	@$(PYTHON) -m tests.soak terminals=$(terminals) applications=$(applications) seed=$(seed)

bench: $(TEST_READY)
	@$(PYTHON) -m tests.bench $(only)

check: $(TEST_READY)
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports --no-cache --no-logo
	@$(PYTHON) -m kiosk check

install: $(RUN_READY)
	install -d $(DESTDIR)/etc/systemd/system $(DESTDIR)/usr/lib/sysusers.d $(DESTDIR)/usr/lib/tmpfiles.d \
	  $(DESTDIR)/etc/udev/rules.d $(DESTDIR)/etc/polkit-1/rules.d $(DESTDIR)/usr/local/bin
	ln -sf /opt/rathaus-kiosk/.venv/bin/kiosk $(DESTDIR)/usr/local/bin/kiosk
	install -m 644 systemd/*.service systemd/*.socket $(DESTDIR)/etc/systemd/system/
	install -m 644 systemd/rathaus-kiosk.sysusers.conf $(DESTDIR)/usr/lib/sysusers.d/rathaus-kiosk.conf
	install -m 644 systemd/rathaus-kiosk.tmpfiles.conf $(DESTDIR)/usr/lib/tmpfiles.d/rathaus-kiosk.conf
	install -m 644 systemd/70-rathaus-kiosk.rules $(DESTDIR)/etc/udev/rules.d/
	install -m 644 systemd/50-rathaus-kiosk.polkit.rules $(DESTDIR)/etc/polkit-1/rules.d/50-rathaus-kiosk.rules
	test -n "$(DESTDIR)" || { systemd-sysusers && systemd-tmpfiles --create && systemctl daemon-reload; }

lock:
	@tools=$$(mktemp -d) && /usr/bin/python3 -m venv $$tools && $$tools/bin/pip install --quiet pip-tools && \
	$$tools/bin/pip-compile --quiet --all-extras --generate-hashes --strip-extras --allow-unsafe --no-header \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host -o requirements.lock pyproject.toml; rm -rf $$tools

clean:
	rm -rf .venv build state
