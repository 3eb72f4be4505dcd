# `make run`: install, build the demo atlas, serve the pages. `make test`: install, run every test.
PYTHON ?= python3
BIN := .venv/bin
PORT ?= 8866
ATLAS := $(or $(CARTO_DATA),data)/atlas/datapackage.json
# what the demo atlas is made from: as long as none of it is newer than the atlas, `make run` serves it as it is
SOURCES := $(shell find carto_lib notebooks data/databases data/demo data/gold data/queries data/reference data/*.csv -type f ! -name '*.pyc' ! -path 'carto_lib/pages/*')
BENCHMARKS := scan parse dedupe match people networks indicators screening search/quality search/speed search_page pages network_page load active_learning

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

run: install $(ATLAS)
	$(BIN)/carto serve --port $(PORT)

$(ATLAS): $(SOURCES) | install
	$(BIN)/carto demo --no-serve

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

bench: install-dev $(ATLAS)
	@for name in $(BENCHMARKS); do echo "== $$name"; $(BIN)/python benchmarks/$$name.py || exit 1; done

screenshots: install-dev
	$(BIN)/python scripts/screenshots.py

lock: install-dev
	$(BIN)/uv pip compile --quiet --universal --all-extras --python-version 3.11 pyproject.toml --no-annotate --no-header --output-file constraints.txt
	$(BIN)/python scripts/environment.py

clean:
	rm -rf .venv data/corpora data/atlas data/answers
