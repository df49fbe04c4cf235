"""What of a paper's LaTeX source is read, as what kind of block, and from which file and line."""

from __future__ import annotations

import io
import random
import time
import zipfile

import pytest

from seedaudit.documents.latex import read_latex
from seedaudit.errors import UnreadablePaperError

HEAD = "\\documentclass{article}\n"


def archive(**files):
    """A zip; in names, ``__`` stands for a slash and ``_`` before the ending for its point."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for name, text in files.items():
            stem, _, ending = name.replace("__", "/").rpartition("_")
            made.writestr(f"{stem}.{ending}", text)
    return packed.getvalue()


def paper(body, preamble="", **files):
    return read_latex(archive(main_tex=f"{HEAD}{preamble}\\begin{{document}}\n{body}\n\\end{{document}}\n", **files))


def text_of(body, preamble="", **files):
    return paper(body, preamble, **files).text


def kinds(document):
    return [(block.kind, document.text[block.start : block.end]) for block in document.blocks]


STEPS = list(zip("abcdefghijklmnopqrs", "bcdefghijklmnopqrst", strict=True))


def line_of(document, words):
    at = document.text.index(words)
    place = document.locate(at, at + len(words))
    assert (place.page, place.boxes) == (None, None)
    return place.file, place.line


def test_words_keep_their_lines():
    document = paper("We train\nwith five % not six\nseeds.\n\nThen we stop.")
    assert document.text == "We train with five seeds.\n\nThen we stop."
    assert line_of(document, "with five") == ("main.tex", 4)
    assert line_of(document, "seeds.") == ("main.tex", 5)
    assert line_of(document, "Then") == ("main.tex", 7)
    assert document.locate(0, 5).place == "main.tex, line 3"


def test_included_files_are_read_in_place():
    document = paper(
        "Before.\n\\input{text/setup}\n\\include{tail}\nAfter.",
        text__setup_tex="A seed.\n\\input{text/inner.tex}\n",
        text__inner_tex="\nAn inner seed.",
        tail_tex="A tail.",
    )
    assert " ".join(document.text.split()) == "Before. A seed. An inner seed. A tail. After."
    assert line_of(document, "An inner") == ("text/inner.tex", 2)
    assert line_of(document, "A tail") == ("tail.tex", 1)


@pytest.mark.parametrize(
    "wanted",
    ["\\input{missing}", "\\input{/etc/passwd}", "\\input{../../etc/passwd}", "\\input{main}", "\\input", "\\input{}"],
)
def test_what_cannot_be_included_is_passed_over(wanted):
    assert text_of(f"One.\n\n{wanted}\n\nTwo.") == "One.\n\nTwo."


def test_a_ring_of_files_ends():
    assert text_of("\\input{a}", a_tex="A \\input{b}", b_tex="B \\input{a} C") == "A B C"


def test_a_path_that_leads_out_is_looked_for_inside():
    assert text_of("\\input{../text/intro}", intro_tex="Five seeds.") == "Five seeds."


def test_subfiles_and_import():
    document = text_of(
        "\\subfile{part}\n\\import{sections/}{more}",
        part_tex="\\documentclass[main]{subfiles}\\begin{document}A part.\\end{document}",
        sections__more_tex="And more.",
    )
    assert " ".join(document.split()) == "A part. And more."


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("One.\\iffalse two\\else{} three\\fi{} four", "One. three four"),
        ("One.\n\\iffalse\ntwo \\iftrue a\\else b\\fi\n\\fi\nfour", "One. four"),
        ("One. \\iftrue two\\else three\\fi", "One. two"),
        ("\\ifdraft draft\\else final\\fi", "final"),
        ("\\drafttrue\\ifdraft draft\\else final\\fi", "draft"),
        ("One. % \\fi \\iffalse\nTwo.", "One. Two."),
        ("90\\% of\\_it", "90% of_it"),
        ("ran%\n   dom seed", "random seed"),
        ("One. %\n\nTwo.", "One.\n\nTwo."),
        ("\\begin{comment} a seed \\end{comment}None.", "None."),
        ("One.\\end{document} Two seeds.", "One."),
        ("$x \\iff y$", "x ⇔ y"),
    ],
)
def test_dead_branches_and_comments(source, read):
    assert text_of(source, "\\newif\\ifdraft") == read


@pytest.mark.parametrize(
    ("definition", "use", "read"),
    [
        ("\\newcommand{\\seeds}{five}", "over \\seeds{} seeds", "over five seeds"),
        ("\\newcommand\\seeds{five\\xspace}", "over \\seeds seeds, \\seeds, too", "over five seeds, five, too"),
        ("\\newcommand{\\runs}[1]{#1 random seeds}", "over \\runs{10}", "over 10 random seeds"),
        (
            "\\newcommand{\\runs}[2][five]{#1 seeds of #2}",
            "\\runs{A}; \\runs[six]{B}",
            "five seeds of A; six seeds of B",
        ),
        ("\\def\\runs#1{#1 seeds}", "\\runs3; \\runs{42}", "3 seeds; 42 seeds"),
        ("\\newcommand{\\todo}[1]{}", "One.\\todo{seeds?} Two.", "One. Two."),
        ("\\newcommand{\\rev}[1]{\\textcolor{red}{#1}}", "\\rev{two seeds}", "two seeds"),
        ("\\newcommand{\\a}{\\b seeds}\\newcommand{\\b}{six }", "\\a", "six seeds"),
        ("\\providecommand{\\n}{7}\\renewcommand{\\n}{8}", "\\n{} seeds", "8 seeds"),
        ("\\let\\oldsection\\section\\newcommand{\\n}{9}\\let\\m=\\n", "\\m{} seeds", "9 seeds"),
        ("\\NewDocumentCommand{\\r}{s m O{all}}{#2 of #3}", "\\r*{two}; \\r{one}[six]", "two of all; one of six"),
        ("\\newcommand{\\x}{\\x}", "One \\x two", "One two"),
        ("\\DeclareMathOperator{\\acc}{acc}", "$\\acc(x)$", "acc(x)"),
        ("\\renewcommand{\\section}{\\bfseries}", "\\section{Runs}", "1 Runs"),
        ("\\def\\x#1.{never}", "five seeds", "five seeds"),
        (
            "\\newenvironment{note}[1]{\\begin{quote}#1: }{\\end{quote}}",
            "\\begin{note}{N}a seed\\end{note}",
            "N: a seed",
        ),
    ],
)
def test_macros_of_the_authors(definition, use, read):
    assert text_of(use, definition + "\n") == read


def test_macros_in_a_style_of_the_folder():
    assert text_of("\\seeds", "\\usepackage{own}\n", own_sty="\\newcommand{\\seeds}{ten seeds}") == "ten seeds"


def test_arguments_keep_their_lines():
    document = paper("\\rev{One.\nA seed.}\n\\short", "\\newcommand{\\rev}[1]{#1}\n\\newcommand{\\short}{ok\nok}\n")
    assert line_of(document, "A seed") == ("main.tex", 7)
    assert line_of(document, "ok ok") == ("main.tex", 8)


@pytest.mark.parametrize(
    ("formula", "read"),
    [
        ("$5$ seeds", "5 seeds"),
        ("$84.1 \\pm 0.3$", "84.1 ± 0.3"),
        ("$84.1_{\\pm 0.3}$", "84.1±0.3"),
        ("$10^{-4}$", "10^-4"),
        ("$\\{1, 2, 3\\}$", "{1, 2, 3}"),
        ("$\\alpha\\in[0,1]$", "α ∈ [0,1]"),
        ("\\(n=5\\) seeds", "n = 5 seeds"),
        ("$3\\times 10^{-5}$", "3 × 10^-5"),
        ("$\\frac{1}{2}\\sqrt{x}$", "1/2√x"),
        ("$x_{\\text{val}}$", "x_val"),
        ("$\\left. a \\right|$", "a |"),
        ("$10{,}000$ runs", "10,000 runs"),
        ("$\\mathcal{L}(\\hat{\\theta})$", "L(θ)"),
    ],
)
def test_formulas(formula, read):
    assert text_of(f"So {formula}") == f"So {read}"


def test_displayed_formulas_stay_in_their_paragraph():
    body = "We set\n\\begin{equation}\n a = b \\label{eq:a}\n\\end{equation}\nfor all, see \\eqref{eq:a}."
    assert text_of(body) == "We set a = b for all, see (1)."


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("``Seed'' -- a---b", "“Seed” – a—b"),
        ("na\\\"ive Caf\\'e \\v{C}apek \\o \\ss", "naïve Café Čapek øß"),
        ("10\\,000 and 5\\,GB", "10000 and 5 GB"),
        ("\\verb|seed_all(1)| and \\lstinline{x = {1}}", "seed_all(1) and x = {1}"),
        ("\\url{https://a.org/x_y%20z}", "https://a.org/x_y%20z"),
        ("\\href{https://a.org/#b}{our code}", "our code"),
        ("{\\bf Seeds.} \\textbf{Five} \\emph{seeds}", "Seeds. Five seeds"),
        ("a~b\\\\c\\ d", "a b c d"),
        ("\\textsuperscript{th} \\vspace{2mm}\\hspace*{1em}x\\label{a}", "th x"),
        ("\\unknown{five} seeds", "five seeds"),
        ("\\begin{unknown}[a=b] five seeds\\end{unknown}", "five seeds"),
        ("\\begin{tikzpicture}\\node{seed};\\end{tikzpicture}Text.", "Text."),
    ],
)
def test_signs_and_commands(source, read):
    assert text_of(source) == read


def test_a_table_has_rows():
    document = paper(
        "See Table~\\ref{t}.\n\\begin{table}[t]\\centering\n\\caption{All settings\\footnote{A note.}.}\\label{t}\n"
        "\\begin{tabular}{l|>{$}c<{$}}\n\\toprule\nName & Value \\\\ \\cmidrule(lr){1-2}\n\nRandom seed & 42 \\\\\n"
        "\\multicolumn{2}{c}{of \\textbf{all}} \\\\[2pt]\n\\multirow{2}{*}{Seeds} & 1, 2\\\\\n\\bottomrule\n"
        "\\end{tabular}\n\\end{table}\nIt goes on."
    )
    assert kinds(document) == [
        ("body", "See Table 1. It goes on."),
        ("caption", "Table 1: All settings."),
        ("footnote", "A note."),
        ("table", "Name Value\nRandom seed 42\nof all\nSeeds 1, 2"),
    ]
    assert line_of(document, "Random seed 42") == ("main.tex", 10)


def test_floats_and_notes_come_after_their_paragraph():
    document = paper(
        "One\\footnote{A seed\n\nin a note.} two\n\\begin{figure*}\n\\includegraphics[width=1cm]{seed.pdf}\n"
        "\\begin{subfigure}{0.4\\textwidth}\\caption{Left.}\\label{l}\\end{subfigure}\n"
        "\\caption[short]{Five seeds.}\\label{f}\n\\end{figure*}\nthree, Figures \\ref{l} and \\cref{f}."
    )
    assert kinds(document) == [
        ("body", "One two three, Figures 1a and Figure 1."),
        ("footnote", "A seed in a note."),
        ("caption", "Left."),
        ("caption", "Figure 1: Five seeds."),
    ]


def test_algorithms_and_listings():
    document = paper(
        "\\begin{algorithm}\\caption{Runs}\n\\begin{algorithmic}[1]\n\\Require seeds $S$\n\\For{$s \\in S$}\n"
        "\\State train with $s$\n\\EndFor\n\\end{algorithmic}\\end{algorithm}\n"
        "\\begin{lstlisting}[language=Python]\nseed = 42  # {fixed}\nrun(seed)\n\\end{lstlisting}"
    )
    assert kinds(document) == [
        ("caption", "Algorithm 1: Runs"),
        ("algorithm", "Require: seeds S\nfor s ∈ S\ntrain with s\nend for"),
        ("listing", "seed = 42 # {fixed}\nrun(seed)"),
    ]
    assert line_of(document, "run(seed)") == ("main.tex", 12)


def test_lists():
    document = paper(
        "\\begin{itemize}\n\\item One.\n\\item[(b)] Two.\n"
        "\\begin{enumerate}\\item Inner.\\end{enumerate}\n\\end{itemize}"
    )
    assert kinds(document) == [("list", "• One."), ("list", "(b) Two."), ("list", "1. Inner.")]


def test_sections():
    document = paper(
        "\\maketitle\n\\begin{abstract}Short.\\end{abstract}\n\\section{Related Work}\\label{r}A.\n"
        "\\subsection{Seeds}B.\n\\paragraph{Setup.} C.\n\\section*{Acknowledgments}D.\n"
        "\\bibliography{own}\n\\appendix\n\\section{Details}E, "
        "\\autoref{r}.",
        "\\title{On \\emph{Seeds}}\n\\author{Ann Author \\and Bob Writer}\n\\usepackage{neurips_2021}\n",
        main_bbl="\\begin{thebibliography}{1}\n\\bibitem{a} A. Author. A seed. 2019.\n\\bibitem{b} B. 2020.\n"
        "\\end{thebibliography}",
    )
    assert [(section.title, section.kind) for section in document.sections] == [
        ("", "front"), ("Abstract", "body"), ("1 Related Work", "related"), ("1.1 Seeds", "related"),
        ("Acknowledgments", "acknowledgements"), ("References", "references"), ("A Details", "appendix"),
    ]  # fmt: skip
    assert (document.title, document.year, document.pages) == ("On Seeds", 2021, None)
    assert ("body", "Setup. C.") in kinds(document)
    assert ("reference", "A. Author. A seed. 2019.") in kinds(document)
    assert document.text.endswith("E, Section 1.")
    assert document.sections[0].start == 0
    assert document.sections[-1].end == len(document.text)


def test_checklist_questions_are_no_statements():
    document = paper(
        "\\section*{Checklist}\n\\begin{enumerate}\n\\item Did you report error bars (e.g., with respect to the random "
        "seed after running experiments multiple times)?\n\\answerYes{We ran five seeds.}\n\\end{enumerate}"
    )
    found = kinds(document)
    assert [kind for kind, said in found if "error bars" in said] == ["question"]
    assert any(kind != "question" and "[Yes] We ran five seeds." in said for kind, said in found)


@pytest.mark.parametrize(
    ("files", "read"),
    [
        ({"main_bbl": "\\bibitem[{Author and Writer(2019)}]{a} x \\bibitem[Poe et~al.(2020)Poe, X]{b} y"},
         "Author and Writer (2019) show it (Author and Writer, 2019; Poe et al., 2020)."),
        ({"main_bbl": "\\bibitem{b} x \\bibitem{a} y"}, "[2] show it [2, 1]."),
        ({"own_bib": "@article{a, author = {M{\\\"u}ller, Ann and Bob Poe}, year = 2019}\n"
                     "@misc{b,\n author={A. B. and C D and E F}, title={year = {1} in} , date=\"2020-01\"}"},
         "Müller and Poe (2019) show it (Müller and Poe, 2019; B. et al., 2020)."),
        ({}, "show it."),
    ],
)  # fmt: skip
def test_citations(files, read):
    assert text_of("\\citet{a} show it~\\citep[see][p.~2]{a, b}.", **files).partition("\n\n")[0] == read


@pytest.mark.parametrize(
    "broken",
    [
        "{", "}", "$x", "\\begin{table} \\caption{", "\\verb|", "\\end{table}", "\\newcommand{\\a", "\\def",
        "\\caption", "\\cite[", "\\section", "\\fi \\else", "\\iffalse", "\\item[", "{" * 3000,
        "\\begin{itemize}\\item " * 1500, "\\label " * 3, "\\caption{\\textbf\\label}",
    ],
)  # fmt: skip
def test_what_is_not_well_formed_is_read_as_far_as_it_goes(broken):
    assert "Five seeds." in text_of(f"Five seeds. {broken}")


WHOLE = r"""\title{Seeds} \begin{abstract} Five seeds. \end{abstract} \newcommand{\seeds}[1]{#1 seeds}
\section{Settings}\label{sec:s} We use \seeds{ten} as \citet{a} did, see Table~\ref{t} and $x^2_{i}$. % none
\begin{table} \caption{Runs \textbf{of} $n$.}\label{t}
\begin{tabular}{l|c} a & \multicolumn{1}{c}{b} \\ c & d \end{tabular} \end{table}
\begin{verbatim} seed = 42 \end{verbatim} \begin{itemize} \item one \footnote{Here.} \item[x] two \end{itemize}
\iffalse not \fi \begin{equation} a = \frac{1}{2} \end{equation} \input{more} \verb|x|
\begin{algorithm} \State go \end{algorithm}
\begin{thebibliography}{9} \bibitem[A(2020)]{a} A. \end{thebibliography}"""
PIECES = (
    *"{}$\\%#&[]|\0\n", r"\begin{table}", r"\end{document}", r"\newcommand{\a}[2]{\b{#1}#2}\a", r"\iffalse", r"\fi",
    r"\input{main}", r"\verb|", r"\begin{verbatim}", r"\csname ", r"\let\begin\end", r"\[", r"\caption",
)  # fmt: skip


def test_whatever_is_damaged_is_read_or_told():
    """Each of 200 times, up to twelve places are cut out, doubled, or get something that means something there."""
    dice = random.Random(7)
    for _ in range(200):
        text = WHOLE
        for _ in range(dice.choice((1, 3, 12))):
            at = dice.randrange(len(text) + 1)
            match dice.randrange(3):
                case 0:
                    text = text[:at] + text[at + dice.choice((1, 5, 50)) :]
                case 1:
                    text = text[:at] + text[max(0, at - 60) :]
                case _:
                    text = text[:at] + dice.choice(PIECES) + text[at:]
        try:
            document = paper(text, more_tex="Ten \\emph{seeds}.", refs_bib=dice.choice(("", "@misc{a", text)))
        except UnreadablePaperError as error:
            assert error.hint  # noqa: PT017 - it need not be one
        else:
            assert document.locate(0, len(document.text)).file == "main.tex"


def test_an_empty_bibliography_file_is_none():
    assert text_of("Five seeds as \\citet{a} says.", refs_bib="") == "Five seeds as says."


@pytest.mark.parametrize(
    "bomb",
    [
        "".join(f"\\def\\{c}{c}{{\\{d}{d}\\{d}{d}}}" for c, d in STEPS),
        "\\def\\aa#1{\\aa{#1#1}}\\aa{xx}",
        "".join(f"\\newenvironment{{{c}{c}}}{{\\begin{{{d}{d}}}\\begin{{{d}{d}}}}}{{}}"
                for c, d in STEPS) + "\\begin{aa}",
        "\\newcommand{\\a}{ " * 3000,
    ],
)  # fmt: skip
def test_expansion_is_bounded(bomb):
    started = time.process_time()
    assert "Five seeds." in text_of(f"Five seeds.\n\n{bomb}\\aa{{}}")
    assert time.process_time() - started < 20


def test_no_words():
    with pytest.raises(UnreadablePaperError, match="holds no words") as caught:
        paper("\\includegraphics{scan}")
    assert (caught.value.kind, bool(caught.value.hint)) == ("no-text", True)
