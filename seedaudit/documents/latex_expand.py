r"""The files of a paper in LaTeX -> one stretch of source without what TeX would not set.

In: files by name, and which one is the main file. Out: the source from ``\begin{document}`` on, with included files in
their places, the authors' macros expanded, comments and dead branches gone. The one decision made here: how much of TeX
is run. Definitions, inclusions and switches are; counters, lengths and everything that only moves ink are not.
Expansion is bounded in depth and in size: a macro beyond the bounds is left as it stands.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from seedaudit.documents.latex_parser import ENVIRONMENTS, MATH
from seedaudit.documents.latex_text import Tex, TexBuilder, read_lines

LONGEST = 2_000_000  # characters of expanded source
_DEEPEST = 40
_MOST = 50_000  # expansions
_SPENT = 4_000_000  # characters of all expanded bodies
_LONGEST_OPTION = 20_000  # characters in brackets
_TOKEN = re.compile(r"\\(?:[a-zA-Z@]+|[^a-zA-Z@]|$)|%", re.DOTALL)
_SPACE = re.compile(r"[ \t]*(?:\n[ \t]*)?(?!\n)")
_NAME = re.compile(r"\s*(?:\{\s*\\([a-zA-Z@]+|.)\s*\}|\\([a-zA-Z@]+|.))", re.DOTALL)
_COMMENT = re.compile(r"%[^\n]*(?:\n[ \t]*)?")
_BLANK_LINE = re.compile(r"\n[ \t]+(?=\n)")
_PARAMETERS = re.compile(r"(?:#\d)*")
_NUMBER = re.compile(r"\s*\[\s*(\d)\s*\]")
_COMPUTED = re.compile(r"#(\d)")
_SIGNATURE = re.compile(r"([momsOdDrRtlv])(?:\{[^{}]*\})?")
_RULE = re.compile(r"\s*(?:\([^()\n]*\))?\s*(?:\[[^\[\]\n]*\])?\s*(?:\{[^{}\n]*\})?")
_CONDITIONALS = frozenset(
    "if ifcat ifx ifnum ifdim ifodd ifvmode ifhmode ifmmode ifinner ifvoid ifhbox ifvbox ifeof iftrue iffalse ifcase "
    "ifdefined ifcsname ifpdf ifpdftex ifxetex ifluatex ifPDFTeX ifXeTeX ifLuaTeX if@twocolumn if@final".split()
)
_DEFINING = frozenset("newcommand renewcommand providecommand DeclareRobustCommand newrobustcmd renewrobustcmd".split())
_DOCUMENT_COMMANDS = frozenset(
    "NewDocumentCommand RenewDocumentCommand ProvideDocumentCommand DeclareDocumentCommand".split()
)
_INCLUDING = frozenset("input include subfile subfileinclude InputIfFileExists loadglsentries".split())
_RULES = frozenset("cmidrule cline hhline Xhline specialrule addlinespace morecmidrules".split())
_VERBATIM = frozenset("verbatim verbatim* Verbatim lstlisting minted alltt BVerbatim LVerbatim spverbatim".split())
_UNSEEN = frozenset("comment filecontents filecontents* CCSXML tikzpicture pgfpicture axis picture".split())
_COLUMNS = {
    "tabular": 1, "array": 1, "longtable": 1, "supertabular": 1, "tabular*": 2, "tabularx": 2, "tabulary": 2,
    "xltabular": 2, "tblr": 1, "longtblr": 1, "blockarray": 1, "tabu": 1, "NiceTabular": 1,
}  # fmt: skip
"""How many braced arguments stand before a table's cells, its columns last."""

# What these set is read from the source itself; an author's own version of them changes only how it looks.
KEPT = frozenset(
    "begin end section subsection subsubsection chapter part paragraph subparagraph caption captionof footnote "
    "footnotetext footnotemark item label ref eqref cref Cref autoref pageref nameref cite citep citet citealp "
    "citealt citeauthor citeyear textcite parencite appendix maketitle title author date thanks url href verb "
    "documentclass usepackage bibliography printbibliography bibitem bibliographystyle newblock includegraphics "
    "abstract keywords emph textbf textit texttt textsc textrm textsf text mathrm mathbf frac sqrt left right par "
    "noindent centering small large hline toprule midrule bottomrule cmidrule multicolumn multirow arraystretch "
    "thefootnote thesection thetable thefigure theequation tablename figurename contentsname refname baselinestretch "
    "table figure and hspace vspace newline linebreak pagebreak clearpage newpage input include subfile qquad quad "
    "textsuperscript textsubscript tableofcontents rm bf it tt sf sc em normalsize footnotesize".split()
)
_BUILT_IN = {
    "answerYes": ("[]", "[Yes] #1"),
    "answerNo": ("[]", "[No] #1"),
    "answerNA": ("[]", "[N/A] #1"),
    "answerTODO": ("[]", "[TODO] #1"),
    "bm": ("{", "#1"),
    "eg": ("", "e.g."),
    "ie": ("", "i.e."),
    "etal": ("", "et al."),
    "wrt": ("", "w.r.t."),
    "vs": ("", "vs."),
    "onedot": ("", "."),
}
"""What the styles of venues define, as far as it is text: arguments and body."""


@dataclass(frozen=True, slots=True)
class _Macro:
    """What a name stands for: ``{`` and ``[default]`` for each argument, ``s`` for a star, and the body."""

    arguments: tuple[str, ...]
    body: Tex


@dataclass(slots=True)
class Source:
    """A paper's source as TeX would come to set it.

    ``files`` are the names that origins count, ``missing`` those that the text asks for in vain.
    """

    body: Tex
    title: Tex
    authors: Tex
    packages: list[str]
    files: list[str]
    missing: tuple[str, ...] = ()


class _Stop(Exception):  # noqa: N818 - the way out, no error
    """The end of the document, or of what may be read."""


@dataclass(slots=True)
class _Expander:
    files: Mapping[str, str]
    main: str
    names: list[str] = field(default_factory=list)
    missing: dict[str, None] = field(default_factory=dict)
    macros: dict[str, _Macro] = field(default_factory=dict)
    environments: dict[str, tuple[_Macro, Tex]] = field(default_factory=dict)
    switches: dict[str, bool] = field(default_factory=dict)
    packages: list[str] = field(default_factory=list)
    parts: dict[str, Tex] = field(default_factory=dict)
    out: TexBuilder = field(default_factory=TexBuilder)
    begun: bool = False
    open_files: list[str] = field(default_factory=list)
    branches: int = 0
    steps: int = 0
    spent: int = 0

    # files

    def load(self, name: str) -> Tex:
        """A file's text, its place in the list of files noted."""
        if name not in self.names:
            self.names.append(name)
        text = self.files[name].replace("\r\n", "\n").replace("\r", "\n")
        return read_lines(_BLANK_LINE.sub("\n", text), self.names.index(name))

    def find(self, wanted: str, folder: str = "") -> str | None:
        """The file that is meant by a name, beside the main file or beside the one that asks.

        A path that leads out of the folder is looked for inside, under its last parts: ``../text/intro`` may have been
        gathered as ``intro.tex``.
        """
        path = posixpath.normpath(posixpath.join(folder, wanted.strip().strip('"')))
        paths = [path]
        if path.startswith(("..", "/")):
            inner = [part for part in path.split("/") if part not in {"..", ""}]
            paths = ["/".join(inner[first:]) for first in range(len(inner))]
        asking = posixpath.dirname(self.open_files[-1]) if self.open_files else ""
        for path in paths:
            for base in dict.fromkeys((posixpath.dirname(self.main), asking, "")):
                for ending in (".tex", "", ".sty", ".ltx", ".tikz"):
                    name = posixpath.normpath(posixpath.join(base, path + ending))
                    if name in self.files:
                        return name
        return None

    def wanted(self, name: str, folder: str = "") -> str | None:
        """The file that is meant; noted as missing where the paper's own text was to come from it."""
        found = self.find(name, folder)
        if found is None and self.begun and re.fullmatch(r"[\w./ -]+", name):
            self.missing[posixpath.join(folder, name.strip())] = None
        return found

    def include(self, name: str | None) -> None:
        """Run a file in place; a missing one, or one that is being run, is passed over."""
        if name is None or name in self.open_files or len(self.open_files) > _DEEPEST:
            return
        self.open_files.append(name)
        before = self.branches
        try:
            self.run(self.load(name), 0)
        finally:
            self.open_files.pop()
            self.branches = before

    # the main loop

    def run(self, tex: Tex, depth: int) -> None:
        """Run a stretch of source."""
        text, at, begin = tex.text, 0, 0
        while (token := _TOKEN.search(text, at)) is not None:
            at = token.end()
            start = token.start()
            if token[0] == "%":
                self.emit(tex, begin, start)
                at = begin = self._after_comment(text, start)
                continue
            name = token[0][1:]
            if name in self.macros:
                body, end_of_call = self._call(self.macros[name], tex, at, start)
                if self._may_run(body, depth):
                    self.emit(tex, begin, start)
                    at = begin = end_of_call
                    self.run(body, depth + 1)
                continue
            end = self.command(name, tex, at, start, begin, depth)
            if end is not None:
                at = begin = end
        self.emit(tex, begin, len(text))

    def _may_run(self, body: Tex, depth: int) -> bool:
        """Whether one more expansion is within the bounds."""
        self.steps += 1
        self.spent += len(body.text)
        return depth < _DEEPEST and self.steps < _MOST and self.spent < _SPENT

    def emit(self, tex: Tex, start: int, end: int) -> None:
        """Pass a stretch on, once the document has begun."""
        if self.begun and end > start:
            self.out.add(tex.cut(start, end))
            if self.out.length > LONGEST:
                raise _Stop

    def command(self, name: str, tex: Tex, at: int, start: int, begin: int, depth: int) -> int | None:
        """Carry a command out; gives where its arguments end, or None where it stays in the source."""
        text = tex.text
        if name in {"begin", "end"}:
            return self._environment(name, tex, at, start, begin, depth)
        if name.startswith("if") or name in {"else", "fi", "unless"}:
            return self._branch(name, tex, at, start, begin)
        handled = (
            name in _DEFINING or name in _DOCUMENT_COMMANDS or name in _INCLUDING or name in _RULES
            or name in _OTHERS or (not self.begun and name in {"title", "author", "icmltitle"})
            or (name[-4:] == "true" and name[:-4] in self.switches)
            or (name[-5:] == "false" and name[:-5] in self.switches)
        )  # fmt: skip
        if not handled:
            return None
        self.emit(tex, begin, start)
        if name in _DEFINING:
            return self._define(tex, at)
        if name in _DOCUMENT_COMMANDS:
            return self._define_document_command(tex, at)
        if name in {"def", "gdef", "edef", "xdef"}:
            return self._define_plainly(tex, at)
        if name in {"newenvironment", "renewenvironment"}:
            return self._define_environment(tex, at)
        if name in _INCLUDING:
            return self._include(tex, at)
        if name in _RULES:
            found = _RULE.match(text, at)
            return found.end() if found else at
        if name[-4:] == "true" and name[:-4] in self.switches:
            self.switches[name[:-4]] = True
            return at
        if name[-5:] == "false" and name[:-5] in self.switches:
            self.switches[name[:-5]] = False
            return at
        return self._other(name, tex, at, start)

    def _other(self, name: str, tex: Tex, at: int, start: int) -> int:
        text = tex.text
        if name == "newif":
            found = _NAME.match(text, at)
            if found is None:
                return at
            switch = (found[1] or found[2]).removeprefix("if")
            self.switches[switch] = False
            return found.end()
        if name == "let":
            return self._let(tex, at)
        if name in {"import", "subimport"}:
            folder, at = self._group(tex, at)
            wanted, at = self._group(tex, at)
            if folder is not None and wanted is not None:
                self.include(self.wanted(wanted.text, folder.text))
            return at
        if name in {"usepackage", "RequirePackage", "documentclass"}:
            return self._package(name, tex, at)
        if name == "DeclareMathOperator":
            if text.startswith("*", at):
                at += 1
            found = _NAME.match(text, at)
            if found is None:
                return at
            body, end = self._group(tex, found.end())
            if body is not None:
                self._set(found[1] or found[2], (), Tex(f"\\operatorname{{{body.text}}}"))
            return end
        if name in {"verb", "lstinline", "mintinline"}:
            return self._verbatim(name, tex, at, start)
        if name in {"url", "path", "nolinkurl", "href"}:
            address, end = self._raw_group(text, at)
            if address is None:
                self.emit(tex, start, at)
                return at
            if self.begun:
                place = tex.at(start)
                safe = re.sub(r"\\?([%#&_$])", r"\\\1", address)
                self.out.say(f"\\{'href' if name == 'href' else 'url'}{{{safe}}}", place)
            return end
        if name == "bibliography":
            _, end = self._group(tex, at)
            self._bibliography(tex.at(start))
            return end
        if name == "printbibliography":
            self._bibliography(tex.at(start))
            options, end = self._option(tex, at)
            return end if options is not None else at
        if name == "iftoggle":
            return self._toggle(tex, at)
        if name in {"newtoggle", "toggletrue", "togglefalse"}:
            group, end = self._group(tex, at)
            if group is not None:
                self.switches[f"toggle {group.text}"] = name == "toggletrue"
            return end
        if name == "endinput":
            return len(text)
        # the title and the authors, in the preamble
        _, at = self._option(tex, at)
        group, end = self._group(tex, at)
        if group is not None:
            self.parts["title" if name != "author" else "author"] = self._aside(group)
        return end

    def _aside(self, tex: Tex) -> Tex:
        """A stretch expanded on its own."""
        out, self.out = self.out, TexBuilder()
        begun, self.begun = self.begun, True
        try:
            self.run(tex, 1)
            return self.out.done()
        finally:
            self.out, self.begun = out, begun

    # environments

    def _environment(self, which: str, tex: Tex, at: int, start: int, begin: int, depth: int) -> int | None:
        text = tex.text
        group, end = self._raw_group(text, at)
        name = (group or "").strip()
        if name == "document":
            self.emit(tex, begin, start)
            if which == "end" and len(self.open_files) == 1:
                raise _Stop
            if which == "end":
                return len(text)  # a subfile's own end
            self.begun = True
            return end
        if name in self.environments:
            self.emit(tex, begin, start)
            opening, closing = self.environments[name]
            body = closing.moved(tex.at(start))
            if which == "begin":
                body, end = self._call(opening, tex, end, start)
            if self._may_run(body, depth):
                self.run(body, depth + 1)
            return end
        if which == "end":
            return None
        if name in _VERBATIM or name in _UNSEEN:
            closing_at = text.find(f"\\end{{{name}}}", end)
            stop = len(text) if closing_at < 0 else closing_at
            self.emit(tex, begin, start)
            if name in _VERBATIM and self.begun:
                self._listing(name, tex, end, stop)
            return min(stop + len(name) + 6, len(text))
        if name in _COLUMNS:
            self.emit(tex, begin, end)
            _, end = self._option(tex, end)
            for _ in range(_COLUMNS[name]):
                _, end = self._option(tex, end)
                columns, end = self._group(tex, end)
                if columns is None:
                    break
            return end
        if name in _WITH_OPTIONS:
            return None
        option, behind = self._option(tex, end)
        if option is None or "\n" in text[end : behind - len(option.text)]:
            return None
        self.emit(tex, begin, end)
        return behind

    def _listing(self, name: str, tex: Tex, start: int, end: int) -> None:
        """A listing as the one environment that the parser takes word by word."""
        if name != "verbatim":
            _, start = self._option(tex, start)
        if name == "minted":
            _, start = self._group(tex, start)
        self.out.say("\\begin{verbatim}", tex.at(start))
        self.out.add(tex.cut(start, end))
        self.out.say("\\end{verbatim}", tex.at(max(end - 1, start)))

    # definitions

    def _set(self, name: str, arguments: tuple[str, ...], body: Tex) -> None:
        if name not in KEPT and "@" not in name and len(name) > 0 and name[0].isalpha():
            self.macros[name] = _Macro(arguments, body)

    def _define(self, tex: Tex, at: int) -> int:
        text = tex.text
        if text.startswith("*", at):
            at += 1
        found = _NAME.match(text, at)
        if found is None:
            return at
        at = found.end()
        count = 0
        if number := _NUMBER.match(text, at):
            count, at = int(number[1]), number.end()
        default, at = self._option(tex, at) if count else (None, at)
        body, at = self._group(tex, at)
        if body is None:
            return at
        arguments = ["{"] * count
        if default is not None:
            arguments[0] = f"[{default.text}]"
        self._set(found[1] or found[2], tuple(arguments), body)
        return at

    def _define_document_command(self, tex: Tex, at: int) -> int:
        found = _NAME.match(tex.text, at)
        if found is None:
            return at
        signature, at = self._group(tex, found.end())
        body, at = self._group(tex, at)
        if signature is None or body is None:
            return at
        arguments = tuple(
            {"m": "{", "s": "s", "o": "[]", "O": f"[{one[0][2:-1]}]"}.get(one[1], "?")
            for one in _SIGNATURE.finditer(signature.text.replace("+", "").replace(" ", ""))
        )
        if "?" not in arguments:
            self._set(found[1] or found[2], arguments, body)
        return at

    def _define_plainly(self, tex: Tex, at: int) -> int:
        r"""``\def``: only with arguments that nothing delimits; others are passed over."""
        text = tex.text
        found = _NAME.match(text, at)
        if found is None:
            return at
        parameters = _PARAMETERS.match(text, found.end())
        end = parameters.end() if parameters else found.end()
        opened = text.find("{", end)
        if opened < 0:
            return found.end()
        body, after = self._group(tex, opened)
        if body is not None and not text[end:opened].strip():
            self._set(found[1] or found[2], ("{",) * ((end - found.end()) // 2), body)
        return after

    def _let(self, tex: Tex, at: int) -> int:
        first = _NAME.match(tex.text, at)
        if first is None:
            return at
        equals = re.compile(r"\s*=?\s*").match(tex.text, first.end())
        second = _NAME.match(tex.text, equals.end() if equals else first.end())
        if second is None:
            return first.end()
        name, other = first[1] or first[2], second[1] or second[2]
        if other in self.macros:
            self._set(name, self.macros[other].arguments, self.macros[other].body)
        elif other != name:
            self._set(name, (), Tex(f"\\{other} " if other.isalpha() else f"\\{other}"))
        return second.end()

    def _define_environment(self, tex: Tex, at: int) -> int:
        text = tex.text
        if text.startswith("*", at):
            at += 1
        name, at = self._group(tex, at)
        count = 0
        if number := _NUMBER.match(text, at):
            count, at = int(number[1]), number.end()
        default, at = self._option(tex, at) if count else (None, at)
        opening, at = self._group(tex, at)
        closing, at = self._group(tex, at)
        if name is None or opening is None or closing is None:
            return at
        arguments = ["{"] * count
        if default is not None:
            arguments[0] = f"[{default.text}]"
        if "\\begin" in opening.text and name.text.strip() not in _WELL_KNOWN:
            self.environments[name.text.strip()] = (_Macro(tuple(arguments), opening), closing)
        return at

    # branches

    def _branch(self, name: str, tex: Tex, at: int, start: int, begin: int) -> int | None:
        text = tex.text
        if name == "fi":
            if not self.branches:
                return None
            self.emit(tex, begin, start)
            self.branches -= 1
            return _behind_spaces(text, at)
        if name == "else":
            if not self.branches:
                return None
            self.emit(tex, begin, start)
            self.branches -= 1
            return _behind_spaces(text, self._skip_branch(text, at, stop_at_else=False)[0])
        switch = name.removeprefix("if")
        if name not in _CONDITIONALS and switch not in self.switches:
            return None
        self.emit(tex, begin, start)
        holds = self.switches.get(switch, name not in {"iffalse", "ifmmode", "ifxetex", "ifluatex"})
        if not holds:
            at, at_else = self._skip_branch(text, at, stop_at_else=True)
            self.branches += at_else
            return _behind_spaces(text, at)
        self.branches += 1
        if name in {"ifx", "ifdefined", "if", "ifcat"}:
            for _ in range(1 if name == "ifdefined" else 2):
                found = _NAME.match(text, at)
                at = found.end() if found else at
        elif name in {"ifnum", "ifdim", "ifodd", "ifcase", "ifcsname"}:
            end = text.find("\n", at)
            relax = text.find("\\relax", at, end if end >= 0 else len(text))
            at = relax + 6 if relax >= 0 else (end if end >= 0 else len(text))
        return _behind_spaces(text, at)

    def _skip_branch(self, text: str, at: int, *, stop_at_else: bool) -> tuple[int, bool]:
        r"""Behind the ``\fi`` that belongs to here, or the ``\else`` (then True)."""
        level = 0
        while (token := _TOKEN.search(text, at)) is not None:
            at = token.end()
            name = token[0][1:]
            if token[0] == "%":
                at = self._after_comment(text, token.start())
            elif name in _CONDITIONALS or (name.startswith("if") and name[2:] in self.switches):
                level += 1
            elif name == "fi" and level == 0:
                return at, False
            elif name == "fi":
                level -= 1
            elif name == "else" and level == 0 and stop_at_else:
                return at, True
        return len(text), False

    def _toggle(self, tex: Tex, at: int) -> int:
        name, at = self._group(tex, at)
        yes, at = self._group(tex, at)
        no, at = self._group(tex, at)
        chosen = yes if name is None or self.switches.get(f"toggle {name.text}", True) else no
        if chosen is not None:
            self.run(chosen, 1)
        return at

    # inclusion

    def _include(self, tex: Tex, at: int) -> int:
        wanted, end = self._group(tex, at)
        if wanted is None:
            plain = re.compile(r"[ \t]*([^\s{}\\%]+)").match(tex.text, at)
            if plain is None:
                return at
            self.include(self.wanted(plain[1]))
            return plain.end()
        name = self.wanted(wanted.text)
        if self.begun and name is not None:
            self.out.say("\n" if wanted.text else "", tex.at(at))
        self.include(name)
        return end

    def _package(self, name: str, tex: Tex, at: int) -> int:
        _, at = self._option(tex, at)
        group, at = self._group(tex, at)
        if group is None:
            return at
        for one in group.text.split(","):
            self.packages.append(one.strip())
            file = self.find(f"{one.strip()}.sty") if name != "documentclass" else None
            if file is not None and not self.begun:
                self.include(file)
        return at

    def _bibliography(self, place: int) -> None:
        """The entries as BibTeX made them, where they came with the paper."""
        stem = posixpath.splitext(self.main)[0]
        found = self.find(f"{posixpath.basename(stem)}.bbl") or next(
            (name for name in sorted(self.files) if name.endswith(".bbl")), None
        )
        if found is not None:
            self.include(found)
        else:
            self.out.say("\\begin{thebibliography}\\end{thebibliography}", place)

    # arguments

    def _call(self, macro: _Macro, tex: Tex, at: int, start: int) -> tuple[Tex, int]:
        """The body of ``macro`` with the arguments that stand at ``at``, and where those end."""
        given: list[Tex] = []
        text = tex.text
        if not macro.arguments and text[at - 1].isalpha():  # TeX skips the spaces behind a word
            at = _behind_spaces(text, at)
        for kind in macro.arguments:
            if kind == "s":
                star = text.startswith("*", at)
                given.append(Tex("*" if star else ""))
                at += star
            elif kind == "{":
                argument, at = self._argument(tex, at)
                given.append(argument)
            else:
                option, at = self._option(tex, at)
                given.append(option if option is not None else Tex(kind[1:-1], (0,), (tex.at(start),)))
        place = tex.at(start)
        body, done, last = macro.body.text, TexBuilder(), 0
        for parameter in _COMPUTED.finditer(body):
            number = int(parameter[1])
            done.say(body[last : parameter.start()].replace("##", "#"), place)
            if 0 < number <= len(given):
                done.add(given[number - 1])
            last = parameter.end()
        done.say(body[last:].replace("##", "#"), place)
        return done.done(), at

    def _argument(self, tex: Tex, at: int) -> tuple[Tex, int]:
        """A braced argument, or one token."""
        group, end = self._group(tex, at)
        if group is not None:
            return group, end
        at = _behind_spaces(tex.text, at)
        token = _TOKEN.match(tex.text, at)
        if token is not None and token[0] != "%":
            return tex.cut(at, token.end()), token.end()
        if at < len(tex.text) and tex.text[at] not in "}\n%":
            return tex.cut(at, at + 1), at + 1
        return tex.cut(at, at), at

    def _group(self, tex: Tex, at: int) -> tuple[Tex | None, int]:
        """What stands in braces at ``at``, and where that ends."""
        return self._between(tex, at, "{")

    def _option(self, tex: Tex, at: int) -> tuple[Tex | None, int]:
        """What stands in brackets at ``at``, and where that ends."""
        return self._between(tex, at, "[")

    def _between(self, tex: Tex, at: int, opening: str) -> tuple[Tex | None, int]:
        text = tex.text
        start = at
        while start < len(text) and (text[start].isspace() or text[start] == "%"):
            start = self._after_comment(text, start) if text[start] == "%" else start + 1
        if not text.startswith(opening, start) or "\n\n" in text[at:start]:
            return None, at
        end = _groups(text).get(start) if opening == "{" else _bracket(text, start)
        if end is None:
            return None, at
        return tex.cut(start + 1, end), end + 1

    def _raw_group(self, text: str, at: int) -> tuple[str | None, int]:
        found = re.compile(r"\s*\{([^{}\n]*)\}").match(text, at)
        return (found[1], found.end()) if found else (None, at)

    def _verbatim(self, name: str, tex: Tex, at: int, start: int) -> int:
        text = tex.text
        if name != "verb":
            _, at = self._option(tex, at)
        if name == "mintinline":
            _, at = self._group(tex, at)
        at += text.startswith("*", at)
        mark = text[at : at + 1]
        end = _groups(text).get(at, -1) if mark == "{" else -1
        if mark and mark != "{" and not mark.isspace():
            end = text.find(mark, at + 1)
        if end < 0 or "\n\n" in text[at:end]:
            return at
        if self.begun:
            self.out.say("\\verb\x01", tex.at(start))
            self.out.add(tex.cut(at + 1, end))
            self.out.say("\x01", tex.at(start))
        return end + 1

    @staticmethod
    def _after_comment(text: str, at: int) -> int:
        """Where the source goes on behind a comment: on the next line, or before it where that is empty."""
        found = _COMMENT.match(text, at)
        end = found.end() if found else len(text)
        return end - 1 if text.startswith("\n", end) else end


_OTHERS = frozenset(
    "def gdef edef xdef newenvironment renewenvironment newif let import subimport usepackage RequirePackage "
    "documentclass DeclareMathOperator verb lstinline mintinline url path nolinkurl href bibliography "
    "printbibliography iftoggle newtoggle toggletrue togglefalse endinput".split()
)
_WITH_OPTIONS = MATH.union(*ENVIRONMENTS.values())  # the parser takes them
_WELL_KNOWN = frozenset(
    "abstract table figure table* figure* itemize enumerate description equation align thebibliography proof quote "
    "document tabular algorithm verbatim".split()
)


def _behind_spaces(text: str, at: int) -> int:
    """Where the spaces end that TeX skips behind a command; an empty line stays."""
    found = _SPACE.match(text, at)
    return found.end() if found else at


@lru_cache(maxsize=32)
def _groups(text: str) -> dict[int, int]:
    """Where each brace that is closed closes; braces in comments do not count."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for sign in _BRACES.finditer(text):
        if sign[0] == "{":
            opened.append(sign.start())
        elif sign[0] == "}" and opened:
            found[opened.pop()] = sign.start()
    return found


def _bracket(text: str, start: int) -> int | None:
    """Where the bracket at ``start`` closes, outside of braces."""
    groups = _groups(text)
    at = start + 1
    while (sign := _BRACKETS.search(text, at, start + _LONGEST_OPTION)) is not None:
        if sign[0] == "]":
            return sign.start()
        if sign[0] == "}":
            return None
        at = groups.get(sign.start(), len(text)) + 1 if sign[0] == "{" else sign.end()
    return None


_BRACES = re.compile(r"\\.|%[^\n]*|[{}]", re.DOTALL)
_BRACKETS = re.compile(r"\\.|%[^\n]*|[{}\]]", re.DOTALL)


def expand(files: Mapping[str, str], main: str) -> Source:
    """Run ``main`` with the files beside it."""
    expander = _Expander(files, main)
    for name, (arguments, body) in _BUILT_IN.items():
        expander.macros[name] = _Macro((arguments,) if arguments else (), Tex(body))
    if "\\begin{document}" not in files[main]:
        expander.begun = True  # a part of a paper, or plain TeX
    expander.open_files.append(main)
    try:
        expander.run(expander.load(main), 0)
    except _Stop:
        pass
    except RecursionError:
        pass  # what was read so far is the paper
    nothing = Tex("")
    return Source(
        expander.out.done(),
        expander.parts.get("title", nothing),
        expander.parts.get("author", nothing),
        expander.packages,
        expander.names,
        tuple(expander.missing),
    )
