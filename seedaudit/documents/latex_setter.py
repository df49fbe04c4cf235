r"""Nodes of LaTeX source -> blocks of text.

In: an expanded source. Out: its words in a writer, its title, its labels. The one decision made here: what of the
source a reader of the printed paper would see, and as what kind of block.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from seedaudit.documents.blocks import Opening
from seedaudit.documents.document import BlockKind, SectionKind
from seedaudit.documents.latex_cites import Cited
from seedaudit.documents.latex_expand import Source
from seedaudit.documents.latex_math import formula
from seedaudit.documents.latex_parser import DROPPED, MATH, OWN, SHOWN, accented, parse, symbols
from seedaudit.documents.latex_text import Tex
from seedaudit.documents.latex_writer import Writer
from seedaudit.documents.sections import kind_of_title

_LEVELS = {
    "part": 0, "chapter": 1, "section": 1, "subsection": 2, "subsubsection": 3, "paragraph": 4, "subparagraph": 4,
}  # fmt: skip
_FLOATS: dict[str, BlockKind] = {
    "figure": "caption", "wrapfigure": "caption", "SCfigure": "caption", "sidewaysfigure": "caption", "table": "table",
    "wraptable": "table", "sidewaystable": "table", "algorithm": "algorithm", "algorithm2e": "algorithm",
    "algorithmic": "algorithm", "listing": "listing", "tablenotes": "footnote",
}  # fmt: skip
_NAMED = {
    "figure": "Figure", "wrapfigure": "Figure", "SCfigure": "Figure", "sidewaysfigure": "Figure", "table": "Table",
    "wraptable": "Table", "sidewaystable": "Table", "longtable": "Table", "algorithm": "Algorithm",
    "algorithm2e": "Algorithm", "listing": "Listing",
}  # fmt: skip
_TABLES = frozenset(
    "tabular tabular* tabularx tabulary longtable supertabular xltabular tblr longtblr tabu NiceTabular".split()
)
_LISTS = frozenset(
    "itemize enumerate description compactitem compactenum inparaenum enumerate* itemize* list trivlist".split()
)
_ALGORITHM_LINES = {
    "State": "", "Statex": "", "STATE": "", "For": "for", "FOR": "for", "ForAll": "for all", "FORALL": "for all",
    "While": "while", "WHILE": "while", "If": "if", "IF": "if", "ElsIf": "else if", "ELSIF": "else if", "Else": "else",
    "ELSE": "else",
    "EndFor": "end for", "ENDFOR": "end for", "EndWhile": "end while", "ENDWHILE": "end while", "EndIf": "end if",
    "ENDIF": "end if", "Repeat": "repeat", "REPEAT": "repeat", "Until": "until", "UNTIL": "until", "Loop": "loop",
    "Require": "Require:", "REQUIRE": "Require:", "Ensure": "Ensure:", "ENSURE": "Ensure:", "Return": "return",
    "RETURN": "return", "Function": "function", "EndFunction": "end function", "Procedure": "procedure",
    "EndProcedure": "end procedure", "KwIn": "Input:", "KwOut": "Output:", "KwData": "Data:", "KwResult": "Result:",
    "KwRet": "return", "Input": "Input:", "Output": "Output:", "INPUT": "Input:", "OUTPUT": "Output:", ";": "",
}  # fmt: skip
_PARTS = frozenset("subfigure subtable subcaptionblock subfloat".split())
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")
_TEXTUAL = frozenset("citet Citet textcite Textcite citeposs newcite citeA citeasnoun".split())
_PIECES = re.compile(
    r"\\begin\{verbatim\}.*?\\end\{verbatim\}|\\(?P<edge>begin|end)\s*\{(?P<name>[^{}\n]*)\}"
    r"|(?P<section>\\(?:part|chapter|(?:sub){0,2}section|appendix)(?![A-Za-z]))|\\.|(?P<brace>[{}])|(?P<empty>\n\s*\n)",
    re.DOTALL,
)
_BULLETS = {"itemize": "• ", "compactitem": "• ", "itemize*": ""}


def _parse(text: str) -> list[Any]:
    """The nodes of a stretch; one that is nested deeper than any paper is read without what nests it."""
    try:
        return parse(text)
    except RecursionError:
        return parse(re.sub(r"\\(?:begin|end)\s*\{[^{}]*\}|[{}$\[\]]", lambda found: " " * len(found[0]), text))


def _cut(body: Tex) -> list[Tex]:
    """Paragraphs and environments, so that what is not well formed spoils no more than its own stretch."""
    cuts, depth, open_environments = [0], 0, 0
    for found in _PIECES.finditer(body.text):
        if found["edge"]:
            open_environments = max(open_environments + (1 if found["edge"] == "begin" else -1), 0)
        elif found["brace"]:
            depth = max(depth + (1 if found["brace"] == "{" else -1), 0)
        elif found["section"]:
            cuts.append(found.start())
            depth = open_environments = 0
        elif found["empty"] and depth == open_environments == 0:
            cuts.append(found.end())
    ends = [*cuts[1:], len(body.text)]
    return [body.cut(start, end) for start, end in zip(cuts, ends, strict=True) if end > start]


@dataclass(slots=True)
class _Float:
    """The float around the text: whether its caption was set, and how many parts it has had."""

    name: str
    captioned: bool = False
    parts: int = 0


@dataclass(slots=True)
class Setter:
    """Sets the nodes of a source."""

    source: Source
    cites: Mapping[str, Cited] = field(default_factory=dict)
    known: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    labels: dict[str, tuple[str, str]] = field(default_factory=dict)
    parsed: dict[str, list[Any]] = field(default_factory=dict)  # stretches that were parsed before
    writer: Writer = field(default_factory=Writer)
    title: str = ""
    asked: bool = False
    tex: Tex = field(default_factory=lambda: Tex(""))
    parent: SectionKind = "body"  # the kind of the section around
    appendix: bool = False
    referenced: bool = False
    counts: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    counters: dict[str, int] = field(default_factory=dict)
    here: tuple[str, str] = ("", "")  # what a label would name: sort and number
    floats: list[_Float] = field(default_factory=list)
    items: list[tuple[str, int]] = field(default_factory=list)
    rows: int = 0

    def run(self) -> None:
        """Set the whole paper."""
        if self.source.title.text.strip():
            self._set_title(self.source.title)
        if self.source.authors.text.strip():
            self.writer.paragraph()
            self._set(self.source.authors)
        for piece in _cut(self.source.body):
            self._set(piece)
            self.writer.paragraph("list" if self.items else "body")
        self.writer.paragraph()

    def _set(self, tex: Tex) -> None:
        outer, self.tex = self.tex, tex
        try:
            if tex.text not in self.parsed:
                self.parsed[tex.text] = _parse(tex.text)
            self.walk(self.parsed[tex.text])
        except RecursionError:
            pass  # what was set so far stays
        finally:
            self.tex = outer

    def _set_title(self, tex: Tex) -> None:
        if not self.title:
            self.title = _plain(tex)
            self.writer.paragraph()
            self._set(tex)
            self.writer.paragraph()

    # nodes

    def walk(self, nodes: Sequence[Any]) -> None:
        """Set nodes one after the other."""
        for node in nodes:
            if node is None:
                continue
            kind = node.nodeType().__name__
            if kind == "LatexCharsNode":
                self._chars(node)
            elif kind == "LatexMacroNode":
                self._macro(node)
            elif kind == "LatexGroupNode":
                opening, closing = node.delimiters if node.delimiters[0] != "{" else ("", "")
                self._say(node, opening)
                self.walk(node.nodelist)
                self._say(node, closing)
            elif kind == "LatexEnvironmentNode":
                self._environment(node)
            elif kind == "LatexMathNode":
                self._math(node.nodelist, node, display=node.displaytype == "display")
            elif kind == "LatexSpecialsNode":
                self._special(node)

    def _say(self, node: Any, text: str) -> None:
        self.writer.write(text, self.tex.at(node.pos))

    def _chars(self, node: Any) -> None:
        at, end = node.pos, node.pos + node.len
        while at < end:
            found = _PARAGRAPHS.search(self.tex.text, at, end)
            for text, place in self.tex.runs(at, found.start() if found else end):
                self.writer.write(text.replace("`", "‘").replace("'", "’"), place)
            if found:
                self.writer.paragraph("list" if self.items else "body")
            at = found.end() if found else end

    def _special(self, node: Any) -> None:
        signs = node.specials_chars
        if signs in {"&", "~"}:
            self.writer.space()
        else:
            self._say(node, {"``": "“", "''": "”", "--": "–", "---": "—", "!`": "¡", "?`": "¿"}[signs])

    def _math(self, nodes: Sequence[Any], node: Any, *, display: bool) -> None:
        for one in _labels(nodes):
            self._label(one)
        if display:
            self.writer.space()
        self.writer.write(formula(nodes), self.tex.at(node.pos))
        if display:
            self.writer.space()

    # environments

    def _environment(self, node: Any) -> None:
        name = node.environmentname
        base = name.rstrip("*")
        if base in MATH or name in MATH:
            if not name.endswith("*") and base not in {"math", "displaymath"}:
                self.here = ("Equation", str(self._count("equation")))
            self._math(node.nodelist, node, display=True)
        elif name == "verbatim" and hasattr(node.nodeargd, "verbatim_text"):  # not one that never ends
            with self.writer.aside("listing"):
                self._verbatim(node.nodeargd.verbatim_text, node)
        elif base in _TABLES or name in _TABLES:
            if self.rows:
                self.walk(node.nodelist)  # a table in a cell
                return
            if base == "longtable":
                self.floats.append(_Float("longtable"))
            with self.writer.aside("table", one_block=True):
                self._lined(node.nodelist)
            if base == "longtable":
                self.floats.pop()
        elif base in _FLOATS:
            self._float(node, base)
        elif base in _PARTS:
            self._part(node)
        elif name in _LISTS:
            self._list(node)
        elif base == "thebibliography":
            self._bibliography(node)
        elif base in {"abstract", "ack", "acks", "keywords", "IEEEkeywords"}:
            self._abstract(node, base)
        elif base in {"appendices", "appendix", "subappendices"}:
            self._begin_appendix()
            self.walk(node.nodelist)
        else:
            self._block(node, base)

    def _block(self, node: Any, base: str) -> None:
        """An environment that sets its text apart, or in no way."""
        options = node.nodeargd.argnlist if node.nodeargd is not None else []
        self.writer.paragraph("list" if self.items else "body")
        shown = [one for one in options if one is not None] if base in _THEOREMS else []
        if base in _THEOREMS:
            self.here = (base.capitalize(), str(self._count(base)))
            self._say(node, f"{self.here[0]} " if base == "proof" else f"{self.here[0]} {self.here[1]} ")
            for one in shown:
                self._say(node, "(")
                self.walk(one.nodelist)
                self._say(node, ") ")
        self.walk(node.nodelist)
        self.writer.paragraph("list" if self.items else "body")

    def _verbatim(self, text: str, node: Any) -> None:
        at = node.pos + node.latex_verbatim().find(text)
        for line in text.splitlines(keepends=True):
            for part, place in self.tex.runs(at, at + len(line)):
                self.writer.write(part, place)
            self.writer.row()
            at += len(line)

    def _float(self, node: Any, base: str) -> None:
        if base == "algorithmic" or (base == "algorithm" and self.floats and self.floats[-1].name == "algorithm"):
            with self.writer.aside("algorithm", one_block=True):
                self._lined(node.nodelist)
            return
        self.floats.append(_Float(base))
        kind = _FLOATS[base]
        with self.writer.aside(kind, one_block=kind == "algorithm"):
            if kind == "algorithm":
                self._lined(node.nodelist)
            else:
                self.walk(node.nodelist)
        self.floats.pop()

    def _part(self, node: Any) -> None:
        """One of the pictures or tables of a float, with a letter in place of a number."""
        whole = self.floats[-1] if self.floats else _Float("figure")
        whole.parts += 1
        sort = _NAMED.get(whole.name, "Figure")
        number = self.counters.get(sort, 0) + (not whole.captioned)
        self.here = (sort, f"{number}{chr(96 + min(whole.parts, 26))}")
        self.floats.append(_Float("part"))
        self.walk(node.nodelist)
        self.floats.pop()

    def _part_command(self, node: Any, arguments: Sequence[Any]) -> None:
        """A part of a float as a command: its caption in brackets, then what it shows."""
        caption, shown = arguments
        if caption is not None:
            with self.writer.aside("caption", one_block=True):
                self.walk(caption.nodelist)
        self.walk([shown])

    def _lined(self, nodes: Sequence[Any]) -> None:
        self.rows += 1
        self.walk(nodes)
        self.rows -= 1

    def _list(self, node: Any) -> None:
        self.items.append((node.environmentname, 0))
        self.writer.paragraph("list")
        self.walk(node.nodelist)
        self.items.pop()
        self.writer.paragraph("list" if self.items else "body")

    def _bibliography(self, node: Any) -> None:
        self.referenced, self.parent = True, "body"
        self.writer.heading(Opening("References", "references"))
        self._say(node, "References")
        self.writer.paragraph("reference")
        self.walk(node.nodelist)
        self.writer.paragraph()

    def _abstract(self, node: Any, base: str) -> None:
        if base in {"keywords", "IEEEkeywords"}:
            self.writer.paragraph()
            self.walk(node.nodelist)
            self.writer.paragraph()
            return
        title = "Abstract" if base == "abstract" else "Acknowledgments"
        self._open(title, self._kind_of(title))
        self._say(node, title)
        self.writer.paragraph()
        self.walk(node.nodelist)
        self.writer.paragraph()

    # macros

    def _macro(self, node: Any) -> None:
        name = node.macroname
        arguments = node.nodeargd.argnlist if node.nodeargd is not None and node.nodeargd.argnlist else []
        handler = _HANDLERS.get(name)
        if handler is not None:
            if arguments or name not in _WITH_ARGUMENTS:  # one that is itself the argument of another has none
                handler(self, node, arguments)
        elif name in _ALGORITHM_LINES and self.rows:
            self.writer.row()
            self._say(node, _ALGORITHM_LINES[name])
            self.writer.space()
        elif name in _SHOWN:
            if arguments:
                self.walk(arguments[-1:])
        elif name in _DROPPED:
            if name == "xspace":
                self.writer.space_before_word()
        elif (letters := accented(name, _text(arguments[0]) if arguments else "")) is not None:
            self._say(node, letters)
        else:
            sign = symbols().get(name)
            if sign is None:
                return
            self._say(node, sign)

    def _space(self, node: Any, arguments: Sequence[Any]) -> None:
        self.writer.space()

    def _thin(self, node: Any, arguments: Sequence[Any]) -> None:
        if not self.writer.last().isdecimal() or not self.tex.text[node.pos + node.len :][:1].isdecimal():
            self.writer.space()

    def _nothing(self, node: Any, arguments: Sequence[Any]) -> None:
        pass

    def _line(self, node: Any, arguments: Sequence[Any]) -> None:
        if self.rows:
            self.writer.row()
        else:
            self.writer.space()

    def _par(self, node: Any, arguments: Sequence[Any]) -> None:
        self.writer.paragraph("list" if self.items else "body")

    def _section(self, node: Any, arguments: Sequence[Any]) -> None:
        star, _, title = arguments
        level = _LEVELS[node.macroname]
        if level == 4:  # set in the line
            self.writer.paragraph()
            self.walk([title])
            self.writer.space()
            return
        words = _text(title)
        number = ""
        if star is None and level > 0:
            self.counts[level] += 1
            self.counts[level + 1 :] = [0] * (3 - level)
            number = self._number(level)
            self.here = ("Appendix" if self.appendix else "Section", number)
        self._open(f"{number} {words}".strip(), self._kind_of(words, level))
        self._say(node, number)
        self.writer.space()
        self.walk([title])
        self.writer.paragraph()

    def _number(self, level: int) -> str:
        first = chr(64 + min(self.counts[1], 26)) if self.appendix else str(self.counts[1])
        return ".".join([first, *map(str, self.counts[2 : level + 1])])

    def _open(self, title: str, kind: SectionKind) -> None:
        self.writer.heading(Opening(title, kind))

    def _kind_of(self, title: str, level: int = 1) -> SectionKind:
        """The kind of section that a heading opens: its own, or that of what it stands in."""
        kind = kind_of_title(title)
        if kind == "body" and level > 1:
            kind = self.parent
        elif kind == "body" and (self.appendix or self.referenced):
            kind = "appendix"
        if level == 1 or kind != "body":
            self.parent = kind
        return kind

    def _begin_appendix(self) -> None:
        if not self.appendix:
            self.appendix = True
            self.counts = [0, 0, 0, 0]

    def _appendix(self, node: Any, arguments: Sequence[Any]) -> None:
        self._begin_appendix()

    def _caption(self, node: Any, arguments: Sequence[Any]) -> None:
        name = self.floats[-1].name if self.floats else ""
        if node.macroname == "captionof":
            name = _text(arguments[0])
        sort = _NAMED.get(name, "")
        with self.writer.aside("caption", one_block=True):
            if sort and arguments[-3 if node.macroname == "caption" else 1] is None:
                self.here = (sort, str(self._count(sort)))
                if self.floats:
                    self.floats[-1].captioned = True
                self._say(node, f"{sort} {self.here[1]}: ")
            rows, self.rows = self.rows, 0
            self.walk(arguments[-1:])
            self.rows = rows

    def _footnote(self, node: Any, arguments: Sequence[Any]) -> None:
        with self.writer.aside("footnote", one_block=True):
            rows, self.rows = self.rows, 0
            self.walk(arguments[-1:])
            self.rows = rows

    def _item(self, node: Any, arguments: Sequence[Any]) -> None:
        if not self.items:
            self.writer.paragraph()
            return
        name, count = self.items[-1]
        self.items[-1] = (name, count + 1)
        self.writer.paragraph("list")
        if arguments and arguments[0] is not None:
            self.walk(arguments[0].nodelist)
            self.writer.space()
        elif name == "enumerate":
            self.here = ("Item", str(count + 1))
            self._say(node, f"{count + 1}. ")
        else:
            self._say(node, _BULLETS.get(name, ""))

    def _title(self, node: Any, arguments: Sequence[Any]) -> None:
        group = arguments[-1]
        self._set_title(self.tex.cut(group.pos, group.pos + group.len))

    def _authors(self, node: Any, arguments: Sequence[Any]) -> None:
        self.writer.paragraph()
        self.walk(arguments[-1:])
        self.writer.paragraph()

    def _abstract_command(self, node: Any, arguments: Sequence[Any]) -> None:
        self._open("Abstract", "body")
        self._say(node, "Abstract")
        self.writer.paragraph()
        self.walk(arguments)
        self.writer.paragraph()

    def _acknowledge(self, node: Any, arguments: Sequence[Any]) -> None:
        self._open("Acknowledgments", "acknowledgements")
        self._say(node, "Acknowledgments")
        self.writer.paragraph()

    def _bibitem(self, node: Any, arguments: Sequence[Any]) -> None:
        self.writer.paragraph("reference")

    def _verb(self, node: Any, arguments: Sequence[Any]) -> None:
        self._say(node, getattr(node.nodeargd, "verbatim_text", ""))

    def _first(self, node: Any, arguments: Sequence[Any]) -> None:
        self.walk(arguments[:1])

    def _fraction(self, node: Any, arguments: Sequence[Any]) -> None:
        self.walk(arguments[:1])
        self._say(node, "/")
        self.walk(arguments[1:])

    def _cite(self, node: Any, arguments: Sequence[Any]) -> None:
        """A citation as it is printed, as far as the paper's files tell; without them, nothing."""
        name = node.macroname
        works = [self.cites[key] for one in _text(arguments[-1]).split(",") if (key := one.strip()) in self.cites]
        if numbers := [work.number for work in works if work.number]:
            text = f"[{', '.join(numbers)}]"
        elif name.lower() == "citeauthor":
            text = ", ".join(work.names for work in works)
        elif name == "citeyear":
            text = ", ".join(work.year for work in works)
        elif name in _TEXTUAL:
            text = ", ".join(f"{work.names} ({work.year})" if work.year else work.names for work in works)
        else:
            text = "; ".join(f"{work.names}, {work.year}" if work.year else work.names for work in works)
            text = f"({text})" if text else ""
        if text:
            self._say(node, text)
        else:
            self.writer.nothing()

    # labels

    def _count(self, sort: str) -> int:
        self.counters[sort] = self.counters.get(sort, 0) + 1
        return self.counters[sort]

    def _label(self, name: str) -> None:
        self.labels[name.strip()] = self.here

    def _label_here(self, node: Any, arguments: Sequence[Any]) -> None:
        self._label(_text(arguments[0]))

    def _reference(self, node: Any, arguments: Sequence[Any]) -> None:
        self.asked = True
        named = node.macroname in {"cref", "Cref", "autoref", "vref", "Vref"}
        said: list[str] = []
        for one in _text(arguments[-1]).split(","):
            sort, number = self.known.get(one.strip(), ("", ""))
            if number:
                said.append(f"{sort} {number}" if named and sort else number)
        text = " and ".join(said)
        self._say(node, f"({text})" if node.macroname == "eqref" and text else text)


_Handler = Callable[[Setter, Any, Sequence[Any]], None]
_SHOWN = frozenset(name for names in SHOWN.values() for name in names)
_WITH_ARGUMENTS = frozenset(
    name for table in (DROPPED, SHOWN, OWN) for spec, names in table.items() if spec for name in names
)
_DROPPED = frozenset(name for names in DROPPED.values() for name in names)
_THEOREMS = frozenset(
    "theorem lemma proposition corollary definition remark proof assumption example claim conjecture hypothesis fact "
    "observation property".split()
)
_HANDLERS: dict[str, _Handler] = {
    **dict.fromkeys(_LEVELS, Setter._section),
    **dict.fromkeys(("subfigure", "subfloat", "subtable"), Setter._part_command),
    **dict.fromkeys(("caption", "captionof"), Setter._caption),
    **dict.fromkeys(("footnote", "footnotetext", "thanks", "footcite"), Setter._footnote),
    **dict.fromkeys(("ref", "eqref", "cref", "Cref", "autoref", "vref", "Vref", "subref"), Setter._reference),
    **dict.fromkeys(OWN["*[[{"], Setter._cite),
    **dict.fromkeys(("author", "address", "affiliation"), Setter._authors),
    **dict.fromkeys(("pageref", "nameref", "date", "-", "/", "!"), Setter._nothing),
    **dict.fromkeys(
        (" ", "\n", "\t", ";", ":", "quad", "qquad", "enspace", "hspace", "hfill", "newline"), Setter._space
    ),
    **dict.fromkeys((",", "thinspace"), Setter._thin),
    **dict.fromkeys(("\\", "tabularnewline", "cr"), Setter._line),
    **dict.fromkeys(("par", "endgraf"), Setter._par),
    **dict.fromkeys(("frac", "dfrac", "tfrac", "nicefrac", "sfrac"), Setter._fraction),
    **dict.fromkeys(("acknowledgments", "acknowledgements", "acknowledgment"), Setter._acknowledge),
    "appendix": Setter._appendix,
    "item": Setter._item,
    "title": Setter._title,
    "icmltitle": Setter._title,
    "abstract": Setter._abstract_command,
    "bibitem": Setter._bibitem,
    "newblock": Setter._space,
    "verb": Setter._verb,
    "label": Setter._label_here,
    "texorpdfstring": Setter._first,
}


def _labels(nodes: Sequence[Any]) -> list[str]:
    found: list[str] = []
    for node in nodes:
        kind = node.nodeType().__name__
        if kind == "LatexMacroNode" and node.macroname == "label":
            found.append(_text(node.nodeargd.argnlist[0]))
        elif kind in {"LatexEnvironmentNode", "LatexGroupNode"}:
            found += _labels(node.nodelist)
    return found


def _text(node: Any) -> str:
    """What a short argument says, on one line."""
    return _plain(Tex(node.latex_verbatim())) if node is not None else ""


def _plain(tex: Tex) -> str:
    text = tex.text.strip()
    if not text:
        return ""
    if text.startswith("{") and text.endswith("}"):
        text = text[1:-1]
    if not re.search(r"[\\{}$~`'-]", text):
        return " ".join(text.split())
    setter = Setter(Source(Tex(""), Tex(""), Tex(""), [], []))
    setter._set(Tex(text))
    done = setter.writer.assembly()
    bodies = [done.text[block.start : block.end] for block in done.blocks if block.kind == "body"]
    return " ".join(" ".join(bodies).split())
