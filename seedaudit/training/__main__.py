"""``python -m seedaudit.training``: train the shipped weights again and print cross-validated figures."""

from __future__ import annotations

import argparse
import itertools
import sys
from pathlib import Path

import numpy as np
from scipy.special import softmax

from seedaudit import resources
from seedaudit.detection.classifier import WEIGHTS, decide
from seedaudit.detection.rules import load_rules
from seedaudit.errors import SeedauditError
from seedaudit.training.datasets import Example, examples_of, read_examples
from seedaudit.training.evaluation import measure
from seedaudit.training.soft_labels import known, targets
from seedaudit.training.training import Hyperparameters, Validation, cross_validate, features_of, fit, save


def main(arguments: list[str] | None = None) -> int:
    """Train; return the exit status."""
    ask = argparse.ArgumentParser(prog="python -m seedaudit.training", description=__doc__)
    ask.add_argument("files", nargs="*", type=Path, help="labelled passages (JSONL): papers or single passages")
    ask.add_argument(
        "--records", action="append", default=[], type=Path, metavar="FILE",
        help="labels without text, as 'seedaudit label --records' keeps them; needs --papers",
    )  # fmt: skip
    ask.add_argument(
        "--papers", action="append", default=[], type=Path, metavar="DIR", help="a folder with the papers of --records"
    )
    ask.add_argument("--with-dev", action="store_true", help="learn from records of dev papers as well")
    ask.add_argument(
        "--soft", type=Path, metavar="FILE",
        help="soft labels of the transformers, as seedaudit.training.encoder writes them (corpus/soft_labels.npz)",
    )  # fmt: skip
    ask.add_argument("--judge", action="append", default=[], metavar="STEM", help="files whose passages are judged")
    ask.add_argument("--output", type=Path, default=WEIGHTS, help="weights file to write")
    ask.add_argument("--repetitions", type=int, default=1, help="divisions into folds (each with its random state)")
    ask.add_argument("--tune", action="store_true", help="search the hyperparameters first, on the same folds")
    ask.add_argument("--no-output", action="store_true", help="only validate")
    said = ask.parse_args(arguments)
    if not said.files and not said.records:
        ask.error("name labelled passages, or --records with --papers")
    if bool(said.records) != bool(said.papers):
        ask.error("--records and --papers belong together")
    try:
        examples = read_examples(said.files)
        aside = read_examples(said.files, split="test")
        if said.records:
            examples += _from_records(said.records, said.papers, with_dev=said.with_dev)
        chosen = Hyperparameters()
        wanted = targets(examples, said.soft, chosen.share)
    except (OSError, ValueError, SeedauditError) as error:
        print(f"error: {error.message if isinstance(error, SeedauditError) else error}", file=sys.stderr)
        return 2
    if not examples:
        print("error: there is nothing to learn from", file=sys.stderr)
        return 2
    rules = load_rules([resources.rules()])
    features = features_of(examples, rules)
    judged = frozenset(said.judge or [file.stem for file in (*said.files, *said.records)])
    print(f"{len(examples)} examples of {len({example.group for example in examples})} papers, rules {rules.hash}")
    if said.soft:
        print(f"{known(examples, said.soft)} of them have soft labels")
    if said.tune:
        best = -1.0
        for option in _grid():
            validation = cross_validate(examples, features, wanted, option, judged=judged)
            print(option, _told(validation), flush=True)
            score = float(np.mean([(one.micro + one.macro) / 2 for one in validation.figures]))
            if score > best:
                best, chosen = score, option
    states = range(1, said.repetitions + 1)
    validation = cross_validate(examples, features, wanted, chosen, judged=judged, random_states=states)
    print("chosen", chosen)
    print("cross-validated", _told(validation))
    if said.no_output and not aside:
        return 0
    model = fit(examples, features, wanted, chosen)
    if aside:
        chances = softmax(model.scores(features_of(aside, rules)) / validation.temperature, axis=1)
        kept = measure(aside, [decide(one) for one in chances])
        print(f"kept aside, {len(aside)} passages: micro-F1 {kept.micro:.3f}, macro-F1 {kept.macro:.3f}")
    if not said.no_output:
        save(model, validation.temperature, rules, said.output)
        print(f"wrote {said.output} ({said.output.stat().st_size / 1e6:.1f} MB)")
    return 0


def _from_records(files: list[Path], folders: list[Path], *, with_dev: bool) -> list[Example]:
    """The passages of label records, from the papers in ``folders``; tells what could not be learned from."""
    from seedaudit.training.rebuild import lessons

    examples: list[Example] = []
    for file in files:
        learned, remarks = lessons(file, folders, with_dev=with_dev)
        for remark in remarks:
            print(remark, file=sys.stderr)
        examples += [example for record in learned for example in examples_of(record, file.stem)]
    return examples


def _grid() -> list[Hyperparameters]:
    return [
        Hyperparameters(penalty, 4, (1.0, 1.0, 1.0, wide, 1.0, rules))
        for penalty, wide, rules in itertools.product((10.0, 20.0, 60.0), (1.0, 2.0, 3.0), (1.0, 1.5))
    ]


def _told(validation: Validation) -> str:
    micro = [one.micro for one in validation.figures]
    macro = [one.macro for one in validation.figures]
    uses = sorted({use for one in validation.figures for use in one.per_use})
    means = ", ".join(
        f"{use} {np.mean([one.per_use[use] for one in validation.figures if use in one.per_use]):.3f}" for use in uses
    )
    return (
        f"micro-F1 {np.mean(micro):.3f} (sd over folds {np.std(micro):.3f}), "
        f"macro-F1 {np.mean(macro):.3f} (sd {np.std(macro):.3f}); {means}; "
        f"temperature {validation.temperature:.2f}, ECE {validation.calibration_error:.3f}"
    )


if __name__ == "__main__":
    raise SystemExit(main())
