# ROBOT's report looks for labels, definitions and descriptions under the names OBO uses; this puts ours there too.
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX obo: <http://purl.obolibrary.org/obo/>
INSERT { ?term rdfs:label ?label } WHERE { ?term skos:prefLabel ?label FILTER(LANG(?label) = "en") } ;
INSERT { ?term obo:IAO_0000115 ?text } WHERE { ?term skos:definition ?text } ;
INSERT { ?ontology dcterms:description ?text } WHERE { ?ontology dcterms:abstract ?text }
