// Makes the SPARQL form livelier where YASGUI's parts are there: colours, completion from this graph's own description,
// results with labels. Without this file the form works as it is. Nothing is asked of another host.
"use strict";

(function () {
  const form = document.getElementById("query-form");
  const field = document.getElementById("editor");
  const area = document.getElementById("query");
  const results = document.getElementById("results");
  if (!form || !field || !window.Yasgui) return;
  const { Yasqe, Yasr } = window.Yasgui;
  const endpoint = field.dataset.endpoint;
  const examples = document.getElementById("example");

  fetch(field.dataset.words).then((answer) => answer.json()).then(start);

  function start(words) {
    completers(words);
    const place = document.createElement("div");
    area.hidden = true;
    area.removeAttribute("name");
    field.append(place);
    const editor = new Yasqe(place, settings());
    editor.setValue(area.value);
    name(editor);
    const shown = new Yasr(results, {
      persistenceId: null, prefixes: words.prefixes, maxPersistentResponseSize: 0,
      pluginOrder: ["table", "boolean", "response"],
    });
    editor.on("queryResponse", (_, response, duration) => shown.setResponse(response, duration));
    form.addEventListener("submit", (event) => submit(event, editor));
    document.getElementById("examples").addEventListener("submit", (event) => example(event, editor));
    new MutationObserver(() => { label(words); names(); }).observe(results, { childList: true, subtree: true });
    document.documentElement.dataset.editor = "ready";
  }

  function settings() {
    return {
      persistenceId: null, createShareableLink: null, consumeShareLink: null, resizeable: true, showQueryButton: false,
      editorHeight: "22rem", prefixCcApi: null, autocompleters: ["variables", "own-prefixes", "own-classes", "own-properties"],
      requestConfig: { endpoint: endpoint, method: "POST", headers: {}, args: [], namedGraphs: [], defaultGraphs: [] },
    };
  }

  function completers(words) {
    const declared = Object.entries(words.prefixes).map(([short, iri]) => `${short}: <${iri}>`).sort();
    Yasqe.forkAutocompleter("prefixes", { name: "own-prefixes", persistenceId: null, get: () => declared });
    Yasqe.forkAutocompleter("class", { name: "own-classes", persistenceId: null, bulk: true, get: () => words.classes });
    Yasqe.forkAutocompleter("property", { name: "own-properties", persistenceId: null, bulk: true, get: () => words.properties });
  }

  // the parts come without a name for those who do not see them
  function name(editor) {
    editor.getInputField().setAttribute("aria-label", "Query");
  }

  function names() {
    results.querySelectorAll("select:not([aria-label])").forEach((each) => each.setAttribute("aria-label", "Rows on a page"));
    results.querySelectorAll("input[type=text]:not([aria-label])").forEach((each) => each.setAttribute("aria-label", "Filter the results"));
  }

  function submit(event, editor) {
    const format = document.getElementById("format").value;
    if (format === "html") {
      event.preventDefault();
      results.setAttribute("aria-busy", "true");
      editor.query().catch(() => undefined).finally(() => results.removeAttribute("aria-busy"));
      return;
    }
    area.setAttribute("name", "query");
    area.value = editor.getValue();
    setTimeout(() => area.removeAttribute("name"), 0);
  }

  function example(event, editor) {
    event.preventDefault();
    fetch(`${endpoint.replace(/sparql$/, "questions/")}${examples.value}.rq`)
      .then((answer) => answer.text())
      .then((text) => { editor.setValue(text); editor.focus(); });
  }

  // -- labels in the results -----------------------------------------------------------------------------------------

  const known = new Map();

  function label(words) {
    const cells = [...results.querySelectorAll("a.iri:not([data-seen])")];
    if (!cells.length) return;
    cells.forEach((each) => { each.dataset.seen = ""; });
    const own = cells.filter((each) => each.href.startsWith(words.base));
    const missing = [...new Set(own.map((each) => each.href))].filter((iri) => !known.has(iri)).slice(0, 500);
    asked(missing).then(() => own.forEach((each) => told(each, words)));
  }

  function asked(iris) {
    if (!iris.length) return Promise.resolve();
    const values = iris.map((iri) => `<${encodeURI(decodeURI(iri))}>`).join(" ");
    const query = `PREFIX skos: <http://www.w3.org/2004/02/skos/core#> PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
      SELECT ?thing (SAMPLE(?name) AS ?label) WHERE { VALUES ?thing { ${values} }
        ?thing skos:prefLabel|rdfs:label ?name FILTER(LANG(?name) IN ("en", "")) } GROUP BY ?thing`;
    return fetch(endpoint, {
      method: "POST", body: new URLSearchParams({ query }), headers: { Accept: "application/sparql-results+json" },
    }).then((answer) => (answer.ok ? answer.json() : { results: { bindings: [] } })).then((answer) => {
      iris.forEach((iri) => known.set(iri, null));
      answer.results.bindings.forEach((row) => { if (row.label) known.set(row.thing.value, row.label.value); });
    });
  }

  function told(link, words) {
    const text = known.get(link.href);
    link.href = words.here + link.href.slice(words.base.length);
    if (!text || !link.parentNode) return;
    const shown = document.createElement("span");
    shown.className = "named";
    shown.textContent = text;
    link.after(shown);
  }
})();
