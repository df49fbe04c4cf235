"""The example reports: what the reports of today make of the stored audits of the sample papers."""

from __future__ import annotations

import importlib.util
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

from seedaudit.documents.mupdf import pymupdf

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "reports" / "examples"
AGAIN = "run: python reports/examples/render.py"


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("render_examples", EXAMPLES / "render.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def again(tool: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {path.name: path for path in tool.render(tmp_path_factory.mktemp("examples"))}


def compared(page: str) -> str:
    """A page without its style and script, which say nothing of a paper, and without its pictures.

    Pictures differ with the release of MuPDF, in their pixels and by a pixel in their size.
    """
    page = re.sub(r"data:image/png;base64,[A-Za-z0-9+/=]+|(?s:<(style|script)>.*?</\1>)|sha256-[\w+/]+=*", "", page)
    return re.sub(r'viewBox="0 0 (?!16 16")\d+ \d+"|(?<=<image )(id="[^"]+") width="\d+" height="\d+"', r"\1", page)


def test_every_example_is_there(again):
    kept = {path.name for path in EXAMPLES.iterdir() if path.suffix in {".html", ".md", ".pdf"}}
    assert kept == set(again), AGAIN


def test_pages_and_texts_are_the_same(again):
    for name, path in again.items():
        if path.suffix in {".html", ".md"}:
            old, new = (compared(one.read_text(encoding="utf-8")) for one in (EXAMPLES / name, path))
            assert old == new, f"{name} is not what the reports make today; {AGAIN}"


def test_marked_copy_has_the_same_marks(again):
    def marks(path: Path):
        with pymupdf.open(path) as file:
            notes = [(page.number, one.info["content"]) for page in file for one in page.annots()]
            return file.get_toc(), notes

    for name, path in again.items():
        if path.suffix == ".pdf":
            assert marks(EXAMPLES / name) == marks(path), f"{name} is not what the reports make today; {AGAIN}"


def test_pages_are_small_and_name_no_place_of_this_machine():
    for path in EXAMPLES.glob("*.html"):
        assert path.stat().st_size < 400_000
        assert str(ROOT) not in path.read_text(encoding="utf-8")


def test_stored_audits_say_what_is_expected_of_the_samples(tool):
    expected = json.loads((ROOT / "corpus" / "samples" / "expected.json").read_text(encoding="utf-8"))["papers"]
    _, audits = tool.stored()
    assert {Path(one.source).stem: one.verdict.level for one in audits} == {
        name: expected[name]["verdict"] for name in tool.SAMPLES
    }
