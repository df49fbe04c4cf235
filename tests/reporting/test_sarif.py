"""SARIF: what the standard and code scanning ask for, and words of a paper that stay words."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner

from seedaudit import resources
from seedaudit.cli import cli
from seedaudit.detection.rules import load_rules
from seedaudit.findings import USES
from seedaudit.reporting.sarif import to_sarif

from . import made_up

EXPLANATIONS = load_rules([resources.rules()]).explanations
# The standard's schema, as the npm package @microsoft/jest-sarif has it.
SCHEMA = os.environ.get("SARIF_SCHEMA")
# Microsoft's validator, with rules of its own beside those of the schema: npm i @microsoft/sarif-multitool
MULTITOOL = shutil.which("Sarif.Multitool") or os.environ.get("SARIF_MULTITOOL")


def log(*results, all_mentions=False) -> dict:
    return json.loads(to_sarif(results, made_up.TOOL, EXPLANATIONS, all_mentions=all_mentions))


def test_shape_of_the_log():
    made = log(*made_up.EVERYTHING, all_mentions=True)
    assert set(made) == {"$schema", "version", "runs"}
    assert made["version"] == "2.1.0"
    (run,) = made["runs"]
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("seedaudit", "0.1.0")
    assert [rule["id"] for rule in driver["rules"]] == list(USES)
    assert [artifact["location"]["uri"] for artifact in run["artifacts"]] == [
        "https://arxiv.org/abs/2404.00001v2",
        "caution.pdf",
        "https://arxiv.org/abs/2404.00003v1",
        "runs.pdf",
        "stdin",
        "locked.pdf",
    ]
    assert run["artifacts"][0]["hashes"] == {"sha-256": "a" * 64}
    for result in run["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
        (location,) = result["locations"]
        place = location["physicalLocation"]
        assert (
            run["artifacts"][place["artifactLocation"]["index"]]["location"]["uri"] == place["artifactLocation"]["uri"]
        )
        assert place["region"]["startLine"] >= 1
        assert result["message"]["text"]
        assert result["level"] in {"error", "warning", "note", "none"}


def test_every_rule_has_help():
    for rule in log(made_up.RED)["runs"][0]["tool"]["driver"]["rules"]:
        assert rule["shortDescription"]["text"].endswith(".")
        assert rule["help"]["text"]
        assert rule["help"]["markdown"]
        if EXPLANATIONS.get(rule["id"]):
            assert "Why it matters: " in rule["help"]["text"]
        if rule["id"] == "fixed-seed":
            assert rule["helpUri"] == "https://arxiv.org/abs/2210.13393"
            assert "What could be done: Tune the seed" in rule["help"]["text"]


def test_levels_follow_the_risk():
    results = log(made_up.RED, all_mentions=True)["runs"][0]["results"]
    assert [(one["ruleId"], one["level"], one.get("kind")) for one in results] == [
        ("data-sampling", "none", "informational"),
        ("fixed-seed", "error", None),
        ("seed-comparison", "warning", None),
        ("ensembling", "note", None),
        ("fixed-seed", "error", None),
    ]
    assert len(log(made_up.RED)["runs"][0]["results"]) == 4


def test_region_tells_page_and_words():
    first = log(made_up.RED)["runs"][0]["results"][0]
    assert first["locations"][0]["physicalLocation"]["region"] == {
        "startLine": 4,
        "snippet": {"text": "We fix the random seed to 42 for all runs."},
        "properties": {"page": 4, "section": "4.1 Experimental setup"},
    }
    assert first["message"]["text"].startswith("One fixed seed (p. 4, 4.1 Experimental setup): “We fix")
    assert first["properties"]["detectionRules"] == ["fixed-seed.value"]


def test_fingerprint_follows_words_and_not_place_or_confidence():
    def prints(finding):
        return log(replace(made_up.RED, findings=(finding,)))["runs"][0]["results"][0]["partialFingerprints"]

    moved = replace(made_up.FIXED, page=9, confidence=0.1, quote=made_up.FIXED.quote.replace(" ", "  "))
    assert prints(made_up.FIXED) == prints(moved)
    assert prints(made_up.FIXED) != prints(replace(made_up.FIXED, quote="another"))


def test_failure_is_a_notification():
    run = log(made_up.RED, made_up.FAILED)["runs"][0]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["descriptor"]["id"] == "not-audited/password"
    assert "locked.pdf was not audited" in notification["message"]["text"]
    assert log(made_up.RED)["runs"][0]["invocations"][0]["executionSuccessful"] is True


def test_words_of_a_paper_make_no_links_and_no_placeholders():
    quote = "[see](https://evil.example) {0} of seeds \\ \x1b[31m"
    text = log(replace(made_up.RED, findings=(made_up.finding(quote=quote),)))["runs"][0]["results"][0]["message"][
        "text"
    ]
    assert "\\[see\\](https://evil.example) {{0}} of seeds \\\\" in text
    assert "\x1b" not in text


def test_hostile_papers_give_json_with_valid_addresses():
    text = to_sarif([made_up.hostile(), made_up.HOSTILE_FAILURE], made_up.TOOL, EXPLANATIONS, all_mentions=True)
    text.encode("utf-8")
    for artifact in json.loads(text)["runs"][0]["artifacts"]:
        assert re.fullmatch(r"[\w%/.~-]+", artifact["location"]["uri"])


def validated(log: str, folder: Path) -> list[str]:
    """The rules of the standard and of GitHub's code scanning that ``log`` breaks."""
    path, found = folder / "a.sarif", folder / "found.sarif"
    path.write_text(log, encoding="utf-8")
    subprocess.run(
        [str(MULTITOOL), "validate", path, "--rule-kind", "Sarif;Ghas", "--output", found, "--log", "ForceOverwrite"],
        check=False,
        capture_output=True,
        env={**os.environ, "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT": "1"},
    )
    return [one["ruleId"] for one in json.loads(found.read_text(encoding="utf-8-sig"))["runs"][0]["results"]]


@pytest.mark.skipif(SCHEMA is None, reason="needs SARIF_SCHEMA=/path/to/sarif-2.1.0-rtm.5.json")
def test_log_is_valid_by_the_schema_of_the_standard():
    validator = jsonschema.Draft4Validator(json.loads(Path(str(SCHEMA)).read_text("utf-8")))
    for results in (made_up.EVERYTHING, (made_up.hostile(), made_up.HOSTILE_FAILURE), ()):
        assert list(validator.iter_errors(log(*results, all_mentions=True))) == []
    broken = log(made_up.RED)
    broken["runs"][0]["results"][0]["level"] = "dreadful"
    assert [one.json_path for one in validator.iter_errors(broken)] == ["$.runs[0].results[0].level"]


@pytest.mark.skipif(MULTITOOL is None, reason="needs Sarif.Multitool on the path, or SARIF_MULTITOOL=/path/to/it")
def test_validator_of_the_standard_finds_nothing(tmp_path):
    made = to_sarif(made_up.EVERYTHING, made_up.TOOL, EXPLANATIONS, all_mentions=True)
    assert validated(made, tmp_path) == []
    hostile = to_sarif([made_up.hostile(), made_up.HOSTILE_FAILURE], made_up.TOOL, EXPLANATIONS, all_mentions=True)
    assert validated(hostile, tmp_path) == []
    assert "JSON1008" in validated(made.replace('"startLine": 4', '"startLine": 0'), tmp_path)
    without = json.loads(made)
    del without["runs"][0]["results"][0]["locations"]
    assert "GH1015" in validated(json.dumps(without), tmp_path)


def test_command_writes_it(tmp_path):
    sample = Path(__file__).parents[2] / "corpus" / "samples" / "settings-table" / "settings-table.pdf"
    out = tmp_path / "a.sarif"
    assert CliRunner().invoke(cli, ["audit", str(sample), "--output", str(out)]).exit_code == 0
    (result,) = json.loads(out.read_text("utf-8"))["runs"][0]["results"]
    assert (result["ruleId"], result["level"]) == ("fixed-seed", "error")
