"""The words around a quote."""

from __future__ import annotations

from seedaudit.auditing import Auditor
from seedaudit.sources.paper import Paper


def test_words_around_a_quote_are_whole_ones() -> None:
    filler = "Reviewers inspected nineteen enormous spreadsheets yesterday. " * 12
    text = f"# Setup\n\n{filler}We fix the random seed of all training runs to 42. {filler}"
    audit, document = Auditor().examine(Paper("a.md", "markdown", text.encode()))
    document.close()
    finding = next(one for one in audit.findings if "random seed" in one.quote)
    known = {*filler.split(), ""}
    assert 180 < len(finding.before) <= 240
    assert 180 < len(finding.after) <= 240
    assert set(finding.before.split(" ")) <= known
    assert set(finding.after.split(" ")) <= known


def test_all_words_of_a_short_block_are_shown() -> None:
    text = "# Setup\n\nTwo words. We fix the random seed of all training runs to 42. The end."
    audit, document = Auditor().examine(Paper("a.md", "markdown", text.encode()))
    document.close()
    finding = next(one for one in audit.findings if "random seed" in one.quote)
    assert (finding.before.strip(), finding.after.strip()) == ("Two words.", "The end.")
