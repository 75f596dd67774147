import java.io.File;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.semanticweb.HermiT.Configuration;
import org.semanticweb.HermiT.Reasoner;
import org.semanticweb.owlapi.apibinding.OWLManager;
import org.semanticweb.owlapi.model.*;
import org.semanticweb.owlapi.profiles.*;
import org.semanticweb.owlapi.reasoner.OWLReasoner;

/**
 * Prints, one fact a line and tab-separated, what the OWL API and HermiT say of one ontology file without imports.
 * Runs from source with nothing but HermiT.jar on the class path. A line "because" belongs to the fact above it.
 */
public class OwlCheck {
    static OWLOntologyManager manager = OWLManager.createOWLOntologyManager();
    static OWLDataFactory data = manager.getOWLDataFactory();
    static OWLOntology ontology;

    public static void main(String[] args) throws Exception {
        ontology = manager.loadOntologyFromOntologyDocument(new File(args[0]));
        say("axioms", ontology.getAxiomCount());
        profile("dl", new OWL2DLProfile().checkOntology(ontology));
        profile("rl", new OWL2RLProfile().checkOntology(withoutAnnotations()));
        OWLReasoner reasoner = reasoner(ontology);
        say("consistent", reasoner.isConsistent());
        if (reasoner.isConsistent()) classify(reasoner);
        else explain(Collections.<OWLAxiom>emptySet());
    }

    static void classify(OWLReasoner reasoner) throws Exception {
        for (OWLClass each : reasoner.getUnsatisfiableClasses().getEntitiesMinusBottom()) {
            say("unsatisfiable", each.getIRI());
            OWLIndividual member = data.getOWLNamedIndividual(IRI.create("urn:tropico-kg:a-member"));
            explain(Collections.<OWLAxiom>singleton(data.getOWLClassAssertionAxiom(each, member)));
        }
        for (OWLClass each : ontology.getClassesInSignature()) {
            if (!reasoner.isSatisfiable(each)) continue;
            for (OWLClass same : reasoner.getEquivalentClasses(each).getEntitiesMinus(each))
                say("equivalent", each.getIRI(), same.getIRI());
            for (OWLClass parent : reasoner.getSuperClasses(each, true).getFlattened())
                say("parent", each.getIRI(), parent.getIRI());
            if (ontology.getEquivalentClassesAxioms(each).isEmpty()) continue;
            say("defined", each.getIRI());
            for (OWLNamedIndividual one : reasoner.getInstances(each, false).getFlattened())
                say("member", each.getIRI(), one.getIRI());
        }
    }

    /** OWL 2 RL restricts logical axioms; its checker also faults dates in annotations, which no rule reads. */
    static OWLOntology withoutAnnotations() throws Exception {
        Set<OWLAxiom> axioms = new HashSet<OWLAxiom>(ontology.getLogicalAxioms());
        for (OWLEntity each : ontology.getSignature())
            if (!each.isOWLDatatype()) axioms.add(data.getOWLDeclarationAxiom(each));
        return manager.createOntology(axioms);
    }

    static void profile(String name, OWLProfileReport report) {
        for (OWLProfileViolation each : report.getViolations()) say(name, each);
    }

    static OWLReasoner reasoner(OWLOntology asked) {
        Configuration configuration = new Configuration();
        configuration.throwInconsistentOntologyException = false; // that it is inconsistent is an answer here
        return new Reasoner(configuration, asked);
    }

    /**
     * Prints a smallest set of axioms that contradict one another together with the assumption: all are taken, then
     * pieces are left out for which the contradiction stays, large ones first and at last single axioms.
     */
    static void explain(Set<OWLAxiom> assumption) throws Exception {
        List<OWLAxiom> kept = new ArrayList<OWLAxiom>(ontology.getLogicalAxioms());
        for (int piece = (kept.size() + 1) / 2; ; piece = (piece + 1) / 2) {
            for (int start = 0; start < kept.size(); ) {
                List<OWLAxiom> rest = new ArrayList<OWLAxiom>(kept.subList(0, start));
                rest.addAll(kept.subList(Math.min(start + piece, kept.size()), kept.size()));
                if (contradicts(rest, assumption)) kept = rest;
                else start += piece;
            }
            if (piece <= 1) break;
        }
        for (OWLAxiom each : kept) say("because", each);
    }

    static boolean contradicts(List<OWLAxiom> axioms, Set<OWLAxiom> assumption) throws Exception {
        Set<OWLAxiom> all = new HashSet<OWLAxiom>(axioms);
        all.addAll(assumption);
        OWLOntology part = manager.createOntology(all);
        OWLReasoner reasoner = reasoner(part);
        boolean consistent = reasoner.isConsistent();
        reasoner.dispose();
        manager.removeOntology(part);
        return !consistent;
    }

    static void say(Object... parts) {
        StringBuilder line = new StringBuilder();
        for (Object part : parts)
            line.append(line.length() == 0 ? "" : "\t").append(part.toString().replaceAll("\\s+", " "));
        System.out.println(line);
    }
}
