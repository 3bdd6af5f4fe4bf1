# What a person can ask for; `make` alone lists it. Every target sets up what it needs first.
.POSIX:
.PHONY: help setup demo test faults check format diagrams lock bench wheel

PY = .venv/bin/python
TESTS = tests
WORKERS = 3
ONCE =

help:
	@echo "make demo          the whole story on a made-up county, then leaves the web open"
	@echo "make demo ONCE=1   the same without a web; succeeds only if every step was seen"
	@echo "make test          all tests (TESTS=path for a part, WORKERS=n for more at a time)"
	@echo "make faults        the fault tests in full: 10,000 damaged files, 5,000 messages, many kills"
	@echo "make check         format, lint, types, imports, drawn state tables"
	@echo "make format        put the code into its format"
	@echo "make diagrams      draw docs/states/ from the state tables"
	@echo "make bench         measure the slow paths"
	@echo "make wheel         build the distribution into dist/"
	@echo "make lock          pin newest allowed versions into requirements.lock (needs uv)"
	@echo "make setup         only install; the others do it by themselves"
	@echo
	@echo "Needed: Python 3.11 or newer with venv (Debian: python3-venv), or uv."

setup:
	@sh tools/setup.sh

demo: setup
	@if [ -n "$(ONCE)" ]; then exec .venv/bin/proactive demo --once; \
	else exec .venv/bin/proactive demo; fi

test: setup
	$(PY) -m pytest -n $(WORKERS) $(TESTS)

# What make test runs in part: a quarter of an hour or more on two cores.
faults: setup
	PROACTIVE_FAULTS=full $(PY) -m pytest tests/proactive/feeds/test_laws.py \
	    tests/proactive/feeds/test_faults.py tests/proactive/notices/test_chaos.py tests/faults \
	    tests/proactive/rules tests/journeys/test_tuning.py tests/browser

check: setup
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports --no-logo
	$(PY) tools/diagrams.py --check

format: setup
	$(PY) -m ruff check --fix-only --quiet .
	$(PY) -m ruff format .

diagrams: setup
	$(PY) tools/diagrams.py

bench: setup
	$(PY) -m bench.run

wheel: setup
	$(PY) -m hatchling build

lock:
	@sh tools/lock.sh
