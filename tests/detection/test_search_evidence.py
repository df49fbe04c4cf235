"""What counts as a hyperparameter search, on papers made up here."""

from __future__ import annotations

import time

import pytest

from seedaudit.detection.search_evidence import find_passages, find_search
from seedaudit.documents.document import Block, BlockKind, Document, Section, SectionKind
from seedaudit.findings import SearchLevel

SETTING = "All models are trained with Adam on one graphics card, and we report accuracy on the test set."


def paper(*paragraphs: str, kind: BlockKind = "body", section: SectionKind = "body") -> Document:
    """A document of one paragraph a page."""
    blocks: list[Block] = []
    start = 0
    for page, paragraph in enumerate(paragraphs, 1):
        blocks.append(Block(start, start + len(paragraph), page, kind))
        start += len(paragraph) + 2
    text = "\n\n".join(paragraphs)
    return Document(text, tuple(blocks), (Section(0, len(text), "", section),), len(paragraphs))


@pytest.mark.parametrize(
    ("said", "level"),
    [
        ("We tune the learning rate in {1e-4, 3e-4, 1e-3} on the validation set.", "own"),
        ("The margin of our loss was chosen by a grid search on the development set.", "own"),
        ("We swept the dropout rate over {0.1, 0.3, 0.5} and kept the value with the best validation loss.", "own"),
        ("Hyperparameters of our model were optimised with Optuna for 60 trials on held-out data.", "own"),
        (
            "For a fair comparison, we tune the hyperparameters of all methods, baselines included, by random search "
            "with 30 trials each on the development set.",
            "all",
        ),
        (
            "We perform the same grid search for each method and select the best hyperparameters on validation data.",
            "all",
        ),
        (
            "We ran a grid search over learning rate, batch size and random seed and kept the best model on the "
            "development set.",
            "seed-included",
        ),
        (
            "Hyperparameters were selected by grid search on the validation set with learning rate ∈ {0.01, 0.001} "
            "and seed ∈ {1, 2, 3}.",
            "seed-included",
        ),
        (
            "For each of 40 trials the following hyperparameters were drawn at random; a weight decay from {0, 0.01}, "
            "a seed from {1, . . . , 20} and a warm-up from {50, 100} steps, and the best trial on the validation set "
            "was kept.",
            "seed-included",
        ),
        (
            "Hyperparameters were drawn at random; a seed from {1, 2, 3} and a weight decay from {0, 0.01, 0.1}; the "
            "best configuration on the validation set was kept.",
            "seed-included",
        ),
        (
            "With seed 7 the weight decay was tuned in {0, 0.01, 0.1} and the warm-up in {50, 100} steps on the "
            "validation set.",
            "own",
        ),
        ("We use the settings of earlier work without any hyperparameter tuning.", "none"),
        ("We did not tune the hyperparameters of our model.", "none"),
        ("All hyperparameters are taken from the original paper and its released code.", "none"),
        ("We use the default hyperparameters of the library for every model.", "none"),
        ("The learning rate is 3e-4, the batch size is 64 and the dropout rate is 0.1.", "none"),
        ("The search space of the cell holds six operations per edge, and the supernet shares their weights.", "none"),
        ("The next step is found by a line search along the gradient.", "none"),
        ("A more thorough hyperparameter tuning could be explored in future work.", "none"),
        ("Instruction tuning on the mixture takes nine hours.", "none"),
    ],
)
def test_level_of_a_sentence(said: str, level: SearchLevel) -> None:
    assert find_search(paper(SETTING, f"{said} {SETTING}")).level == level


def test_evidence_is_the_sentence_and_its_page() -> None:
    said = "We tune the learning rate in {1e-4, 3e-4, 1e-3} on the validation set."
    search = find_search(paper(SETTING, f"{SETTING} {said} {SETTING}", SETTING))
    assert [(one.page, one.quote) for one in search.evidence] == [(2, said)]


def test_at_most_three_quotes_in_the_order_of_the_paper() -> None:
    said = [
        f"For data set {name} we tune the learning rate in {{1e-4, 3e-4}} by grid search on the validation set."
        for name in "ABCDE"
    ]
    evidence = find_search(paper(*said)).evidence
    pages = [one.page or 0 for one in evidence]
    assert len(pages) == 3
    assert pages == sorted(pages)


def test_an_endless_row_of_a_table_is_cut() -> None:
    row = " ".join(f"{number} | 0.{number}" for number in range(400))
    said = "search by grid search of learning rate in {0.1, 0.01} on the validation set"
    evidence = find_search(paper(f"We tune the hyperparameters {said} {row}", kind="table")).evidence
    assert evidence
    assert all(len(one.quote) < 700 for one in evidence)


@pytest.mark.parametrize(
    ("kind", "section"),
    [("question", "checklist"), ("reference", "references"), ("body", "related"), ("reference", "body")],
)
def test_questions_references_and_related_work_do_not_count(kind: BlockKind, section: SectionKind) -> None:
    said = "We tune all hyperparameters by grid search on the validation set."
    assert find_search(paper(said, kind=kind, section=section)).level == "none"


def test_seeds_beside_a_search_are_not_searched() -> None:
    said = "We tune the learning rate in {1e-4, 3e-4} on the validation set and report the mean over five random seeds."
    assert find_search(paper(said)).level == "own"


def test_nothing_said() -> None:
    search = find_search(paper(SETTING))
    assert search.level == "none"
    assert search.evidence == ()
    assert find_search(Document("", (), (), None)).level == "none"


def test_same_document_same_answer() -> None:
    document = paper("We tune the learning rate in {1e-4, 3e-4} on the validation set.", "The grid search is wide.")
    assert find_search(document) == find_search(document)


@pytest.mark.parametrize(
    ("text", "passages"),
    [
        ("the hyperparameters were carefully selected", 1),
        ("a hyper-parameter sweep", 1),
        ("λ ∈ {0.1, 1}", 1),
        ("the threshold with the highest F1 on the dev set", 1),
        ("parameter-efficient fine-tuning of the encoder", 0),
        ("the best system so far", 0),
        ("best.\n\nValidation of the approach", 0),
    ],
)
def test_passages_that_are_looked_at(text: str, passages: int) -> None:
    assert len(find_passages(text)) == passages


@pytest.mark.parametrize(
    "unit", ["tune ", "{0.1, ", "hyperparameters best ", "a", "validation ", "best ", "(1999 ", "we search the best {"]
)
def test_time_grows_with_the_text_and_no_faster(unit: str) -> None:
    def seconds(characters: int) -> float:
        document = paper(unit * (characters // len(unit)))
        start = time.process_time()
        find_passages(document.text)
        return time.process_time() - start

    seconds(1_000)
    assert seconds(100_000) < 12 * seconds(25_000) + 0.05
