"""Holds spec/vectors/derived.json to what JSON Schema says, which we did not write."""

import json
import pathlib

import jsonschema
import pytest

CASES = json.loads((pathlib.Path(__file__).parent / "vectors" / "derived.json").read_text("utf-8"))["cases"]


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_schema(case):
    """Each schema is one, takes the arguments of which lines are made, and refuses what it is said to refuse."""
    schema = jsonschema.Draft202012Validator
    schema.check_schema(case["schema"])
    arguments = schema(case["schema"])
    for line in case.get("lines", []):
        arguments.validate(line["arguments"])
    for refused in case.get("refused", []):
        assert arguments.is_valid(refused["arguments"]) != (refused["by"] == "schema"), refused
    for default in (p["default"] for p in case["schema"]["properties"].values() if "default" in p):
        assert default is not None
    for name, property in case["schema"]["properties"].items():
        if "default" in property:
            schema(property).validate(property["default"])
        assert property["description"], name


def test_there_are_cases():
    """No test passes because there is nothing to test."""
    assert len(CASES) > 30
    assert sum(len(case.get("refused", [])) for case in CASES) > 30
