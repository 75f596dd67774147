"""The questions as OpenAPI: valid by its own schema, and true of what is answered."""

from __future__ import annotations

import json

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from jsonschema import Draft202012Validator
from small_world import small_questions, small_store

import app as wiring
from graph import openapi, questions, resources
from graph.settings import Settings


@pytest.fixture(scope="module")
def client(tmp_path_factory):
    asked = questions.load(small_questions(tmp_path_factory.mktemp("questions")))
    with small_store() as store, pytest.MonkeyPatch.context() as patch:
        patch.setattr("graph.questions.load", lambda folder=None: asked)
        yield wiring.create_app(Settings(cache=None), store).test_client()


@pytest.fixture(scope="module")
def described(client) -> dict:
    return client.get("/openapi.json").get_json()


def test_the_description_is_valid_openapi_3_1(described):
    assert described["openapi"] == "3.1.0"
    assert list(OpenAPIV31SpecValidator(described).iter_errors()) == []


def test_the_description_of_all_packaged_questions_is_valid():
    files = resources.folder("queries").glob("*.rq")  # read one by one: load is replaced while the client is here
    asked = {each.id: each for each in map(questions.read, sorted(files))}
    made = openapi.openapi(asked, {name: ("x",) for name in asked}, version="1", server="https://example.org")
    charts = sum(1 for each in asked.values() if each.chart)
    assert list(OpenAPIV31SpecValidator(made).iter_errors()) == [] and charts and len(made["paths"]) == 4 * len(asked) + 2 * charts + 1


def test_every_path_answers_as_it_promises(client, described):
    for path, operations in described["paths"].items():
        if path != "/sparql":
            for media_type in operations["get"]["responses"]["200"]["content"]:
                response = client.get(path)
                assert response.status_code == 200 and response.mimetype == media_type


def test_an_answer_fits_the_schema_of_its_columns(client, described):
    content = described["paths"]["/questions/cq-01.json"]["get"]["responses"]["200"]["content"]["application/json"]
    schema = {**content["schema"], "components": described["components"]}
    answer = json.loads(client.get("/questions/cq-01.json").text)
    Draft202012Validator(schema).validate(answer)
    answer["results"]["bindings"][0]["stranger"] = {"type": "uri", "value": "urn:x"}
    assert not Draft202012Validator(schema).is_valid(answer), "a column that is not announced is not valid"


def test_parameters_are_the_questions(described):
    parameters = described["paths"]["/questions/cq-01.csv"]["get"]["parameters"]
    assert {each["name"]: each["schema"].get("default") for each in parameters} == {"innovation": "innovation:e-procurement", "direction": None}
