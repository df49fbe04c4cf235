"""An audit and the paper's PDF -> a copy of the PDF with the findings marked in it.

In: the bytes that were audited and the audit. Out: bytes that begin with the original ones wherever the file is sound:
marks, notes and outline are appended as an update, as the PDF format has it, and nothing of the paper is written anew.
The one decision owned here: what a mark says and how it looks.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seedaudit.documents.document import Box
from seedaudit.documents.mupdf import pymupdf
from seedaudit.errors import PasswordError, UnreadablePaperError
from seedaudit.findings import Audit, Finding, Risk
from seedaudit.plain import line
from seedaudit.reporting import wording
from seedaudit.reporting.literature import work

# Light enough to read black text through them, also in grey, and apart for readers who see red and green alike.
_COLOURS: dict[Risk, tuple[float, float, float]] = {
    "red-flag": (1.0, 0.64, 0.50),
    "caution": (1.0, 0.87, 0.40),
    "safe": (0.62, 0.83, 1.0),
    "neutral": (0.87, 0.85, 0.82),
}
_AUTHOR = "seedaudit"
_OWNER = 4  # bit of what MuPDF answers to a password: it is the owner's

Place = tuple[int, tuple[Box, ...]]
"""A page (from 1) and one rectangle per line on it; no rectangle where only the page is known."""


def mark_pdf(data: bytes, audit: Audit, *, password: str | None = None, all_mentions: bool = False) -> bytes:
    """A copy of the PDF ``data`` with a highlight, a note and an outline entry for each finding of ``audit``.

    Neutral mentions are marked only with ``all_mentions``. Raises PasswordError where the password is missing or wrong,
    or, with kind ``annotation-forbidden``, where the PDF lets only its owner annotate it and ``password`` is not the
    owner's; UnreadablePaperError where the PDF cannot be written.
    """
    name = wording.source(audit)
    with tempfile.TemporaryDirectory(prefix="seedaudit-") as folder:
        copy = Path(folder) / "copy.pdf"
        copy.write_bytes(data)
        try:
            with pymupdf.open(copy, filetype="pdf") as file:
                _unlock(file, password, name)
                placed = [(one, _place(one, len(file))) for one in _marked(audit, all_mentions)]
                for place, findings in _by_place(placed).items():
                    _annotate(file[place[0] - 1], place[1], findings)
                _outline(file, audit, placed)
                marks = json.dumps([(audit.verdict.level, place, _note(one)) for one, place in placed])
                return _saved(file, copy, hashlib.sha256(data + marks.encode()).hexdigest()[:32])
        except PasswordError:
            raise
        except Exception as error:
            raise UnreadablePaperError(
                f"{name} can be read but not be marked: {str(error).strip() or type(error).__name__}",
                kind="unmarkable",
                hint="Repair it first, for instance with qpdf, or ask for another form, such as --format html.",
            ) from error


def _unlock(file: Any, password: str | None, name: str) -> None:
    locked = bool(file.needs_pass)
    opened = file.authenticate(password) if password is not None else 0
    if locked and not opened:
        raise PasswordError(
            f"{name} is encrypted and {'no password was given' if password is None else 'this password is wrong'}",
            hint="Give its password with --password.",
        )
    if not opened & _OWNER and not file.permissions & pymupdf.PDF_PERM_ANNOTATE:
        raise PasswordError(
            f"{name} forbids annotations: only its owner's password allows them",
            hint="Give the owner's password with --password, or ask for another form, such as --format html.",
            kind="annotation-forbidden",
        )


def _marked(audit: Audit, all_mentions: bool) -> Sequence[Finding]:
    return audit.findings if all_mentions else wording.told(audit)


def _place(finding: Finding, pages: int) -> Place:
    page = finding.page if finding.page is not None and finding.page <= pages else 1
    return page, (finding.boxes or ()) if page == finding.page else ()


def _by_place(placed: Sequence[tuple[Finding, Place]]) -> dict[Place, list[Finding]]:
    """A passage with two uses gets one mark: two would lie on top of each other."""
    grouped: dict[Place, list[Finding]] = {}
    for finding, place in placed:
        grouped.setdefault(place, []).append(finding)
    return grouped


def _annotate(page: Any, boxes: tuple[Box, ...], findings: Sequence[Finding]) -> None:
    back = page.derotation_matrix  # boxes lie on the page as it is shown, annotations on the page before it is turned
    if boxes:
        annotation = page.add_highlight_annot([(pymupdf.Rect(*box) * back).quad for box in boxes])
    else:
        margin = pymupdf.Point(18, 18)
        annotation = page.add_text_annot(margin * back, "", icon="Note")
    gravest = wording.groups(findings)[0].risk
    annotation.set_colors(stroke=_COLOURS[gravest])
    annotation.set_info(title=_AUTHOR, subject=wording.RISK_NAMES[gravest], content="\n\n".join(map(_note, findings)))
    annotation.update()


def _note(finding: Finding) -> str:
    use = wording.USE_WORDS[finding.use]
    told = [f"{wording.RISK_NAMES[finding.risk].capitalize()}: {use.name} ({finding.use})", f"{use.meaning}."]
    if finding.why:
        told.append(f"Reason: {line(finding.why)}")
    if finding.remedy:
        told.append(f"What could be done: {line(finding.remedy)}")
    if finding.references:
        told.append(f"References: {'; '.join(work(one).name for one in finding.references)}")
    rules = ", ".join(map(line, finding.rules)) or "none; the classifier alone"
    told.append(f"Rule: {rules}. Confidence: {finding.confidence:.0%}")
    return "\n".join(told)


def _outline(file: Any, audit: Audit, placed: Sequence[tuple[Finding, Place]]) -> None:
    """Put an entry for the verdict, with one for each finding under it, before the outline that is there."""
    root = _outline_root(file)
    head, *items = (file.get_new_xref() for _ in range(len(placed) + 1))
    found = wording.count(len(placed), "finding") if placed else "no use of a training seed found"
    title = f"seedaudit: {wording.LEVEL_NAMES[audit.verdict.level]}, {found}"
    first = _xref(file, root, "First")
    entry = _entry(title, root, _destination(file, 1, ()))
    if items:
        entry |= {"First": f"{items[0]} 0 R", "Last": f"{items[-1]} 0 R", "Count": str(len(items))}
    if first is not None:
        entry["Next"] = f"{first} 0 R"
        file.xref_set_key(first, "Prev", f"{head} 0 R")
    else:
        file.xref_set_key(root, "Last", f"{head} 0 R")
    file.xref_set_key(root, "First", f"{head} 0 R")
    kind, shown = file.xref_get_key(root, "Count")
    file.xref_set_key(root, "Count", str((max(int(shown), 0) if kind == "int" else 0) + 1 + len(items)))
    file.update_object(head, _dictionary(entry))
    for at, (finding, (page, boxes)) in enumerate(placed):
        name = f"p. {page}: {wording.USE_WORDS[finding.use].name} ({wording.RISK_NAMES[finding.risk]})"
        entry = _entry(name, head, _destination(file, page, boxes))
        if at:
            entry["Prev"] = f"{items[at - 1]} 0 R"
        if at + 1 < len(items):
            entry["Next"] = f"{items[at + 1]} 0 R"
        file.update_object(items[at], _dictionary(entry))


def _outline_root(file: Any) -> int:
    catalog = file.pdf_catalog()
    known = _xref(file, catalog, "Outlines")
    if known is not None:
        return known
    kind, inline = file.xref_get_key(catalog, "Outlines")
    root: int = file.get_new_xref()
    file.update_object(root, inline if kind == "dict" else "<</Type/Outlines>>")
    file.xref_set_key(catalog, "Outlines", f"{root} 0 R")
    return root


def _xref(file: Any, xref: int, key: str) -> int | None:
    kind, value = file.xref_get_key(xref, key)
    return int(value.split()[0]) if kind == "xref" else None


def _entry(title: str, parent: int, destination: str) -> dict[str, str]:
    return {"Title": pymupdf.get_pdf_str(title), "Parent": f"{parent} 0 R", "Dest": destination}


def _dictionary(entry: dict[str, str]) -> str:
    return "<<" + "".join(f"/{key} {value}" for key, value in entry.items()) + ">>"


def _destination(file: Any, page: int, boxes: tuple[Box, ...]) -> str:
    """A little above the passage, at the zoom that the reader has."""
    sheet = file[page - 1]
    if not boxes:
        return f"[{sheet.xref} 0 R/Fit]"
    corner = pymupdf.Point(boxes[0].x0, max(boxes[0].y0 - 60, 0)) * sheet.derotation_matrix
    at = corner * ~sheet.transformation_matrix
    return f"[{sheet.xref} 0 R/XYZ {at.x:.0f} {at.y:.0f} null]"


def _saved(file: Any, copy: Path, version: str) -> bytes:
    options = {"encryption": pymupdf.PDF_ENCRYPT_KEEP, "no_new_id": _identify(file, version)}
    if file.can_save_incrementally():
        file.save(copy, incremental=True, **options)
        return copy.read_bytes()
    return bytes(file.tobytes(**options))


def _identify(file: Any, version: str) -> bool:
    """Name this version of the file, so that the same marks give the same bytes; whether that could be done.

    The first half of the identifier stays: it is the paper's, and part of the key of an encrypted file.
    """
    kind, known = file.xref_get_key(-1, "ID")
    halves = re.fullmatch(r"\[\s*<([0-9A-Fa-f]+)>\s*<[0-9A-Fa-f]+>\s*\]", known)
    if kind != "null" and halves is None:
        return False
    file.xref_set_key(-1, "ID", f"[<{halves[1] if halves else version}><{version}>]")
    return True
