"""Examples -> the transformer that ships: a teacher, its pupil, and the pupil as a quantised ONNX file.

In: examples, two folders of pretrained weights. Out: the network and its vocabulary. The one decision made here: how
the transformer learns. Two base-size teachers, one of which has read the passages without labels first, label every
example out of fold (folds grouped by paper); a four-layer pupil, which has read them too and whose last layer is worked
out at the two markers only, learns half from these soft labels and half from the labels themselves, several times with
different random states; the mean of the pupils' weights ships. Needs the extra ``seedaudit[transformer]`` and, for the
whole recipe in minutes, a GPU. Without a teacher the pupil learns from the soft labels that an earlier one left, which
takes hours without a GPU.

    python -m seedaudit.training.encoder LABELLED.jsonl... --teacher all-mpnet-base-v2 --pupil all-MiniLM-L6-v2
    python -m seedaudit.training.encoder LABELLED.jsonl... --soft corpus/soft_labels.npz --pupil all-MiniLM-L6-v2
"""

from __future__ import annotations

import argparse
import copy
import json
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from sklearn.model_selection import GroupKFold
from tokenizers import Tokenizer
from transformers import AutoModel

from seedaudit.detection import encoder
from seedaudit.detection.classifier import decide
from seedaudit.findings import USES
from seedaudit.training import soft_labels
from seedaudit.training.datasets import Example, read_examples
from seedaudit.training.evaluation import measure
from seedaudit.training.reading import Reading, read, rise_and_fall

Floats = npt.NDArray[np.float32]
_SPECIAL = (("[PAD]", "<pad>"), ("[UNK]",), ("[CLS]", "<s>"), ("[SEP]", "</s>"), ("[unused1]",), ("[unused2]",))
"""Padding, unknown, beginning, end and the two markers, as BERT and MPNet name them."""
_POSITIONS = 160
"""Places that the shipped network keeps: more than two sides, the trigger words and the markers can fill."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one network is fine-tuned.

    ``around`` is the number of word pieces on each side of the trigger words; ``layers`` how many of the pretrained
    layers are kept, counted from the input (None: all).
    """

    around: int
    epochs: int
    rate: float
    layers: int | None = None
    batch: int = 32


TEACHER = Recipe(around=100, epochs=4, rate=4e-5)
PUPIL = Recipe(around=40, epochs=4, rate=2e-4, layers=4)
TEACHER_READS = Reading(epochs=3, rate=1e-4, batch=64)
PUPIL_READS = Reading(epochs=10, rate=4e-4, batch=128)
RANDOM_STATES = 3
FOLDS = 5


class Passages:
    """Examples as word pieces of one pretrained vocabulary, of which only what the examples need is kept."""

    def __init__(self, examples: Sequence[Example], pretrained: Path) -> None:
        tokenizer = Tokenizer.from_file(str(pretrained / "tokenizer.json"))
        tokenizer.no_truncation()
        tokenizer.no_padding()
        known = tokenizer.get_vocab()

        def pieces(text: str) -> list[int]:
            ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
            return ids

        cut = [
            (pieces(one.text[: one.start]), pieces(one.text[one.start : one.end]), pieces(one.text[one.end :]))
            for one in examples
        ]
        special = [next(known[name] for name in names if name in known) for names in _SPECIAL]
        used = {piece for parts in cut for part in parts for piece in part}
        used |= {at for word, at in known.items() if len(word.removeprefix("##")) == 1}
        self.rows = [*special, *sorted(used - set(special))]
        words = {at: word for word, at in known.items()}
        self.vocabulary = [words[at] for at in self.rows]
        new = {old: at for at, old in enumerate(self.rows)}
        self._cut = [tuple([new[piece] for piece in part] for part in parts) for parts in cut]

    def __getitem__(self, at: int) -> tuple[list[int], list[int], list[int]]:
        left, own, right = self._cut[at]
        return left, own[: encoder.LONGEST], right

    def batch(self, chosen: Sequence[int], around: int, device: str) -> tuple[Any, ...]:
        """Ids, mask (both: examples, tokens) and the places of the two markers (examples)."""
        rows, opened, closed = [], [], []
        for at in chosen:
            left, own, right = self[at]
            left, right = left[-around:], right[:around]
            rows.append([2, *left, 4, *own, 5, *right, 3])
            opened.append(1 + len(left))
            closed.append(2 + len(left) + len(own))
        longest = max(map(len, rows))
        ids = torch.zeros(len(rows), longest, dtype=torch.long)
        mask = torch.zeros(len(rows), longest, dtype=torch.long)
        for at, row in enumerate(rows):
            ids[at, : len(row)] = torch.tensor(row)
            mask[at, : len(row)] = 1
        return tuple(part.to(device) for part in (ids, mask, torch.tensor(opened), torch.tensor(closed)))


@dataclass(frozen=True, slots=True)
class Network:
    """A pretrained encoder and a head over the mean of its states and the states at the two markers."""

    body: Any
    head: Any
    first_position: int

    def scores(self, ids: Any, mask: Any, opened: Any, closed: Any) -> Any:
        """Scores (examples, uses)."""
        states, marked = self._states(ids, mask, torch.stack([opened, closed], 1))
        kept = mask[..., None].to(states.dtype)
        return self.head(torch.cat([(states * kept).sum(1) / kept.sum(1), marked.flatten(1)], 1))

    def parameters(self) -> list[Any]:
        """All that is learned."""
        return [*self.body.parameters(), *self.head.parameters()]

    def states(self, ids: Any, mask: Any) -> Any:
        """The last layer's states of every token (examples, tokens, size)."""
        return self.body(input_ids=ids, attention_mask=mask, position_ids=self._places(ids)).last_hidden_state

    def _states(self, ids: Any, mask: Any, markers: Any) -> tuple[Any, Any]:
        """The states that are averaged (examples, tokens, size) and those at the markers (examples, 2, size)."""
        states = self.states(ids, mask)
        return states, _at(states, markers)

    def _places(self, ids: Any) -> Any:
        return (torch.arange(ids.shape[1], device=ids.device)[None] + self.first_position).expand_as(ids)


class Pupil(Network):
    """A BERT whose last layer is worked out at the two markers only; the mean is that of the layer before it.

    An audit spends a fifth less on it than on one that works out the last layer for every token.
    """

    __slots__ = ()

    def _states(self, ids: Any, mask: Any, markers: Any) -> tuple[Any, Any]:
        tokens = torch.zeros_like(ids)
        states = self.body.embeddings(input_ids=ids, position_ids=self._places(ids), token_type_ids=tokens)
        *layers, last = self.body.encoder.layer
        for layer in layers:
            states = _through(layer, states, states, mask)
        return states, _through(last, _at(states, markers), states, mask)


def _at(states: Any, markers: Any) -> Any:
    """The states (examples, markers, size) at the places ``markers`` (examples, markers)."""
    return states[torch.arange(len(markers), device=markers.device)[:, None], markers]


def _through(layer: Any, asking: Any, states: Any, mask: Any) -> Any:
    """What a layer of BERT makes of the states ``asking`` (examples, any, size), which attend to ``states``."""
    attention = layer.attention.self

    def heads(values: Any) -> Any:
        return values.unflatten(-1, (attention.num_attention_heads, -1)).transpose(1, 2)

    seen = torch.nn.functional.scaled_dot_product_attention(
        heads(attention.query(asking)),
        heads(attention.key(states)),
        heads(attention.value(states)),
        attn_mask=mask[:, None, None].bool(),
        dropout_p=attention.dropout.p if layer.training else 0.0,
    )
    middle = layer.attention.output(seen.transpose(1, 2).flatten(2), asking)
    return layer.output(layer.intermediate(middle), middle)


def start(pretrained: Path, rows: Sequence[int], layers: int | None) -> Network:
    """The pretrained network with the word pieces ``rows`` and a fresh head; the same head for every random state.

    With ``layers`` it is a pupil of so many layers. Raises ValueError for a pupil that is no BERT.
    """
    body = AutoModel.from_pretrained(str(pretrained), add_pooling_layer=False)
    kind = body.config.model_type
    if layers is not None and kind != "bert":
        raise ValueError(f"{pretrained} is of the type {kind!r}; the pupil has to be a BERT")
    embeddings = body.embeddings
    embeddings.word_embeddings = torch.nn.Embedding.from_pretrained(
        embeddings.word_embeddings.weight.detach()[list(rows)].clone(), freeze=False
    )
    head = torch.nn.Sequential(torch.nn.Dropout(0.1), torch.nn.Linear(3 * body.config.hidden_size, len(USES)))
    torch.nn.init.normal_(head[1].weight, std=0.02, generator=torch.Generator().manual_seed(1234))
    torch.nn.init.zeros_(head[1].bias)
    if layers is None:
        return Network(body, head, 2 if kind == "mpnet" else 0)
    body.encoder.layer = body.encoder.layer[:layers]
    return Pupil(body, head, 0)


def begin(pretrained: Path, passages: Passages, count: int, recipe: Recipe, how: Reading) -> Network:
    """A network that has read the first ``count`` of ``passages``, without their labels."""
    device = _device()
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    network = start(pretrained, passages.rows, recipe.layers)
    network.body.to(device)
    each = replace(recipe, around=TEACHER.around, batch=how.batch)

    def batches() -> Iterator[tuple[Any, Any]]:
        for batch in _batches(random.permutation(count), passages, each, random):
            ids, mask, _, _ = passages.batch(batch.tolist(), each.around, device)
            yield ids, mask

    loss = read(network, (batches() for _ in range(how.epochs)), how.epochs * -(-count // how.batch), how.rate)
    print(f"{pretrained.name} has read {count} passages, loss {loss:.2f}", flush=True)
    return network


def labels_of(examples: Sequence[Example]) -> Floats:
    """Targets (examples, uses): a second label gets its share, half of it where both can be defended."""
    targets = np.zeros((len(examples), len(USES)), dtype=np.float32)
    for row, example in zip(targets, examples, strict=True):
        other = next((use for use in example.also if use != example.label), None)
        share = 0.0 if other is None else 0.3 if example.care else 0.5
        row[USES.index(example.label)] = 1 - share
        if other is not None:
            row[USES.index(other)] = share
    return targets


def weights_of(examples: Sequence[Example]) -> Floats:
    """How much each example counts (examples)."""
    return np.array([example.weight for example in examples], dtype=np.float32)


def fine_tune(
    network: Network,
    passages: Passages,
    chosen: Sequence[int],
    targets: Floats,
    weights: Floats,
    recipe: Recipe,
    random_state: int,
) -> Network:
    """Fine-tune ``network`` in place on the examples ``chosen``; ``weights`` (examples) count them."""
    device = _device()
    torch.manual_seed(random_state)
    random = np.random.default_rng(random_state)
    network.body.to(device).train()
    network.head.to(device).train()
    head = {id(one) for one in network.head.parameters()}
    flat = [one for one in network.parameters() if one.ndim < 2]
    deep = [one for one in network.parameters() if one.ndim >= 2 and id(one) not in head]
    last = [one for one in network.parameters() if one.ndim >= 2 and id(one) in head]
    optimizer = torch.optim.AdamW(
        [
            {"params": deep, "lr": recipe.rate, "weight_decay": 0.01},
            {"params": flat, "lr": recipe.rate, "weight_decay": 0.0},
            {"params": last, "lr": max(recipe.rate, 5e-4), "weight_decay": 0.01},
        ]
    )
    batches_each = -(-len(chosen) // recipe.batch)
    steps = recipe.epochs * batches_each
    schedule = rise_and_fall(optimizer, steps)
    for _ in range(recipe.epochs):
        for batch in _batches(random.permutation(np.asarray(chosen)), passages, recipe, random):
            wanted = torch.from_numpy(targets[batch]).to(device)
            weight = torch.from_numpy(weights[batch]).to(device)
            with torch.autocast(device, dtype=torch.bfloat16, enabled=device == "cuda"):
                scores = network.scores(*passages.batch(batch.tolist(), recipe.around, device))
            loss = -((wanted * torch.log_softmax(scores.float(), 1)).sum(1) * weight).sum() / weight.sum()
            optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    return network


def predict(network: Network, passages: Passages, chosen: Sequence[int], around: int) -> Floats:
    """Probabilities (chosen, uses)."""
    device = _device()
    network.body.to(device).eval()
    network.head.to(device).eval()
    parts = []
    with torch.no_grad(), torch.autocast(device, dtype=torch.bfloat16, enabled=device == "cuda"):
        for first in range(0, len(chosen), 64):
            scores = network.scores(*passages.batch(chosen[first : first + 64], around, device))
            parts.append(torch.softmax(scores.float(), 1).cpu().numpy())
    return np.concatenate(parts)


def mean_of(networks: Sequence[Network]) -> Network:
    """The network whose weights are the means of those of ``networks``, which all began alike."""
    mean = copy.deepcopy(networks[0])
    with torch.no_grad():
        for kept, *others in zip(*(one.parameters() for one in (mean, *networks[1:])), strict=True):
            kept.copy_(torch.stack([kept, *(other.to(kept.device) for other in others)]).mean(0))
    return mean


def export(network: Network, vocabulary: Sequence[str], target: Path) -> None:
    """Write ``network`` as a quantised ONNX file beside its vocabulary; reads passages one at a time, unpadded.

    Weights have seven bits: with eight, processors without VNNI saturate and the same passage would score differently
    on different machines.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic
    from onnxruntime.quantization.preprocess import quant_pre_process

    shipped = copy.deepcopy(network)
    for part in (shipped.body, shipped.head):
        part.cpu().eval()
    embeddings = shipped.body.embeddings
    places = embeddings.position_embeddings.weight[:_POSITIONS].detach().clone()
    embeddings.position_embeddings.weight = torch.nn.Parameter(places)

    def forward(module: Any, ids: Any, opened: Any, closed: Any) -> Any:
        return shipped.scores(ids, torch.ones_like(ids), opened, closed)

    module = type("Exported", (torch.nn.Module,), {"forward": forward})()
    module.body, module.head = shipped.body, shipped.head
    example = (torch.full((1, 24), 6), torch.tensor([9]), torch.tensor([11]))
    with tempfile.TemporaryDirectory() as folder:
        plain, ready = Path(folder, "plain.onnx"), Path(folder, "ready.onnx")
        torch.onnx.export(
            module,
            example,
            str(plain),
            input_names=["ids", "open", "close"],
            output_names=["scores"],
            dynamic_axes={"ids": {1: "tokens"}},
            opset_version=17,
            dynamo=False,
        )
        quant_pre_process(str(plain), str(ready), skip_symbolic_shape=True)
        quantize_dynamic(
            str(ready),
            str(target),
            per_channel=True,
            reduce_range=True,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["MatMul", "Gather"],
        )
    target.with_suffix(".vocabulary").write_text("\n".join(vocabulary) + "\n", encoding="utf-8")


def learn(
    examples: Sequence[Example],
    passages: Passages,
    chosen: Sequence[int],
    soft: Floats,
    pupil: Network,
    states: Sequence[int],
) -> Network:
    """The mean of the pupils that learn ``chosen`` half from their labels, half from ``soft`` (examples, uses).

    Each of them begins as a copy of ``pupil``.
    """
    targets = ((labels_of(examples) + soft) / 2).astype(np.float32)
    weights = weights_of(examples)
    return mean_of(
        [fine_tune(copy.deepcopy(pupil), passages, chosen, targets, weights, PUPIL, state) for state in states]
    )


def train_pupil(examples: Sequence[Example], soft: Path, pupil: Path, target: Path, states: Sequence[int]) -> None:
    """The network alone, from the soft labels in the file ``soft``; an example that has none counts by its label."""
    passages = Passages(examples, pupil)
    taught = labels_of(examples)
    found, chances = soft_labels.look_up(examples, soft)
    taught[found] = chances / chances.sum(axis=1, keepdims=True)
    print(f"{int(found.sum())} of {len(examples)} examples have soft labels", flush=True)
    begun = begin(pupil, passages, len(examples), PUPIL, PUPIL_READS)
    export(learn(examples, passages, range(len(examples)), taught, begun, states), passages.vocabulary, target)


def train(
    examples: Sequence[Example],
    teacher: Path,
    pupil: Path,
    target: Path,
    soft_target: Path,
    states: Sequence[int],
    *,
    validate: bool,
) -> None:
    """The whole recipe: the network goes to ``target``, the soft labels for the linear model to ``soft_target``.

    ``validate`` prints cross-validated figures first, with teachers that saw neither fold.
    """
    folds = folds_of(examples)
    weights = weights_of(examples)
    labels = labels_of(examples)
    big, small = Passages(examples, teacher), Passages(examples, pupil)
    everything = np.arange(len(examples))
    teachers = (start(teacher, big.rows, TEACHER.layers), begin(teacher, big, len(examples), TEACHER, TEACHER_READS))
    begun = begin(pupil, small, len(examples), PUPIL, PUPIL_READS)

    def taught(unseen: Iterable[int]) -> Floats:
        held = np.isin(folds, list(unseen))
        chances = np.zeros_like(labels)
        for state, each in enumerate(teachers):
            network = copy.deepcopy(each)
            fine_tune(network, big, everything[~held].tolist(), labels, weights, TEACHER, state)
            chances[held] += predict(network, big, everything[held].tolist(), TEACHER.around) / len(teachers)
        return chances

    def learned(chosen: Sequence[int], soft: Floats) -> Network:
        return learn(examples, small, chosen, soft, begun, states)

    if validate:
        together = {pair: taught(pair) for pair in combinations(range(FOLDS), 2)}
        for fold in range(FOLDS):
            soft = np.zeros_like(labels)
            for pair, chances in together.items():
                if fold in pair:
                    other = folds == sum(pair) - fold
                    soft[other] = chances[other]
            network = learned(everything[folds != fold].tolist(), soft)
            held = everything[folds == fold].tolist()
            told = [decide(row.astype(float)) for row in predict(network, small, held, encoder.AROUND)]
            figures = measure([examples[at] for at in held], told)
            print(
                f"fold {fold}: the pupil alone, micro-F1 {figures.micro:.3f}, macro-F1 {figures.macro:.3f}", flush=True
            )
    soft = sum((taught((fold,)) for fold in range(FOLDS)), np.zeros_like(labels))
    # What the linear model learns from: the teacher and pupils, each of them on the fold that it has not seen.
    pupils = np.zeros_like(labels)
    for fold in range(FOLDS):
        unseen = everything[folds == fold].tolist()
        network = learned(everything[folds != fold].tolist(), soft)
        pupils[unseen] = predict(network, small, unseen, encoder.AROUND)
    soft_labels.write(soft_target, examples, ((soft + 2 * pupils) / 3).astype(float))
    export(learned(everything.tolist(), soft), small.vocabulary, target)


def folds_of(examples: Sequence[Example]) -> npt.NDArray[np.intp]:
    """The fold of each example; a paper's examples share one."""
    groups = np.array([example.group for example in examples])
    folds = np.zeros(len(examples), dtype=np.intp)
    split = GroupKFold(n_splits=FOLDS, shuffle=True, random_state=0)
    for fold, (_, held) in enumerate(split.split(groups, groups=groups)):
        folds[held] = fold
    return folds


def main(arguments: list[str] | None = None) -> int:
    """Train; return the exit status."""
    ask = argparse.ArgumentParser(prog="python -m seedaudit.training.encoder", description=__doc__)
    ask.add_argument("files", nargs="+", type=Path, help="labelled passages (JSONL): papers or single passages")
    ask.add_argument(
        "--teacher", type=Path, metavar="DIR",
        help="pretrained weights of the teacher; without it the soft labels are read, not written",
    )  # fmt: skip
    ask.add_argument("--pupil", type=Path, required=True, metavar="DIR", help="pretrained weights of the pupil")
    ask.add_argument("--output", type=Path, default=encoder.NETWORK, help="ONNX file to write")
    ask.add_argument("--soft", type=Path, default=Path("corpus/soft_labels.npz"), help="file of the soft labels")
    ask.add_argument("--validate", action="store_true", help="print cross-validated figures first (with --teacher)")
    ask.add_argument("--states", type=int, default=RANDOM_STATES, help="random states whose weights are averaged")
    said = ask.parse_args(arguments)
    if said.validate and not said.teacher:
        ask.error("--validate needs --teacher")
    states = range(said.states)
    try:
        examples = read_examples(said.files)
        for folder in filter(None, (said.teacher, said.pupil)):
            json.loads((folder / "config.json").read_text(encoding="utf-8"))
        if said.teacher:
            train(examples, said.teacher, said.pupil, said.output, said.soft, states, validate=said.validate)
        else:
            train_pupil(examples, said.soft, said.pupil, said.output, states)
    except (OSError, ValueError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"wrote {said.output} ({said.output.stat().st_size / 1e6:.1f} MB)")
    return 0


def _batches(
    order: npt.NDArray[np.intp], passages: Passages, recipe: Recipe, random: np.random.Generator
) -> list[npt.NDArray[np.intp]]:
    """Batches of passages of like length, in random order."""

    def length(at: int) -> int:
        left, own, right = passages[at]
        return min(len(left), recipe.around) + len(own) + min(len(right), recipe.around)

    batches = []
    for first in range(0, len(order), 16 * recipe.batch):
        part = sorted(order[first : first + 16 * recipe.batch].tolist(), key=length)
        batches += [np.array(part[at : at + recipe.batch]) for at in range(0, len(part), recipe.batch)]
    return [batches[at] for at in random.permutation(len(batches))]


def _device() -> str:
    return "cuda" if torch.cuda.is_available() else "cpu"


if __name__ == "__main__":
    raise SystemExit(main())
