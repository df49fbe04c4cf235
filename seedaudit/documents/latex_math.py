r"""Formulas on one line: ``$10^{-4}$`` is ``10^-4``, ``$84.1_{\pm 0.3}$`` is ``84.1±0.3``.

In: pylatexenc's nodes of a formula. Out: text. The one decision made here: relations have spaces around them, as in
print, but not in what is raised or lowered; braces and everything that only moves ink go.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from seedaudit.documents.latex_parser import DROPPED, OWN, SHOWN, accented, symbols

_SPACED = frozenset("=<>≤≥≈∼≡≠∈∉→←⇒⇐⇔≪≫±×∓∝⊂⊆∪∩≜")
_RELATION = re.compile(r"\s*([=<>])\s*")
_BEFORE_PUNCTUATION = re.compile(r"\s+(?=[,.;:)\]])")
_GAPS = frozenset((",", ";", ":", "!", "quad", "qquad", "hspace", "\n", "enspace", "thinspace", " ", ">"))
_SHOWN = frozenset(name for names in SHOWN.values() for name in names)
_UNSEEN = frozenset(name for table in (DROPPED, OWN) for names in table.values() for name in names)
_FRACTIONS = frozenset("frac dfrac tfrac nicefrac sfrac cfrac".split())
_LAST = frozenset("overset underset stackrel".split())
_DELIMITERS = {
    "{": "{",
    "}": "}",
    "lbrace": "{",
    "rbrace": "}",
    "|": "‖",
    "%": "%",
    "$": "$",
    "&": "&",
    "#": "#",
    "_": "_",
}


def formula(nodes: Sequence[Any]) -> str:
    """The formula on one line."""
    text = " ".join(_read(nodes, tight=False).split())
    return _BEFORE_PUNCTUATION.sub("", text.replace("( ", "(").replace("[ ", "[").replace("_±", "±").replace("^±", "±"))


def _read(nodes: Sequence[Any], *, tight: bool) -> str:
    done: list[str] = []
    script = fence = False
    for node in nodes:
        if node is None:
            continue
        text = _node(node, tight=tight or script)
        if script:
            text = "".join(text.split()) if len(text) < 30 else text.strip()
            if not text and done:
                done[-1] = done[-1][:-1]  # nothing is raised
        if fence and text.startswith("."):
            text = text[1:]  # \left. and \right. set nothing
        done.append(text)
        kind = node.nodeType().__name__
        script = kind == "LatexCharsNode" and text.rstrip()[-1:] in {"^", "_"}
        fence = kind == "LatexMacroNode" and node.macroname in {"left", "right"}
    return "".join(done)


def _node(node: Any, *, tight: bool) -> str:
    kind = node.nodeType().__name__
    if kind == "LatexCharsNode":
        text = str(node.chars).replace("\n", " ").replace("'", "′")
        return text if tight else _RELATION.sub(r" \1 ", text)
    if kind == "LatexSpecialsNode":
        return {"&": " ", "~": " "}.get(node.specials_chars, str(node.specials_chars))
    if kind in {"LatexGroupNode", "LatexMathNode"}:
        inner = _read(node.nodelist, tight=tight)
        return f"[{inner}]" if kind == "LatexGroupNode" and node.delimiters[0] == "[" else inner
    if kind == "LatexEnvironmentNode":
        return f" {_read(node.nodelist, tight=tight)} "
    return _macro(node, tight=tight) if kind == "LatexMacroNode" else ""


def _macro(node: Any, *, tight: bool) -> str:
    name = node.macroname
    arguments = node.nodeargd.argnlist if node.nodeargd is not None and node.nodeargd.argnlist else []
    if name in _FRACTIONS and len(arguments) == 2:
        return f"{_read(arguments[:1], tight=True)}/{_read(arguments[1:], tight=True)}"
    if name == "sqrt":
        return f"√{_read(arguments[-1:], tight=True)}"
    if name == "binom":
        return f"({_read(arguments[:1], tight=True)} {_read(arguments[1:], tight=True)})"
    if name in {"\\", "cr"} or name in _GAPS:
        return " "
    if name in _DELIMITERS:
        return _DELIMITERS[name]
    if name in _SHOWN or name in _LAST:
        return _read(arguments[-1:], tight=tight)
    if name in _UNSEEN:
        return ""
    if arguments and (letters := accented(name, _read(arguments, tight=True))) is not None:
        return letters
    sign = symbols().get(name, "")
    if tight:
        return sign
    return f" {sign} " if sign in _SPACED or (sign.isalpha() and len(sign) > 1) else sign
