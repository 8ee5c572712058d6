# Corpusgate. `make` alone lists what there is.
# TORCH=cpu chooses the CPU build of PyTorch, PYTHON=... the interpreter; see scripts/setup.sh.
# ARGS=... goes to pytest: make test ARGS="tests/unit -k permissions"
# TOOLS=keep lets `make test` install nothing but .venv: what is there is used, the rest is left out.

.DEFAULT_GOAL := help
.PHONY: help setup tools test check format demo reference lock audit release clean
export TORCH PYTHON

BIN := .venv/bin
# One more than two processors: tests wait for browsers, brokers and clusters for a third of their time.
WORKERS ?= 3

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Make .venv with .venv/bin/corpusgate (a second time: nothing to do)
	@scripts/setup.sh

tools: ## Install language data for OCR, and the engines: Prism (needs Go), Flink and Kafka (need Java and Maven)
	@scripts/tools.sh

test: setup ## Run every test; installs what they need where it may, and names what it leaves out
	@[ "$(TOOLS)" = keep ] || scripts/test_tools.sh
	@$(BIN)/python -m pytest -r fExX -p tests.plugins.no_skips -p tests.plugins.longest_first \
		-n $(WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

check: setup ## Formatter, linter, types, import rules, prose
	@echo "== Format (ruff format)" && $(BIN)/ruff format --check .
	@echo "== Lint (ruff check)" && $(BIN)/ruff check .
	@echo "== Types (mypy, strict)" && $(BIN)/mypy
	@echo "== Imports (import-linter)" && PYTHONPATH=. $(BIN)/lint-imports
	@echo "== Prose (scripts/check_prose.py)" && $(BIN)/python -m scripts.check_prose

format: setup ## Format, and fix what the linter can fix
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

demo: setup ## Run the real pipeline over the sample corpus in configs/demo
	@$(BIN)/python -m scripts.demo.__main__

reference: setup ## Write the generated pages of docs/reference from the code
	@$(BIN)/python -m scripts.reference

lock: setup ## Resolve the newest versions pyproject.toml allows into requirements.lock
	@$(BIN)/uv pip compile pyproject.toml scripts/tools.in --group dev --universal --python-version 3.11 --upgrade \
		--generate-hashes --no-emit-index-url --custom-compile-command "make lock" --quiet -o requirements.lock
	@$(BIN)/uv pip compile scripts/deploy_tools.in --universal --python-version 3.11 --upgrade \
		--generate-hashes --no-emit-index-url --custom-compile-command "make lock" --quiet -o scripts/deploy_tools.lock
	@$(MAKE) --no-print-directory setup

audit: setup ## Known vulnerabilities, licences and new packages of the lock (ADVISORIES=FOLDER with OSV files)
	@$(BIN)/python -m scripts.release.audit $(if $(ADVISORIES),--advisories $(ADVISORIES))

release: setup ## Reproducible packages, bills of materials and provenance in dist (KEYS=FOLDER signs them)
	@$(BIN)/python -m scripts.release $(if $(KEYS),--keys $(KEYS))

clean: ## Remove everything that was made here, .venv and the demo's home included
	@rm -rf .venv demo-home demo-corpus build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find pipeline transforms tests scripts -name __pycache__ -type d -exec rm -rf {} +
