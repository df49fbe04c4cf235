"""spaCy comes without its command line, and whole where that is asked for."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def ran(code: str, *path: Path) -> str:
    ways = os.pathsep.join([*map(str, path), *sys.path])
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": ways}
    ).stdout


def test_the_command_line_stays_out_and_can_come_later() -> None:
    ran(
        "import sys\nfrom seedaudit.detection.tokens import English\n"
        "assert not {'typer', 'weasel', 'requests', 'spacy.cli', 'spacy.cli.info'} & set(sys.modules), 'loaded'\n"
        "import spacy\nassert spacy.info(silent=True)['spacy_version'] == spacy.__version__\n"
        "import spacy.cli\nassert callable(spacy.cli.download)\n"
    )


def test_a_spacy_that_was_imported_before_stays_as_it_is() -> None:
    ran(
        "import spacy\ninfo = spacy.info\nfrom seedaudit.detection.tokens import English\n"
        "assert spacy.info is info\nassert English()('seeds')[0].text == 'seeds'\n"
    )


def test_a_release_that_needs_its_command_line_is_imported_whole(tmp_path: Path) -> None:
    for name, code in {
        "spacy/__init__.py": "from .cli import download",
        "spacy/cli/__init__.py": "download = 'whole'",
        "spacy/lang/__init__.py": "",
        "spacy/lang/en.py": "class English: pass",
        "spacy/matcher.py": "class Matcher: pass",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(code)
    told = ran("from seedaudit.detection.tokens import English\nimport spacy\nprint(spacy.download)", tmp_path)
    assert told == "whole\n"
