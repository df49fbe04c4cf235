"""The command line: results, messages, exit status."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from jsonschema import Draft202012Validator

from seedaudit import __version__
from seedaudit.__main__ import begins_a_study
from seedaudit.cli import cli
from seedaudit.reporting.record import load_schema

ROOT = Path(__file__).parents[1]
SAMPLES = ROOT / "corpus" / "samples"
COMPARED = str(SAMPLES / "two-column" / "two-column.pdf")
FIXED = str(SAMPLES / "settings-table" / "settings-table.pdf")
NONE = str(SAMPLES / "no-seed" / "no-seed.pdf")


def run(*arguments: str, stdin: str | bytes | None = None) -> Result:
    return CliRunner().invoke(cli, list(arguments), input=stdin, prog_name="seedaudit")


def test_version() -> None:
    assert run("--version").output == f"seedaudit {__version__}\n"


@pytest.mark.parametrize("command", ["", "audit", "rules"])
def test_help_of_every_command_has_examples(command: str) -> None:
    said = run(*command.split(), "--help")
    assert said.exit_code == 0
    assert "Examples:" in said.output
    assert "seedaudit" in said.output


def test_text_tells_title_verdict_and_findings() -> None:
    said = run("audit", COMPARED)
    assert said.exit_code == 0
    assert "CAUTION" in said.stdout
    assert "averaged over five random seeds" in " ".join(said.stdout.split())
    assert "\x1b" not in said.stdout
    assert said.stderr == ""


def test_json_keeps_the_contract() -> None:
    said = run("audit", COMPARED, FIXED, NONE, "--format", "json", "--all")
    record = json.loads(said.stdout)
    Draft202012Validator(load_schema()).validate(record)
    assert [paper["verdict"] for paper in record["papers"]] == ["caution", "red-flag", "none"]
    assert record["tool"]["version"] == __version__


@pytest.mark.parametrize(
    ("ending", "start"), [("json", "{"), ("html", "<!doctype html>"), ("csv", "source,"), ("md", "#"), ("txt", "Span")]
)
def test_the_form_follows_the_ending_of_the_output(tmp_path: Path, ending: str, start: str) -> None:
    target = tmp_path / f"report.{ending}"
    said = run("audit", COMPARED, "--output", str(target))
    assert said.exit_code == 0
    assert said.stdout == ""
    assert target.read_text(encoding="utf-8").lower().lstrip("\ufeff").startswith(start.lower())


def test_the_html_report_shows_the_place_on_the_page(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    run("audit", COMPARED, "-o", str(target))
    assert "data:image/png;base64," in target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("paper", "threshold", "status"),
    [
        (FIXED, "never", 0),
        (FIXED, "red-flag", 1),
        (FIXED, "caution", 1),
        (COMPARED, "red-flag", 0),
        (COMPARED, "caution", 1),
        (NONE, "caution", 0),
    ],
)
def test_fail_on(paper: str, threshold: str, status: int) -> None:
    assert run("audit", paper, "--fail-on", threshold).exit_code == status


def test_a_paper_that_cannot_be_audited_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"<html>Not found</html>")
    said = run("audit", str(broken), COMPARED, "--format", "json", "--fail-on", "caution")
    assert said.exit_code == 3
    failed, audited = json.loads(said.stdout)["papers"]
    assert (failed["status"], failed["error"]["kind"], failed["verdict"]) == ("failed", "not-a-pdf", None)
    assert audited["status"] == "audited"


@pytest.mark.parametrize(
    "arguments",
    [
        ["audit"],
        ["audit", "papr.pdf"],
        ["audit", COMPARED, "papr.pdf"],
        ["audit", COMPARED, "--format", "docx"],
        ["audit", COMPARED, "--rules", "no-such-folder"],
        ["audit", COMPARED, "--output", "no-such-folder/report.html"],
        ["rules", "no-such-rule"],
        ["audt"],
    ],
)
def test_wrong_usage_is_status_2_with_a_message(arguments: list[str]) -> None:
    said = run(*arguments)
    assert said.exit_code == 2
    assert said.stdout == ""
    assert said.stderr
    assert "Traceback" not in said.stderr


def test_text_on_standard_input_is_a_paper() -> None:
    said = run("audit", "-", "--format", "json", stdin="We fix the random seed to 42 for all training runs.\n")
    (paper,) = json.loads(said.stdout)["papers"]
    assert paper["verdict"] == "red-flag"
    assert paper["findings"][0]["seeds"] == {"count": 1, "values": [42]}


def test_own_rules_find_what_they_name(tmp_path: Path) -> None:
    (tmp_path / "house.toml").write_text(
        """
[[rule]]
id = "house-lottery"
name = "Lottery ticket seed"
use = "fixed-seed"
regex = ['lottery seeds? of the house']
confidence = 0.99
message = "The house seed is used."
why = "Because the house says so."
remedy = "Use several."
references = ["arXiv:2210.13393"]
match = ["The lottery seed of the house is used."]
no_match = ["The seed is used."]
""",
        encoding="utf-8",
    )
    text = "The lottery seeds of the house were sown in the garden behind it.\n"
    plain = run("audit", "-", "--format", "json", stdin=text)
    own = run("audit", "-", "--format", "json", "--rules", str(tmp_path), stdin=text)
    assert json.loads(plain.stdout)["papers"][0]["findings"] == []
    (finding,) = json.loads(own.stdout)["papers"][0]["findings"]
    assert finding["rules"] == ["house-lottery"]
    assert finding["why"] == "Because the house says so."
    assert json.loads(own.stdout)["tool"]["rules"] != json.loads(plain.stdout)["tool"]["rules"]


def test_rules_are_listed_and_explained() -> None:
    listed = run("rules").stdout
    assert "seed-in-settings-table" in listed
    page = run("rules", "seed-in-settings-table").stdout
    for head in ("What it finds", "Why it matters", "Remedy", "References", "Matches", "Does not match"):
        assert head in page
    assert "Remedy" in run("rules", "fixed-seed").stdout
    assert "Did you mean seed-in-settings-table" in run("rules", "seed-in-setting-table").stderr


def imported(*arguments: str) -> set[str]:
    """The modules that a command imports, in a process of its own."""
    code = (
        "import sys\nfrom seedaudit.cli import cli\n"
        f"try:\n cli({list(arguments)!r}, prog_name='seedaudit')\nexcept SystemExit:\n pass\n"
        "print(' '.join(sorted(sys.modules)), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    return set(done.stderr.split())


def test_what_a_command_does_not_need_it_does_not_import() -> None:
    assert not imported("--version") & {"pymupdf", "spacy", "numpy", "rich", "httpx", "jinja2", "pandas", "sklearn"}
    assert not imported("audit", NONE, "--format", "json") & {"spacy", "httpx", "jinja2", "pandas", "sklearn", "scipy"}
    assert not imported("audit", COMPARED) & {"sklearn", "pandas", "scipy", "feedparser", "httpx", "requests", "typer"}


def test_the_process_that_feeds_a_batch_imports_nothing_that_audits(tmp_path: Path) -> None:
    modules = imported("batch", NONE, "--into", str(tmp_path / "study.db"), "--jobs", "1", "--quiet")
    assert "pebble" in modules
    assert not modules & {"numpy", "pymupdf", "spacy", "onnxruntime", "pandas", "httpx", "rich"}
    assert "seedaudit.detection.rules" not in modules


@pytest.mark.parametrize(
    ("typed", "begins"),
    [
        ("batch papers/ --into NEW", True),
        ("batch --into=NEW --jobs 2 papers/", True),
        ("batch papers/ --into OLD", False),
        ("batch papers/ --into=OLD", False),
        ("batch papers/ --into NEW --cluster tcp://scheduler:8786", False),
        ("batch papers/ --into NEW --cluster=tcp://scheduler:8786", False),
        ("batch --into NEW --help", False),
        (f"batch papers/ --into {300 * 'a'}.db", True),
        ("batch papers/", False),
        ("batch papers/ --into", False),
        ("audit batch --into NEW", False),
        ("", False),
    ],
)
def test_workers_begin_to_load_where_a_new_study_is_asked_for(typed: str, begins: bool, tmp_path: Path) -> None:
    (tmp_path / "old.db").touch()
    typed = typed.replace("NEW", str(tmp_path / "new.db")).replace("OLD", str(tmp_path / "old.db"))
    assert begins_a_study(typed.split()) is begins


def test_an_interrupt_before_a_command_begins_is_no_traceback() -> None:
    code = (
        "import seedaudit.cli, seedaudit.__main__\n"
        "def stopped(**_):\n raise KeyboardInterrupt\n"
        "seedaudit.cli.cli = stopped\nseedaudit.__main__.main()"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "stopped\n")
