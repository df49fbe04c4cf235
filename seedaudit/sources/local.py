"""Papers that are at hand: a file, or standard input.

In: a :class:`FileReference` or a binary stream. Out: a :class:`Paper`. The one decision made here is the form of the
bytes: a PDF is known by its bytes, whatever the name says.
"""

from __future__ import annotations

from typing import BinaryIO

from seedaudit.errors import UnreadablePaperError
from seedaudit.sources.paper import Paper, is_pdf
from seedaudit.sources.reference import FileReference


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
    return Paper(
        source=reference.source or str(path),
        form="pdf" if is_pdf(data) else reference.form,
        data=data,
    )


def load_stdin(stream: BinaryIO) -> Paper:
    """Read a stream to its end; a PDF is recognised, anything else is text.

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
    return Paper(source="-", form="pdf" if is_pdf(data) else "text", data=data)
