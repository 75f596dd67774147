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
test-browser: setup assets
	$(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt -e ".[browser]"
	$(BIN)/python -m pytest tests/browser $(ARGS)
test-ontology: setup robot
	$(BIN)/python -m pytest tests/test_robot.py
engines: build/fuseki/.ready
test-engines: setup
	-$(MAKE) engines
	$(MAKE) --no-print-directory -j 2 -O $(ENGINES:%=test-engine-%)
test-engine-%:
	$(BIN)/python -m pytest tests/test_engines.py tests/test_engines_protocol.py -m engines -k "$* or suite_is_whole" -rs $(ARGS)
bench: setup
	$(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt -e ".[bench]"
	$(BIN)/python benchmarks/table.py $(ARGS)
bench-startup: setup
	$(BIN)/python benchmarks/startup.py
bench-guard: setup
	$(BIN)/python benchmarks/guard.py
bench-endpoint: setup
	$(BIN)/python benchmarks/endpoint.py $(ARGS)
bench-questions: setup
	$(BIN)/python benchmarks/questions.py $(ARGS)
bench-pages: setup
	$(BIN)/python benchmarks/pages.py
bench-incremental: setup
	$(BIN)/python benchmarks/incremental.py $(ARGS)
setup: .venv/.ready
assets: build/assets/.ready
lock: setup
	$(BIN)/python -m pip install --disable-pip-version-check -q uv
	$(BIN)/uv pip compile -q pyproject.toml --all-extras --universal --no-annotate --no-header --upgrade -o constraints.txt

.venv/.ready: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --disable-pip-version-check -q -c constraints.txt -e ".[dev]"
	$(BIN)/tropico build
	@touch $@

build/assets/.ready: assets/package.json assets/package-lock.json
	npm ci --prefix assets --silent
	mkdir -p $(@D) graph/web/static/vendor
	cp $(addprefix assets/node_modules/@zazuko/yasgui/build/yasgui.min.,js css) graph/web/static/vendor/
	@touch $@

build/robot/.ready: tests/robot/pom.xml
	mvn -q -B -f tests/robot/pom.xml dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/build/robot
	@touch $@

build/fuseki/.ready: tests/engines/pom.xml
	mvn -q -B -f tests/engines/pom.xml dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/build/fuseki
	@touch $@

.PHONY: run test test-browser assets check robot test-ontology bench bench-guard setup lock bench-pages bench-questions bench-endpoint engines test-engines bench-incremental bench-startup
.DEFAULT_GOAL := run
