import java.io.File;
import org.semanticweb.owlapi.apibinding.OWLManager;
import org.semanticweb.owlapi.formats.TurtleDocumentFormat;
import org.semanticweb.owlapi.model.IRI;
import org.semanticweb.owlapi.model.OWLOntology;
import org.semanticweb.owlapi.model.OWLOntologyManager;
import org.semanticweb.owlapi.util.SimpleIRIMapper;

/** Opens and saves ontology files as Protégé does. Arguments: pairs "name=file" of the catalog, "--", then pairs of file and target. */
public class RoundTrip {
    public static void main(String[] args) throws Exception {
        int at = 0;
        java.util.Map<String, String> catalog = new java.util.HashMap<>();
        for (; !args[at].equals("--"); at++) {
            String[] pair = args[at].split("=", 2);
            catalog.put(pair[0], pair[1]);
        }
        for (at++; at < args.length; at += 2) {
            OWLOntologyManager manager = OWLManager.createOWLOntologyManager();
            catalog.forEach((name, file) -> manager.getIRIMappers().add(new SimpleIRIMapper(IRI.create(name), IRI.create(new File(file)))));
            OWLOntology ontology = manager.loadOntologyFromOntologyDocument(new File(args[at]));
            TurtleDocumentFormat format = new TurtleDocumentFormat();
            format.copyPrefixesFrom(manager.getOntologyFormat(ontology).asPrefixOWLOntologyFormat());
            manager.saveOntology(ontology, format, IRI.create(new File(args[at + 1])));
        }
    }
}
