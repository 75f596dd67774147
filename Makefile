PYTHON ?= python3
BIN    := .venv/bin

run: setup
	$(BIN)/tropico serve $(ARGS)
test: setup
	$(BIN)/python -m pytest $(ARGS)
check: setup
	$(BIN)/tropico check --reasoner
robot: build/robot/.ready
test-ontology: setup robot
	$(BIN)/python -m pytest tests/test_robot.py
bench: setup
	$(BIN)/python benchmarks/startup.py
bench-guard: setup
	$(BIN)/python benchmarks/guard.py
bench-validation: setup
	$(BIN)/python benchmarks/validation.py $(ARGS)
setup: .venv/.ready
lock: setup
	$(BIN)/python -m pip install --disable-pip-version-check -q uv
	$(BIN)/uv pip compile -q pyproject.toml --all-extras --universal --no-annotate --no-header --upgrade -o constraints.txt

.venv/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt -e ".[dev]"
	$(BIN)/tropico build
	@touch $@

build/robot/.ready: tests/robot/pom.xml
	mvn -q -B -f tests/robot/pom.xml dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/build/robot
	@touch $@

.PHONY: run test check robot test-ontology bench bench-guard bench-validation setup lock
.DEFAULT_GOAL := run
