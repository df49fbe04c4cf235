"""spaCy, imported the cheap way, in this one place.

In: nothing. Out: spaCy's English pipeline and its Matcher. The one decision made here: spaCy's own command line stays
out while it is imported. Release 3.8 loads all of it (typer, requests, weasel) for the function ``spacy.info``: half of
the import's CPU time. spaCy's code for release 4 does as is done here and loads it when that function is called.
"""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import Any

_COMMAND_LINE = ("spacy.cli", "spacy.cli.info")


def _info(*arguments: Any, **options: Any) -> Any:
    return import_module("spacy.cli.info").info(*arguments, **options)


def _import_without_command_line() -> None:
    if "spacy" in sys.modules:
        return
    placeholders = {name: ModuleType(name) for name in _COMMAND_LINE}
    placeholders["spacy.cli.info"].__dict__["info"] = _info
    sys.modules.update(placeholders)
    try:
        import spacy  # noqa: F401
    except ImportError:
        pass  # a release that takes more from its command line: what follows imports it whole
    finally:
        for name, placeholder in placeholders.items():
            if sys.modules.get(name) is placeholder:
                del sys.modules[name]


_import_without_command_line()

from spacy.lang.en import English  # noqa: E402
from spacy.matcher import Matcher  # noqa: E402

__all__ = ["English", "Matcher"]
