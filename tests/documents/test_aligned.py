"""Source and print side by side: the source's words on the PDF's pages."""

from __future__ import annotations

import pytest

from seedaudit.documents.aligned import align
from seedaudit.documents.latex import read_latex
from seedaudit.documents.reader import read
from seedaudit.sources.paper import Paper

FILLER = [f"The garden of week {n} was watered by hand, and nothing grew in it." for n in range(8)]
FIRST = "We train every model with five random seeds as [12] did,"
SECOND = "and we give the mean \u00b1 1 standard deviation."
OTHER = "A second set of runs has ten seeds in Table 7 of this paper."
SOURCE = (
    "\\documentclass{{article}}\\begin{{document}}\n{filler}\n\nWe train every\nmodel with five random seeds as "
    "\\citet{{x}} did, and we give the mean $\\pm 1$ standard deviation.\n\n{filler}\n\nA second set of runs has ten "
    "seeds in Table~\\ref{{t}} of this paper.\n\nNothing of this is printed anywhere.\n\\end{{document}}\n"
)


@pytest.fixture
def pages(press):
    y = press.lines(72, 80, *FILLER) + 10
    press.lines(72, y, FIRST, SECOND)
    press.new_page()
    y = press.lines(72, 80, *FILLER) + 10
    press.lines(72, y, OTHER)
    return press


@pytest.fixture
def source():
    return SOURCE.format(filler="\n".join(FILLER)).encode()


@pytest.mark.parametrize(
    ("words", "page", "line", "lines"),
    [
        ("five random seeds", 1, 12, 1),
        ("We train every model with five random seeds as did, and we give the mean ± 1 standard deviation.", 1, 11, 2),
        ("ten seeds", 2, 23, 1),
        ("A second set of runs has ten seeds in Table of this paper.", 2, 23, 1),
    ],
)
def test_a_quote_has_page_and_boxes(press, pages, read, source, words, page, line, lines):
    document = align(read_latex(source), read(pages))
    at = document.text.index(words)
    place = document.locate(at, at + len(words))
    assert (place.page, place.file, place.line) == (page, "main.tex", line)
    assert len(place.boxes) == lines
    assert 72 <= place.boxes[0].x0 < place.boxes[0].x1
    assert document.layout.picture(place.page, place.boxes).startswith(b"\x89PNG")
    assert document.pages == 2


@pytest.mark.parametrize("words", ["Nothing of this is printed anywhere.", "of"])
def test_what_is_not_found_has_no_page(pages, read, source, words):
    document = align(read_latex(source), read(pages))
    at = document.text.rindex("Nothing") + "Nothing of this is printed anywhere.".index(words)
    place = document.locate(at, at + len(words))
    assert (place.page, place.boxes, place.file) == (None, None, "main.tex")


def test_the_same_words_twice_are_told_apart_by_where_they_stand(press, read):
    said = "The scores are means over five random seeds of the model."
    for n in range(3):
        press.lines(72, 80, *[f"Page {n}. {line}" for line in FILLER], said)
        if n < 2:
            press.new_page()
    body = "\n\n".join("\n\n".join([*(f"Page {n}. {line}" for line in FILLER), said]) for n in range(3))
    document = align(
        read_latex(f"\\documentclass{{article}}\\begin{{document}}{body}\\end{{document}}".encode()), read(press)
    )
    starts = [at for at in range(len(document.text)) if document.text.startswith(said, at)]
    assert [document.locate(at, at + len(said)).page for at in starts] == [1, 2, 3]


@pytest.mark.parametrize(
    ("source_of", "file"),
    [(lambda source: source, "main.tex"), (lambda source: b"\\input{lost}", None), (lambda source: b"broken", None)],
)
def test_source_that_is_not_the_paper_leaves_the_pdf(pages, source, source_of, file):
    document = read(Paper("it", "pdf", pages.bytes(), latex=source_of(source)))
    at = document.text.index("five random seeds")
    assert document.locate(at, at + 17).page == 1
    assert document.locate(at, at + 17).file == file
    document.close()
