r"""Formulas as one reads them aloud in a text: ``$10^{-4}$`` is ``10^-4``, ``$84.1_{\pm 0.3}$`` is ``84.1 ± 0.3``.

In: pylatexenc's nodes of a formula. Out: text on one line. The one decision made here: relations have spaces
around them, as in print; braces and everything that only moves ink go.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from seedaudit.documents.latex_parser import DROPPED, SHOWN, accented, symbols

_SPACED = frozenset("=<>≤≥≈∼≡≠∈∉→←⇒≪≫±×∓∝⊂⊆∪∩:≜")
_RELATION = re.compile(r"\s*([=<>≤≥≈∼≡≠∈∉→←⇒≪≫±×∓∝⊂⊆]|≜)\s*")
_SCRIPT = re.compile(r"[_^]\s*(?=±)|(?<=[_^])\s+")
_EMPTY_SCRIPT = re.compile(r"[_^](?=\s|$|[),.;])")
_GAPS = frozenset(", ; : ! quad qquad hspace \n enspace thinspace".split(" ")) | {" ", "\n"}
_SHOWN = frozenset(name for names in SHOWN.values() for name in names)
_DROPPED = frozenset(name for names in DROPPED.values() for name in names)
_FRACTIONS = frozenset("frac dfrac tfrac nicefrac sfrac cfrac".split())
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
    text = " ".join(_read(nodes).split())
    text = _EMPTY_SCRIPT.sub("", _SCRIPT.sub("", text))
    text = _RELATION.sub(r" \1 ", text)
    return " ".join(text.split()).replace("( ", "(").replace(" )", ")").replace(" ,", ",")


def _read(nodes: Sequence[Any]) -> str:
    return "".join(_node(node) for node in nodes if node is not None)


def _node(node: Any) -> str:
    kind = node.nodeType().__name__
    if kind == "LatexCharsNode":
        return str(node.chars).replace("\n", " ").replace("-", "-").replace("'", "′")
    if kind == "LatexSpecialsNode":
        return {"&": " ", "~": " "}.get(node.specials_chars, str(node.specials_chars))
    if kind in {"LatexGroupNode", "LatexMathNode"}:
        inner = _read(node.nodelist)
        opened = node.delimiters[0] if kind == "LatexGroupNode" else ""
        return f"[{inner}]" if opened == "[" else inner
    if kind == "LatexEnvironmentNode":
        return " " + _read(node.nodelist) + " "
    if kind == "LatexMacroNode":
        return _macro(node)
    return ""


def _macro(node: Any) -> str:
    name = node.macroname
    arguments = node.nodeargd.argnlist if node.nodeargd is not None and node.nodeargd.argnlist else []
    if name in _FRACTIONS and len(arguments) == 2:
        return f"{_read(arguments[:1])}/{_read(arguments[1:])}"
    if name == "sqrt":
        return f"√{_read(arguments[-1:])}"
    if name in {"label", "tag", "nonumber", "notag"}:
        return ""
    if name in {"\\", "cr"} or name in _GAPS:
        return " "
    if name in _DELIMITERS:
        return _DELIMITERS[name]
    if name in {"overset", "underset", "stackrel"}:
        return _read(arguments[-1:])
    if name in _SHOWN:
        return _read(arguments[-1:])
    if name in _DROPPED:
        return ""
    if arguments and (letters := accented(name, _read(arguments))) is not None:
        return letters
    sign = symbols().get(name, "")
    return f" {sign} " if sign in _SPACED or (sign.isalpha() and len(sign) > 1) else sign
