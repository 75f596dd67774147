PYTHON ?= python3
BIN    := .venv/bin
ENGINES := Virtuoso Fuseki Oxigraph

run: setup
	$(BIN)/tropico serve $(ARGS)
test: setup
	$(BIN)/python -m pytest $(ARGS)
check: setup
	$(BIN)/tropico check --reasoner
robot: build/robot/.ready
test-ontology: setup robot
	$(BIN)/python -m pytest tests/test_robot.py
engines: build/fuseki/.ready
test-engines: setup
	-$(MAKE) engines
	$(MAKE) --no-print-directory -j 2 -O $(ENGINES:%=test-engine-%)
test-engine-%:
	$(BIN)/python -m pytest tests/test_engines.py tests/test_engines_protocol.py -m engines -k "$* or suite_is_whole" -rs $(ARGS)
bench: setup
	$(BIN)/python benchmarks/startup.py
bench-guard: setup
	$(BIN)/python benchmarks/guard.py
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

build/fuseki/.ready: tests/engines/pom.xml
	mvn -q -B -f tests/engines/pom.xml dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/build/fuseki
	@touch $@

.PHONY: run test check robot test-ontology engines test-engines bench bench-guard setup lock
.DEFAULT_GOAL := run
