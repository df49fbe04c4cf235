"""Papers that are at hand: a file, or standard input.

In: a :class:`FileReference` or a binary stream. Out: a :class:`Paper`. The one decision made here is the form of the
bytes: a PDF, also one that is gzipped as arXiv's e-prints are, and an archive are known by their bytes, whatever the
name says.
"""

from __future__ import annotations

import zlib
from typing import BinaryIO

from seedaudit.errors import UnreadablePaperError
from seedaudit.sources.paper import Form, Paper, is_pdf
from seedaudit.sources.reference import FileReference

_GZIP = b"\x1f\x8b"
_LARGEST = 500_000_000  # bytes of a PDF that was gzipped


def load_file(reference: FileReference) -> Paper:
    """Read a file; LaTeX source that lies in several files comes packed as one.

    Raises :class:`UnreadablePaperError` when it cannot be read (kind ``unreadable``) or is empty (kind ``empty``).
    """
    path = reference.path
    if reference.form == "latex":
        from seedaudit.sources import tex

        source = reference.source or str(path)
        if path.is_dir():
            return Paper(source=source, form="latex", data=tex.pack_folder(path))
        if path.suffix.lower() in tex.ENDINGS:
            return Paper(source=source, form="latex", data=tex.pack_file(path), main=path.name)
    try:
        data = path.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UnreadablePaperError(
            f"{path} cannot be read: {reason}.", hint="Check that the file is there and readable for you."
        ) from error
    if not data.strip():
        raise UnreadablePaperError(f"{path} is empty.", kind="empty", hint="Download or export the paper again.")
    form, data = _known_by_bytes(data, reference.form, str(path))
    return Paper(source=reference.source or str(path), form=form, data=data)


def load_stdin(stream: BinaryIO) -> Paper:
    """Read a stream to its end; a PDF or an archive of LaTeX source is recognised, anything else is text.

    Raises :class:`UnreadablePaperError` when it cannot be read (kind ``unreadable``) or is empty (kind ``empty``).
    """
    try:
        data = stream.read()
    except OSError as error:
        raise UnreadablePaperError(
            f"Standard input cannot be read: {error}.", hint="Name the file instead of -."
        ) from error
    if not data.strip():
        raise UnreadablePaperError(
            "Standard input is empty.", kind="empty", hint="Pipe the text of a paper into the command, or name a file."
        )
    form, data = _known_by_bytes(data, "text", "Standard input")
    return Paper(source="-", form=form, data=data)


def _known_by_bytes(data: bytes, otherwise: Form, name: str) -> tuple[Form, bytes]:
    """The form of ``data``, and the PDF in it where it is one gzipped."""
    if is_pdf(data):
        return "pdf", data
    if data.startswith(_GZIP):
        decoder = zlib.decompressobj(wbits=31)
        try:
            inner = decoder.decompress(data, _LARGEST + 1)
        except zlib.error:
            return "latex", data  # its reader says what is damaged
        if is_pdf(inner):
            if len(inner) > _LARGEST or not decoder.eof:
                raise UnreadablePaperError(
                    f"{name} is a gzipped PDF that is cut short, or larger than {_LARGEST // 1_000_000} MB.",
                    kind="damaged",
                    hint="Unpack it with gunzip, and name the PDF.",
                )
            return "pdf", inner
    return "latex" if data.startswith((_GZIP, b"PK\x03\x04")) or data[257:262] == b"ustar" else otherwise, data
