"""An audit and its document -> what the audit did not see.

In: the audit, and the document while it is at hand. Out: sentences. The one decision owned here: only what is known to
be missing is told as missing.
"""

from __future__ import annotations

from collections.abc import Iterable

from seedaudit.documents.document import Document
from seedaudit.findings import Audit
from seedaudit.plain import line

_MOST_FILES = 5
_ALWAYS = (
    "Code, configuration files, data and supplements in other files were not read; a seed may be set or varied there.",
    "Words inside pictures (plots, scanned figures) were not read.",
)


def gaps(audit: Audit, document: Document | None = None) -> tuple[str, ...]:
    """What is missing from this audit, what is particular to the paper first.

    Without ``document`` only what the audit itself tells is known.
    """
    told: list[str] = []
    if audit.pages is None:
        told.append(
            "The paper was read as text, without its pages: findings have no page and no picture, and tables and "
            "captions may have lost their shape."
        )
    if document is not None:
        told += _of_document(document)
    return (*told, *_ALWAYS)


def _of_document(document: Document) -> list[str]:
    told = []
    if document.pages is not None:
        blank = sorted(set(range(1, document.pages + 1)) - {block.page for block in document.blocks})
        if blank:
            one = len(blank) == 1
            told.append(
                f"{'Page' if one else 'Pages'} {_ranges(blank)} {'holds' if one else 'hold'} no text that can be read: "
                "blank, or a picture or a scan."
            )
    if document.missing:
        named = ", ".join(map(line, document.missing[:_MOST_FILES]))
        more = len(document.missing) - _MOST_FILES
        told.append(
            f"The LaTeX source asks for {'a file' if len(document.missing) == 1 else 'files'} that did not come with "
            f"it: {named}{f' and {more} more' if more > 0 else ''}. What stands there was not read."
        )
    kinds = {section.kind for section in document.sections}
    if "appendix" not in kinds:
        told.append("No appendix was found. Settings and seeds are often told in one; it may be a file of its own.")
    return told


def _ranges(pages: Iterable[int]) -> str:
    """``1, 3-5, 9``."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and page == runs[-1][-1] + 1:
            runs[-1].append(page)
        else:
            runs.append([page])
    return ", ".join(f"{run[0]}-{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)
