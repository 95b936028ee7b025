"""The JSON Schemas of the NLP agent's config, input and output, as forms and callers read them."""

from typing import Any

from agents.chat.operations import OPERATIONS
from agents.nlp import NLPAgent
from agents.testing import OpenAIServer
from tests.agents.nlp_runs import operation_input, run


def _resolved(schema: dict[str, Any], ref: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = schema["$defs"][ref["$ref"].rpartition("/")[2]]
    return found


def test_the_output_is_told_apart_by_operation() -> None:
    schema = NLPAgent.Output.model_json_schema()
    outputs = [_resolved(schema, ref) for ref in schema["oneOf"]]
    named = {each["properties"].get("operation", {}).get("const", "complete") for each in outputs}
    assert named == set(OPERATIONS)


def test_what_comes_out_is_what_the_schema_says(models: OpenAIServer) -> None:
    schema = NLPAgent.Output.model_json_schema(mode="serialization")
    embedded = next(
        each for ref in schema["oneOf"]
        if "embeddings" in (each := _resolved(schema, ref))["properties"]
    )  # fmt: skip
    output = run(models, operation_input("embed")).output
    assert output.keys() == embedded["properties"].keys()


def test_the_input_says_what_each_operation_works_on() -> None:
    rules = {
        rule["if"]["properties"]["operation"]["const"]: rule["then"]["oneOf"]
        for rule in NLPAgent.Input.model_json_schema()["allOf"]
    }
    assert rules["embed"] == [{"required": ["text"]}, {"required": ["texts"]}]
    assert rules["classify"] == [{"required": ["text"]}]


def test_options_are_the_configs_and_the_inputs() -> None:
    config = NLPAgent.Config.model_json_schema()["properties"]
    given = NLPAgent.Input.model_json_schema()["properties"]
    for option in ("labels", "schema", "target_language", "dimensions", "stream", "operation"):
        assert option in config
        assert option in given
    assert "template" not in given  # the module's; callers fill it
    assert not {"base_url", "api_key", "prices", "fallback_models"} & given.keys()


def test_every_key_is_write_only_and_hidden_in_a_repr() -> None:
    schema = NLPAgent.Config.model_json_schema()
    key = schema["$defs"]["Fallback"]["properties"]["api_key"]
    assert (key["writeOnly"], key["format"]) == (True, "password")

    config = {"fallback_models": [{"model": "m", "api_key": "very-secret"}]}
    assert "very-secret" not in repr(NLPAgent.Config.model_validate(config))
