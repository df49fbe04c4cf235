"""PyMuPDF without what it would load and keep for nothing, in this one place.

In: nothing. Out: the module ``pymupdf``, quiet, and the blocks of a page. The one decision made here: what PyMuPDF does
beyond need is undone here and nowhere else. Its optional layout engine stays out while it is imported (release 2.0
would load onnxruntime and networkx with it: 0.9 s of CPU instead of 0.17 s), which its own code allows for: it catches
the ImportError. Blocks that it would keep in memory for good are let go.
"""

from __future__ import annotations

import ctypes
import sys
from functools import cache
from types import ModuleType
from typing import Any

_OPTIONAL = ("pymupdf.layout", "pymupdf4llm")


def _import_without_layout() -> ModuleType:
    blocked = [name for name in _OPTIONAL if name not in sys.modules]
    for name in blocked:
        sys.modules[name] = None  # type: ignore[assignment]  # makes "import name" raise ImportError
    try:
        import pymupdf
    finally:
        for name in blocked:
            sys.modules.pop(name, None)
    tools: Any = pymupdf.TOOLS  # typed in some releases only
    tools.mupdf_display_errors(False)
    tools.mupdf_display_warnings(False)
    # Where somebody imported PyMuPDF with its layout engine before us, boxes had another height.
    tools.unset_quad_corrections(False)
    module: ModuleType = pymupdf
    return module


pymupdf = _import_without_layout()


Block = tuple[float, float, float, float, str, int, int]
"""A block as PyMuPDF gives it: rectangle, text, number, kind."""
_release = ctypes.PYFUNCTYPE(None, ctypes.py_object)(("Py_DecRef", ctypes.pythonapi))


def blocks_of(text_page: Any) -> list[Block]:
    """The blocks of a text page, in the order of the file.

    Releases up to 2.0 at least keep every block in memory for good, 0.2 MB of a paper: they forget a reference to it,
    and before 2.0 another one to its text (PyMuPDF issue 5067). What this release forgets is given back here.
    """
    blocks: list[Block] = text_page.extractBLOCKS()
    of_block, of_text = _forgotten()
    for block in blocks if of_text else ():
        _release(block[4])
    for block in blocks if of_block else ():
        _release(block)
    return blocks


@cache
def _forgotten() -> tuple[bool, bool]:
    """Whether this release forgets a reference to a block, and one to its text: told by counting those of one page."""
    if sys.implementation.name != "cpython":
        return False, False
    with pymupdf.open() as file:
        page = file.new_page()
        page.insert_text((72, 72), "a page")
        given = page.get_textpage().extractBLOCKS()
    ours = [(0.0, 0.0, 0.0, 0.0, " ".join(["a", "page"]), 0, number) for number in range(len(given))]
    (block, text), (own, own_text) = (
        next((sys.getrefcount(one), sys.getrefcount(one[4])) for one in blocks) for blocks in (given, ours)
    )
    return block == own + 1, text == own_text + 1
