"""The status of the questions tells what came of each, and which terms none of them speaks of."""

from __future__ import annotations

from dataclasses import replace

from small_world import small_questions, small_store

from graph import coverage, questions
from graph.prefixes import ONTOLOGY, TROP


def test_every_question_is_run_and_counted(tmp_path):
    known = questions.load(small_questions(tmp_path))
    with small_store() as store:
        ran = coverage.status(store, known)
    assert [each.question.id for each in ran] == list(known) and all(each.rows > 0 and each.seconds > 0 for each in ran)


def test_a_term_counts_as_used_by_its_prefixed_name_or_its_full_one_and_not_in_a_comment_or_text(tmp_path):
    question = next(iter(questions.load(small_questions(tmp_path)).values()))
    text = f'SELECT ?x {{ ?x a trop:Case , <{ONTOLOGY}Passage> . FILTER(?x != "trop:Finding") }} # trop:Study'
    assert coverage.terms_of(replace(question, text=text)) == ("Case", "Passage")


def test_a_term_that_no_question_names_is_listed(tmp_path):
    known = questions.load(small_questions(tmp_path))
    with small_store() as store:
        left = coverage.unused(store, known.values())
    assert TROP.ContextFact in left and TROP.PortalCase not in left
