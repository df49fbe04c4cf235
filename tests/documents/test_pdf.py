"""What a reader of the PDF would read, in that order, and nothing else."""

from __future__ import annotations

import re

import pytest

from seedaudit.documents import layout
from seedaudit.documents.cleanup import clean, clean_lines
from seedaudit.documents.mupdf import pymupdf
from seedaudit.documents.pdf import read_pdf
from seedaudit.errors import PasswordError, UnreadablePaperError

LEFT, RIGHT = 60, 310
FIRST = (
    "Every network in this study is trained from",
    "scratch on two graphics cards, and we report the",
    "mean accuracy over five random seeds for each of",
    "the seven tasks that the suite consists of.",
)
SECOND = (
    "The second column begins with a sentence that no",
    "other part of this page contains, so that a test can",
    "tell where it has been put by the reader.",
)


def kinds(document, kind):
    return [document.text[block.start : block.end] for block in document.blocks if block.kind == kind]


def test_lines_of_a_paragraph_are_joined(press, read):
    press.lines(LEFT, 100, *FIRST)
    assert "mean accuracy over five random seeds for each of the seven tasks" in read(press).text


def test_word_broken_over_a_line_is_whole_again(press, read):
    press.lines(
        LEFT, 100, "We repeat every experiment with five ran-", "dom seeds and give the average of the results."
    )
    assert "five random seeds" in read(press).text


def test_hyphen_of_a_compound_stays(press, read):
    press.lines(
        LEFT, 100, "The self-trained model is compared with state-of-the-",
        "art systems, and with five differently self-",
        "trained ones, which take far longer to be fitted.",
    )  # fmt: skip
    text = read(press).text
    assert "state-of-the-art systems" in text
    assert "differently self-trained ones" in text


def test_ligatures_and_odd_characters_are_unified(press, read):
    press.page.insert_htmlbox(
        pymupdf.Rect(60, 100, 500, 200), "<p>We ﬁx the seed of the diﬀerent mo\u00addels and of the ﬂow to 42.</p>"
    )
    assert "We fix the seed of the different models and of the flow to 42." in read(press).text


def test_lines_that_are_said_to_be_clean_are():
    for code in (*range(0xD800), *range(0xE000, 0x11000), 0x1D400, 0x1F600, 0xE0001, 0xF0000, 0x100000):
        sign = chr(code).replace("\n", " ")
        kept = [line if isinstance(line, str) else line[1] for line in clean_lines(f"a{sign}b\n")]
        assert kept == [clean(f"a{sign}b")], hex(code)


@pytest.mark.parametrize("text", ["", "\n", "a", "a\n\nb\n", " a\n", "a \n", "a\n b\n", "a  b\n", "a\nb c\n"])
def test_lines_are_numbered_where_one_is_not_clean(text):
    lines = clean_lines(text)
    expected = [(index, clean(line)) for index, line in enumerate(text.split("\n")) if clean(line)]
    assert lines == (["a", "b c"] if text == "a\nb c\n" else expected)


def test_columns_are_read_one_after_the_other(press, read):
    press.lines(LEFT, 100, *FIRST)
    press.lines(RIGHT, 100, *SECOND)
    text = read(press).text
    assert text.index("seven tasks") < text.index("The second column")


def test_right_column_stored_first_is_read_last(press, read):
    press.lines(RIGHT, 100, *SECOND)
    press.lines(LEFT, 100, *FIRST)
    text = read(press).text
    assert text.index(FIRST[-1]) < text.index("The second column")


def test_columns_stored_by_turns_are_put_right(press, read):
    press.lines(LEFT, 100, *FIRST)
    press.lines(RIGHT, 100, *SECOND)
    press.lines(
        LEFT, 260, "Then the left column goes on with more of the", "same, for there is a lot to say,", *FIRST[2:]
    )
    text = read(press).text
    assert text.index("goes on with more") < text.index("The second column")


def test_sentence_torn_by_a_column_and_a_caption_is_whole(press, read):
    press.lines(LEFT, 100, *FIRST[:2])
    press.lines(RIGHT, 100, "Figure 1: Accuracy on the held-out part of the suite,", "with its standard deviation.")
    press.lines(RIGHT, 200, *FIRST[2:])
    document = read(press)
    assert "we report the mean accuracy over five random seeds" in document.text
    assert kinds(document, "caption") == [
        "Figure 1: Accuracy on the held-out part of the suite, with its standard deviation."
    ]


def test_paragraph_torn_by_a_page_keeps_both_pages(press, read):
    press.lines(LEFT, 760, *FIRST[:2])
    press.new_page().lines(LEFT, 100, *FIRST[2:])
    document = read(press)
    at = document.text.index("we report the mean")
    assert document.block_at(at).page == 1
    assert document.locate(at, at + 10).page == 1
    later = document.text.index("accuracy over five")
    assert document.locate(later, later + 10).page == 2


def test_running_heads_and_page_numbers_are_left_out(press, read):
    for number in range(1, 6):
        if number > 1:
            press.new_page()
        press.lines(LEFT, 40, f"A Study of Everything, {number}")
        press.lines(
            LEFT,
            120,
            f"Page {number} says that the seed was {number * 11}.",
            "It also says why this seed was taken at all.",
        )
        press.lines(290, 815, str(number))
    text = read(press).text
    assert "A Study of Everything" not in text
    assert re.search(r"(?m)^\d+$", text) is None
    assert all(f"the seed was {number * 11}." in text for number in range(1, 6))


@pytest.mark.parametrize("padded", [True, False])
def test_line_numbers_of_review_copies_are_left_out(press, read, padded):
    number = 0
    for page in range(3):
        if page:
            press.new_page()
        y = 80.0
        for _ in range(11):
            for line in FIRST:
                press.lines(20, y, f"{number:03d}" if padded else str(number + 1))
                y = press.lines(LEFT, y, line)
                number += 1
            y += 8
    text = read(press).text
    assert "trained from scratch on two graphics cards, and we report the mean" in text
    assert re.search(r"\d", text) is None


def test_settings_table_has_its_rows(press, read):
    y = press.lines(LEFT, 100, *FIRST)
    cells = [("Batch size", "64"), ("Learning rate", "0.001"), ("Random seed", "42"), ("Optimizer", "Adam")]
    for row, (name, _) in enumerate(cells):
        press.lines(LEFT, y + 30 + row * 30, name)
    for row, (_, value) in enumerate(cells):
        press.lines(LEFT + 150, y + 30 + row * 30, value)
    document = read(press)
    assert any("Random seed 42\n" in table for table in kinds(document, "table"))


def test_footnote_is_not_inside_the_sentence(press, read):
    press.lines(LEFT, 700, *FIRST[:2])
    press.lines(LEFT, 790, "1 Our code is on the web site of the group.", size=7)
    press.new_page().lines(LEFT, 100, *FIRST[2:])
    document = read(press)
    assert "we report the mean accuracy" in document.text
    assert kinds(document, "footnote") == ["1 Our code is on the web site of the group."]


def outline_paper(press):
    """A paper with everything that can follow the bibliography."""
    press.lines(LEFT, 80, "Seeds in Small Gardens", size=17)
    y = press.lines(LEFT, 120, "Abstract", size=12) + 10
    y = press.paragraphs(LEFT, y, FIRST)
    y = press.lines(LEFT, y + 10, "1 I NTRODUCTION", size=12) + 10
    y = press.paragraphs(LEFT, y, FIRST)
    y = press.lines(LEFT, y + 10, "2. Related Work", size=12) + 10
    y = press.paragraphs(LEFT, y, SECOND)
    y = press.lines(LEFT, y + 10, "3 Experimental Setup", size=12) + 10
    y = press.paragraphs(LEFT, y, FIRST)
    y = press.lines(LEFT, y + 10, "Bibliograhpy", size=12) + 10
    press.paragraphs(
        LEFT, y,
        ("Ann Author and Bob Writer. 2019. The best random", "seed of all. In Proceedings of Gardening, pages 1-9."),
        ("Cleo Scribe. 2020. Seeds and how to count them.", "Journal of Numbers, 3(2):10-20."),
    )  # fmt: skip
    press.new_page()
    y = press.lines(LEFT, 80, "A Training Details", size=12) + 10
    y = press.paragraphs(
        LEFT, y, ("All runs in this appendix use the fixed seed 7, and", "no other seed has been tried by us.")
    )
    y = press.lines(LEFT, y + 10, "NeurIPS Paper Checklist", size=12) + 10
    press.paragraphs(
        LEFT, y,
        ("Question: Does the paper report error bars suitably", "and correctly defined?"),
        ("Answer: [Yes]",),
        ("Justification: We ran five seeds and give the spread.",),
        ("Guidelines:",),
        ("• The answer NA means that the paper has no seeds.",),
    )  # fmt: skip


def test_outline(press, read):
    outline_paper(press)
    document = read(press)
    assert document.title == "Seeds in Small Gardens"
    assert [(section.title, section.kind) for section in document.sections] == [
        ("", "front"),
        ("Abstract", "body"),
        ("1 INTRODUCTION", "body"),
        ("2 Related Work", "related"),
        ("3 Experimental Setup", "body"),
        ("Bibliograhpy", "references"),
        ("A Training Details", "appendix"),
        ("NeurIPS Paper Checklist", "checklist"),
    ]
    starts = [section.start for section in document.sections]
    assert starts[0] == 0
    assert [section.end for section in document.sections] == [*starts[1:], len(document.text)]


def test_bibliography_ends_where_the_appendix_begins(press, read):
    outline_paper(press)
    document = read(press)
    assert len(kinds(document, "reference")) == 2
    assert document.block_at(document.text.index("fixed seed 7")).kind == "body"


def test_questions_are_the_forms_and_answers_the_authors(press, read):
    outline_paper(press)
    document = read(press)
    questions = " ".join(kinds(document, "question"))
    assert "Does the paper report error bars" in questions
    assert "The answer NA means" in questions
    answer = document.text.index("We ran five seeds")
    assert document.block_at(answer).kind == "body"
    assert document.section_at(answer).kind == "checklist"


def test_question_and_answer_on_one_line_are_parted(press, read):
    press.lines(LEFT, 80, "Checklist", size=12)
    press.lines(
        LEFT, 110, "(c) Did you report error bars (e.g., with respect to the", "random seed)? [Yes] Over five seeds."
    )
    document = read(press)
    assert kinds(document, "question") == ["(c) Did you report error bars (e.g., with respect to the random seed)?"]
    assert "[Yes] Over five seeds." in kinds(document, "body")


def test_stamp_gives_the_year_and_is_left_out(press, read):
    press.lines(LEFT, 100, *FIRST)
    press.page.insert_text((30, 600), "arXiv:2101.00001v2  [cs.LG]  3 Feb 2021", fontsize=20, rotate=90)
    document = read(press)
    assert document.year == 2021
    assert "arXiv" not in document.text


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_every_word_has_its_place(press, read, rotation):
    press.lines(LEFT, 100, *FIRST, "We reach the ﬁnal score of Müller & Søn in a re-", "run with differ-", "ent seeds.")
    press.lines(RIGHT, 100, *SECOND)
    press.page.set_rotation(rotation)
    document = read(press)
    page = pymupdf.open(stream=press.bytes(), filetype="pdf")[0]
    words = [(pymupdf.Rect(word[:4]) * page.rotation_matrix, word[4]) for word in page.get_text("words", flags=0)]
    for found in re.finditer(r"\w+", document.text):
        place = document.locate(found.start(), found.end())
        assert place.page == 1
        assert place.boxes
        for box in place.boxes:
            middle = pymupdf.Point((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2)
            around = [word for rectangle, word in words if middle in rectangle]
            assert any(
                found[0].startswith(word.strip("-.&,")) or found[0] in word or word.strip("-") in found[0]
                for word in around
            ), found[0]


def test_place_of_a_part_of_a_line_is_only_that_part(press, read):
    press.lines(LEFT, 100, *FIRST)
    document = read(press)
    at = document.text.index("random seeds")
    [box] = document.locate(at, at + len("random seeds")).boxes
    [expected] = press.page.search_for("random seeds")
    assert abs(box.x0 - expected.x0) < 1
    assert abs(box.x1 - expected.x1) < 1


@pytest.mark.parametrize("rotation", [0, 90])
def test_places_are_the_same_on_pages_that_are_not_kept(press, monkeypatch, rotation):
    for number in range(8):
        if number:
            press.new_page()
        press.lines(LEFT, 100 + 10 * number, *FIRST[:3], f"the task number {'abcdefgh'[number]} of the suite.")
        press.page.set_rotation(rotation)

    def places() -> list[object]:
        document = read_pdf(press.bytes())
        found = [document.locate(*match.span()) for match in re.finditer("task number .", document.text)]
        pictures = [document.layout.picture(one.page, one.boxes) for one in found]
        document.close()
        return [found, pictures]

    kept = places()
    monkeypatch.setattr(layout, "KEPT_PAGES", 2)
    assert [one.page for one in kept[0]] == list(range(1, 9))
    assert places() == kept


def test_picture_shows_the_place_highlighted(press, read):
    press.lines(LEFT, 100, *FIRST)
    document = read(press)
    at = document.text.index("five random seeds")
    place = document.locate(at, at + 17)
    picture = document.layout.picture(place.page, place.boxes)
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 60_000
    pixels = pymupdf.Pixmap(picture)
    assert (255, 255, 102) in {
        pixels.pixel(x, y) for x in range(0, pixels.width, 2) for y in range(0, pixels.height, 2)
    }
    document.close()
    assert document.layout.picture(place.page, place.boxes) is None
    assert document.locate(at, at + 17).boxes is None


@pytest.mark.parametrize(
    ("lines", "beside", "words"),
    [
        (FIRST, SECOND, FIRST),
        (FIRST, (), FIRST),
        ((" ".join(FIRST[:2]), " ".join(FIRST[2:])), (), (" ".join(FIRST[2:]),)),
    ],
)
def test_picture_holds_the_column_and_not_the_margins(press, read, lines, beside, words):
    press.lines(LEFT, 100, *lines)
    press.lines(RIGHT, 100, *beside)
    press.lines(285, 118, "10042")  # a page number in the middle of the page is no line across it
    document = read(press)
    at = document.text.index("mean accuracy")
    place = document.locate(at, at + 13)
    wide = pymupdf.Pixmap(document.layout.picture(place.page, place.boxes)).width * 72 / 110
    text = max(pymupdf.get_text_length(line, "tiro", 10) for line in (*words, lines[0]))
    assert text + 20 < wide < text + 32


def test_picture_shows_the_column_with_most_of_the_passage(press, read):
    press.lines(LEFT, 700, *FIRST[:2])
    press.lines(RIGHT, 100, *FIRST[2:])
    document = read(press)
    start = document.text.index("we report")
    end = document.text.index("for each of")
    place = document.locate(start, end)
    assert len(place.boxes) == 2
    picture = pymupdf.Pixmap(document.layout.picture(place.page, place.boxes))
    shown = max(pymupdf.get_text_length(line, "tiro", 10) for line in FIRST[2:])
    assert shown + 20 < picture.width * 72 / 110 < shown + 32
    yellow = [x for x in range(picture.width) for y in range(0, picture.height, 2) if picture.pixel(x, y)[2] < 130]
    assert max(yellow) - min(yellow) > picture.width / 2


def test_reading_leaves_the_bytes_alone(press):
    press.lines(LEFT, 100, *FIRST)
    data = press.bytes()
    assert read_pdf(data).text == read_pdf(data).text


def test_encrypted_paper_needs_its_password(press):
    press.lines(LEFT, 100, *FIRST)
    data = press.bytes(encryption=pymupdf.PDF_ENCRYPT_AES_256, user_pw="beet", owner_pw="root")
    with pytest.raises(PasswordError, match="opens only with a password"):
        read_pdf(data, name="a.pdf")
    with pytest.raises(PasswordError, match="does not open"):
        read_pdf(data, password="leek")
    assert "random seeds" in read_pdf(data, password="beet").text


def test_scan_has_no_text_layer(press):
    press.lines(LEFT, 100, *FIRST)
    image = press.page.get_pixmap(dpi=50)
    scan = pymupdf.open()
    page = scan.new_page()
    page.insert_image(page.rect, pixmap=image)
    page.insert_text((60, 20), "Downloaded from a library.")
    with pytest.raises(UnreadablePaperError) as caught:
        read_pdf(scan.tobytes())
    assert caught.value.kind == "no-text"
    assert caught.value.hint


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", "empty"),
        (b"\0" * 500, "empty"),
        (b"<!DOCTYPE html><html><body>Not found</body></html>", "not-a-pdf"),
        (b"PK\x03\x04 a zip of something", "not-a-pdf"),
        (b"%PDF-1.7\nnothing follows", "damaged"),
    ],
)
def test_what_is_no_paper_says_so(data, kind):
    with pytest.raises(UnreadablePaperError) as caught:
        read_pdf(data, name="somewhere/a.pdf")
    assert caught.value.kind == kind
    assert "somewhere/a.pdf" in caught.value.message


def test_a_place_without_boxes_is_its_page(press, read):
    press.lines(LEFT, 100, *FIRST)
    press.new_page()
    press.lines(LEFT, 100, "On the second page stands nothing of note.")
    document = read(press)
    at = document.text.index("nothing of note")
    place = document.locate(at, at + 15, boxes=False)
    assert (place.page, place.boxes) == (2, None)
    assert document.locate(at, at + 15).boxes
