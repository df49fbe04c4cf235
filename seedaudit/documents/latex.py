r"""A paper as LaTeX source.

In: the bytes of an archive or of a TeX file. Out: a Document whose positions are files and lines. The one decision made
here: the order of the steps, and that the source is set a second time where it refers to numbers that come later.
"""

from __future__ import annotations

import re
from typing import Any

from seedaudit.documents.checklist import part_questions
from seedaudit.documents.document import Document
from seedaudit.documents.latex_cites import read_cites
from seedaudit.documents.latex_expand import expand
from seedaudit.documents.latex_files import find_main, unpack
from seedaudit.documents.latex_setter import Setter
from seedaudit.documents.latex_writer import LatexLayout
from seedaudit.errors import UnreadablePaperError

_STYLE_YEAR = re.compile(
    r"(?:neurips|nips|icml|iclr|aistats|acl|emnlp|naacl|eacl|coling|aaai|ijcai|cvpr|iccv|eccv|uai|colm|tmlr)_?(20\d\d)"
)


def read_latex(data: bytes, *, main: str = "", name: str = "") -> Document:
    """Read TeX source; raise UnreadablePaperError where the bytes hold none.

    ``main`` is the file to begin with, where it is known.
    """
    named = name or "the source"
    files = unpack(data, named)
    source = expand(files, find_main(files, main, named))
    cites = read_cites(files)
    parsed: dict[str, list[Any]] = {}
    setter = Setter(source, cites, parsed=parsed)
    setter.run()
    if setter.asked:  # now the numbers are known that references ahead give
        setter = Setter(source, cites, setter.labels, parsed=parsed)
        setter.run()
    done = setter.writer.assembly()
    if not any(map(str.isalpha, done.text)):
        raise UnreadablePaperError(
            f"{named} holds no words",
            kind="no-text",
            hint="Give the folder or archive with all of the paper's files, or its PDF.",
        )
    done.blocks = part_questions(done)
    years = [int(found[1]) for package in source.packages if (found := _STYLE_YEAR.search(package.lower()))]
    return Document(
        done.text,
        tuple(done.blocks),
        tuple(done.sections),
        None,
        setter.title,
        years[-1] if years else None,
        LatexLayout(done.starts, done.origins, source.files),
        source.missing,
    )
