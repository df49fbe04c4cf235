"""The marked PDF: every finding has its mark, note and outline entry, and the paper itself stays as it was."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from seedaudit.auditing import Auditor
from seedaudit.cli import cli
from seedaudit.documents.document import Box
from seedaudit.documents.mupdf import pymupdf
from seedaudit.errors import PasswordError, UnreadablePaperError
from seedaudit.findings import Audit
from seedaudit.reporting.marked_pdf import mark_pdf
from seedaudit.sources.paper import Paper

from . import made_up

SAMPLES = Path(__file__).parents[2] / "corpus" / "samples"
QPDF = shutil.which("qpdf")
PAGE = Box(72, 100, 400, 114)


def paper_pdf(*, rotation: int = 0, outline: bool = False, **saving: object) -> bytes:
    """Two pages with a sentence at ``PAGE`` each, as they are shown."""
    file = pymupdf.open()
    for number in (1, 2):
        page = file.new_page(width=595, height=842)
        page.insert_text((72, 111), f"We fix the random seed to {number}.", fontsize=12)
        page.set_rotation(rotation)
    if outline:
        file.set_toc([[1, "One", 1], [2, "One and a half", 1], [1, "Two", 2]])
    data: bytes = file.tobytes(**saving)
    file.close()
    return data


def audit(*findings, **changes) -> Audit:
    return replace(made_up.RED, source="paper.pdf", findings=findings, **changes)


def fixed(page: int = 1, boxes: tuple[Box, ...] | None = (PAGE,), **changes):
    return made_up.finding(page=page, boxes=boxes, **changes)


def annotations(data: bytes, page: int = 1) -> list[tuple[str, pymupdf.Rect, dict[str, str], tuple[float, ...]]]:
    with pymupdf.open(stream=data, filetype="pdf") as file:
        return [
            (one.type[1], one.rect, dict(one.info), tuple(round(part, 2) for part in one.colors["stroke"]))
            for one in file[page - 1].annots()
        ]


def toc(data: bytes) -> list[list[object]]:
    with pymupdf.open(stream=data, filetype="pdf") as file:
        return list(file.get_toc())


def checked(data: bytes, folder: Path, *options: str) -> str:
    if QPDF is None:
        pytest.skip("needs qpdf")
    path = folder / "checked.pdf"
    path.write_bytes(data)
    done = subprocess.run([QPDF, "--check", *options, path], capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_a_finding_has_a_mark_a_note_and_an_entry():
    marked = mark_pdf(paper_pdf(), audit(fixed(), fixed(use="seed-comparison", risk="caution", page=2), made_up.SPLIT))
    ((kind, rect, info, colour),) = annotations(marked)
    assert kind == "Highlight"
    assert max(abs(a - b) for a, b in zip(rect, PAGE, strict=True)) < 4
    assert info["title"] == "seedaudit"
    assert info["content"].startswith(
        "Red flag: One fixed seed (fixed-seed)\none seed value is used for training runs."
    )
    for words in ("Reason: One seed value stands", "could be done: Treat", "Bethard 2022", "Rule: fixed-seed.value"):
        assert words in info["content"], words
    assert colour[0] > colour[1] > colour[2]
    assert [entry[1] for entry in toc(marked)] == [
        "seedaudit: red flag, 2 findings",
        "p. 1: One fixed seed (red flag)",
        "p. 2: Comparison over seeds only (caution)",
    ]


def test_colours_differ_by_risk():
    colours = {
        risk: annotations(mark_pdf(paper_pdf(), audit(fixed(risk=risk))))[0][3]
        for risk in ("red-flag", "caution", "safe", "neutral")
    }
    assert len(set(colours.values())) == 4


def test_two_uses_of_one_passage_share_a_mark():
    marked = mark_pdf(paper_pdf(), audit(fixed(use="ensembling", risk="safe"), fixed()))
    ((_, _, info, colour),) = annotations(marked)
    assert "Safe: Seeds combined" in info["content"]
    assert "Red flag: One fixed seed" in info["content"]
    assert colour == annotations(mark_pdf(paper_pdf(), audit(fixed())))[0][3]
    assert len(toc(marked)) == 3


def test_finding_without_a_place_on_its_page_gets_a_note_there():
    marked = mark_pdf(paper_pdf(), audit(fixed(page=2, boxes=None)))
    assert annotations(marked, 1) == []
    assert [kind for kind, *_ in annotations(marked, 2)] == ["Text"]
    assert toc(marked)[1][2] == 2


def test_neutral_mentions_only_on_request():
    one = audit(fixed(), fixed(page=2, use="decoding", risk="neutral"))
    assert annotations(mark_pdf(paper_pdf(), one), 2) == []
    assert len(annotations(mark_pdf(paper_pdf(), one, all_mentions=True), 2)) == 1


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_marks_lie_on_the_words_of_turned_pages(rotation):
    data = paper_pdf(rotation=rotation)
    with pymupdf.open(stream=data, filetype="pdf") as file:
        shown = Box(*(file[0].search_for("random seed")[0] * file[0].rotation_matrix))
    marked = mark_pdf(data, audit(fixed(boxes=(shown,))))
    with pymupdf.open(stream=marked, filetype="pdf") as file:
        pixmap = file[0].get_pixmap(alpha=False)
        middle = pymupdf.Rect(*shown).tl
        coloured = {
            (x, y)
            for x in range(0, pixmap.width, 2)
            for y in range(0, pixmap.height, 2)
            if pixmap.pixel(x, y)[2] < 0.8 * pixmap.pixel(x, y)[0]
        }
    assert coloured
    assert all(abs(x - middle.x) < 90 and abs(y - middle.y) < 90 for x, y in coloured)
    assert any(pymupdf.Rect(*shown).contains(pymupdf.Point(x, y)) for x, y in coloured)


def test_outline_of_the_paper_stays_below_ours():
    marked = mark_pdf(paper_pdf(outline=True), audit(fixed(), fixed(page=2)))
    assert toc(marked) == [
        [1, "seedaudit: red flag, 2 findings", 1],
        [2, "p. 1: One fixed seed (red flag)", 1],
        [2, "p. 2: One fixed seed (red flag)", 2],
        [1, "One", 1],
        [2, "One and a half", 1],
        [1, "Two", 2],
    ]


def test_marking_a_marked_copy_again_is_fine(tmp_path):
    twice = mark_pdf(mark_pdf(paper_pdf(), audit(fixed())), audit(fixed()))
    assert len(toc(twice)) == 4
    assert checked(twice, tmp_path) == ""


@pytest.mark.parametrize("name", ["two-column", "settings-table", "review-copy", "no-seed"])
def test_original_bytes_stay_and_the_update_is_sound(name, tmp_path):
    paper = Paper("sample.pdf", "pdf", (SAMPLES / name / f"{name}.pdf").read_bytes())
    found, document = Auditor().examine(paper)
    document.close()
    marked = mark_pdf(paper.data, found, all_mentions=True)
    assert marked.startswith(paper.data)
    assert len(marked) - len(paper.data) < 3000 * (len(found.findings) + 1)
    assert checked(marked, tmp_path) == ""
    assert marked == mark_pdf(paper.data, found, all_mentions=True)
    with pymupdf.open(stream=marked, filetype="pdf") as after, pymupdf.open(stream=paper.data, filetype="pdf") as old:
        assert [page.get_text() for page in after] == [page.get_text() for page in old]
        assert sum(len(list(page.annots())) for page in after) == len({one.boxes for one in found.findings})


def test_damaged_file_is_written_anew(tmp_path):
    data = paper_pdf().replace(b"startxref", b"startxxxx")
    marked = mark_pdf(data, audit(fixed()))
    assert len(annotations(marked)) == 1
    assert checked(marked, tmp_path) == ""


def encrypted(user: str = "", allowed: int = 0) -> bytes:
    return paper_pdf(encryption=pymupdf.PDF_ENCRYPT_AES_256, owner_pw="owner", user_pw=user, permissions=allowed)


@pytest.mark.parametrize("password", [None, "wrong"])
def test_forbidden_annotation_is_refused(password):
    with pytest.raises(PasswordError, match=r"paper\.pdf forbids annotations") as refused:
        mark_pdf(encrypted(), audit(fixed()), password=password)
    assert refused.value.kind == "annotation-forbidden"
    assert "--password" in refused.value.hint


@pytest.mark.parametrize(
    ("data", "password"),
    [
        (encrypted(), "owner"),
        (encrypted("user"), "owner"),
        (encrypted("user", pymupdf.PDF_PERM_ANNOTATE), "user"),
        (encrypted("", pymupdf.PDF_PERM_ANNOTATE), None),
    ],
)
def test_permitted_annotation_stays_encrypted(data, password, tmp_path):
    marked = mark_pdf(data, audit(fixed()), password=password)
    assert checked(marked, tmp_path, f"--password={password or ''}") == ""
    with pymupdf.open(stream=marked, filetype="pdf") as file:
        assert "Encrypt" in file.xref_get_keys(-1)
        file.authenticate(password or "")
        assert len(list(file[0].annots())) == 1


@pytest.mark.parametrize("password", [None, "wrong"])
def test_locked_file_asks_for_its_password(password):
    with pytest.raises(PasswordError, match="encrypted") as refused:
        mark_pdf(encrypted("user"), audit(fixed()), password=password)
    assert refused.value.kind == "password"


def test_what_is_no_pdf_is_refused():
    with pytest.raises(UnreadablePaperError, match=r"paper\.pdf can be read but not be marked") as refused:
        mark_pdf(b"plain words", audit(fixed()))
    assert refused.value.kind == "unmarkable"


def test_words_of_a_paper_cannot_leave_their_string(tmp_path):
    hostile = replace(made_up.hostile(), source="(a) >> endobj")
    marked = mark_pdf(
        paper_pdf(), replace(hostile, findings=tuple(fixed(why=")>> /JS (x", rules=("<<",)) for _ in "ab"))
    )
    assert checked(marked, tmp_path) == ""
    assert ")>> /JS (x" in annotations(marked)[0][2]["content"]


def run(*arguments: object):
    return CliRunner().invoke(cli, ["audit", *map(str, arguments)])


def test_command_writes_a_marked_copy(tmp_path):
    sample = SAMPLES / "settings-table" / "settings-table.pdf"
    out = tmp_path / "marked.pdf"
    assert run(sample, "--output", out).exit_code == 0
    assert out.read_bytes().startswith(sample.read_bytes())
    assert annotations(out.read_bytes(), 2)[0][2]["subject"] == "red flag"


def test_command_refuses_what_cannot_be_marked(tmp_path):
    sample = tmp_path / "paper.pdf"
    sample.write_bytes(paper_pdf())
    text = tmp_path / "paper.txt"
    text.write_text("We fix the random seed to 42 for all training runs.")
    other = tmp_path / "other.pdf"
    other.write_bytes(sample.read_bytes() + b"\n% another version\n")
    out = tmp_path / "out.pdf"
    for arguments, said in (
        ((sample, "--format", "pdf"), "--format pdf is a file"),
        ((sample, other, "-o", out), "one paper at a time"),
        ((text, "-o", out), "is no PDF"),
        ((sample, "-o", sample), "is the paper itself"),
    ):
        refused = run(*arguments)
        assert refused.exit_code == 2
        assert said in refused.stderr
    sample.write_bytes(encrypted())
    refused = run(sample, "-o", out)
    assert refused.exit_code == 3
    assert "hint: Give the owner's password" in refused.stderr
    assert not out.exists()
