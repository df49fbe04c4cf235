"""The one module that knows all the stages, and their order.

In: what the user typed. Out: an Audit, or a Failure that says why there is none. The one decision made here: the order
of the stages, and that a stage which finds nothing to do does not start the next one.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from seedaudit import __version__, resources
from seedaudit.detection.candidates import find_candidates
from seedaudit.detection.versions import hash_of_models, hash_of_rules
from seedaudit.documents.reader import read
from seedaudit.errors import PaperError, SeedauditError, UnknownReferenceError
from seedaudit.findings import Audit, Failure, Finding, Search, Tool
from seedaudit.sources.paper import Paper, TextFrom
from seedaudit.sources.reference import Reference, parse
from seedaudit.sources.source import obtain
from seedaudit.verdict import decide

if TYPE_CHECKING:
    from seedaudit.detection.model import Model
    from seedaudit.detection.rules import RuleSet
    from seedaudit.documents.document import Document


@dataclass(frozen=True, slots=True)
class Auditor:
    """The rules and the model that papers are held against; reads no paper itself until it is called.

    ``rule_folders`` are read beside the packs that ship with the package. Without ``neutral_boxes`` the places of
    neutral mentions are given by page alone, which is enough where nobody lists them.
    """

    rule_folders: tuple[Path, ...] = ()
    password: str | None = None
    neutral_boxes: bool = True

    @property
    def tool(self) -> Tool:
        """The versions that an audit depends on."""
        # Folders of the user are read for it, so that what is wrong in them is told.
        rules = self.rules.hash if self.rule_folders else hash_of_rules()
        return Tool(__version__, rules, hash_of_models())

    @property
    def rules(self) -> RuleSet:
        """The rule packs, read once. Raises RuleError for a pack that cannot be used."""
        return _rules(self.rule_folders)

    @property
    def model(self) -> Model:
        """The model, read once."""
        from seedaudit.detection.model import load_model

        return load_model()

    def check(self) -> None:
        """Raise RuleError now, rather than at the first paper, where the user's rule packs cannot be used."""
        if self.rule_folders:
            self.rules  # noqa: B018

    def examine(self, paper: Paper) -> tuple[Audit, Document]:
        """Audit ``paper`` and give its document too, for pictures; the caller closes it. Raises PaperError."""
        document = read(paper, password=self.password)
        search, findings = self._detect(document)
        audit = Audit(
            source=paper.source,
            id=paper.id,
            title=document.title,
            year=document.year,
            pages=document.pages,
            sha256=paper.sha256,
            verdict=decide(findings, search),
            search=search,
            findings=findings,
        )
        return audit, document

    def _detect(self, document: Document) -> tuple[Search, tuple[Finding, ...]]:
        candidates = find_candidates(document.text)
        if not candidates:
            return Search(), ()
        from seedaudit.detection.findings import find_findings
        from seedaudit.detection.search_evidence import find_search

        search = find_search(document)
        findings = find_findings(document, candidates, search, self.rules, self.model, neutral_boxes=self.neutral_boxes)
        return search, findings

    def audit(self, paper: Paper, look: Callable[[Audit, Document], None] | None = None) -> Audit | Failure:
        """Audit ``paper``; what keeps it from being audited is a Failure.

        ``look`` is shown the audit beside its document before the document is closed, to take pictures of pages.
        """
        try:
            audit, document = self.examine(paper)
            if look is not None:
                look(audit, document)
        except PaperError as error:
            return failure(paper.source, error, paper)
        except MemoryError:
            # Left to whoever watches over the process: what else was lost with it cannot be known here.
            raise
        except Exception as error:
            if os.environ.get("SEEDAUDIT_DEBUG"):
                raise
            return failure(paper.source, _unforeseen(error), paper)
        document.close()
        return audit


def audit(
    source: str | os.PathLike[str],
    *,
    rules: Iterable[Path] = (),
    password: str | None = None,
    offline: bool = False,
    text_from: TextFrom = "pdf",
) -> Audit:
    """Audit one paper: a path, an arXiv id or URL.

    ``rules`` are folders of further rule packs; ``password`` opens an encrypted PDF; ``offline`` uses only papers that
    were fetched before; ``text_from`` says whether the text of a paper on arXiv is that of its PDF or of its LaTeX
    source. Raises PaperError when the paper cannot be audited, UsageError when the call is off.
    """
    paper = obtain(parse(os.fspath(source)), offline=offline, text_from=text_from)
    result, document = Auditor(tuple(rules), password).examine(paper)
    document.close()
    return result


def audit_many(
    sources: Iterable[str | os.PathLike[str] | Reference],
    *,
    auditor: Auditor | None = None,
    offline: bool = False,
    notify: Callable[[str], None] | None = None,
    look: Callable[[Audit, Document], None] | None = None,
    text_from: TextFrom = "pdf",
) -> Iterator[Audit | Failure]:
    """Audit papers one after another; a paper that cannot be audited gives a Failure and the others go on.

    ``sources`` are papers as typed, or references as :func:`seedaudit.sources.reading_list.expand` finds them in lists.
    ``auditor`` holds rules and password; ``notify`` is told what takes time; ``look`` is shown each audit beside its
    document while that is open; ``text_from`` is that of :func:`audit`. Raises UsageError for rule packs that cannot be
    used.
    """
    auditor = auditor or Auditor()
    for source in sources:
        typed = (source.source or str(source)) if isinstance(source, Reference) else os.fspath(source)
        try:
            reference = source if isinstance(source, Reference) else parse(typed)
            paper = obtain(reference, offline=offline, notify=notify, text_from=text_from)
        except (PaperError, UnknownReferenceError) as error:
            yield failure(typed, error)
        else:
            yield auditor.audit(paper, look)


def failure(source: str, error: SeedauditError, paper: Paper | None = None) -> Failure:
    """``error`` as the result of the paper that was typed as ``source``."""
    return Failure(
        source,
        error.kind,
        error.message,
        error.hint,
        id=paper.id if paper else None,
        sha256=paper.sha256 if paper else None,
    )


def _unforeseen(error: Exception) -> PaperError:
    """A fault of seedaudit itself: the paper fails, the others go on, and the user can report it."""
    return PaperError(
        f"seedaudit failed on this paper: {type(error).__name__}: {error}",
        hint="Please report it, with the paper if you may; SEEDAUDIT_DEBUG=1 shows where it happened.",
        kind="internal",
    )


@cache
def _rules(folders: tuple[Path, ...]) -> RuleSet:
    from seedaudit.detection.rules import check_tokens, load_rules

    rules = load_rules([resources.rules(), *folders])
    if folders:
        check_tokens(rules)
    return rules
