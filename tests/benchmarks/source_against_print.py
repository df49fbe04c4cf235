r"""What an audit of a paper's LaTeX source says against that of its print.

    python tests/benchmarks/source_against_print.py [FOLDER] [--keep FOLDER]

In: a folder with a folder of LaTeX source for each paper (``shared/papers/latex``), and pdflatex and bibtex. Each paper
is printed without its figures, with stand-ins for the styles that are not at hand; those that TeX gives up on are told.
Out: the verdicts and numbers of seed findings from the PDF, from the source, and from the source on the PDF's pages
(``--source auto``), and the seed findings that only one has.

Where they differ, the passage is one of which the model is unsure (about as likely to be one use as another): its words
are the same, but not all of what stands around it. The print has axis labels and page breaks between paragraphs, and
writes M2 and 10-10 for what the source says is M^2 and 10^-10.
"""

from __future__ import annotations

import argparse
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from seedaudit.auditing import Auditor
from seedaudit.documents.latex_files import find_main, unpack
from seedaudit.findings import Audit, Finding
from seedaudit.sources.paper import Paper
from seedaudit.sources.tex import pack_folder

ROOT = Path(__file__).resolve().parents[2]
STYLE = r"\DeclareOption*{}\ProcessOptions\relax\RequirePackage{natbib}\providecommand{\newcite}{\citet}"
STAND_INS = {
    "algorithm": r"\newenvironment{algorithm}[1][]{\begin{figure}}{\end{figure}}",
    "algorithmic": r"\newenvironment{algorithmic}[1][]{\begin{quote}}{\end{quote}}"
    + "".join(rf"\providecommand{{\{name}}}{{\par}}" for name in ("State", "STATE", "REQUIRE", "ENSURE", "RETURN"))
    + "".join(rf"\providecommand{{\{name}}}[1]{{\par #1}}" for name in ("FOR", "IF", "WHILE", "For", "If", "While"))
    + "".join(rf"\providecommand{{\{name}}}{{\par}}" for name in ("ENDFOR", "ENDIF", "ENDWHILE", "ELSE", "EndFor")),
    "icml2016": r"\providecommand{\icmltitle}[1]{\section*{#1}}\providecommand{\icmltitlerunning}[1]{}"
    r"\providecommand{\icmlauthor}[2]{#1}\providecommand{\icmladdress}[1]{#1}\providecommand{\icmlkeywords}[1]{}"
    r"\newenvironment{icmlauthorlist}{}{}\twocolumn",
    "rescience": r"\LoadClass{article}",
}
BEFORE = r"\AtBeginDocument{\renewcommand{\includegraphics}[2][]{}}\RequirePackage{graphicx}\input{%s}"
LIKE = 12  # letters that two quotes share, to be of the same passage


def print_paper(folder: Path, work: Path) -> Path | None:
    """The PDF that TeX makes of a folder of source, or None."""
    name = find_main(unpack(pack_folder(folder), folder.name), "", folder.name)
    copy = work / "openreview"  # papers of ReScience name their parts ../openreview/content.tex
    shutil.copytree(folder, copy)
    main = copy / name
    command = ["pdflatex", "-interaction=nonstopmode", f"-jobname={main.stem}", BEFORE % main.name]
    for _ in range(30):
        log = _run(command, main.parent)
        if missing := re.search(r"File `([^'`]+?)\.?(sty|cls|tex)?' not found", log.replace("\n", "")):
            stem, ending = missing[1], missing[2] or "tex"
            lost = main.parent / f"{stem}.{ending}"
            if lost.exists() or not lost.resolve().is_relative_to(work.resolve()):
                break
            lost.parent.mkdir(parents=True, exist_ok=True)
            lost.write_text(STAND_INS.get(stem, STYLE if ending == "sty" else "") + "\n")
            continue
        break
    _run(["bibtex", main.stem], main.parent)
    for _ in range(2):
        _run(command, main.parent)
    pdf = main.with_suffix(".pdf")
    return pdf if pdf.is_file() else None


def _run(command: Sequence[str], folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, check=False, timeout=300)
    return done.stdout.decode("latin-1")


def only(these: Sequence[Finding], those: Sequence[Finding]) -> Iterator[Finding]:
    """The findings among ``these`` whose use and passage ``those`` have not."""
    for one in these:
        letters = _letters(one.quote)
        pieces = {letters[at : at + LIKE] for at in range(0, max(len(letters) - LIKE, 1), LIKE)}
        if not any(
            one.use == other.use and sum(piece in _letters(other.quote) for piece in pieces) >= len(pieces) / 2
            for other in those
        ):
            yield one


def _letters(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.lower())


def main() -> None:
    """Print the papers, audit them, tell the differences."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?", default=ROOT.parent / "shared" / "papers" / "latex")
    parser.add_argument("--keep", type=Path, help="keep the PDFs here")
    chosen = parser.parse_args()
    auditor = Auditor()

    def audit(paper: Paper) -> Audit:
        found, document = auditor.examine(paper)
        document.close()
        return found

    same = count = 0
    for folder in sorted(path for path in chosen.folder.iterdir() if path.is_dir()):
        with tempfile.TemporaryDirectory() as work:
            pdf = print_paper(folder, Path(work))
            if pdf is None:
                print(f"{folder.name}: TeX makes no PDF of it")
                continue
            data = pdf.read_bytes()
            if chosen.keep:
                chosen.keep.mkdir(parents=True, exist_ok=True)
                shutil.copy(pdf, chosen.keep / f"{folder.name}.pdf")
        tex = pack_folder(folder)
        printed = audit(Paper(folder.name, "pdf", data))
        written = audit(Paper(folder.name, "latex", tex))
        both = audit(Paper(folder.name, "pdf", data, latex=tex))
        levels = [one.verdict.level for one in (printed, written, both)]
        differing = [("PDF", one) for one in only(printed.seed_findings, written.seed_findings)]
        differing += [("source", one) for one in only(written.seed_findings, printed.seed_findings)]
        lost = sum(one.page is None for one in both.seed_findings)
        count += 1
        same += len(set(levels)) == 1 and not differing
        numbers = "/".join(str(len(one.seed_findings)) for one in (printed, written, both))
        print(
            f"{folder.name}: {printed.pages} pages, verdict {'/'.join(levels)}, findings {numbers}, {lost} without page"
        )
        if len({one.search.level for one in (printed, written)}) > 1:
            print(f"    search: {printed.search.level} in the PDF, {written.search.level} in the source")
        for where, one in differing:
            place = one.place or f"p. {one.page}"
            print(f"    only in the {where}: {one.use} ({one.confidence:.2f}), {place}, {len(one.quote)} characters")
    print(f"{count} papers printed; {same} with the same verdict and the same seed findings")


if __name__ == "__main__":
    main()
