# nightwatt: make run | make test | make check | make bench
SPEED ?= 1
VENV := .venv/bin

.PHONY: help run test check bench chaos screenshots format clean

help:
	@echo "make run     install into .venv and run the demo city (SPEED=60 make run for a faster one)"
	@echo "make test    install what the tests need and run them all"
	@echo "make check   ruff, mypy and the import rules"
	@echo "make bench   the benchmarks; results are kept in bench/results/"
	@echo "make chaos   kill service, broker and store at random for some minutes, and draw up the books"
	@echo "make screenshots  drive the demo in Chromium and keep its pictures in docs/images/"
	@echo "make format  let ruff format the code"
	@echo "make clean   remove the environment and what the tests left (not ./data)"

run: .venv/installed
	@exec $(VENV)/nightwatt run --demo --speed $(SPEED)

test: .venv/dev
	@sh scripts/system-packages.sh
	$(VENV)/python -m pytest -n 2 --dist loadfile $(TESTS)

check: .venv/dev
	$(VENV)/ruff check .
	$(VENV)/ruff format --check .
	$(VENV)/mypy
	$(VENV)/python -m pytest tests/house

bench: .venv/dev
	@sh scripts/system-packages.sh
	$(VENV)/python -m bench

chaos: .venv/dev
	@sh scripts/system-packages.sh
	$(VENV)/python -m tests.chaos $(CHAOS)

screenshots: .venv/dev
	$(VENV)/python -m pytest tests/browser
	@mkdir -p docs/images
	@cp tests/output/screenshots/overview-zh-1440.png docs/images/overview.png
	@cp tests/output/screenshots/switched-off-zh-1440.png docs/images/enterprise.png
	@cp tests/output/screenshots/focus-zh-390.png docs/images/phone.png

format: .venv/dev
	$(VENV)/ruff check --fix .
	$(VENV)/ruff format .

.venv/installed: pyproject.toml scripts/environment.sh
	@sh scripts/environment.sh
	@echo "installing nightwatt into .venv (once)"
	@$(VENV)/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

.venv/dev: .venv/installed
	@$(VENV)/pip install --quiet --disable-pip-version-check --editable ".[dev]"
	@touch $@

clean:
	rm -rf .venv build dist *.egg-info tests/output .pytest_cache .mypy_cache .ruff_cache .hypothesis
