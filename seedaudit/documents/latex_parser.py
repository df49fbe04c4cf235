r"""TeX source -> nodes, by pylatexenc.

In: a stretch of source without comments and authors' macros. Out: pylatexenc's nodes. The one decision made here: which
commands take which arguments, and what of them a reader sees. A command that is not named here takes none, so that what
stands in braces behind it is read as text.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

from pylatexenc import latex2text, latexwalker, macrospec

_RUN = re.compile(r"(?:[^\W_]|[,.;:()/=+@|])+")

DROPPED = {
    "": "centering raggedright raggedleft noindent indent small large Large LARGE huge Huge tiny scriptsize "
    "footnotesize normalsize bf it tt sf sc em rm sl bfseries itshape ttfamily sffamily scshape rmfamily "
    "slshape upshape mdseries normalfont hline toprule midrule bottomrule hfill vfill smallskip medskip "
    "bigskip newpage clearpage cleardoublepage pagebreak linebreak nopagebreak nolinebreak allowbreak protect "
    "relax leavevmode null strut displaystyle textstyle scriptstyle scriptscriptstyle limits nolimits "
    "nonumber notag tableofcontents listoffigures listoftables bigl bigr Bigl Bigr biggl biggr Biggl Biggr "
    "bigg Bigg big Big left right middle boldmath unboldmath sloppy fussy flushbottom raggedbottom onecolumn "
    "makeatletter makeatother ignorespaces unskip xspace begingroup endgroup bgroup egroup doublespacing "
    "singlespacing selectfont appendices backmatter mainmatter frontmatter balance peerreviewmaketitle "
    "IEEEpeerreviewmaketitle printAffiliationsAndNotice qedhere qed phantomsection boldsymbol tightlist "
    "frenchspacing nonfrenchspacing do long global expandafter csname endcsname the number arabic rlap llap "
    "smash hss vss hfil vfil lastpage DoToC".split(),
    "{": "label vspace pagestyle thispagestyle bibliographystyle setcitestyle hypersetup captionsetup graphicspath "
    "pagenumbering newlength newcounter stepcounter refstepcounter phantom hphantom vphantom tikzset "
    "pgfplotsset lstset nocite definecolors usetikzlibrary linespread fontfamily fontseries fontshape "
    "bstctlcite hyphenation thisfloatpagestyle ccsdesc setcopyright copyrightyear acmYear acmDOI acmISBN "
    "acmJournal acmVolume acmNumber acmArticle acmMonth acmPrice orcid excludecomment includecomment geometry "
    "theoremstyle".split(),
    "*{": "hspace vspace".split(),
    "{{": "setlength addtolength setcounter addtocounter settowidth fontsize".split(),
    "[{": "includegraphics color rowcolor cellcolor columncolor todo missingfigure includepdf includesvg pagecolor "
    "received".split(),
    "[": "footnotemark allowdisplaybreaks".split(),
    "{{{": "definecolor addcontentsline".split(),
    "[{{": "rule".split(),
    "{[{[": "newtheorem".split(),
    "*{{{": "rowcolors".split(),
}
"""Commands that set nothing, by their arguments."""

SHOWN = {
    "{": "emph textbf textit texttt textsc textrm textsf textsl textmd textup textnormal underline uline sout mbox "
    "fbox text mathrm mathbf mathit mathsf mathtt mathcal mathbb mathscr mathfrak mathnormal mathop mathbin "
    "mathrel mathord bm pmb operatorname ensuremath overline widehat widetilde vec dot hat check breve acute "
    "grave tilde bar ddot overbrace underbrace overrightarrow lowercase uppercase MakeUppercase MakeLowercase "
    "textsuperscript textsubscript url nolinkurl path enquote so ul hl st num si textinit centerline mathds "
    "mathsfit tensorsym cancel boxed hbox vbox keywords IEEEauthorblockN IEEEauthorblockA subtitle gls Gls "
    "glspl acrshort acrlong acrfull tnote".split(),
    "*{": "operatorname".split(),
    "[{": "makebox framebox substack makecell thead shortstack xrightarrow xleftarrow num tcbox".split(),
    "{{": "href colorbox scalebox foreignlanguage qty SI".split(),
    "[{{": "textcolor colorbox rotatebox SI qty".split(),
    "{[[{": "raisebox".split(),
    "[[[{{": "parbox".split(),
    "*{{{": "resizebox".split(),
    "{{{": "multicolumn".split(),
    "[{[{[{": "multirow".split(),
    "[{[{{": "fcolorbox".split(),
}
"""Commands of whose arguments the last one is set."""

OWN = {
    "{": "title icmltitle abstract ref eqref pageref cref Cref autoref nameref vref Vref subref thanks".split(),
    "*[{": "part chapter section subsection subsubsection paragraph subparagraph caption".split(),
    "{*[{": "captionof".split(),
    "[{": "subfigure subfloat subtable footnote footnotetext bibitem author date address affiliation sqrt".split(),
    "*[[{": "cite citep citet citealp citealt citeauthor citeyear citeyearpar parencite textcite autocite footcite "
    "Citet Citep Citeauthor citeposs shortcite newcite citenum fullcite Parencite Textcite citeA citeNP "
    "citeasnoun onlinecite supercite smartcite".split(),
    "{{": "frac dfrac tfrac nicefrac sfrac cfrac binom stackrel overset underset texorpdfstring".split(),
    "[": "item".split(),
}
"""Commands that are read by hand."""

_SIGNS = {
    "argmax": "arg max", "argmin": "arg min", "ldots": "...", "dots": "...", "textasciitilde": "~", "iff": "⇔",
    "implies": "⇒", "impliedby": "⇐", "coloneqq": ":=", "triangleq": "≜", **{sign: sign for sign in "%$&#_{}"},
}  # fmt: skip
"""Where pylatexenc has another sign, or none."""
_ACCENTS = {
    "'": "\u0301", "`": "\u0300", '"': "\u0308", "^": "\u0302", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "c": "\u0327", "H": "\u030b", "k": "\u0328", "b": "\u0331", "d": "\u0323", "r": "\u030a", "u": "\u0306",
    "v": "\u030c",
}  # fmt: skip

ENVIRONMENTS = {
    "[": "figure figure* table table* algorithm algorithm* algorithm2e algorithmic enumerate itemize description "
    "theorem lemma proposition corollary definition remark proof assumption example listing sidewaystable "
    "sidewaysfigure compactitem compactenum inparaenum enumerate* itemize* tcolorbox mdframed framed "
    "threeparttable tablenotes frame claim conjecture hypothesis fact observation property question problem".split(),
    "{": "spacing multicols thebibliography adjustbox column block alertblock exampleblock otherlanguage".split(),
    "{{": "adjustwidth".split(),
    "[[[{": "minipage subfigure subtable subcaptionblock".split(),
    "[{[{": "wrapfigure wraptable".split(),
    "[{{": "restatable".split(),
}
MATH = frozenset(
    f"{name}{star}"
    for name in "equation eqnarray align gather flalign multline alignat displaymath math dmath IEEEeqnarray".split()
    for star in ("", "*")
)


class _Walker(latexwalker.LatexWalker):  # type: ignore[misc]
    """Takes words whole where pylatexenc takes them letter by letter: most of its time goes there."""

    def get_token(self, pos: int, include_brace_chars: Any = None, environments: bool = True, **options: Any) -> Any:
        if environments and not include_brace_chars and (run := _RUN.match(self.s, pos)) is not None:
            return latexwalker.LatexToken(tok="char", arg=run[0], pos=pos, len=run.end() - pos, pre_space="")
        return super().get_token(pos, include_brace_chars, environments, **options)


class _Verbatim(macrospec.VerbatimArgsParser):  # type: ignore[misc]
    def parse_args(self, w: Any, pos: int, parsing_state: Any = None) -> Any:
        if pos >= len(w.s):  # pylatexenc looks at the character there
            raise latexwalker.LatexWalkerParseError(s=w.s, pos=pos, msg="nothing is verbatim")
        return super().parse_args(w, pos, parsing_state=parsing_state)


@cache
def _context() -> Any:
    context = macrospec.LatexContextDb()
    macros = [
        macrospec.MacroSpec(name, args_parser=macrospec.MacroStandardArgsParser(arguments, optional_arg_no_space=True))
        for table in (DROPPED, SHOWN, OWN)
        for arguments, names in table.items()
        for name in names
    ]
    macros += [macrospec.MacroSpec(name, "{") for name in _ACCENTS]
    macros.append(
        macrospec.MacroSpec("\\", args_parser=macrospec.MacroStandardArgsParser("*[", optional_arg_no_space=True))
    )
    macros.append(macrospec.MacroSpec("verb", args_parser=_Verbatim(verbatim_arg_type="verb-macro")))
    environments = [
        macrospec.EnvironmentSpec(
            name, args_parser=macrospec.MacroStandardArgsParser(arguments, optional_arg_no_space=True)
        )
        for arguments, names in ENVIRONMENTS.items()
        for name in names
    ]
    environments.append(
        macrospec.EnvironmentSpec("verbatim", args_parser=_Verbatim(verbatim_arg_type="verbatim-environment"))
    )
    environments += [macrospec.EnvironmentSpec(name, is_math_mode=True) for name in MATH]
    specials = [macrospec.SpecialsSpec(signs) for signs in ("&", "~", "``", "''", "--", "---", "!`", "?`")]
    context.add_context_category("seedaudit", macros=macros, environments=environments, specials=specials)
    context.set_unknown_macro_spec(macrospec.MacroSpec(""))
    context.set_unknown_environment_spec(macrospec.EnvironmentSpec(""))
    return context


def parse(text: str) -> list[Any]:
    """The nodes of ``text``; what is not well formed is read as far as it goes."""
    nodes, _, _ = _Walker(text, latex_context=_context(), tolerant_parsing=True).get_latex_nodes()
    return list(nodes)


@cache
def symbols() -> dict[str, str]:
    """The signs and letters that commands without arguments stand for."""
    found = {
        spec.macroname: spec.simplify_repl
        for spec in latex2text.get_default_latex_context_db().iter_macro_specs()
        if isinstance(spec.simplify_repl, str) and len(spec.simplify_repl) < 5
    }
    return found | _SIGNS


def accented(command: str, letters: str) -> str | None:
    """``letters`` under the accent that ``command`` sets, or None where it sets none."""
    if command not in _ACCENTS:
        return None
    plain = letters.replace("ı", "i").replace("ȷ", "j")
    return unicodedata.normalize("NFC", plain[:1] + _ACCENTS[command] + plain[1:]) if plain else ""
