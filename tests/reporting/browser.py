"""What the tests of pages need from this machine, found once: a Chromium, and the validator of the W3C."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

CHROMIUM = next(filter(None, map(shutil.which, (os.environ.get("CHROMIUM", ""), "chromium", "google-chrome"))), None)
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic", "--no-first-run"]
needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium on this machine")

_VNU = Path(os.environ.get("VNU_JAR", "vnu.jar"))
needs_vnu = pytest.mark.skipif(
    not _VNU.is_file() or shutil.which("java") is None, reason="needs java and VNU_JAR=/path/to/vnu.jar (npm: vnu-jar)"
)


def vnu(*paths: Path, errors_only: bool = False) -> str:
    """What the validator says of these pages, with ``errors_only`` without warnings; empty where they are valid."""
    options = ["--errors-only"] if errors_only else []
    done = subprocess.run(["java", "-jar", _VNU, *options, *paths], capture_output=True, text=True, check=False)
    return done.stderr or ("" if done.returncode == 0 else f"status {done.returncode}")
