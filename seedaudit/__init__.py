"""seedaudit audits machine-learning papers for how they use random seeds.

    >>> import seedaudit
    >>> audit = seedaudit.audit("paper.pdf")          # doctest: +SKIP
    >>> audit.verdict.level                           # doctest: +SKIP
    'caution'

``audit`` gives one :class:`Audit` or raises a :class:`PaperError`; ``audit_many`` gives an Audit or a Failure for each
paper. What is not needed is not imported: the names below are looked up when they are first used.
"""

from __future__ import annotations

from importlib import import_module

__version__ = "0.1.0"

TYPE_CHECKING = False  # what type checkers take for true; typing itself would be imported before a batch's workers load
if TYPE_CHECKING:
    from seedaudit.auditing import Auditor, audit, audit_many
    from seedaudit.errors import PaperError, SeedauditError, UsageError
    from seedaudit.findings import Audit, Evidence, Failure, Finding, Search, Seeds, Tool, Verdict

__all__ = [
    "Audit",
    "Auditor",
    "Evidence",
    "Failure",
    "Finding",
    "PaperError",
    "Search",
    "SeedauditError",
    "Seeds",
    "Tool",
    "UsageError",
    "Verdict",
    "__version__",
    "audit",
    "audit_many",
]

_HOMES = {
    **dict.fromkeys(("Auditor", "audit", "audit_many"), "seedaudit.auditing"),
    **dict.fromkeys(("PaperError", "SeedauditError", "UsageError"), "seedaudit.errors"),
    **dict.fromkeys(
        ("Audit", "Evidence", "Failure", "Finding", "Search", "Seeds", "Tool", "Verdict"), "seedaudit.findings"
    ),
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value
