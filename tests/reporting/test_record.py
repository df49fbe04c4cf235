"""The JSON contract: its schema accepts what is written and refuses what is not; nothing else varies."""

from __future__ import annotations

import copy
import json
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator, ValidationError

from seedaudit.findings import LEVELS, USES
from seedaudit.reporting.record import document_record, load_schema, paper_record, to_json

from . import made_up

PAPER_KEYS = [
    "source",
    "id",
    "title",
    "year",
    "pages",
    "sha256",
    "status",
    "error",
    "verdict",
    "reasons",
    "search",
    "findings",
]
FINDING_KEYS = [
    "use",
    "risk",
    "confidence",
    "rules",
    "page",
    "boxes",
    "section",
    "quote",
    "why",
    "remedy",
    "references",
    "seeds",
]
VALIDATOR = Draft202012Validator(load_schema())


def everything() -> dict:
    results = (*made_up.EVERYTHING, made_up.hostile(), made_up.HOSTILE_FAILURE)
    return document_record(results, made_up.TOOL, all_mentions=True)


def test_schema_is_a_schema():
    Draft202012Validator.check_schema(load_schema())


def test_schema_accepts_every_result():
    VALIDATOR.validate(everything())


def subschemas(schema):
    if isinstance(schema, dict):
        yield schema
        for key in ("properties", "$defs"):
            for part in schema.get(key, {}).values():
                yield from subschemas(part)
        yield from subschemas(schema.get("items"))
        for part in schema.get("anyOf", ()):
            yield from subschemas(part)


def test_every_field_of_the_schema_is_described_and_closed():
    for schema in subschemas(load_schema()):
        assert "description" in schema or "$ref" in schema, schema
        if "object" in schema.get("type", ()):
            assert schema["additionalProperties"] is False
            assert schema["required"] == list(schema["properties"])


def test_schema_knows_the_names_of_the_guideline():
    definitions = load_schema()["$defs"]
    assert tuple(definitions["finding"]["properties"]["use"]["enum"]) == (
        *(use for use in USES[:5]),
        *(use for use in USES[5:]),
    )
    assert definitions["paper"]["properties"]["verdict"]["enum"] == [*LEVELS, None]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda d: d.update(more=1),
        lambda d: d.update(schema=2),
        lambda d: d["papers"][0].pop("sha256"),
        lambda d: d["papers"][0].update(verdict="clean"),
        lambda d: d["papers"][0].update(verdict=None),
        lambda d: d["papers"][0].update(status="failed"),
        lambda d: d["papers"][0]["findings"][0].update(use="fixed_seed"),
        lambda d: d["papers"][0]["findings"][0].update(confidence=93),
        lambda d: d["papers"][0]["findings"][0].update(page=0),
        lambda d: d["papers"][0]["findings"][1]["boxes"][0].pop(),
        lambda d: d["papers"][5].update(verdict="none"),
        lambda d: d["papers"][5].update(error=None),
    ],
)
def test_schema_refuses(spoil):
    document = copy.deepcopy(everything())
    spoil(document)
    with pytest.raises(ValidationError):
        VALIDATOR.validate(document)


def test_keys_are_those_of_the_contract_in_its_order():
    document = document_record(made_up.EVERYTHING, made_up.TOOL, all_mentions=False)
    assert list(document) == ["schema", "tool", "papers"]
    assert document["tool"] == {
        "name": "seedaudit",
        "version": "0.1.0",
        "rules": "9f2c41d07ab3",
        "model": "51ce80aa94f6",
    }
    assert all(list(paper) == PAPER_KEYS for paper in document["papers"])
    assert list(document["papers"][0]["findings"][0]) == FINDING_KEYS


def test_neutral_mentions_only_on_request():
    few = paper_record(made_up.RED, all_mentions=False)
    every = paper_record(made_up.RED, all_mentions=True)
    assert [one["use"] for one in few["findings"]] == ["fixed-seed", "seed-comparison", "ensembling", "fixed-seed"]
    assert every["findings"][0]["use"] == "data-sampling"
    assert len(every["findings"]) == 5


def test_failure_has_no_verdict_and_says_why():
    record = paper_record(made_up.FAILED, all_mentions=True)
    assert record["status"] == "failed"
    assert record["verdict"] is None
    assert record["findings"] == []
    assert record["error"] == {
        "kind": "password",
        "message": "locked.pdf is encrypted and no password was given",
        "hint": "give the password with --password",
    }


def test_numbers_are_rounded_and_text_has_no_boxes():
    first = paper_record(made_up.RED, all_mentions=False)["findings"][0]
    assert first["confidence"] == 0.9346
    assert first["boxes"][0] == [72.0, 310.12, 290.5, 321.0]
    text = replace(made_up.RED, findings=(replace(made_up.FIXED, boxes=None, page=None),))
    record = paper_record(text, all_mentions=False)["findings"][0]
    assert record["boxes"] is None
    assert record["page"] is None


def test_json_is_readable_and_the_same_each_time():
    audit = replace(made_up.RED, title="Über Keime – 種子")
    text = to_json([audit], made_up.TOOL, all_mentions=True)
    assert text == to_json([copy.deepcopy(audit)], made_up.TOOL, all_mentions=True)
    assert "Über Keime – 種子" in text
    assert text.endswith("}\n")
    assert json.loads(text) == document_record([audit], made_up.TOOL, all_mentions=True)


def test_json_can_always_be_encoded():
    text = to_json([replace(made_up.RED, source="caf\udce9.pdf")], made_up.TOOL, all_mentions=False)
    assert json.loads(text.encode("utf-8"))["papers"][0]["source"] == "caf\ufffd.pdf"


def test_no_papers_are_a_document_too():
    document = document_record([], made_up.TOOL, all_mentions=False)
    VALIDATOR.validate(document)
    assert document["papers"] == []
