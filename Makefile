# `make run`: install, build the demo atlas, serve the pages. `make test`: install, run every test.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8866

.PHONY: help install install-dev run demo serve test lint bench screenshots lock clean

help:
	@echo "make run   installer, construire l'atlas de démonstration, servir les pages (port $(PORT))"
	@echo "make test  installer, lancer tous les tests"
	@echo "make lint  ruff, mypy, import-linter, nbstripout"
	@echo "make bench mesurer vitesse, mémoire et qualité"
	@echo "make serve servir l'atlas déjà construit"

install:
	@$(PYTHON) scripts/bootstrap.py

install-dev:
	@$(PYTHON) scripts/bootstrap.py test,lint,bench

run: install
	$(BIN)/carto demo --port $(PORT)

demo: install
	$(BIN)/carto demo --no-serve

serve: install
	$(BIN)/carto serve --port $(PORT)

test: install-dev
	$(BIN)/python -m pytest

lint: install-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/nbstripout --verify notebooks/*.ipynb notebooks/explore/*.ipynb dashboards/*.ipynb

bench: install-dev
	$(BIN)/python -m benchmarks

screenshots: install-dev
	$(BIN)/python scripts/screenshots.py

lock: install-dev
	$(BIN)/uv pip compile --quiet --universal --all-extras --python-version 3.11 pyproject.toml --no-annotate --no-header --output-file constraints.txt
	$(BIN)/python scripts/environment.py

clean:
	rm -rf .venv data/corpora data/atlas data/answers
