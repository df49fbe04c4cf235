"""PyMuPDF, imported the cheap way, in this one place.

In: nothing. Out: the module ``pymupdf``, quiet. The one decision made here: its optional layout engine stays out while
it is imported (release 2.0 would load onnxruntime and networkx with it: 0.9 s of CPU instead of 0.17 s), which
PyMuPDF's own code allows for: it catches the ImportError.
"""

from __future__ import annotations

import sys
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
