"""Lists of papers in every form in which people keep them, and what of them is the same paper."""

from __future__ import annotations

import io
import json
import random
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from seedaudit.errors import NotThereError, UsageError
from seedaudit.sources.reading_list import Entries, expand, is_list, read_list
from seedaudit.sources.reference import (
    AnthologyReference,
    ArxivReference,
    DoiReference,
    FileReference,
    OpenReviewReference,
    StandardInput,
    WebReference,
)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def told(entries: Entries) -> list[tuple[int | None, object]]:
    """The line and the reference of each entry; for the others, what is said of them."""
    return [
        (entry.line, entry.same_as or entry.reference or (entry.error.message if entry.error else ""))
        for entry in entries.all
    ]


def dated(entries: Entries) -> list[tuple[int | None, str]]:
    """Year and venue of each entry."""
    return [(entry.year, entry.venue) for entry in entries.all]


# One reference per line

LINES = """# The papers of the talk
2210.13393
arXiv:1909.10447v1   # seeds and stability

https://aclanthology.org/P18-1023/
10.1000/xyz
https://example.org/paper.html#section-2
A paper that I cannot find
2213.00001
paper.pdf
"""


def test_one_reference_per_line(folder):
    (folder / "paper.pdf").write_bytes(b"%PDF-1.5")
    entries = read_list(LINES, name="talk.txt")
    assert told(entries) == [
        (2, ArxivReference("2210.13393")),
        (3, ArxivReference("1909.10447", 1)),
        (5, AnthologyReference("P18-1023")),
        (6, DoiReference("10.1000/xyz")),
        (7, WebReference("https://example.org/paper.html")),
        (8, "'A paper that I cannot find' is neither a file nor an id, a DOI or a URL of a paper."),
        (
            9,
            "'2213.00001' looks like an arXiv id, but the third and fourth digit are the month, "
            "and there is no month 13.",
        ),
        (10, FileReference(Path("paper.pdf"), "pdf")),
    ]
    assert [entry.place for entry in entries.unknown] == ["talk.txt, line 8", "talk.txt, line 9"]
    assert all(entry.error and entry.error.hint for entry in entries.unknown)
    assert entries.papers[1].source == "arXiv:1909.10447v1"


def test_paths_begin_where_the_list_lies(folder):
    (folder / "lists").mkdir()
    (folder / "lists" / "a.pdf").write_bytes(b"%PDF-1.5")
    (folder / "lists" / "#1 b.pdf").write_bytes(b"%PDF-1.5 ")
    # The second line is a comment; the pattern finds the file all the same.
    (folder / "lists" / "list.txt").write_text("a.pdf\n#1 b.pdf\n*.pdf\n")
    found = expand(["lists/list.txt"])
    assert [str(entry.reference.path) for entry in found.papers] == ["lists/a.pdf", "lists/#1 b.pdf"]
    assert [entry.same_as for entry in found.duplicates] == ["lists/list.txt, line 1"]


# What is the same


@pytest.mark.parametrize(
    ("lines", "kept"),
    [
        (["2210.13393", "https://arxiv.org/abs/2210.13393", "10.48550/arXiv.2210.13393"], [0]),
        (["2210.13393", "2210.13393v2"], [0]),
        (["2210.13393v2", "2210.13393"], [0]),
        (["2210.13393v1", "2210.13393v2", "2210.13393v2"], [0, 1]),
        (["P18-1023", "10.18653/v1/P18-1023", "https://www.aclweb.org/anthology/p18-1023"], [0]),
        (["https://openreview.net/forum?id=rJl-b3RcF7", "https://openreview.net/pdf?id=rJl-b3RcF7"], [0]),
        (["10.1000/A", "https://doi.org/10.1000/a"], [0]),
        (["https://example.org/a", "https://example.org/a#b", "https://example.org/c"], [0, 2]),
    ],
)
def test_the_same_paper_twice(lines, kept):
    entries = read_list("\n".join(lines))
    assert [entry.line for entry in entries.papers] == [index + 1 for index in kept]
    assert len(entries.duplicates) == len(lines) - len(kept)
    assert all(entry.same_as.startswith("line ") for entry in entries.duplicates)


def test_the_same_bytes_twice(folder):
    for name, data in {"a.pdf": b"%PDF-1", "b.pdf": b"%PDF-1", "c.pdf": b"%PDF-2", "d.pdf": b"%PDF-333"}.items():
        (folder / name).write_bytes(data)
    entries = expand(["a.pdf", "b.pdf", "c.pdf", "d.pdf", "./a.pdf"])
    assert [entry.source for entry in entries.papers] == ["a.pdf", "c.pdf", "d.pdf"]
    assert [(entry.source, entry.same_as) for entry in entries.duplicates] == [("b.pdf", "a.pdf"), ("./a.pdf", "a.pdf")]


def test_an_entry_known_by_two_names_is_the_same_as_either():
    entries = read_list('@article{a, doi={10.18653/v1/P18-1023}, eprint={1804.00001}, url="https://x.org/1"}\n@misc{b,\n'
                        "eprint={1804.00001}, archivePrefix={arXiv}}")  # fmt: skip
    assert told(entries) == [(1, AnthologyReference("P18-1023")), (2, "line 1")]


# BibTeX

SNAPSHOT = r"Full Text PDF:files/12/a\;b.pdf:application/pdf;Snapshot:files/13/x.html:text/html"
BIB = r"""% Export of a reference manager
@comment{jabref-meta: databaseType:bibtex;}
@string{acl = "Proceedings of {ACL}"}

@inproceedings{bethard-2022,
    title = {{We} need to talk about random seeds},
    author = "Bethard, Steven and M{\"u}ller, J\"urgen",
    booktitle = acl,
    abstract = {Modern neural libraries, with "defaults" = 42, all take seeds.},
    eprint = {2210.13393}, archivePrefix = {arXiv}, primaryClass = {cs.CL},
    year = 2022,
}
@ARTICLE(scholar, title="Stability of {\'e}tudes", journal={arXiv preprint arXiv:1909.10447v1}, year=2019)
@article{DBLP:journals/corr/abs-2002-06305, title = {Fine-tuning}, journal = {CoRR}, volume = {abs/2002.06305}}
@inproceedings{acl, title = {Both}, url = {https://www.aclweb.org/anthology/2020.acl-main.1}, doi = {10.1000/other}}
@misc{page, title={Page}, howpublished={\url{https://example.org/a_b}}}
@article{escaped, title={Escaped}, doi={10.1007/978-3\_1}}
@phdthesis{none, title = {{\"U}ber {Samen}}, school = {X}}
@article{broken, title = {No end, year = 2020
@article{after, title = {After}, doi = {10.1000/AFTER}}
@article{local, title = {Local}, file = {SNAPSHOT}, doi = {10.1000/local}}
@article{plainfile, title = {Plain}, file = {files/12/c.pdf}}
""".replace("SNAPSHOT", SNAPSHOT)


def test_bibtex(folder):
    (folder / "files" / "12").mkdir(parents=True)
    (folder / "files" / "12" / "c.pdf").write_bytes(b"%PDF-1.5")
    entries = read_list(BIB, name="refs.bib")
    no_paper = "The entry names no paper that can be fetched: it has no arXiv id, ACL Anthology id, DOI or URL."
    assert [(line, what) for line, what in told(entries) if line != 19] == [
        (5, ArxivReference("2210.13393")),
        (13, ArxivReference("1909.10447", 1)),
        (14, ArxivReference("2002.06305")),
        (15, AnthologyReference("2020.acl-main.1")),
        (16, WebReference("https://example.org/a_b")),
        (17, DoiReference("10.1007/978-3_1")),
        (18, no_paper),
        (20, DoiReference("10.1000/after")),
        (21, DoiReference("10.1000/local")),
        (22, FileReference(Path("files/12/c.pdf"), "pdf")),
    ]
    assert dated(entries)[:3] == [
        (2022, "Proceedings of ACL"),
        (2019, "arXiv preprint arXiv:1909.10447v1"),
        (None, "CoRR"),
    ]
    (broken,) = [entry for entry in entries.all if entry.line == 19]
    assert broken.error is not None
    assert broken.error.message.startswith("The entry cannot be read: ")
    assert [entry.title for entry in entries.all if entry.line in {5, 13, 18}] == [
        "We need to talk about random seeds", "Stability of études", "Über Samen",
    ]  # fmt: skip
    assert [entry.source for entry in entries.unknown] == ["entry on line 19", "Über Samen"][::-1]


def test_a_large_bib_file_is_read_whole(folder):
    """How fast is measured by tests/benchmarks/reading_list.py."""
    entry = (
        "@inproceedings{{key{0},\n  title = {{{{Seeds}} of the {{BERT}} model, number {0}}},\n"
        '  author = "M{{\\"u}}ller, J. and Doe, J.",\n  abstract = {{{1}}},\n  year = {{2020}},\n'
        "  doi = {{10.1000/{0}}},\n}}\n"
    )
    text = "".join(entry.format(number, "Seeds, seeds, and seeds. " * 20) for number in range(1000))
    (folder / "large.bib").write_text(text)
    entries = expand(["large.bib"])
    assert len(entries.papers) == 1000
    assert entries.all[999].line == 7 * 999 + 1


# RIS, CSL-JSON, RDF

RIS = """TY  - JOUR
TI  - Seeds of change
DO  - 10.1000/ris
PY  - 2021/03//
JO  - Journal of Seeds
ER  -

TY  - CONF
T1  - From arXiv
UR  - https://arxiv.org/abs/2210.13393
Y1  - 2022
T2  - Proceedings of Seeds
ER  -
TY  - UNPB
TI  - Only a title
ER  -
TY  - JOUR
TI  - No end
UR  - https://aclanthology.org/P18-1023
"""


def test_ris():
    entries = read_list(RIS, name="export.ris")
    assert told(entries)[:2] == [(1, DoiReference("10.1000/ris")), (8, ArxivReference("2210.13393"))]
    assert entries.all[2].line == 14
    assert dated(entries)[:2] == [(2021, "Journal of Seeds"), (2022, "Proceedings of Seeds")]
    assert entries.all[2].error is not None
    assert told(entries)[3] == (17, AnthologyReference("P18-1023"))
    assert [entry.title for entry in entries.all] == ["Seeds of change", "From arXiv", "Only a title", "No end"]


def test_csl_json():
    entries = [
        {
            "id": "a",
            "type": "article-journal",
            "title": "A",
            "DOI": "10.1000/a",
            "container-title": "Journal of Seeds",
            "issued": {"date-parts": [["2020", 3]]},
        },
        {"id": "b", "title": "B", "URL": "http://arxiv.org/abs/2210.13393", "number": "arXiv:2210.13393"},
        {"id": "c", "title": "C", "note": "arXiv:1909.10447 [cs]"},
        {"id": "d", "title": "D"},
        "no object",
    ]
    found = read_list(json.dumps(entries, indent=1), name="refs.json")
    assert told(found)[:3] == [
        (2, DoiReference("10.1000/a")),
        (17, ArxivReference("2210.13393")),
        (23, ArxivReference("1909.10447")),
    ]
    assert dated(found)[:2] == [(2020, "Journal of Seeds"), (None, "")]
    assert len(found.unknown) == 2
    wrapped = read_list(json.dumps({"items": entries}), name="refs.json")
    assert [entry.reference for entry in wrapped.all] == [entry.reference for entry in found.all]
    with pytest.raises(UsageError, match=r"refs\.json: line 2 is no JSON"):
        read_list('[{"DOI": "10.1000/a"},\n {"DOI"]', name="refs.json")


RDF = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:z="http://www.zotero.org/namespaces/export#"
 xmlns:dcterms="http://purl.org/dc/terms/" xmlns:bib="http://purl.org/net/biblio#"
 xmlns:link="http://purl.org/rss/1.0/modules/link/" xmlns:dc="http://purl.org/dc/elements/1.1/">
 <bib:Article rdf:about="#item_1">
  <z:itemType>journalArticle</z:itemType>
  <link:link rdf:resource="#item_2"/>
  <dcterms:isPartOf><bib:Journal><dc:title>Journal of
   Seeds</dc:title></bib:Journal></dcterms:isPartOf>
  <dc:title>With a file</dc:title>
  <dc:date>March 2020</dc:date>
  <dc:identifier>DOI 10.1000/rdf</dc:identifier>
 </bib:Article>
 <z:Attachment rdf:about="#item_2">
  <z:itemType>attachment</z:itemType>
  <rdf:resource rdf:resource="files/2/x.pdf"/>
 </z:Attachment>
 <bib:Document rdf:about="http://arxiv.org/abs/2210.13393">
  <z:itemType>preprint</z:itemType>
  <dc:title>From arXiv</dc:title>
  <dc:identifier><dcterms:URI><rdf:value>http://arxiv.org/abs/2210.13393</rdf:value></dcterms:URI></dc:identifier>
 </bib:Document>
 <bib:Book rdf:about="#item_3"><z:itemType>book</z:itemType><dc:title>A book</dc:title></bib:Book>
</rdf:RDF>"""


@pytest.mark.parametrize("with_file", [False, True])
def test_zotero_rdf(folder, with_file):
    if with_file:
        (folder / "files" / "2").mkdir(parents=True)
        (folder / "files" / "2" / "x.pdf").write_bytes(b"%PDF-1.5")
    entries = read_list(RDF, name="zotero.rdf")
    first = FileReference(Path("files/2/x.pdf"), "pdf") if with_file else DoiReference("10.1000/rdf")
    assert told(entries)[:2] == [(4, first), (17, ArxivReference("2210.13393"))]
    assert dated(entries)[:2] == [(2020, "Journal of Seeds"), (None, "")]
    assert (entries.all[2].line, entries.all[2].title) == (22, "A book")
    with pytest.raises(UsageError, match="is no XML"):
        read_list("<rdf:RDF", name="zotero.rdf")


# CSV

ZOTERO_CSV = """"Key","Item Type","Publication Year","Title","Publication Title","DOI","Url","Extra","File Attachments"
"ABCD1234","journalArticle","2020","With a DOI","Journal of Seeds","10.1000/csv","","",""
"ABCD1235","preprint","","From arXiv","","","http://arxiv.org/abs/2210.13393","arXiv:2210.13393 [cs]",""
"ABCD1236","preprint","","Note
on two lines","","","","arXiv:1909.10447 [cs]",""
"ABCD1237","journalArticle","","With a file","","10.1000/file","","","{}; /nowhere/snapshot.html"
"ABCD1238","book","","A book","","","","",""
"""


def test_zotero_csv(folder):
    (folder / "x y.pdf").write_bytes(b"%PDF-1.5")
    entries = read_list(ZOTERO_CSV.format(folder / "x y.pdf"), name="zotero.csv")
    assert told(entries)[:4] == [
        (2, DoiReference("10.1000/csv")),
        (3, ArxivReference("2210.13393")),
        (4, ArxivReference("1909.10447")),
        (6, FileReference(folder / "x y.pdf", "pdf")),
    ]
    assert dated(entries)[:2] == [(2020, "Journal of Seeds"), (None, "")]
    assert (entries.all[4].line, entries.all[4].source) == (7, "A book")
    assert entries.all[4].error is not None


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_any_csv_with_a_column_of_names(delimiter):
    rows = [
        ["score", "where", "note"],
        ["0.5", "2210.13393", "good"],
        ["0.7", "P18-1023", "see 1909.10447"],
        ["1", "", ""],
    ]
    entries = read_list("\n".join(delimiter.join(row) for row in rows), name="any.csv")
    assert told(entries)[:2] == [(2, ArxivReference("2210.13393")), (3, AnthologyReference("P18-1023"))]
    assert len(entries.unknown) == 1


def test_a_csv_without_header():
    entries = read_list("2210.13393,good\n1909.10447,bad\n", name="any.csv")
    assert [entry.line for entry in entries.papers] == [1, 2]


def test_a_column_that_is_named():
    text = "first,second\n2210.13393,1909.10447\n2002.06305,\n"
    assert [str(entry.reference) for entry in read_list(text, column="SECOND", name="a.csv").papers] == ["1909.10447"]
    assert [str(entry.reference) for entry in read_list(text, column="2", name="a.csv").papers] == ["1909.10447"]
    with pytest.raises(UsageError, match="no column 'third'") as caught:
        read_list(text, column="third", name="a.csv")
    assert "first, second" in caught.value.hint
    with pytest.raises(UsageError, match="no column that holds ids") as caught:
        read_list("a,b\n1,2\n", name="a.csv")
    assert "--column" in caught.value.hint


# What is a list


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2210.13393\n", True),
        ("# only a comment\n2210.13393\nunknown thing\n", True),
        (LINES, True),
        (BIB, True),
        (RIS, True),
        (RDF, True),
        ('[{"DOI": "10.1000/a"}]', True),
        ("title,doi\nA,10.1000/1\n", True),
        ("arxiv:search?cat=cs.CL&max=5\n", True),
        ("gone.pdf\nalso gone.pdf\n", True),
        ("We trained with five seeds.\nSee arXiv:2210.13393.\nThe seed was 42, as usual.\n", False),
        ("Seeds\n\nWe use random seeds.\n\nReferences\n2210.13393\nP18-1023\n", False),
        ("# A heading\n\nText of a paper.\n", False),
        ("", False),
    ],
)
def test_a_list_is_told_from_a_paper_by_its_content(text, expected):
    assert is_list(text) is expected


def test_a_text_file_is_a_list_or_a_paper(folder):
    (folder / "list.txt").write_text("2210.13393\n1909.10447\n")
    (folder / "paper.txt").write_text("We trained with five seeds.\nThe seed was 42.\n")
    entries = expand(["paper.txt", "list.txt"])
    assert told(entries) == [
        (None, FileReference(Path("paper.txt"), "text")),
        (1, ArxivReference("2210.13393")),
        (2, ArxivReference("1909.10447")),
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_encodings_and_line_ends(folder, encoding):
    (folder / "list.txt").write_bytes("# für den Vortrag\r\n2210.13393\r\n".encode(encoding))
    assert [str(entry.reference) for entry in expand(["list.txt"]).papers] == ["2210.13393"]


def stdin(monkeypatch, data: bytes) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))


def test_standard_input(monkeypatch):
    stdin(monkeypatch, b"2210.13393\nnothing\n")
    entries = expand(["-"])
    assert [entry.place for entry in entries.all] == ["standard input, line 1", "standard input, line 2"]
    for data in (b"We trained with five seeds.\n", b"%PDF-1.5\n", b""):
        stdin(monkeypatch, data)
        (entry,) = expand(["-"]).all
        assert isinstance(entry.reference, StandardInput)
        assert entry.reference.data == data


def test_what_is_typed_and_names_nothing_is_told():
    (entry,) = expand(["nothing.pdf"]).all
    assert entry.error is not None
    assert (entry.line, entry.origin, entry.place) == (None, "", "nothing.pdf")


# What is damaged

FORMS = {
    "refs.bib": BIB,
    "refs.ris": RIS,
    "zotero.rdf": RDF,
    "zotero.csv": ZOTERO_CSV,
    "refs.json": '[{"id": "a", "title": "A", "DOI": "10.1000/a", "issued": {"date-parts": [[2020]]}}, {"URL": "http://a.b"}]',
    "list.txt": LINES,
}
PIECES = (
    *'{}[]"<>,;:=#@&~*?%\\\n\0', "@article{a,", "TY  - ", "ER  -", "10.", "http://[", "https://arxiv.org/abs/", "null",
    "~no/*",
)  # fmt: skip


@pytest.mark.parametrize("name", FORMS)
def test_whatever_is_damaged_is_told_or_read(name):
    """Each of 300 times, up to twelve places are cut out, doubled, or get something that means something there."""
    dice = random.Random(7)
    for _ in range(300):
        text = FORMS[name]
        for _ in range(dice.choice((1, 2, 5, 12))):
            at = dice.randrange(len(text) + 1)
            match dice.randrange(3):
                case 0:
                    text = text[:at] + text[at + dice.choice((1, 3, 30)) :]
                case 1:
                    text = text[:at] + text[max(0, at - 40) :]
                case _:
                    text = text[:at] + dice.choice(PIECES) + text[at:]
        try:
            entries = read_list(text, name=name)
        except UsageError as error:
            assert error.hint  # noqa: PT017 - it need not be one
        else:
            assert all(entry.reference or (entry.error and entry.error.hint) for entry in entries.all)


@pytest.mark.parametrize("name", ["refs.bib", "refs.ris", "zotero.csv", "list.txt"])
def test_a_list_of_nothing(name):
    assert read_list("", name=name).all == ()
    assert read_list("% nothing\n" if name == "refs.bib" else "\n", name=name).all == ()


# Folders and globs


def test_a_folder_and_what_lies_below(folder):
    for name in ("b.pdf", "a/c.PDF", "a/.hidden.pdf", ".git/d.pdf", "notes.docx", "z.md", "saved.html"):
        (folder / "papers" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "papers" / name).write_bytes(name.encode())
    (folder / "papers" / "latex").mkdir()
    (folder / "papers" / "latex" / "main.tex").write_text(r"\documentclass{article}\begin{document}Seeds\end{document}")
    (folder / "papers" / "latex" / "figure.pdf").write_bytes(b"%PDF")
    found = expand(["papers"])
    names = [str(entry.reference.path.relative_to("papers")) for entry in found.papers]
    assert names == ["latex", "b.pdf", "z.md", "a/c.PDF"]
    (folder / "empty").mkdir()
    (entry,) = expand(["empty"]).all
    assert entry.error is not None
    assert "holds no papers" in entry.error.message


def test_globs(folder):
    for name in ("a.pdf", "b.pdf", "c/d.pdf"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(name.encode())
    (folder / "list.bib").write_text("@misc{a}")
    assert [entry.source for entry in expand(["*.pdf"]).papers] == ["a.pdf", "b.pdf"]
    assert [entry.source for entry in expand(["**/*.pdf"]).papers] == ["a.pdf", "b.pdf", "c/d.pdf"]
    assert [entry.source for entry in expand(["*"]).papers] == ["a.pdf", "b.pdf"]
    (entry,) = expand(["*.docx"]).all
    assert entry.error is not None
    assert "Nothing fits" in entry.error.message
    url = "https://openreview.net/forum?id=rJl-b3RcF7"
    assert expand([url]).papers[0].reference == OpenReviewReference("rJl-b3RcF7")


def test_a_list_that_cannot_be_read(folder, monkeypatch):
    (folder / "refs.bib").write_bytes(b"@misc{a}")
    monkeypatch.setattr("seedaudit.sources.reading_list._LARGEST", 3)
    with pytest.raises(UsageError, match="larger than"):
        expand(["refs.bib"])


# Searches and volumes


@pytest.fixture
def at_once(monkeypatch, moment):
    """Nobody waits for the interval."""
    monkeypatch.setattr("seedaudit.sources.http.Clock", lambda: moment.clock)


def test_a_search_on_arxiv(hosts, at_once):
    api = hosts["ARXIV_API"]
    api.api(api.feed(*[api.entry(f"2301.0000{n}v1", f"Seeds {n}") for n in range(1, 4)], total=3))
    typed = 'arxiv:search?cat=cs.CL,cs.LG&query="random seed" bert&from=2023-01&to=2023-12&max=100'
    for offline in (False, True):
        entries = expand([typed], offline=offline)
        assert told(entries) == [(None, ArxivReference(f"2301.0000{n}", 1)) for n in range(1, 4)]
    assert [entry.title for entry in entries.all] == ["Seeds 1", "Seeds 2", "Seeds 3"]
    assert dated(entries) == [(2022, "")] * 3
    assert entries.all[0].origin == typed
    assert api.asked == [
        "/api/query?search_query=all:%22random%20seed%22%20AND%20all:bert%20AND%20(cat:cs.CL%20OR%20cat:cs.LG)%20AND%20"
        "submittedDate:%5B202301010000%20TO%20202312312359%5D&start=0&max_results=100"
        "&sortBy=submittedDate&sortOrder=ascending"
    ]


def test_a_search_costs_no_further_request_for_metadata(hosts, at_once):
    from seedaudit.sources.source import obtain

    api, site = hosts["ARXIV_API"], hosts["ARXIV"]
    api.api(api.feed(api.entry("2301.00001v2")))
    site.pdf("2301.00001v2", site.reply(body=site.PDF))
    (entry,) = expand(["arxiv:search?query=seed"]).papers
    assert obtain(entry.reference).id == "arxiv:2301.00001v2"
    assert len(api.asked) == 1
    assert len(site.asked) == 1


@pytest.mark.parametrize("total", [0, 1, 5])
def test_pages_of_a_search(hosts, at_once, monkeypatch, total):
    monkeypatch.setattr("seedaudit.sources.arxiv._PAGE", 2)
    api = hosts["ARXIV_API"]
    pages = [[1, 2], [3, 4], [5]]
    api.api(*[api.feed(*[api.entry(f"2301.0000{n}v1") for n in page], total=total) for page in pages], api.feed())
    assert len(expand(["arxiv:search?query=seed&max=6"]).papers) == 5
    assert len(api.asked) == 3


def test_an_empty_page_by_mistake_is_asked_for_again(hosts, at_once):
    api = hosts["ARXIV_API"]
    api.api(api.feed(), api.feed(api.entry("2301.00001v1")))
    assert len(expand(["arxiv:search?query=seed"]).papers) == 1
    api.api(api.feed())
    assert expand(["arxiv:search?query=nothing"]).all == ()


@pytest.mark.parametrize(
    "query",
    ["", "max=5", "query=", "query=a&max=x", "query=a&max=0", "query=a&max=40000", "query=a&from=2023-13", "q=a",
     "query=a&query=b", "query=a&to=soon"],
)  # fmt: skip
def test_a_search_that_is_none(query):
    with pytest.raises(UsageError, match="no part of a search") as caught:
        expand([f"arxiv:search?{query}"])
    assert "max=100" in caught.value.hint


VOLUME = r"""@proceedings{acl-2023-long, title = "Proceedings", year = "2023", url = "https://aclanthology.org/2023.acl-long.0"}
@inproceedings{a-2023-seeds, title = "Seeds of {BERT}", author = "M{\"u}ller, Zo{\"e}  and
      Doe, Jane", booktitle = "ACL (Volume 1)", year = "2023", url = "https://aclanthology.org/2023.acl-long.1",
    doi = "10.18653/v1/2023.acl-long.1"}
@inproceedings{b-2023-more, title = "More", year = "2023", url = "https://aclanthology.org/2023.acl-long.2/"}
"""


def test_a_volume_of_the_anthology(hosts, at_once):
    from seedaudit.sources.source import obtain

    acl = hosts["ACL"]
    acl.serve("/volumes/2023.acl-long.bib", acl.reply(body=VOLUME.encode(), kind="text/plain"))
    acl.serve("/2023.acl-long.1.pdf", acl.reply(body=acl.PDF))
    for offline in (False, True):
        entries = expand(["acl:2023.acl-long"], offline=offline)
        assert told(entries) == [(None, AnthologyReference(f"2023.acl-long.{n}")) for n in (1, 2)]
    assert dated(entries) == [(2023, "ACL (Volume 1)"), (2023, "")]
    paper = obtain(entries.papers[0].reference)
    assert (paper.title, paper.authors, paper.year) == ("Seeds of BERT", ("Zoë Müller", "Jane Doe"), 2023)
    assert (paper.venue, paper.ids) == ("ACL (Volume 1)", ("doi:10.18653/v1/2023.acl-long.1",))
    assert acl.asked == ["/volumes/2023.acl-long.bib", "/2023.acl-long.1.pdf"]


@pytest.mark.parametrize("typed", ["https://aclanthology.org/volumes/P18-1/", "aclanthology.org/volumes/P18-1.bib"])
def test_a_volume_by_its_url(hosts, at_once, typed):
    acl = hosts["ACL"]
    acl.serve("/volumes/P18-1.bib", acl.reply(body=b"@inproceedings{a, url={https://aclanthology.org/P18-1001}}\n"))
    assert told(expand([typed])) == [(None, AnthologyReference("P18-1001"))]


def test_a_volume_that_is_none(hosts, at_once):
    with pytest.raises(NotThereError, match=r"no volume 2099\.acl-long"):
        expand(["acl:2099.acl-long"])


def test_a_search_in_a_list(hosts, at_once):
    acl = hosts["ACL"]
    acl.serve("/volumes/P18-1.bib", acl.reply(body=b"@inproceedings{a, url={https://aclanthology.org/P18-1001}}\n"))
    entries = read_list("2210.13393\nacl:P18-1\n", name="list.txt")
    assert [(entry.place, str(entry.reference)) for entry in entries.papers] == [
        ("list.txt, line 1", "2210.13393"),
        ("list.txt, line 2", "P18-1001"),
    ]
